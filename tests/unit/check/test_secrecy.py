"""What is hidden of a text."""

import pytest

from pyforeman.check.secrecy import merged, without


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ("TOKEN=abcdefgh run", ["abcdefgh"], "TOKEN=**** run"),
        ("abcdefgh abcdefgh", ["abcdefgh"], "**** ****"),
        ("xabcdefghx", ["abcdefgh"], "x****x"),
        ("abcdefghabcdefgh", ["abcdefgh"], "****"),
        ("abcdefghij", ["abcdefgh", "abcdefghij"], "****"),
        ("aaaaXbbbbaaaa", ["aaaaXbbbb", "Xbbbbaaaa"], "****"),
        ("a.c*e+g(h", ["a.c*e+g("], "****h"),
        # Short ones are words that mean something elsewhere.
        ("demo and demographics", ["demo"], "**** and demographics"),
        ("http://u:demo@host", ["demo"], "http://u:****@host"),
        ("not fixed", ["x", "no", "fix"], "not fixed"),
        ("nothing", [], "nothing"),
        ("nothing", [""], "nothing"),
    ],
)
def test_a_secret_is_hidden(text: str, secrets: list[str], shown: str) -> None:
    assert without(text, secrets) == shown
    assert without(text, secrets[::-1]) == shown


def test_spans_that_touch_are_one() -> None:
    assert merged([(5, 7), (0, 2), (2, 3), (6, 6), (8, 9)]) == [(0, 3), (5, 7), (8, 9)]
