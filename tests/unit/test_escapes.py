"""What may stay of a line's escape sequences, and what is switched on after it."""

import re

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyforeman.output.escapes import (
    PLAIN,
    harmless,
    leaves_colour_open,
    style_after,
    styled,
    switching_on,
    without_movement,
    without_sequences,
)

A_COLOUR = re.compile(rb"\x1b\[[0-9;:]*m")
RED = b"\x1b[31m"
RESET = b"\x1b[0m"


@pytest.mark.parametrize(
    ("written", "left"),
    [
        # CSI
        (b"a\x1b[2Jb", b"ab"),
        (b"a\x1b[5;5Hb", b"ab"),
        (b"a\x1b[Ab", b"ab"),
        (b"a\x1b[2Kb", b"ab"),
        (b"a\x1b[?1049hb", b"ab"),
        (b"a\x1b[?25lb", b"ab"),
        (b"a\x1b[6nb", b"ab"),
        (b"a\x1b[cb", b"ab"),
        (b"a\x1b[>4;1mb", b"ab"),  # xterm's keyboard, not a colour
        (b"a\x1b[?4mb", b"ab"),
        (b"a\x1b[2 qb", b"ab"),  # the shape of the cursor
        (b"a\x1b[1$mb", b"ab"),
        (b"a\x1b[!pb", b"ab"),
        (b"a\x1b[99999999999Hb", b"ab"),
        (b"a\x1b[" + b"9" * 5000 + b"Hb", b"ab"),
        # Strings
        (b"a\x1b]0;title\x07b", b"ab"),
        (b"a\x1b]0;title\x1b\\b", b"ab"),
        (b"a\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\b", b"alinkb"),
        (b"a\x1bPq#0\x1b\\b", b"ab"),
        (b"a\x1b_G\x1b\\b", b"ab"),
        (b"a\x1b^x\x07b", b"ab"),
        (b"a\x1bXx\x07b", b"ab"),
        (b"a\x1b]0;unterminated\nb", b"a\nb"),
        (b"a\x1b]0;ti\x1b[2Jtle", b"atle"),
        # Short ones
        (b"a\x1bcb", b"ab"),
        (b"a\x1bMb", b"ab"),
        (b"a\x1b(0b", b"ab"),
        (b"a\x1b#8b", b"ab"),
        (b"a\x1b7b\x1b8", b"ab"),
        (b"a\x1b=b\x1b>", b"ab"),
        (b"a\x1b%Gb", b"ab"),
        # Cut by the end of the line
        (b"a\x1b\nb", b"a\nb"),
        (b"a\x1b[\nb", b"a\nb"),
        (b"a\x1b[31\nm", b"a\nm"),
        (b"a\x1b[31 \nm", b"a\nm"),
        (b"a\x1b]\nb", b"a\nb"),
        (b"a\x1b(\nb", b"a\nb"),
        (b"a\x1b", b"a"),
        # One in another
        (b"a\x1b\x1b[2Jb", b"ab"),
        (b"a\x1b[3\x1b[2Jb", b"ab"),
        (b"a\x1b[\x1b[2J2Jb", b"a2Jb"),
        (b"a\x1b\x0e[2Jb", b"a[2Jb"),
        (b"a\x1b[\x0e2Jb", b"a2Jb"),
        # Controls
        (b"a\x05b", b"ab"),
        (b"a\x0bb\x0cc", b"abc"),
        (b"a\x0eb\x0f", b"ab"),
        (b"a\xc2\x9b2Jb", b"a2Jb"),
        (b"a\xc2\x85b", b"ab"),
        # What is no sequence
        (b"[31m [2J", b"[31m [2J"),
        ("é\xa0漢🎉".encode(), "é\xa0漢🎉".encode()),
        (b"\xff\xfe\x9b2J\x80", b"\xff\xfe\x9b2J\x80"),  # in UTF-8 these are no controls
    ],
)
def test_what_does_more_than_colour_goes(written: bytes, left: bytes) -> None:
    assert without_movement(written) == left
    assert without_movement(written, colours=False) == left


