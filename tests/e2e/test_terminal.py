"""On a terminal: what the screen shows of lines, open and whole, beside 1,000 others a second."""

import os
import re
import shlex
import signal
import sys

import pytest

from conftest import Project
from harness import child
from terminal import Terminal, assert_ticks_are_intact, until_ticks

TICKER = f"ticker: {child('ticker')}\n"
ASK = f'ask: {sys.executable} -c \'print("got", input("name? "))\'\n'
MARGIN = len("12:34:56 ticker.1 | ")

widths = pytest.mark.parametrize("columns", [40, 80, 200])


def stage(*texts: str, name: str = "stage") -> str:
    """A line for a child that writes these texts, one after the other: see ``advance``."""
    return f"{name}: {child('stages', *map(shlex.quote, texts))}\n"


def advance(terminal: Terminal, process: str = "stage.1") -> None:
    """Let it write its next text."""
    pid = terminal.until(rf"{re.escape(process)} +\| pid (\d+)$")[1]
    os.kill(int(pid), signal.SIGUSR1)


def stop(terminal: Terminal) -> None:
    if "ticker.1" in terminal.text:
        until_ticks(terminal, 20)
    assert terminal.stop() == 143
    assert terminal.cursor_is_visible


# Prompts


def test_a_prompt_is_shown_although_it_has_no_newline(project: Project) -> None:
    terminal = project.terminal(ASK)
    terminal.until(r"ask\.1 +\| name\?")
    terminal.press("\x03")
    assert terminal.wait() == 130
    assert "^C" not in terminal.text
    assert terminal.shown("ask.1") == ["name?"]


@widths
def test_a_prompt_stays_the_last_row_while_another_process_prints(project: Project, columns: int) -> None:
    terminal = project.terminal(TICKER + ASK, columns=columns)
    for _ in range(3):
        terminal.until_last(r"ask\.1 +\| name\?")
        until_ticks(terminal, 100)
    at_prompt = MARGIN + len("name? ")
    terminal.until_true(
        lambda: terminal.last.endswith("name?") and terminal.cursor[0] == at_prompt, "the cursor is there"
    )
    assert sum("name?" in row for row in terminal.screen) == 1
    stop(terminal)
    assert terminal.shown("ask.1") == ["name?"]
    assert_ticks_are_intact(terminal, "ask.1")


def test_what_is_typed_does_not_reach_a_prompt_and_neither_does_an_end(project: Project) -> None:
    terminal = project.terminal(TICKER + ASK)
    terminal.until_last(r"ask\.1 +\| name\?")
    terminal.press("Ada\r\x04")
    until_ticks(terminal, 300)
    assert "got" not in terminal.text
    assert "ask.1 crashed" not in terminal.text
    stop(terminal)
    assert "ask.1 stopped (SIGTERM)" in terminal.text


def test_a_line_that_is_written_letter_by_letter_is_one_row(project: Project) -> None:
    letters = "a-line-of-many-letters"  # a blank could not be seen, and two signals would become one
    terminal = project.terminal(TICKER + stage(*letters, r"\n"))
    for end in range(1, len(letters) + 1):
        terminal.until_last(rf"stage\.1 +\| {re.escape(letters[:end])}")
        advance(terminal)
    until_ticks(terminal)
    stop(terminal)
    assert terminal.shown("stage.1")[1:] == [letters]
    assert_ticks_are_intact(terminal, "stage.1")


def test_of_several_open_lines_one_is_shown_and_each_is_whole_at_its_end(project: Project) -> None:
    terminal = project.terminal(
        TICKER + stage("first", r" ends\n") + stage("second", r" ends\n", name="other")
    )
    terminal.until_last(r"(stage\.1 +\| first|other\.1 +\| second)")
    until_ticks(terminal, 100)
    open_lines = [row for row in terminal.screen if row.endswith(("first", "second"))]
    assert len(open_lines) <= 1
    advance(terminal, "stage.1")
    terminal.until(r"first ends$")
    terminal.until_last(r"other\.1 +\| second")
    advance(terminal, "other.1")
    terminal.until(r"second ends$")
    stop(terminal)
    assert terminal.shown("stage.1")[1:] == ["first ends"]
    assert terminal.shown("other.1")[1:] == ["second ends"]
    assert_ticks_are_intact(terminal, "stage.1", "other.1")


