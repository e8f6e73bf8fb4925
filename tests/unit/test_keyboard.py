"""The key that lets go, in the bytes that terminals have for it."""

import pytest

from pyforeman.runtime.keyboard import Typed, parted


@pytest.mark.parametrize(
    ("keys", "key", "typed", "pressed"),
    [
        (b"abc", b"\x1d", b"abc", False),
        (b"ab\x1dc", b"\x1d", b"ab", True),
        (b"\x1d\x1d", b"\x1d", b"", True),
        (b"\x1d", b"", b"\x1d", False),
        (b"a\x1b[27;5;93~b", b"\x1d", b"a", True),  # xterm, modifyOtherKeys
        (b"a\x1b[93;5u", b"\x1d", b"a", True),  # kitty
        (b"\x1b[93;133u", b"\x1d", b"", True),  # with NumLock
        (b"\x1b[93::93;5:1u", b"\x1d", b"", True),
        (b"\x1b[1098::93;5u", b"\x1d", b"", True),  # where that key has another letter
        (b"\x1b[93;5:3u", b"\x1d", b"\x1b[93;5:3u", False),  # let go
        (b"\x1b[93;6u\x1b[93u", b"\x1d", b"\x1b[93;6u\x1b[93u", False),  # Shift; no Ctrl
        (b"\x1b[27;5;193~\x1b[193;5u", b"\x1d", b"\x1b[27;5;193~\x1b[193;5u", False),
        (b"\x1b[97;5u", b"\x01", b"", True),
        (b"~", b"~", b"", True),
        (b"\x1b[126u", b"~", b"", True),
        (b"\x1b[126;5u", b"~", b"\x1b[126;5u", False),
        (b"\x1b[3~", b"~", b"\x1b[3", True),  # Delete: who chose that key has that
        (b"a.b", b".", b"a", True),
    ],
)
def test_what_lets_go(keys: bytes, key: bytes, typed: bytes, pressed: bool) -> None:
    assert parted(keys, key) == (typed, pressed)


def test_what_is_typed_waits_in_order_and_within_bounds() -> None:
    typed = Typed(b"\x1d")
    assert (bool(typed), typed.is_full) == (False, False)
    pasted = bytes(range(32, 127)) * 110
    assert not any(typed.add(pasted[start : start + 1000]) for start in range(0, len(pasted), 1000))
    assert typed
    assert typed.add(b"a\x1db")
    taken = list(iter(typed.piece, b""))
    assert b"".join(taken) == pasted + b"a"
    assert max(map(len, taken)) == 4096
    assert not typed
    typed.add(b"x" * 1024 * 1024)
    assert typed.is_full
    typed.piece()
    assert not typed.is_full
