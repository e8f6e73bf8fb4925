"""What stands on a terminal while processes write to it in turn, as pyte shows it."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyforeman.core.notices import Notice
from pyforeman.output.lines import LineBuffer
from pyforeman.output.render import Origin, TextRenderer
from pyforeman.output.screen import FRAME, HOLD, PATIENCE, QUIET, Screen

NAMES = ("a.1", "b.1", "c.1")
ORIGINS = {name: Origin(name, pid) for pid, name in enumerate(NAMES, 100)}
STYLES = {"a.1": "\x1b[36m", "b.1": "\x1b[33m", "c.1": "\x1b[32m", "system": "\x1b[1m"}
MARGIN = len("system | ")
TALL = 2000  # rows of the emulator: nothing scrolls out of it
OURS = re.compile(rb"\x1b\[[0-9;:]*m|\r\x1b\[K")


class Runtime:
    """What the loop of pyforeman does with a screen; ``seconds`` is its clock."""

    def __init__(self, columns: int = 60, rows: int = 24, *, coloured: bool = False, **options: Any) -> None:
        text = TextRenderer(NAMES, "off", 0.0, STYLES if coloured else None)
        self.screen = Screen(text, columns, rows, **options)
        self.seconds = 0.0
        self.out = b""
        self.emulator = pyte.Screen(columns, TALL)
        self._stream = pyte.ByteStream(self.emulator)
        self._buffers = {name: LineBuffer() for name in NAMES}

    def write(self, name: str, chunk: bytes) -> None:
        """One read of what a process wrote."""
        buffer = self._buffers[name]
        if block := buffer.feed(chunk):
            self._show(*self.screen.block(ORIGINS[name], block, 0.0))
        if buffer.unfinished:
            self.screen.unfinished(ORIGINS[name], buffer.unfinished, self.seconds)

    def end(self, name: str) -> None:
        """A process ends."""
        if block := self._buffers[name].flush():
            self._show(*self.screen.last_line(ORIGINS[name], block, 0.0))
        self.screen.forget(ORIGINS[name])

    def notice(self, text: str, last_lines: Sequence[bytes] = ()) -> None:
        self._show(self.screen.notice(Notice("started", "a.1", text), last_lines, 0.0))

    def turn(self, seconds: float = 0.0) -> None:
        """The end of a turn of the loop, that much later."""
        self.seconds += seconds
        self._show(self.screen.tick(self.seconds, 0.0))
        self.settle()

    def settle(self) -> None:
        self._show(self.screen.settle(0.0))

    def type(self, echo: bytes) -> None:
        """Keys that the terminal echoes."""
        self._stream.feed(echo)

    def key(self, echo: bytes = b"^C") -> None:
        """A key that stops us."""
        self.type(echo)
        self._show(self.screen.lift())

    def resize(self, columns: int, rows: int = 24) -> None:
        self.emulator.resize(TALL, columns)
        self.screen.resize(columns, rows)

    def _show(self, *buffers: bytes | memoryview) -> None:
        data = b"".join(buffers)
        self.out += data
        self._stream.feed(data.replace(b"\n", b"\r\n"))  # the terminal's ONLCR

    @property
    def written(self) -> bytes:
        """All bytes so far, less what only wipes the row that is written next."""
        return self.out.replace(b"\r\x1b[K", b"")

    @property
    def lines(self) -> list[str]:
        """All that is on the terminal."""
        rows = [self.emulator.buffer[y] for y in range(self.emulator.cursor.y + 1)]
        lines = ["".join(row[x].data for x in range(max(row, default=-1) + 1)).rstrip() for row in rows]
        return lines if lines[-1] else lines[:-1]

    @property
    def open_line(self) -> str | None:
        """The line that the cursor stands in."""
        return self.lines[-1] if self.emulator.cursor.x else None


def shown(block: bytes, **options: Any) -> bytes:
    """What becomes of a block of ``a.1``, without the prefixes."""
    screen = Screen(TextRenderer(["a.1"], "off", 0.0), 80, 24, **options)
    return b"".join(screen.block(ORIGINS["a.1"], block, 0.0)).replace(b"a.1    | ", b"")


# Whole lines


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"plain", b"plain"),
        (b"", b""),
        ("漢字 🎉 e\u0301".encode(), "漢字 🎉 e\u0301".encode()),
        (b"\xff\xfe latin-1: caf\xe9", b"\xff\xfe latin-1: caf\xe9"),
        # The pty's own
        (b"a\r", b"a"),
        (b"\r", b""),
        (b"\x1b[31ma\x1b[0m\r", b"\x1b[31ma\x1b[0m"),
        # Written over
        (b"10%\r20%\r30%", b"30%"),
        (b"10%\r20%\r30%\r", b"30%"),
        (b"a\r\r", b"a"),
        (b"long text\rX", b"Xong text"),
        (b"long text\r\x1b[KX", b"X"),
        (b"ab\bX", b"aX"),
        (b"ab\x1b[1GX", b"Xb"),
        (b"\x1b[31mab\rX\x1b[m", b"\x1b[31mXb\x1b[0m"),
        # Tabs, from the process's own column 0
        (b"a\tb", b"a       b"),
        (b"a\tb\r", b"a       b"),
        (b"\t\tb", b" " * 16 + b"b"),
        ("é\tb".encode(), "é       b".encode()),
        ("漢\tb".encode(), "漢      b".encode()),
        (b"\x1b[31ma\x1b[0m\tb", b"\x1b[31ma\x1b[0m       b"),
        (b"\x1b]0;title\x07a\tb", b"a       b"),
        # What moves or clears
        (b"a\x1b[5;5Hb", b"ab"),
        (b"a\x1b[2Jb", b"ab"),
        (b"a\x1b[Kb", b"ab"),
        (b"a\x1bcb", b"ab"),
        (b"a\x1b[?1049hb", b"ab"),
        (b"a\x1b[?25lb", b"ab"),
        (b"a\x1b[6nb", b"ab"),
        (b"a\x05b", b"ab"),
        (b"a\x0b\x0cb", b"ab"),
        (b"a\xc2\x9b5Ab", b"a5Ab"),
        (b"x\ra\x1b[5;5Hb", b"b"),
        (b"a\x1b]0;title\x07b", b"ab"),
        (b"a\x1b]0;unterminated", b"a"),
        (b"a\x1b[", b"a"),
        (b"a\x1b[31", b"a"),
        (b"a\x1b", b"a"),
        (b"a\x1b[" + b"9" * 5000 + b"Ab", b"ab"),
        (b"a\x1b[" + b"9" * 5000 + b"Db\r\x1b[0m", b"b"),
    ],
)
def test_a_whole_line(line: bytes, expected: bytes) -> None:
    assert shown(line + b"\n") == expected + b"\n"
    assert shown(b"a\n" + line + b"\nb\n") == b"a\n" + expected + b"\nb\n"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"\x1b[31mred\nagain\x1b[m\nplain\n", b"\x1b[31mred\x1b[0m\n\x1b[31magain\x1b[m\nplain\n"),
        (b"\x1b[31mred\x1b[m\nplain\n", b"\x1b[31mred\x1b[m\nplain\n"),
        (b"\x1b[31mred\n10%\r20%\n", b"\x1b[31mred\x1b[0m\n\x1b[31m20%\x1b[0m\n"),
        (b"10%\r\x1b[31m20%\nred\n", b"\x1b[31m20%\x1b[0m\n\x1b[31mred\x1b[0m\n"),
        (b"\x1b[31mred\n\x1b[32mgreen\x1b[39m\n-\n", None),
    ],
)
def test_colour_left_open_is_closed_and_opened_again_after_the_prefix(
    block: bytes, expected: bytes | None
) -> None:
    if expected is not None:
        assert shown(block) == expected
    runtime = Runtime(coloured=True)
    for line in block.split(b"\n")[:-1]:
        runtime.write("a.1", line + b"\n")
        runtime.write("b.1", b"not red\n")
    at_once = Runtime(coloured=True)
    at_once.write("a.1", block)
    of_a = [cells for cells in looks(runtime) if "".join(cell.data for cell in cells).startswith("a.1")]
    assert of_a == looks(at_once)
    assert all(cell.fg == "default" for cells in looks(runtime)[1::2] for cell in cells[MARGIN:])


def looks(runtime: Runtime) -> list[list[pyte.screens.Char]]:
    """The cells of each line."""
    rows = [runtime.emulator.buffer[y] for y in range(len(runtime.lines))]
    return [[row[x] for x in range(len(line))] for row, line in zip(rows, runtime.lines, strict=True)]


def test_another_run_of_the_process_begins_without_its_colours() -> None:
    runtime = Runtime()
    runtime.write("a.1", b"\x1b[31mred\n")
    runtime.end("a.1")
    runtime.write("a.1", b"plain\n")
    assert runtime.out == b"a.1    | \x1b[31mred\x1b[0m\na.1    | plain\n"


def test_strip_takes_the_childrens_colours_from_all_that_is_shown() -> None:
    runtime = Runtime(coloured=True, strip=True)
    runtime.write("a.1", b"\x1b[31mred\n\x1b[1mbold\tx\n10%\r\x1b[32m20%\n\x1b[33mopen")
    runtime.turn(QUIET)
    runtime.notice("bad", [b"\x1b[31mlast", b"\x1b[31mla\rst\x1b[m"])
    runtime.settle()
    expected = ["red", "bold    x", "20%", "bad", "    last", "    st", "open"]
    assert [line[MARGIN:] for line in runtime.lines] == expected
    assert {cell.fg for cells in looks(runtime) for cell in cells[MARGIN:]} == {"default"}


@pytest.mark.parametrize("rows", [1, 5, 10, 24, 50])
def test_what_pushes_the_screen_out_becomes_one_newline(rows: int) -> None:
    enough = max(8, rows - 2)
    for newlines, left in ((enough - 1, enough - 1), (enough, 1), (enough + 1, 1), (enough * 50, 1)):
        for newline in (b"\n", b"\r\n"):
            runtime = Runtime(rows=rows)
            runtime.write("a.1", b"x" + newline * newlines + b"\x1b[0;0H\x1b[0Jy\n")
            assert runtime.out.count(b"\n") == left + 1
            assert runtime.lines[0] == "a.1    | x"
            assert runtime.lines[-1] == "a.1    | y"


# The open line


def test_a_prompt_shows_after_50_ms_of_quiet() -> None:
    runtime = Runtime()
    runtime.write("a.1", b"Name? ")
    assert runtime.screen.deadline == pytest.approx(QUIET)
    runtime.turn(QUIET - 0.001)
    assert runtime.lines == []
    runtime.turn(0.001)
    assert runtime.written == b"a.1    | Name? "
    assert runtime.screen.deadline is None
    runtime.turn(10)
    assert runtime.written == b"a.1    | Name? "


def test_what_was_only_cut_by_a_read_is_never_drawn_twice() -> None:
    runtime = Runtime()
    runtime.write("a.1", b"hel")
    runtime.turn(0.01)
    runtime.write("a.1", b"lo\n")
    assert runtime.screen.deadline is None
    assert runtime.written == b"a.1    | hello\n"


def test_a_line_that_grows_letter_by_letter_is_shown_all_the_same() -> None:
    runtime = Runtime()
    seen_at = None
    for _ in range(20):
        runtime.write("a.1", b".")
        runtime.turn(0.02)
        if seen_at is None and runtime.out:
            seen_at = runtime.seconds
    assert seen_at == pytest.approx(PATIENCE, abs=0.03)
    runtime.turn(FRAME)
    assert runtime.lines == ["a.1    | " + "." * 20]


@pytest.mark.parametrize(
    ("chunks", "line"),
    [
        ([b"Name? ", b"Bob\n"], "Name? Bob"),
        ([b"Name? ", b"\n"], "Name?"),
        ([b"Name? ", b"\r\n"], "Name?"),
        ([b"a", b"b", b"c", b"\n"], "abc"),
        ([b"10%", b"\r20%", b"\r30%\n"], "30%"),
        ([b"10%\r", b"20%\r", b"30%\r", b"\n"], "30%"),
        ([b"\r10%", b"\r\x1b[K5%", b"\n"], "5%"),
        ([b"- wait", b"\b\b\b\b\b\b\\", b"\b|", b"\r\x1b[2Kdone\n"], "done"),
        ([b"ab\x1b", b"[1", b"Gx", b"\n"], "xb"),
        ([b"ab\x1b]0;ti", b"tle\x07", b"c\n"], "abc"),
        (["漢".encode()[:2], "漢".encode()[2:], b"\n"], "漢"),
        ([b"a\t", b"b\n"], "a       b"),
        ([b"top", b"\x1b[5;5Hplace", b"\n"], "place"),
        ([b"old", b"\x1b[2J\x1b[H", b"new\n"], "new"),
        ([b"\x1b[31mred", b" still", b"\x1b[m\n"], "red still"),
        ([b"\xff\xc3", b"x\n"], "\ufffd\ufffdx"),
        ([b"abc\x1b[" + b"9" * 3000, b"9" * 2000 + b"Dx", b"\n"], "xbc"),
    ],
)
def test_an_open_line_ends_as_the_row_it_was(chunks: list[bytes], line: str) -> None:
    for other in (False, True):
        runtime = Runtime()
        for chunk in chunks:
            runtime.write("a.1", chunk)
            runtime.turn(1)
            if other:
                runtime.write("b.1", b"-\n")
                runtime.settle()
        runtime.write("a.1", b"next\n")
        of_a = [seen.replace(" ", "") for seen in runtime.lines if seen.startswith("a.1")]
        assert of_a == ["a.1|" + line.replace(" ", ""), "a.1|next"]
        assert runtime.lines.count("b.1    | -") == len(chunks) * other


def test_the_open_line_is_drawn_again_below_what_others_print() -> None:
    runtime = Runtime()
    runtime.write("a.1", b"Name? ")
    runtime.turn(QUIET)
    runtime.write("b.1", b"one\ntwo\n")
    runtime.notice("a notice")
    runtime.write("b.1", b"three\n")
    assert runtime.lines == ["b.1    | one", "b.1    | two", "system | a notice", "b.1    | three"]
    runtime.settle()
    assert runtime.lines[-1] == runtime.open_line == "a.1    | Name?"
    runtime.write("a.1", b"Bob\n")
    assert runtime.lines[-2:] == ["b.1    | three", "a.1    | Name? Bob"]


def test_a_line_of_its_own_process_ends_the_open_one_first() -> None:
    runtime = Runtime()
    runtime.write("a.1", b"Name? ")
    runtime.turn(QUIET)
    runtime.write("a.1", b"Bob\nHello, Bob\nAge? ")
    runtime.turn(QUIET)
    assert runtime.lines == ["a.1    | Name? Bob", "a.1    | Hello, Bob", "a.1    | Age?"]


def test_nothing_is_written_while_nothing_changes() -> None:
    runtime = Runtime()
    runtime.write("a.1", b"Name? ")
    runtime.turn(QUIET)
    before = runtime.out
    for _ in range(5):
        runtime.turn(1)
    assert runtime.out == before


def test_a_very_long_open_line_is_left_alone_until_it_is_whole() -> None:
    runtime = Runtime(40)
    runtime.write("b.1", b"Name? ")
    runtime.turn(1)
    for _ in range(10):
        runtime.write("a.1", b"x" * 1000)
        runtime.turn(1)
    shown = len(runtime.out)
    for _ in range(10):
        runtime.write("a.1", b"x" * 1000)
        runtime.turn(1)
    assert len(runtime.out) == shown
    runtime.write("a.1", b"\n")
    runtime.turn()
    assert runtime.out.count(b"x" * 20_000) == 1
    assert runtime.open_line == "b.1    | Name?"


def test_what_is_typed_does_not_stay_in_an_open_line() -> None:
    runtime = Runtime()
    runtime.write("a.1", b"Name? ")
    runtime.turn(QUIET)
    runtime.type(b"typed")
    runtime.write("a.1", b"really? ")
    runtime.turn(1)
    assert runtime.open_line == "a.1    | Name? really?"
    runtime.type(b"typed")
    runtime.write("a.1", b"no\n")
    assert runtime.lines == ["a.1    | Name? really? no"]


def test_a_blank_open_line_takes_no_place() -> None:
    runtime = Runtime()
    runtime.write("a.1", b"Name? ")
    runtime.turn(QUIET)
    runtime.write("b.1", b"\x1b[?25l\r\x1b[K  ")
    runtime.turn(1)
    assert runtime.lines == ["a.1    | Name?"]
    runtime.write("a.1", b"\r\x1b[K")
    runtime.turn(1)
    assert runtime.lines == []
    assert runtime.open_line is None


@pytest.mark.parametrize("width", [60 - MARGIN - 1, 60 - MARGIN, 60 - MARGIN + 1, 130])
def test_an_open_line_wider_than_the_screen_is_ended_and_shown_whole_at_its_end(width: int) -> None:
    runtime = Runtime()
    text = "".join(chr(ord("a") + number % 26) for number in range(width))
    runtime.write("a.1", text.encode())
    runtime.turn(QUIET)
    runtime.write("b.1", b"other\n")
    runtime.settle()
    runtime.write("b.1", b"more\n")
    runtime.turn(10)
    runtime.write("a.1", b"!\n")
    folded = wrapped("a.1    | " + text)
    once = [] if len(folded) == 1 else folded
    assert runtime.lines == [*once, "b.1    | other", "b.1    | more", *wrapped(f"a.1    | {text}!")]


def wrapped(line: str, columns: int = 60) -> list[str]:
    return [line[start : start + columns] for start in range(0, len(line), columns)]


def test_a_wide_line_that_nobody_disturbs_is_shown_once() -> None:
    runtime = Runtime()
    for _ in range(30):
        runtime.write("a.1", b"0123456789")
        runtime.turn(QUIET)
    runtime.write("a.1", b"\n")
    assert runtime.lines == wrapped("a.1    | " + "0123456789" * 30)


def test_a_bar_is_drawn_at_once_and_at_most_30_times_a_second() -> None:
    runtime = Runtime()
    drawings = 0
    for number in range(1000):
        runtime.write("a.1", b"\r%d%%" % number)
        before = runtime.out
        runtime.turn()
        drawings += runtime.out != before
        if number == 0:
            assert runtime.lines == ["a.1    | 0%"]
        runtime.seconds += 0.001
    assert 25 <= drawings <= 32
    runtime.turn(FRAME)
    assert runtime.lines == ["a.1    | 999%"]


def test_of_two_bars_that_move_the_one_drawn_keeps_its_place() -> None:
    runtime = Runtime()
    for number in range(100):
        runtime.write("a.1", b"\ra %d" % number)
        runtime.turn()
        runtime.write("b.1", b"\rb %d" % number)
        runtime.turn(0.05)
        assert str(runtime.open_line).startswith("a.1")
    stopped_at = runtime.seconds
    while str(runtime.open_line).startswith("a.1"):
        runtime.write("b.1", b"\rb on")
        runtime.turn(0.05)
    assert runtime.seconds - stopped_at == pytest.approx(HOLD, abs=0.1)
    assert runtime.lines == ["b.1    | b on"]
    runtime.write("a.1", b"\ra done\n")
    runtime.write("b.1", b"\rb done\n")
    assert runtime.lines == ["a.1    | a done", "b.1    | b done"]


def test_a_bar_that_waits_is_shown_when_the_other_one_rests() -> None:
    runtime = Runtime()
    runtime.write("a.1", b"\ra")
    runtime.turn()
    runtime.write("b.1", b"\rb")
    runtime.turn()
    assert runtime.open_line == "a.1    | a"
    assert runtime.screen.deadline == pytest.approx(HOLD)
    runtime.turn(HOLD)
    assert runtime.lines == ["b.1    | b"]


def test_a_line_that_ends_gives_the_place_back_to_the_one_before() -> None:
    runtime = Runtime()
    for name in NAMES:
        runtime.write(name, name.encode() + b"? ")
        runtime.turn(HOLD)
    assert runtime.lines == ["c.1    | c.1?"]
    runtime.write("c.1", b"yes\n")
    runtime.settle()
    assert runtime.lines == ["c.1    | c.1? yes", "b.1    | b.1?"]
    runtime.end("b.1")
    runtime.settle()
    assert runtime.lines == ["c.1    | c.1? yes", "b.1    | b.1?", "a.1    | a.1?"]


def test_the_end_of_a_hidden_open_line_leaves_the_one_that_is_shown() -> None:
    runtime = Runtime()
    runtime.write("a.1", b"a? ")
    runtime.turn(HOLD)
    runtime.write("b.1", b"b? ")
    runtime.turn(HOLD)
    runtime.write("a.1", b"yes\n")
    runtime.settle()
    assert runtime.lines == ["a.1    | a? yes", "b.1    | b?"]


def test_colour_of_an_open_line_stays_in_it() -> None:
    runtime = Runtime(coloured=True)
    runtime.write("a.1", b"\x1b[31mName? ")
    runtime.turn(QUIET)
    runtime.write("b.1", b"plain\n")
    runtime.settle()
    runtime.write("a.1", b"Bob\nred\x1b[m\n")
    plain, name, red = looks(runtime)
    assert {cell.fg for cell in plain[MARGIN:]} == {"default"}
    assert {cell.fg for cell in name[MARGIN:]} == {cell.fg for cell in red[MARGIN:]} == {"red"}


# Our own messages


@pytest.mark.parametrize("columns", [1, MARGIN - 1, MARGIN, MARGIN + 10, MARGIN + 16, 40, 60])
def test_a_notice_is_folded_between_words_where_there_is_room_for_some(columns: int) -> None:
    words = "a.1 crashed (exit 3) after 0.2 s, 5 times in a row; next try in 30 s".split()
    runtime = Runtime(columns)
    runtime.notice(" ".join(words), [b"last\twords", b"\x1b[31mred", b"10%\r20%"])
    lines = runtime.out.decode().splitlines()
    assert all(line.startswith("system | ") for line in lines)
    assert [word for line in lines[:-3] for word in line[MARGIN:].split()] == words
    folds = columns - MARGIN >= 16
    assert (len(lines) > 4) == folds
    assert not folds or all(len(line) <= columns for line in lines[:-3])
    assert runtime.out.endswith(
        b"system |     last    words\nsystem |     \x1b[31mred\x1b[0m\nsystem |     20%\n"
    )


def test_a_notice_that_fits_is_left_as_it_is() -> None:
    runtime = Runtime()
    text = "x" * (60 - MARGIN - 4) + "  yz"
    runtime.notice(text)
    assert runtime.lines == ["system | " + text]


@pytest.mark.parametrize("form", [b"\r%d%%", b"%d%% [########              ]\r"])
def test_of_two_bars_one_keeps_its_place_as_long_as_it_moves(form: bytes) -> None:
    runtime = Runtime()
    holders = []
    for step in range(1, 9):
        for name in ("a.1", "b.1"):
            runtime.write(name, form % step)
        runtime.turn(0.1)
        holders.append((runtime.open_line or "")[:3])
    holder = holders[-1]
    assert holders[1:] == [holder] * 7
    runtime.write(holder, b"\n")
    runtime.turn(HOLD)
    other = "b.1" if holder == "a.1" else "a.1"
    assert (runtime.open_line or "").startswith(f"{other}    | 8%")


def test_a_prompt_is_shown_at_once_beside_a_bar_and_again_after_it() -> None:
    runtime = Runtime()
    for step in range(5):
        runtime.write("a.1", b"\r%d%%" % step)
        runtime.turn(0.1)
    runtime.write("b.1", b"Name? ")
    runtime.turn(QUIET)
    assert runtime.open_line == "b.1    | Name?"
    runtime.write("a.1", b"\r90%")
    runtime.turn(0.1)
    assert runtime.open_line == "b.1    | Name?"
    runtime.turn(HOLD)
    assert runtime.open_line == "a.1    | 90%"
    runtime.write("a.1", b"\n")
    runtime.turn()
    assert runtime.open_line == "b.1    | Name?"


def test_a_prompt_comes_back_below_a_wide_line_that_was_ended() -> None:
    runtime = Runtime(40)
    runtime.write("b.1", b"prompt> ")
    runtime.turn(1)
    runtime.write("a.1", b"w" * 50)
    runtime.turn(1)
    runtime.write("c.1", b"line\n")
    runtime.turn(1)
    assert runtime.open_line == "b.1    | prompt>"


@pytest.mark.parametrize("options", [{"erasable": False}, {"columns": 20}])
def test_a_bar_that_cannot_be_drawn_keeps_no_prompt_away(options: dict[str, Any]) -> None:
    runtime = Runtime(**options)
    runtime.write("a.1", b"\r" + b"#" * 30)
    runtime.turn(0.1)
    runtime.write("c.1", b"line\n")
    runtime.turn(0.1)
    runtime.write("a.1", b"\r" + b"=" * 30)
    runtime.write("b.1", b"Pass: ")
    runtime.turn(QUIET)
    assert runtime.lines[-1] == "b.1    | Pass:"


def test_a_line_that_was_too_wide_when_it_was_drawn_is_not_erased_on_a_wider_screen() -> None:
    runtime = Runtime(40)
    runtime.write("a.1", b"w" * 50)
    runtime.turn(1)
    runtime.resize(80)
    runtime.write("b.1", b"line\n")
    assert runtime.out.endswith(b"w\n" + b"b.1    | line\n")


@pytest.mark.parametrize(
    ("rest", "rows"),
    [
        (b"\x1b[?25h", []),
        (b"\x1b[0m", []),
        (b"   ", []),
        (b"\r\x1b[K\x1b[?1l\x1b>", []),
        (b"50%\r\x1b[K", []),
        (b"50%\r", ["a.1    | 50%"]),
        (b"last words", ["a.1    | last words"]),
    ],
)
@pytest.mark.parametrize("shown_before", [False, True])
def test_a_last_line_with_nothing_to_see_takes_no_row(
    rest: bytes, rows: list[str], shown_before: bool
) -> None:
    runtime = Runtime()
    runtime.write("a.1", rest)
    if shown_before:
        runtime.turn(1)
    runtime.end("a.1")
    runtime.notice("gone")
    assert runtime.lines == [*rows, "system | gone"]


def test_a_last_line_that_is_long_and_was_blank_so_far_is_shown() -> None:
    runtime = Runtime()
    runtime.write("a.1", b" " * 5000)
    runtime.turn(1)
    runtime.write("a.1", b"hello")
    runtime.end("a.1")
    assert b"hello\n" in runtime.out


def test_tabs_in_an_endless_line_are_left_to_the_terminal() -> None:
    assert shown("é\t".encode() * 30_000 + b"\n") == "é\t".encode() * 30_000 + b"\n"


# Terminals of all kinds


@pytest.mark.parametrize("echo", [b"^C", b"^Z", b"^\\"])
def test_what_the_terminal_echoes_is_wiped_away(echo: bytes) -> None:
    runtime = Runtime()
    runtime.write("a.1", b"one\n")
    runtime.key(echo)
    runtime.settle()
    assert runtime.lines == ["a.1    | one"]
    runtime.write("a.1", b"Name? ")
    runtime.turn(QUIET)
    runtime.key(echo)
    runtime.notice("stopping")
    runtime.settle()
    assert runtime.lines == ["a.1    | one", "system | stopping", "a.1    | Name?"]


@pytest.mark.parametrize(("before", "after"), [(60, 80), (60, 61), (80, 60), (60, 30)])
def test_an_open_line_that_fits_before_and_after_a_resize_is_erased(before: int, after: int) -> None:
    runtime = Runtime(before)
    runtime.write("a.1", b"Name? ")
    runtime.turn(QUIET)
    runtime.resize(after)
    runtime.write("b.1", b"other\n")
    runtime.settle()
    assert runtime.lines == ["b.1    | other", "a.1    | Name?"]


def test_an_open_line_that_fits_no_more_after_a_resize_is_ended() -> None:
    runtime = Runtime(60)
    runtime.write("a.1", b"0123456789" * 4)
    runtime.turn(QUIET)
    runtime.resize(30)
    runtime.write("b.1", b"other\n")
    runtime.settle()
    assert runtime.out == b"a.1    | " + b"0123456789" * 4 + b"\nb.1    | other\n"
    runtime.resize(60)
    runtime.write("a.1", b"!")
    runtime.turn(QUIET)
    assert runtime.open_line == "a.1    | " + "0123456789" * 4 + "!"


@pytest.mark.parametrize("options", [{"columns": 60, "erasable": False}, {"columns": MARGIN}, {"columns": 1}])
def test_where_nothing_can_be_erased_open_lines_are_ended(options: dict[str, Any]) -> None:
    runtime = Runtime(**options)
    runtime.write("a.1", b"Name? ")
    runtime.turn(QUIET)
    runtime.write("b.1", b"other\n")
    runtime.settle()
    runtime.write("b.1", b"\rbar 1")
    runtime.turn(HOLD)
    runtime.write("b.1", b"\rbar 2")
    runtime.turn(HOLD)
    runtime.write("a.1", b"Bob\n")
    runtime.write("b.1", b"\n")
    assert runtime.written.splitlines() == [
        b"a.1    | Name? ",
        b"b.1    | other",
        b"b.1    | bar 1",
        b"a.1    | Name? Bob",
        b"b.1    | bar 2",
    ]
    before = runtime.written
    runtime.key(b"")
    assert runtime.written == before
    assert (b"\r\x1b[K" not in runtime.out) == (options.get("erasable") is False)


# Whatever happens

chunks = st.lists(st.sampled_from(["x", "yz", " ", "\n", "word\n", "two\nlines\n", "\r\n"]), max_size=4)
steps = st.lists(
    st.tuples(st.just("write"), st.sampled_from(NAMES), chunks.map("".join).map(str.encode))
    | st.tuples(st.just("turn"), st.sampled_from([0.0, 0.02, 0.06, 0.3, 2.0]))
    | st.tuples(st.just("settle"))
    | st.tuples(st.just("notice"), st.sampled_from(["short", "a notice"]))
    | st.tuples(st.just("end"), st.sampled_from(NAMES))
    | st.tuples(st.just("key")),
    max_size=30,
)


def carried_out(runtime: Runtime, steps: list[tuple[Any, ...]], *, look: bool = False) -> list[str]:
    """Do it all, and end it; gives the lines that must then have been shown."""
    lines: list[str] = []
    unfinished = dict.fromkeys(NAMES, "")
    for what, *arguments in [*steps, *(("end", name) for name in NAMES)]:
        getattr(runtime, what)(*arguments)
        if what == "notice":
            lines += ["system | " + arguments[0]]
        elif what in {"write", "end"}:
            name, text = arguments[0], arguments[1].decode() if what == "write" else ""
            written = (unfinished[name] + text).replace("\r\n", "\n").split("\n")
            unfinished[name] = written.pop() if what == "write" else ""
            if what == "end" and not written[0].strip():
                continue
            lines += [f"{name}    | {line}".rstrip() for line in written]
        elif look:
            whole = runtime.lines[:-1] if runtime.open_line is not None else runtime.lines
            assert whole == lines
            candidates = [f"{name}    | {text}".rstrip() for name, text in unfinished.items() if text.strip()]
            if runtime.open_line is not None:
                assert any(line.startswith(runtime.open_line) for line in candidates)
            elif (what, *arguments) == ("turn", 2.0):
                assert not candidates
    return lines


@settings(deadline=None, max_examples=120)
@given(steps, st.booleans())
def test_every_line_is_shown_once_under_its_own_prefix(steps: list[tuple[Any, ...]], coloured: bool) -> None:
    runtime = Runtime(200, coloured=coloured)
    assert carried_out(runtime, steps, look=True) == runtime.lines
    assert runtime.open_line is None
    assert runtime.screen.deadline is None


@settings(deadline=None, max_examples=120)
@given(steps, st.integers(1, 25), st.booleans())
def test_on_a_narrow_screen_or_a_dumb_one_every_line_is_shown_whole_too(
    steps: list[tuple[Any, ...]], columns: int, erasable: bool
) -> None:
    runtime = Runtime(columns, erasable=erasable)
    expected = carried_out(runtime, [step for step in steps if step[0] != "key"])
    left = [line.rstrip() for line in runtime.out.decode().replace("\r\x1b[K", "\n").split("\n")]
    for line in expected:
        assert line in left
        left = left[left.index(line) + 1 :]


SEQUENCES = "[31m [7;1m [38;5;9m [m [99999999999m [2J [5;5H [K [3D [2G ]0;t [?1049h"
NASTY = [
    *(b"\x1b" + sequence.encode() for sequence in SEQUENCES.split()),
    *(
        b"\x1b",
        b"[",
        b"\x07",
        b"\r",
        b"\b",
        b"\t",
        b"\n",
        b"\r\n",
        b"\n" * 30,
        b"\x0c",
        b"\x05",
        b"\xc2\x9b2J",
    ),
    *(b"text", b"w" * 70, "漢".encode(), "e\u0301".encode(), b"\xe6\xbc", b"\xff"),
]
nasty = st.lists(st.sampled_from(NASTY), max_size=8).map(b"".join)
nasty_steps = st.lists(
    st.tuples(st.just("write"), st.sampled_from(NAMES), nasty)
    | st.tuples(st.just("turn"), st.sampled_from([0.0, 0.02, 0.06, 0.3, 2.0]))
    | st.tuples(st.just("settle"))
    | st.tuples(st.just("notice"), st.just("a notice"), st.lists(nasty.map(lambda d: d.replace(b"\n", b""))))
    | st.tuples(st.just("end"), st.sampled_from(NAMES))
    | st.tuples(st.just("resize"), st.integers(1, 120), st.integers(1, 60)),
    max_size=15,
)


@settings(deadline=None, max_examples=120)
@given(nasty_steps, st.booleans(), st.booleans())
def test_nothing_a_process_writes_leaves_its_own_lines(
    steps: list[tuple[Any, ...]], erasable: bool, strip: bool
) -> None:
    runtime = Runtime(erasable=erasable, strip=strip)
    for what, *arguments in [*steps, *(("end", name) for name in NAMES)]:
        getattr(runtime, what)(*arguments)
    for line in runtime.out.replace(b"\r\x1b[K", b"\n").split(b"\n"):
        assert not line or line.startswith((b"a.1    | ", b"b.1    | ", b"c.1    | ", b"system | "))
    characters = OURS.sub(b"", runtime.out).decode(errors="replace")
    assert not {c for c in characters if c < " " or "\x7f" <= c <= "\x9f"} - {"\n", "\x07"}
    assert erasable or b"\r" not in runtime.out
    assert not strip or b"\x1b" not in runtime.out.replace(b"\r\x1b[K", b"")
    if runtime.out:
        # Or on an empty row: where the process has erased all that it had written there (ESC [ 2 J).
        assert runtime.out.endswith((b"\n", b"\r\x1b[K"))


@settings(deadline=None, max_examples=120)
@given(nasty_steps)
def test_every_line_ends_with_the_colours_off(steps: list[tuple[Any, ...]]) -> None:
    runtime = Runtime(500)
    for what, *arguments in [*(step for step in steps if step[0] != "resize"), *(("end", n) for n in NAMES)]:
        getattr(runtime, what)(*arguments)
        assert runtime.emulator.cursor.attrs == pyte.screens.Char(" ")
    for cells in looks(runtime):
        assert {(cell.fg, cell.bold, cell.reverse) for cell in cells[:MARGIN]} <= {("default", False, False)}


# Not what clears a line: dropped where the line is whole, it begins a line anew that is open.
TAME = [
    *(b"\x1b[31m", b"\x1b[7;1m", b"\x1b[m", b"\x1b[K", b"\x1b[3D", b"\x1b[2G", b"\x1b]0;t", b"\x1b[?25l"),
    *(
        b"\x1b7",
        b"\x07",
        b"\t",
        b"\x0c",
        b"\x05",
        b"\r",
        b"\b",
        b"\n",
        b"\r\n",
        b"\n" * 5,
        b"\xc2\x9b2J",
        b"\xff",
    ),
    *(b"text", b"w" * 70, "漢".encode(), "e\u0301".encode()),
]


@settings(deadline=None, max_examples=120)
@given(st.lists(st.sampled_from(TAME), max_size=20).map(b"".join), st.lists(st.integers(0, 100), max_size=6))
def test_what_is_left_at_the_end_does_not_depend_on_the_reads(written: bytes, cuts: list[int]) -> None:
    written = re.sub(rb"\n{8,}", b"\n", written)  # what pushes the screen out must come at once
    at_once, in_reads = Runtime(2000), Runtime(2000)
    at_once.write("a.1", written)
    at_once.end("a.1")
    places = sorted({0, len(written), *(cut for cut in cuts if cut < len(written))})
    for start, end in pairwise(places):
        in_reads.write("a.1", written[start:end])
        in_reads.turn(1)
    in_reads.end("a.1")
    assert in_reads.lines == at_once.lines