def test_a_prompt_comes_back_when_an_open_line_vanishes(project: Project) -> None:
    texts = ("", "working", r"\r\x1b[K", "again", r"\r\x1b[K\x1b[?25h")
    terminal = project.terminal(ASK + stage(*texts))
    terminal.until(r"stage\.1 +\| pid")
    terminal.until_last(r"ask\.1 +\| name\?")
    advance(terminal)
    terminal.until_last(r"stage\.1 +\| working")
    advance(terminal)
    terminal.until_last(r"ask\.1 +\| name\?")
    advance(terminal)
    terminal.until_last(r"stage\.1 +\| again")
    advance(terminal)
    pid = terminal.until(r"stage\.1 +\| pid (\d+)$")[1]
    os.kill(int(pid), signal.SIGTERM)
    terminal.until(r"stage\.1 finished")
    terminal.until_last(r"ask\.1 +\| name\?")
    stop(terminal)
    assert terminal.shown("ask.1") == ["name?"]
    assert terminal.shown("stage.1") == [f"pid {pid}"]


# Progress bars

BARS = {
    "return": (r"\[#* *\] \d\d?%", r"\[##########\] 100%"),
    "git": (r"Objects: +\d+%", r"Objects: 100%, done\."),
    "spinner": (r"busy [|/\\-]", r"busy done"),
    "npm": (r". package \d+", r"added 100 packages"),
    "tqdm": (r" *\d\d?%\|.*", r"100%\|.*\| 100/100.*"),
}


@widths
@pytest.mark.parametrize("kind", BARS)
def test_a_bar_is_redrawn_in_place_and_its_last_state_stays(
    project: Project, kind: str, columns: int
) -> None:
    moving, ended = BARS[kind]
    terminal = project.terminal(f"{TICKER}bar: {child('bar', kind)}\n", columns=columns)
    terminal.until_last(rf"bar\.1 +\| {moving}")
    until_ticks(terminal, 50)
    terminal.until_last(rf"bar\.1 +\| {moving}")
    assert sum("bar.1" in row and "pid" not in row for row in terminal.screen) == 1
    advance(terminal, "bar.1")
    terminal.until(r"bar\.1 +\| end$")
    stop(terminal)
    _, bar, end = terminal.shown("bar.1")
    assert end == "end"
    assert re.fullmatch(ended, bar)
    assert_ticks_are_intact(terminal, "bar.1")


def test_a_bar_that_measures_its_terminal_fills_the_row(project: Project) -> None:
    terminal = project.terminal(f"{TICKER}bar: {child('bar', 'tqdm')}\n", columns=120)
    terminal.until_last(r"bar\.1 +\| .*%\|.*")
    advance(terminal, "bar.1")
    terminal.until(r"bar\.1 +\| end$")
    stop(terminal)
    assert len(terminal.shown("bar.1")[1]) in (120 - MARGIN - 1, 120 - MARGIN)


def test_bars_that_move_at_once_take_turns_and_all_last_states_stay(project: Project) -> None:
    terminal = project.terminal(f"{TICKER}bar: {child('bar', 'return')}\n", "ticker", "bar=3")
    shown = rf"bar\.(\d) +\| {BARS['return'][0]}"
    first = terminal.until_last(shown)[1]
    until_ticks(terminal, 50)
    advance(terminal, f"bar.{first}")
    terminal.until(rf"bar\.{first} +\| end$")
    assert terminal.until_last(shown)[1] != first
    for number in {"1", "2", "3"} - {first}:
        advance(terminal, f"bar.{number}")
        terminal.until(rf"bar\.{number} +\| end$")
    stop(terminal)
    for number in ("1", "2", "3"):
        assert terminal.shown(f"bar.{number}")[1:] == ["[##########] 100%", "end"]
    assert_ticks_are_intact(terminal, "bar.1", "bar.2", "bar.3")


