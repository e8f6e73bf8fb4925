"""A row shows what a terminal's row would: pyte is asked where there is doubt."""

import re
from itertools import pairwise

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcwidth

from pyforeman.output.escapes import PLAIN, style_after, switching_on
from pyforeman.output.row import Row, columns_of

WIDE = 400
A_COLOUR = re.compile(rb"\x1b\[[0-9;:]*m")


def row_of(*chunks: bytes, colours: bool = True) -> Row:
    row = Row(colours=colours)
    for chunk in chunks:
        row.feed(chunk)
    return row


def terminal(*chunks: bytes) -> tuple[pyte.Screen, pyte.ByteStream]:
    screen = pyte.Screen(WIDE, 1)
    stream = pyte.ByteStream(screen)
    for chunk in chunks:
        stream.feed(chunk)
    return screen, stream


def seen(screen: pyte.Screen) -> dict[int, pyte.screens.Char]:
    """What is to be seen, and where; what a terminal fills erased cells with is its own affair."""
    return {column: cell for column, cell in screen.buffer[0].items() if cell.data != " "}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        # Back to the start
        (b"abc\rX", b"Xbc"),
        (b"10%\r20%\r100%", b"100%"),
        (b"abc\r", b"abc"),
        (b"abc\r\r\rX", b"Xbc"),
        (b"long text\r\x1b[Kshort", b"short"),
        (b"long text\r\x1b[2Kshort", b"short"),
        (b"abc\x1b[GX", b"Xbc"),
        (b"abc\x1b[1GX", b"Xbc"),
        (b"abc\x1b[2GX", b"aXc"),
        (b"abc\x1b[2`X", b"aXc"),
        # Half of a wide character: nothing is left of the other half
        ("漢\bX".encode(), b" X"),
        ("漢字\ra".encode(), "a 字".encode()),
        ("漢\x1b[D\x1b[1K".encode(), b"  "),
        ("漢字\x1b[3D\x1b[P".encode(), " 字".encode()),
        # In another row, until something is written there
        (b"abc\x1b[5;1H", b"abc"),
        (b"abc\x1b[5;1H\x1b[K\rX", b"X"),
        (b"abc\x1b[A\b\t", b"abc"),
        (b"abc\x1b[2J", b""),
        # Erased, deleted; not pushed on, for there would be no end to it
        (b"abc\r\x1b[1K", b" bc"),
        (b"abcd\r\x1b[2X", b"  cd"),
        (b"abc\b\x1b[9X", b"ab "),
        (b"abc\r\x1b[999999@", b"abc"),
        # Saved and restored
        (b"Progress: \x1b7 10%\x1b8 20%", b"Progress:  20%"),
        (b"Progress: \x1b[s 10%\x1b[u 20%", b"Progress:  20%"),
        (b"abc\x1b[5;1H\x1b7\x1b8X", b"X"),
        (b"abc\x1b7\x1b[5;1H\x1b8X", b"abcX"),
        (b"abc\x1b8X", b"X"),
        # Left and right
        (b"abc\bX", b"abX"),
        (b"abc\b\b\b\b\b\bX", b"Xbc"),
        (b"ab\b \b", b"a "),
        (b"abc\x1b[DX", b"abX"),
        (b"abc\x1b[2DX", b"aXc"),
        (b"abc\x1b[99DX", b"Xbc"),
        (b"abc\x1b[0DX", b"abX"),
        (b"abc\r\x1b[CX", b"aXc"),
        (b"abc\r\x1b[2CX", b"abX"),
        (b"abc\r\x1b[2aX", b"abX"),
        # Never beyond what is written
        (b"abc\x1b[99CX", b"abcX"),
        (b"abc\x1b[99GX", b"abcX"),
        (b"abc\x1b[99999999999GX", b"abcX"),
        (b"abc\x1b[" + b"9" * 5000 + b"CX", b"abcX"),
        (b"abc\x1b[" + b"9" * 5000 + b"DX", b"Xbc"),
        # Erasing
        (b"abcdef\r\x1b[3C\x1b[K", b"abc"),
        (b"abcdef\r\x1b[3C\x1b[0K", b"abc"),
        (b"abcdef\r\x1b[3C\x1b[J", b"abc"),
        (b"abc\x1b[2KX", b"   X"),
        (b"abc\x1b[1KX", b"   X"),
        (b"abcdef\r\x1b[P", b"bcdef"),
        (b"abcdef\r\x1b[C\x1b[2P", b"adef"),
        (b"abcdef\r\x1b[99P", b""),
        # Tabs, from the process's own column 0
        (b"a\tb", b"a       b"),
        (b"12345678\tb", b"12345678        b"),
        (b"\tb", b"        b"),
        (b"abcdefghijk\rX\tY", b"XbcdefghYjk"),  # it moves, and erases nothing
        ("漢\tb".encode(), "漢      b".encode()),
        # Other rows, or no text at all: anew
        (b"abc\x1b[5;5Hb", b"b"),
        (b"abc\x1b[Hb", b"b"),
        (b"abc\x1b[Ab", b"b"),
        (b"abc\x1b[2Jb", b"b"),
        (b"abc\x1b[1Jb", b"b"),
        (b"abc\x1b[3Jb", b"b"),
        (b"abc\x1b[2;3fb", b"b"),
        (b"abc\x1bMb", b"b"),
        (b"abc\x1bcb", b"b"),
        (b"abc\x1b8b", b"b"),
        (b"abc\x1b[ub", b"b"),
        (b"abc\x1b[?1049hb", b"b"),
        (b"abc\x1b[?1049lb", b"b"),
        # What is not to be seen
        (b"a\x1b]0;title\x07b", b"ab"),
        (b"a\x1b]0;title\x1b\\b", b"ab"),
        (b"a\x1b]0;unterminated", b"a"),
        (b"a\x1b[?25lb\x1b[?25h", b"ab"),
        (b"a\x1b(Bb", b"ab"),
        (b"a\x1b7b", b"ab"),
        (b"a\x07\x00\x7f\x05\x0e\x0fb", b"ab"),
        (b"a\xc2\x9bb\xc2\x85", b"ab"),
        (b"a\x1b[>4;1mb", b"ab"),
        # Not UTF-8
        (b"a\xffb", "a\ufffdb".encode()),
        (b"\xe6\xbcX", "\ufffdX".encode()),
        (b"\xc3\x1b[KX", "\ufffdX".encode()),
        # Not narrow
        ("漢字\r\x1b[2CX".encode(), "漢X".encode()),
        ("漢字\b\bXY".encode(), "漢XY".encode()),
        ("e\u0301x\bY".encode(), "e\u0301Y".encode()),
        ("\u0301a".encode(), b"a"),
    ],
)
def test_the_row_after_it_was_written_over(written: bytes, shown: bytes) -> None:
    row = row_of(written)
    assert row.text().rstrip() == shown.rstrip()
    assert row_of(*(written[at : at + 1] for at in range(len(written)))).text() == row.text()