@pytest.mark.parametrize("colour", [b"", b"0", b"1;31", b"38;5;196", b"38:2::1:2:3", b"4:3", b";", b"9" * 64])
def test_a_colour_stays_unless_it_is_not_wanted(colour: bytes) -> None:
    line = b"a\x1b[" + colour + b"mb"
    assert without_movement(line) == line
    assert without_movement(line, colours=False) == b"ab"
    assert without_sequences(line) == b"ab"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"", True),
        (b"hello\nworld\n", True),
        (b"\x07\x00\x7f\xff\xe9\n", True),
        ("漢字 🎉 ñ\n".encode(), True),
        (b"\x1b[31m\n", False),
        (b"a\r\n", False),
        (b"a\tb\n", False),
        (b"a\bb\n", False),
        (b"\x05\n", False),
        (b"\x0b\n", False),
        (b"\x0c\n", False),
        (b"\x0e\n", False),
        (b"\x0f\n", False),
        (b"\xc2\x9b\n", False),
    ],
)
def test_what_needs_a_look(block: bytes, expected: bool) -> None:
    assert harmless(block) == expected


pieces = st.lists(
    st.sampled_from(
        [RED, RESET, b"\x1b", b"[", b"]", b"2J", b"m", b";", b"\\", b"\x07", b"\n", b"\x0e", b"a"]
    )
    | st.binary(max_size=6).filter(lambda data: b"\xc2" not in data),
    max_size=20,
).map(b"".join)


@settings(deadline=None, max_examples=150)
@given(pieces)
def test_no_sequence_but_colours_is_left_of_anything(written: bytes) -> None:
    left = without_movement(written)
    assert b"\x1b" not in A_COLOUR.sub(b"", left)
    assert without_movement(left) == left
    assert left.count(b"\n") == written.count(b"\n")
    assert b"\x1b" not in without_movement(written, colours=False)
    assert b"\x1b" not in without_sequences(written)


@settings(deadline=None, max_examples=150)
@given(pieces)
def test_what_is_harmless_loses_nothing(block: bytes) -> None:
    if harmless(block):
        assert without_movement(block, colours=False) == block
        assert style_after(block, PLAIN) == PLAIN
        assert not leaves_colour_open(block)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"plain\n", False),
        (RED + b"red" + RESET + b"\n", False),
        (RED + b"red\x1b[m\n", False),
        (RED + b"red\x1b[m after\n", False),
        (RED + b"red\x1b[00m\n", False),
        (b"\x1b[m\n", False),
        (RED + b"red\n", True),
        (RED + b"red\n" + RESET + b"\n", True),
        (b"a\n" + RED + b"\n", True),
        (RED + RESET + b"\x1b[1mbold\n", True),
        (RED + b"\n" + RED + RESET + b"\n", True),
    ],
)
def test_whether_a_line_of_a_block_leaves_its_colour_on(block: bytes, expected: bool) -> None:
    assert leaves_colour_open(block) == expected


PARAMETERS = (
    "0 1 3 4 5 7 9 22 23 24 25 27 29 30 31 37 39 40 47 49 90 97 100 107 "
    "38;5;196 48;5;17 38;2;1;2;3 48;2;9;0;31"
)
some = st.sampled_from([b"", *PARAMETERS.encode().split()])
parameters = st.lists(some, min_size=1, max_size=5).map(b";".join)
colours = st.lists(parameters.map(lambda inside: b"\x1b[" + inside + b"m"), max_size=6)


def attributes_after(written: bytes) -> pyte.screens.Char:
    """What a terminal would draw the next character with."""
    screen = pyte.Screen(20, 1)
    pyte.ByteStream(screen).feed(written)
    return screen.cursor.attrs


@settings(deadline=None, max_examples=150)
@given(colours)
def test_a_style_switched_on_again_looks_as_it_did(sequences: list[bytes]) -> None:
    written = b"a".join(sequences)
    style = style_after(written, PLAIN)
    assert attributes_after(switching_on(style)) == attributes_after(written)
    assert style or attributes_after(written) == attributes_after(b"")


@settings(deadline=None, max_examples=150)
@given(colours, colours)
def test_a_style_goes_on_from_line_to_line(first: list[bytes], second: list[bytes]) -> None:
    one, other = b"a".join(first), b"b".join(second)
    assert style_after(other, style_after(one, PLAIN)) == style_after(one + other, PLAIN)
    assert style_after(switching_on(style_after(one, PLAIN)), PLAIN) == style_after(one, PLAIN)