# What would move the cursor, clear the screen, change the terminal or make it answer

SEQUENCES = {
    "clear the screen": r"\x1b[2J",
    "clear the screen below": r"\x1b[J",
    "clear what scrolled out": r"\x1b[3J",
    "home": r"\x1b[H",
    "to a place": r"\x1b[3;4H",
    "to a place (HVP)": r"\x1b[3;4f",
    "up": r"\x1b[5A",
    "down": r"\x1b[5B",
    "to the row": r"\x1b[2d",
    "next line": r"\x1b[2E",
    "previous line": r"\x1b[2F",
    "index": r"\x1bD",
    "next line (NEL)": r"\x1bE",
    "reverse index": r"\x1bM",
    "a vertical tab": r"\x0b",
    "a form feed": r"\x0c",
    "insert rows": r"\x1b[3L",
    "delete rows": r"\x1b[3M",
    "scroll up": r"\x1b[3S",
    "scroll down": r"\x1b[3T",
    "margins": r"\x1b[2;5r",
    "save and restore the cursor": r"\x1b7\x1b[2;2H\x1b8",
    "the alternate screen": r"\x1b[?1049h",
    "the old alternate screen": r"\x1b[?47h",
    "hide the cursor": r"\x1b[?25l",
    "no wrapping": r"\x1b[?7l",
    "insert mode": r"\x1b[4h",
    "newline mode": r"\x1b[20h",
    "mouse reports": r"\x1b[?1000h",
    "bracketed paste": r"\x1b[?2004h",
    "line drawing": r"\x1b(0",
    "shift out": r"\x1b)0\x0e",
    "reset": r"\x1bc",
    "fill with E": r"\x1b#8",
    "a title": r"\x1b]0;title\x07",
    "a title ended by ST": r"\x1b]0;title\x1b\\",
    "a question to the terminal": r"\x1b[6n\x1b[c\x05",
    "a device string": r"\x1bPq#0\x1b\\",
    "a C1 control": r"\x8d",
}


@pytest.mark.parametrize(("columns", "whole"), [(40, True), (200, True), (40, False)])
def test_a_sequence_that_does_more_than_colour_is_dropped(
    project: Project, columns: int, whole: bool
) -> None:
    """All of them in one run, each in a line of its own; an open line is ended by the next one."""
    texts = [f"{sequence}after {number}" for number, sequence in enumerate(SEQUENCES.values())]
    texts = [r"\n".join((*texts, ""))] if whole else [texts[0], *(r"\n" + text for text in texts[1:])]
    terminal = project.terminal(TICKER + stage(*texts), columns=columns)
    for number in range(len(SEQUENCES)):
        terminal.until(rf"stage\.1 +\| .*after {number}$")
        if not whole:
            advance(terminal)
    until_ticks(terminal, 100)
    stop(terminal)
    afters = [f"after {number}" for number in range(len(SEQUENCES))]
    assert terminal.shown("stage.1")[1:] == afters
    assert_ticks_are_intact(terminal, "stage.1")
    for sequence in SEQUENCES.values():
        assert sequence.encode().decode("unicode_escape").encode() not in terminal.out.replace(
            b"\r\x1b[K", b""
        )


def test_one_return_before_a_newline_is_no_redraw(project: Project) -> None:
    texts = (r"dos\r\n", r"two\r\r\n", r"over\rOV\r\n", r"\r\n", r"end\n")
    terminal = project.terminal(TICKER + stage("".join(texts)))
    terminal.until("end$")
    stop(terminal)
    assert terminal.shown("stage.1")[1:] == ["dos", "two", "OVer", "", "end"]
    assert_ticks_are_intact(terminal, "stage.1")


