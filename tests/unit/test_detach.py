"""The key that lets go, as it is written and as it is sent."""

import pytest

from pyforeman.errors import UsageError
from pyforeman.plan.detach import how_to_let_go, name_of, parse_key


@pytest.mark.parametrize(
    ("text", "key", "name"),
    [
        ("^]", b"\x1d", "^]"),
        ("ctrl-]", b"\x1d", "^]"),
        ("Ctrl-A", b"\x01", "^A"),
        ("^a", b"\x01", "^A"),
        ("^\\", b"\x1c", "^\\"),
        ("^@", b"\x00", "^@"),
        ("^?", b"\x7f", "^?"),
        ("^", b"^", "^"),
        ("~", b"~", "~"),
        ("none", b"", ""),
        ("None", b"", ""),
    ],
)
def test_a_key(text: str, key: bytes, name: str) -> None:
    assert parse_key(text) == key
    assert name_of(key) == name


@pytest.mark.parametrize("text", ["", "^]]", "ctrl-", "ctrl-ab", "^1", "ü", "^ü", "alt-x", "ab"])
def test_no_key(text: str) -> None:
    with pytest.raises(UsageError, match=r"--detach-key"):
        parse_key(text)


def test_how_to_let_go() -> None:
    assert how_to_let_go(b"\x1d") == "; ^] lets go"
    assert how_to_let_go(b"") == ""