@settings(deadline=None, max_examples=150)
@given(st.lists(colours.map(b"a".join), max_size=4))
def test_no_style_that_is_left_on_is_overlooked(lines: list[bytes]) -> None:
    block = b"".join(line + b"x\n" for line in lines)
    left_on = any(style_after(line, PLAIN) for line in lines)
    assert leaves_colour_open(block) or not left_on


@pytest.mark.parametrize(
    ("written", "again"),
    [
        (b"\x1b[31m", b"\x1b[31m"),
        (b"\x1b[31m\x1b[32m", b"\x1b[32m"),
        (b"\x1b[31;1m", b"\x1b[31;1m"),
        (b"\x1b[1;2m\x1b[22m", b""),
        (b"\x1b[3;20m\x1b[23m", b""),
        (b"\x1b[4m\x1b[24m", b""),
        (b"\x1b[21m\x1b[24m", b""),
        (b"\x1b[4:3m", b"\x1b[4:3m"),
        (b"\x1b[4:3m\x1b[4:0m", b""),
        (b"\x1b[5;6m\x1b[25m", b""),
        (b"\x1b[7m\x1b[27m", b""),
        (b"\x1b[8m\x1b[28m", b""),
        (b"\x1b[9m\x1b[29m", b""),
        (b"\x1b[51m\x1b[54m", b""),
        (b"\x1b[53m\x1b[55m", b""),
        (b"\x1b[58;5;1m", b"\x1b[58;5;1m"),
        (b"\x1b[58:2::1:2:3m\x1b[59m", b""),
        (b"\x1b[38:2::1:2:3;1m", b"\x1b[38:2::1:2:3;1m"),
        (b"\x1b[38;5;9m\x1b[39m", b""),
        (b"\x1b[38;5;0m", b"\x1b[38;5;0m"),  # black, not a reset
        (b"\x1b[48;2;0;0;0m", b"\x1b[48;2;0;0;0m"),
        (b"\x1b[38;2;1;2;3;48;5;4;1m", b"\x1b[38;2;1;2;3;48;5;4;1m"),
        (b"\x1b[41m\x1b[49m", b""),
        (b"\x1b[31m\x1b[m", b""),
        (b"\x1b[31m\x1b[;m", b""),
        (b"\x1b[31m\x1b[0;1m", b"\x1b[1m"),
        (b"\x1b[31;m", b""),
        (b"\x1b[2J\x1b[31H", b""),
        (b"\x1b[?1m", b""),
        (b"\x1b[00000031m", b"\x1b[00000031m"),
        (b"\x1b[38;05;0m", b"\x1b[38;05;0m"),
        (b"\x1b[38m\x1b[5m\x1b[7m", b"\x1b[5;7m"),  # a colour that is none
        (b"\x1b[38;2;1m\x1b[2m\x1b[3m", b"\x1b[2;3m"),
        (b"\x1b[11m\x1b[10m", b""),
        (b"\x1b[0;10m", b""),
        (b"\x1b[77m\x1b[1234m", b""),  # nobody knows them: they would pile up
        (b"\x1b[38;5;" + b"0" * 60 + b"9m", b""),
    ],
)
def test_what_is_switched_on(written: bytes, again: bytes) -> None:
    assert switching_on(style_after(written, PLAIN)) == again


@pytest.mark.parametrize(
    "inside",
    [
        b"9" * 5000,
        b"0" * 5000,
        b";" * 2000,
        b":" * 2000,
        b"1;" * 2000,
        b"0;" * 500_000,
        b"38;5",
        b"38;2;1",
        b"38",
        b"38;",
    ],
)
def test_no_parameters_are_too_strange(inside: bytes) -> None:
    assert styled(styled(PLAIN, inside), b"0") == PLAIN


def test_a_colour_with_endless_parameters_goes() -> None:
    assert without_movement(b"a\x1b[" + b"9" * 65 + b"mb") == b"ab"


@pytest.mark.parametrize("between", [b"\x1b[2J", b"\x0c", b"\x05", b"\x1b]0;t\x07", b"\x1b[2J\x0c"])
def test_no_control_is_made_by_taking_away_what_stood_in_it(between: bytes) -> None:
    assert b"\xc2\x9b" not in without_movement(b"\xc2" + between + b"\x9b2Jx\n")