def test_wide_and_combining_characters_keep_their_places(project: Project) -> None:
    text = "日本 e\u0301 ok"
    escaped = text.encode("unicode_escape").decode()
    terminal = project.terminal(TICKER + stage(escaped, r"\n"))
    terminal.until(r"stage\.1 +\| 日 ?本")
    until_ticks(terminal, 100)
    advance(terminal)
    until_ticks(terminal, 100)
    stop(terminal)
    assert len(terminal.shown("stage.1")[1:]) == 1
    assert_ticks_are_intact(terminal, "stage.1")


# Colours


def test_a_colour_left_open_colours_its_process_alone_until_it_is_closed(project: Project) -> None:
    texts = (r"\x1b[31mred one\n", r"still red\n", r"open red", r" and on\n", r"\x1b[0mplain again\n")
    terminal = project.terminal(TICKER + stage(*texts))
    for text in ("red one", "still red", "open red", "open red and on", "plain again"):
        terminal.until(rf"stage\.1 +\| {text}$")
        until_ticks(terminal, 20)
        advance(terminal)
    stop(terminal)
    for text in ("red one", "still red", "open red and on"):
        assert set(terminal.colours(f"| {text}")[2:]) == {"red"}
    assert set(terminal.colours("plain again")) == {"default"}
    assert_ticks_are_intact(terminal, "stage.1")
    for number, line in enumerate(terminal.lines):
        if (x := line.find("tick ")) >= 0:
            assert set(terminal.row_of_colours(number)[x:]) == {"default"}


def test_a_type_has_the_same_colour_in_each_subset(project: Project) -> None:
    colours = {}
    for words in ((), ("worker",), ("worker=2", "web")):
        procfile = f"web: {child('window')}\nclock: {child('window')}\nworker: {child('worker')}\n"
        terminal = project.terminal(procfile, *words)
        terminal.until(r"worker\.1 +\| worker ready")
        colours[words] = set(terminal.colours("worker.1"))
        stop(terminal)
    assert len(set(map(frozenset, colours.values()))) == 1
    assert colours[()] != {"default"}


@pytest.mark.parametrize(
    ("arguments", "variable", "ours", "childs"),
    [
        ((), "", True, True),
        ((), "NO_COLOR", False, True),
        (("--color", "never"), "", False, False),
        (("--color", "always"), "NO_COLOR", True, True),
        (("--color", "never"), "FORCE_COLOR", False, False),
    ],
)
def test_colours_are_switched_off_and_on(
    project: Project, arguments: tuple[str, ...], variable: str, ours: bool, childs: bool
) -> None:
    environment = {variable: "1"} if variable else {}
    text = r"\x1b[35mpurple\x1b[0m\n\x1b[35mopen"
    terminal = project.terminal(stage(text), *arguments, environment=environment)
    terminal.until_last(r"stage\.1 +\| open")
    for word in ("purple", "open"):
        assert (set(terminal.colours(f"| {word}")[2:]) == {"magenta"}) is childs
    assert (set(terminal.colours("stage.1")) != {"default"}) is ours
    stop(terminal)


def test_force_color_colours_prefixes_into_a_pipe(project: Project) -> None:
    run = project.start(stage(r"\x1b[35mpurple\n"), environment={"FORCE_COLOR": "1"})
    run.read_until("purple")
    assert run.stop() == 143
    assert re.search(r"^\x1b\[36m\d\d:\d\d:\d\d stage\.1 \| \x1b\[m\x1b\[35mpurple$", run.text, re.MULTILINE)


# Lines wider than the screen


@pytest.mark.parametrize(
    ("columns", "more"), [(40, -1), (40, 0), (40, 1), (40, 60), (80, 0), (80, 1), (200, 0), (200, 60)]
)
def test_an_open_line_of_about_the_width_of_the_screen(project: Project, columns: int, more: int) -> None:
    """While it fits it is redrawn; else it is ended, and shown whole when it ends."""
    width = columns - MARGIN + more
    terminal = project.terminal(TICKER + stage("w" * width, r"!\n"), columns=columns)
    terminal.until("ww")
    until_ticks(terminal, 50)
    advance(terminal)
    terminal.until("!$")
    stop(terminal)
    # A row that is full goes on in the next one.
    text = "".join(
        re.sub(r"^\S+ stage\.1 +\| ", "|", line) for line in terminal.lines if re.search(r"ww|^w*!?$", line)
    )
    whole = "|" + "w" * width + "!"
    assert text == (whole if more <= 0 else "|" + "w" * width + whole)
    assert_ticks_are_intact(terminal, "stage.1", also="w*!?")