words = st.text("abcxyz 0123", min_size=1, max_size=6).map(str.encode)
colours = st.sampled_from([0, 1, 3, 4, 7, 22, 31, 39, 42, 49, 94]).map(lambda number: b"\x1b[%dm" % number)
moves = st.tuples(st.sampled_from(["G", "C"]), st.integers(0, 99))
small = st.integers(0, 12)
others = (
    st.sampled_from([b"\r", b"\b", b"\t", b"\x1b[K", b"\x1b[0K", b"\x1b[2K", b"\x1b[D", b"\x1b[P", b"\x07"])
    | small.map(lambda number: b"\x1b[%dD" % number)
    | small.map(lambda number: b"\x1b[%dP" % number)
)


@settings(deadline=None, max_examples=150)
@given(st.lists(words | colours | moves | others, max_size=25))
def test_a_row_looks_like_that_of_a_terminal(written: list[bytes | tuple[str, int]]) -> None:
    row = Row()
    screen, stream = terminal()
    for piece in written:
        data = piece
        if isinstance(data, tuple):  # only within what is written
            kind, number = data
            place = number % (row.width + 1)
            if kind == "C":
                place = max(0, place - screen.cursor.x)
            data = b"\x1b[%d%c" % (place + (kind == "G"), ord(kind))
            if data == b"\x1b[0C":
                continue  # is one column, too
        row.feed(data)
        stream.feed(data)
    again, stream = terminal(row.text())
    assert seen(again) == seen(screen)
    assert again.cursor.x == row.width
    stream.feed(b"!")
    assert again.buffer[0][row.width] == pyte.screens.Char("!")  # all colours are off


TRICKY = [
    *(b"\x1b[31m", b"\x1b[38;5;9m", b"\x1b[2K", b"\x1b[K", b"\x1b[3D", b"\x1b[2G", b"\x1b[5;5H"),
    *(b"\x1b]0;title\x07", b"\x1b]0;title\x1b\\", b"\x1bP\x1b\\", b"\x1b(B", b"\r", b"\b", b"\t"),
    *(b"\x1b", b"[", b"\x1b[2", b"31m", b"m", b";", b"\xe6\xbc", b"\xf0\x9f", b"\xc2\x9b", b"\xff"),
    *(text.encode() for text in ("text", "é", "漢", "🎉", "e\u0301")),
]
tricky = st.lists(
    st.sampled_from(TRICKY) | st.binary(max_size=4).map(lambda data: data.replace(b"\n", b"")), max_size=15
).map(b"".join)


@settings(deadline=None, max_examples=150)
@given(tricky, st.lists(st.integers(0, 60), max_size=6))
def test_a_row_is_the_same_however_it_was_read(written: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(written), *(cut for cut in cuts if cut < len(written))})
    chunks = [written[start:end] for start, end in pairwise(places)]
    at_once, in_chunks = row_of(written), row_of(*chunks)
    assert in_chunks.text() == at_once.text()
    assert in_chunks.width == at_once.width
    assert in_chunks.style == at_once.style
    assert in_chunks.is_blank == at_once.is_blank


