"""A source line with a caret: what stands above the caret is what was marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyforeman.check.reports.excerpt import WIDEST, Excerpt, columns, excerpt, value_of
from pyforeman.check.secrecy import spans_of


def drawn(line: str, marked: str, *secrets: str) -> tuple[str, str]:
    """The text, and what stands above the carets."""
    at = line.index(marked)
    one = excerpt(line, (at, at + len(marked)), spans_of(line, secrets))
    return one.text, above(one)


def above(one: Excerpt) -> str:
    """The characters of the columns that the carets stand under."""
    column, text = 0, ""
    for letter in one.text:
        if one.before <= column < one.before + one.marked or (text and columns(letter) == 0):
            text += letter
        column += columns(letter)
    return text


@pytest.mark.parametrize(
    ("line", "marked", "text", "shown"),
    [
        ("web: gunicorn -b :8000", ":8000", "web: gunicorn -b :8000", ":8000"),
        ("web:\tgunicorn\t-b 8000", "8000", "web:    gunicorn    -b 8000", "8000"),
        ("web: echo 日本 8000", "8000", "web: echo 日本 8000", "8000"),
        ("web: echo 日本 8000", "日本", "web: echo 日本 8000", "日本"),
        ("web: echo 日本 8000", "本", "web: echo 日本 8000", "本"),
        ("web: cafe\u0301 8000", "8000", "web: cafe\u0301 8000", "8000"),
        ("web: cafe\u0301 8000", "cafe\u0301", "web: cafe\u0301 8000", "cafe\u0301"),
        ("web: 🚀 8000", "8000", "web: 🚀 8000", "8000"),
        ("web: a\x1b[2J 8000", "8000", "web: a\\x1b[2J 8000", "8000"),
        ("web: a\x1b[2J 8000", "\x1b[2J", "web: a\\x1b[2J 8000", "\\x1b[2J"),
        ("web: a\u202e 8000", "8000", "web: a\\u202e 8000", "8000"),
        ("web: a\xa08000", "8000", "web: a\\xa08000", "8000"),
        ("web: a\0 8000", "8000", "web: a\\x00 8000", "8000"),
        ("web: a 8000\r\r", "8000", "web: a 8000\\r\\r", "8000"),
        ("web: a 8000   ", "8000", "web: a 8000", "8000"),
    ],
)
def test_the_caret_stands_under_the_place(line: str, marked: str, text: str, shown: str) -> None:
    assert drawn(line, marked) == (text, shown)


def test_a_place_past_the_end_is_one_caret() -> None:
    assert excerpt("web:", (4, 5)) == Excerpt("web:", 4, 1)


def test_without_a_place_there_is_no_caret() -> None:
    assert excerpt("web: a", None) == Excerpt("web: a")
    assert excerpt("", None) == Excerpt("")


@pytest.mark.parametrize(
    ("line", "marked", "secrets", "text", "shown"),
    [
        ("web: K=abcdefgh run", "abcdefgh", ["abcdefgh"], "web: K=**** run", "****"),
        ("web: K=abcdefgh run", "run", ["abcdefgh"], "web: K=**** run", "run"),
        ("web: K=abcdefgh run", "K=abcdefgh", ["abcdefgh"], "web: K=**** run", "K=****"),
        ("web: K=abcdefgh run", "cdefgh run", ["abcdefgh"], "web: K=**** run", "**** run"),
        ("web: K=abcdefgh run", "c", ["abcdefgh"], "web: K=**** run", "****"),
        ("web: K=abcdefgh run abcdefgh", "run", ["abcdefgh"], "web: K=**** run ****", "run"),
        ("web: K=abcdefghij run abcdefgh", "run", ["abcdefghij", "abcdefgh"], "web: K=**** run ****", "run"),
        ("web: K=日本語日本語 run", "run", ["日本語日本語"], "web: K=**** run", "run"),
        ("web: K=aaaaXbbbbaaaa run", "run", ["aaaaXbbbb", "Xbbbbaaaa"], "web: K=**** run", "run"),
    ],
)
def test_a_secret_is_not_shown(line: str, marked: str, secrets: list[str], text: str, shown: str) -> None:
    assert drawn(line, marked, *secrets) == (text, shown)


@pytest.mark.parametrize(
    ("line", "marked", "text"),
    [
        ("TOKEN=abc", "TOKEN", "TOKEN=****"),
        ("export TOKEN=abc # x", "TOKEN", "export TOKEN=****"),
        ("TOKEN = abc", "TOKEN = abc", "TOKEN =****"),
        ("PORT=abc", "abc", "PORT=abc"),
        ("PORT=abc", None, "PORT=****"),
        ("pasted key", "key", "****"),
        ("pasted key", None, "****"),
    ],
)
def test_the_value_of_an_env_file_is_not_shown(line: str, marked: str | None, text: str) -> None:
    place = None if marked is None else (line.index(marked), line.index(marked) + len(marked))
    assert excerpt(line, place, value_of(line, place)).text == text


@pytest.mark.parametrize("before", [0, 10, 70, 300])
@pytest.mark.parametrize("marked", [1, 10, 79, 300])
@pytest.mark.parametrize("after", [0, 10, 70, 300])
def test_a_long_line_is_cut_around_the_place(before: int, marked: int, after: int) -> None:
    line = "b" * before + "M" * marked + "a" * after
    one = excerpt(line, (before, before + marked))
    if len(line) <= WIDEST:
        assert one.text == line
    else:
        assert WIDEST - 20 <= len(one.text) <= WIDEST
        assert "…" in one.text
    assert all(piece in line for piece in one.text.split("…"))
    assert above(one).count("M") == one.text.count("M") >= min(marked, 79)
    assert set(above(one)) <= {"M", "…"}
    # What there is room for is shown.
    assert one.text.lstrip("…").startswith("b" * min(before, 9))
    assert one.text.rstrip("…").endswith("a" * min(after, 9))


def test_a_secret_is_hidden_before_the_line_is_cut() -> None:
    line = "b" * 300 + "secret" * 40 + "a" * 300
    for at in range(0, len(line), 7):
        one = excerpt(line, (at, at + 3), spans_of(line, ["secret" * 40]))
        assert "secr" not in one.text


@given(
    st.lists(st.text(max_size=40) | st.text("XYZ", max_size=5), max_size=12),
    st.integers(0, 150),
    st.integers(1, 150),
    st.text("XYZ", min_size=8, max_size=9),
)
def test_any_line_can_be_drawn(pieces: list[str], start: int, length: int, secret: str) -> None:
    line = secret.join(pieces)
    one = excerpt(line, (start, start + length), spans_of(line, [secret]))
    assert one.text.isprintable()
    assert len(one.text) <= WIDEST
    assert one.marked >= 1
    assert secret not in one.text