@widths
def test_a_whole_line_wider_than_the_screen_is_shown_whole_once(project: Project, columns: int) -> None:
    terminal = project.terminal(TICKER + stage("w" * 3 * columns + r"!\n"), columns=columns)
    terminal.until("!$")
    stop(terminal)
    text = "".join(line.rpartition("| ")[2] for line in terminal.lines if "ww" in line or line == "!")
    assert text == "w" * 3 * columns + "!"
    assert_ticks_are_intact(terminal, "stage.1", also="w*!?")


# Resizing


@pytest.mark.parametrize("command", ["{}", "cd . && {}", "{}; true"], ids=["simple", "compound", "list"])
def test_a_child_has_the_width_of_the_terminal_less_the_prefix_also_after_a_resize(
    project: Project, command: str
) -> None:
    terminal = project.terminal(f"{TICKER}window: {command.format(child('window'))}\n", columns=40, rows=24)
    margin = len("12:34:56 window.1 | ")
    terminal.until(rf"window {40 - margin} 24$")
    for columns, rows in ((80, 24), (200, 30), (60, 30)):
        terminal.resize(columns, rows)
        terminal.until(rf"window {columns - margin} {rows}$")
    until_ticks(terminal, 50)
    stop(terminal)
    assert_ticks_are_intact(terminal, "window.1")


def test_a_prompt_stays_the_last_row_after_a_resize(project: Project) -> None:
    terminal = project.terminal(TICKER + ASK)
    for columns in (80, 200, 40):
        terminal.resize(columns, 24)
        until_ticks(terminal, 50)
        terminal.until_last(r"ask\.1 +\| name\?")
        assert sum("name?" in row for row in terminal.screen) == 1
    stop(terminal)
    assert terminal.shown("ask.1") == ["name?"]
    assert_ticks_are_intact(terminal, "ask.1")


# Which processes get a pty


TTYS = """web: test -t 0 && test -t 1 && test -t 2 && echo is a terminal || echo is none; exec sleep 99
worker: test -t 1 && echo is a terminal || echo is none; exec sleep 99
"""