@settings(deadline=None, max_examples=150)
@given(tricky | st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"")))
def test_nothing_but_text_and_colours_comes_out(written: bytes) -> None:
    text = row_of(written).text()
    assert text.isascii() or text.decode()  # UTF-8, whatever went in
    assert all(character.isprintable() or ord(character) > 0xA0 for character in strip(text).decode())
    assert style_after(text, PLAIN) == PLAIN
    assert b"\x1b" not in row_of(written, colours=False).text()
    assert row_of(written, colours=False).text() == strip(text)


def strip(text: bytes) -> bytes:
    return A_COLOUR.sub(b"", text)


@pytest.mark.parametrize(
    ("before", "written", "shown", "left_on"),
    [
        (b"", b"\x1b[31mred", b"\x1b[31mred\x1b[0m", b"\x1b[31m"),
        (b"\x1b[31m", b"red", b"\x1b[31mred\x1b[0m", b"\x1b[31m"),
        (b"\x1b[31m", b"red\x1b[m", b"\x1b[31mred\x1b[0m", b""),
        (b"\x1b[31m", b"\x1b[mplain", b"plain", b""),
        (b"\x1b[31m", b"", b"", b"\x1b[31m"),
        (b"", b"a\x1b[1mb\x1b[mc", b"a\x1b[1mb\x1b[0mc", b""),
        (b"", b"\x1b[31mred\r\x1b[32mg", b"\x1b[32mg\x1b[0m\x1b[31med\x1b[0m", b"\x1b[32m"),
        (b"", b"\x1b[31mred\r\x1b[K\x1b[m", b"", b""),
        (b"", b"\x1b[31mred\x1b[5;5Hx", b"\x1b[31mx\x1b[0m", b"\x1b[31m"),
    ],
)
def test_colours_are_closed_and_what_is_left_on_is_known(
    before: bytes, written: bytes, shown: bytes, left_on: bytes
) -> None:
    row = Row(style_after(before, PLAIN))
    row.feed(written)
    assert row.text() == shown
    assert switching_on(row.style) == left_on


def test_without_colours_none_is_ever_on() -> None:
    row = row_of(b"\x1b[31mred\r\x1b[42mg", colours=False)
    assert row.text() == b"ged"
    assert row.style == PLAIN


@pytest.mark.parametrize(
    ("written", "blank"),
    [
        (b"", True),
        (b"   ", True),
        (b"\t", True),
        (b"\r\x1b[K", True),
        (b"text\r\x1b[K", True),
        (b"text\x1b[2K", True),
        (b"\x1b[31m", True),
        (b"\x1b]0;title\x07", True),
        (b"\x1b[", True),
        (b"\xe6\xbc", True),
        (b".", False),
        (b"\x1b[7m \x1b[m", False),
        ("漢".encode(), False),
    ],
)
def test_whether_there_is_nothing_to_see(written: bytes, blank: bool) -> None:
    assert row_of(written).is_blank == blank


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("漢字", 4),
        ("🎉", 2),
        ("\uff46\uff55", 4),
        ("ﾊﾝ", 2),
        ("\u200b", 0),
        ("a\tb", 9),
        ("漢\tb", 9),
        ("\x1b[31mred\x1b[m", 3),
    ],
)
def test_how_wide_a_row_is(text: str, width: int) -> None:
    assert row_of(text.encode()).width == width


@settings(deadline=None, max_examples=150)
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "M"]), max_size=20))
def test_a_row_is_never_taken_to_be_narrower_than_it_is(text: str) -> None:
    known = "".join(character for character in text if not_newer(character))
    assert row_of(known.encode()).width >= sum(map(wcwidth, known))


def not_newer(character: str) -> bool:
    """Whether this Python may know the width of it: Unicode 16 made some signs wide."""
    return not ("\u2630" <= character <= "\u268f" or "\u4dc0" <= character <= "\u4dff") and (
        ord(character) < 0x1D300
    )


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\u0301", "\u200b", "\u200d", "\ufeff"])
def test_what_takes_no_column(character: str) -> None:
    assert columns_of(character) == 0


def test_a_long_row_is_written_over_in_pieces() -> None:
    row = Row()
    for number in range(1000):
        row.feed(b"\r\x1b[K" + b"%d " % number * 50)
    assert row.text() == b"999 " * 50


def test_a_combining_mark_is_kept_with_its_wide_character_however_it_was_read() -> None:
    assert row_of("漢".encode(), "\u0301".encode(), b"\bx").text() == b" x"
    assert row_of("漢".encode(), "\u0301".encode()).text() == "漢\u0301".encode()


def test_a_character_that_the_end_cuts_is_shown_as_one_that_cannot_be_read() -> None:
    row = row_of(b"caf\xc3")
    assert row.text() == b"caf"
    row.end()
    assert row.text() == "caf\ufffd".encode()
    row = row_of(b"a\x1b[3")
    row.end()
    assert row.text() == b"a"