@pytest.mark.parametrize(
    ("arguments", "ptys"),
    [
        ((), "web.1 worker.1"),
        (("--no-pty",), ""),
        (("--pty=no",), ""),
        (("--pty", "no"), ""),
        (("--pty", "web=no"), "worker.1"),
        (("--pty=no,web=yes",), "web.1"),
        (("--pty", "web=2"), "web.1 web.2"),
        (("--pty", "web"), "web.1"),
        (("--no-pty", "--pty=web=yes"), "web.1"),
        (("--pty", "--no-pty"), ""),
        (("--no-pty", "--pty"), ""),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("on_terminal", [True, False], ids=["terminal", "pipe"])
def test_options_decide_who_gets_a_pty(
    project: Project, arguments: tuple[str, ...], ptys: str, on_terminal: bool
) -> None:
    words = ["web", "web=2"] if "web=2" in arguments or "web" in arguments else []
    names = ["web.1", "web.2"] if "web=2" in arguments else ["web.1"] if words else ["web.1", "worker.1"]
    expected = {name: "is a terminal" if name in ptys.split() else "is none" for name in names}
    if on_terminal:
        terminal = project.terminal(TTYS, *arguments)
        for name in names:
            terminal.until(rf"{name} +\| is")
        assert {name: terminal.shown(name)[0] for name in names} == expected
        stop(terminal)
    else:
        if arguments in ((), ("--pty", "web=no")):  # what is not named is decided by our stdout
            expected = dict.fromkeys(names, "is none")
        run = project.start(TTYS, *arguments)
        for name in names:
            run.read_until(rf"{name} +\| is")
        assert {name: run.lines(name)[0] for name in names} == expected
        assert run.stop() == 143


@pytest.mark.parametrize(
    ("variables", "arguments", "answer"),
    [
        ({"PYFOREMAN_PTY": "yes"}, (), "is a terminal"),
        ({"PYFOREMAN_PTY": "1"}, (), "is a terminal"),
        ({"PYFOREMAN_PTY": "yes"}, ("--no-pty",), "is none"),
        ({"PYFOREMAN_NO_PTY": "1"}, (), "is none"),
        ({"PYFOREMAN_NO_PTY": "1"}, ("--pty",), "is a terminal"),
        ({"PYFOREMAN_NO_PTY": "1", "PYFOREMAN_PTY": "yes"}, (), "is none"),
    ],
)
def test_an_option_decides_before_a_variable(
    project: Project, variables: dict[str, str], arguments: tuple[str, ...], answer: str
) -> None:
    run = project.start(TTYS, "web", *arguments, environment=variables)
    run.read_until(r"web\.1 +\| is")
    assert run.lines("web.1") == [answer]
    assert run.stop() == 143


def test_with_a_pty_into_a_pipe_no_byte_is_changed(project: Project) -> None:
    data = b"a\nb\r\n\tc\x1b[31m\x1b[2J\x07d\xff\xc3\r\r\n\x1a\x00end\n"
    run = project.start(f"web: {child('write', data.hex())}\n", "--pty")
    assert run.wait() == 0
    prefix = rb"\d\d:\d\d:\d\d web\.1  \| "
    written = [re.sub(prefix, b"", line) for line in run.out.split(b"\n") if re.match(prefix, line)]
    assert b"\n".join(written) + b"\n" == data


# A terminal that cannot erase


def test_a_dumb_terminal_gets_no_escape_sequence_and_shows_prompts(project: Project) -> None:
    terminal = project.terminal(TICKER + ASK, environment={"TERM": "dumb"})
    terminal.until(r"ask\.1 +\| name\?")
    until_ticks(terminal, 100)
    stop(terminal)
    assert b"\x1b" not in terminal.out
    assert b"\r" not in terminal.out.replace(b"\r\n", b"")
    assert set(terminal.shown("ask.1")) == {"name?"}
    assert_ticks_are_intact(terminal, "ask.1")


def test_a_bar_on_a_dumb_terminal_does_not_flood_it(project: Project) -> None:
    terminal = project.terminal(f"{TICKER}bar: {child('bar', 'return')}\n", environment={"TERM": "dumb"})
    terminal.until(r"bar\.1 +\| \[")
    until_ticks(terminal)
    advance(terminal, "bar.1")
    terminal.until(r"bar\.1 +\| end$")
    stop(terminal)
    assert b"\x1b" not in terminal.out
    assert len(terminal.shown("bar.1")) <= 4  # its pid, once while it is open, whole, end
    assert terminal.shown("bar.1")[-2:] == ["[##########] 100%", "end"]
    assert_ticks_are_intact(terminal, "bar.1")


# Our own messages


@widths
def test_a_crash_is_red_and_a_long_message_is_folded_under_its_prefix(project: Project, columns: int) -> None:
    procfile = f"{TICKER}web: echo the last words; exit 3\n"
    terminal = project.terminal(procfile, "--max-restarts", "0,ticker=9", columns=columns)
    terminal.until(r"system +\| +(?:.*\W)?crashed|web\.1 crashed")
    until_ticks(terminal, 50)
    stop(terminal)
    assert_ticks_are_intact(terminal, "web.1")
    words = " ".join(line.strip() for line in terminal.shown("system"))
    assert re.search(r"web\.1 crashed.*\(code 3\)|web\.1 crashed", words)
    assert set(terminal.colours("web.1 crashed")) == {"red"}
