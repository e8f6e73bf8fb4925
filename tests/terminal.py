"""A real pseudo-terminal, read by a terminal emulator: what a user would see on the screen.

The program in it leads a session whose controlling terminal it is, as a login shell does: keys
become signals, and a new size is announced. ``Terminal.until`` and ``Terminal.wait`` are the only
places with a timeout.
"""

import os
import re
import select
import subprocess
import sys
import termios
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from signal import SIGTERM

import psutil
import pyte

from harness import MARK, PATIENCE, PYFOREMAN, clean_environment, kill, marked

_LOGIN = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """A terminal of ``columns`` and ``rows`` in which ``command`` runs in ``folder``."""

    def __init__(
        self,
        folder: Path,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.mark = uuid.uuid4().hex
        self._screen = pyte.HistoryScreen(columns, rows, history=100_000, ratio=0.5)
        self._emulator = pyte.ByteStream(self._screen)
        self._scrolled_out: list[str] = []  # the rows of the history so far: they change no more
        self.out = b""
        self._master, slave = os.openpty()
        termios.tcsetwinsize(slave, (rows, columns))
        self.modes_before = self.modes()
        variables = {"TERM": "xterm-256color", **(environment or {}), MARK: self.mark}
        self.process = subprocess.Popen(
            [sys.executable, "-IS", "-c", _LOGIN, *command],
            cwd=folder,
            env={**clean_environment(), **variables},
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)

    # What is seen

    @property
    def lines(self) -> list[str]:
        """Everything that was ever on the screen, without trailing blanks: what scrolled out, then what
        is there, less the empty rows at the bottom."""
        for row in islice(self._screen.history.top, len(self._scrolled_out), None):
            width = max(row, default=-1) + 1  # an empty row has no cells; the screen may have been wider
            self._scrolled_out.append("".join(row[x].data for x in range(width)).rstrip())
        lines = [*self._scrolled_out, *self.screen]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @property
    def screen(self) -> list[str]:
        """The rows of the screen as it is now, without trailing blanks."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """``lines`` as one text."""
        return "\n".join(self.lines)

    @property
    def last(self) -> str:
        """The last row that is not empty."""
        return next(filter(None, reversed(self.screen)), "")

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row, from 0."""
        return self._screen.cursor.x, self._screen.cursor.y

    def shown(self, process: str) -> list[str]:
        """What one process has on its lines, without prefixes."""
        prefix = re.compile(rf"^(?:\S+ )?{re.escape(process)} *\| ?(.*)$")
        return [found[1] for line in self.lines if (found := prefix.match(line))]

    def colours(self, text: str) -> list[str]:
        """The colour of each character of the last place where ``text`` was ever seen."""
        for number, line in reversed(list(enumerate(self.lines))):
            if (x := line.find(text)) >= 0:
                return self.row_of_colours(number)[x : x + len(text)]
        raise AssertionError(f"{text!r} was never on the screen:\n{self._tail}")

    def row_of_colours(self, number: int) -> list[str]:
        """The colour of each cell of a row of ``lines``."""
        above = len(self._screen.history.top)
        row = self._screen.history.top[number] if number < above else self._screen.buffer[number - above]
        return [row[x].fg for x in range(self._screen.columns)]

    def is_plain(self, text: str) -> bool:
        """Whether no colour and nothing else is on where ``text`` is on the screen for the last time."""
        for y in reversed(range(self._screen.lines)):
            if (x := self._screen.display[y].find(text)) >= 0:
                cells = [self._screen.buffer[y][column] for column in range(x, x + len(text))]
                return all(cell == self._screen.default_char._replace(data=cell.data) for cell in cells)
        return False

    @property
    def cursor_is_visible(self) -> bool:
        """Whether there is a cursor to see."""
        return pyte.modes.DECTCEM in self._screen.mode

    @property
    def foreground(self) -> int:
        """The process group that gets the keys."""
        return os.tcgetpgrp(self._master)

    def modes(self, *, while_it_runs: bool = False) -> list[object]:
        """All that ``stty -a`` would say, from the kernel; less what pyforeman changes ``while_it_runs``."""
        attributes = termios.tcgetattr(self._master)
        if while_it_runs:
            assert attributes[3] & termios.NOFLSH, "a ^C would throw lines away"
            attributes[3] &= ~termios.NOFLSH
        return [*attributes, termios.tcgetwinsize(self._master)]

    # What a user does

    def press(self, keys: str) -> None:
        """Type on the keyboard; ``\\x03`` is ^C."""
        os.write(self._master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Drag the window to another size."""
        self._screen.resize(rows, columns)
        termios.tcsetwinsize(self._master, (rows, columns))

    def until(self, pattern: str) -> re.Match[str]:
        """Wait until ``pattern`` is somewhere in ``text``; gives the last match."""
        expression = re.compile(pattern, re.MULTILINE)
        self.until_true(lambda: expression.search(self.text), repr(pattern))
        return list(expression.finditer(self.text))[-1]

    def until_last(self, pattern: str) -> re.Match[str]:
        """Wait until the last row, less its time, is ``pattern``."""
        expression = re.compile(r"(?:\d\d:\d\d:\d\d )?" + pattern)
        self.until_true(lambda: expression.fullmatch(self.last), f"the last row: {pattern!r}")
        found = expression.fullmatch(self.last)
        assert found
        return found

    def until_true(self, fact: Callable[[], object], what: str) -> None:
        """Wait until ``fact()`` holds; it is asked after each read, and again when nothing comes."""
        deadline = time.monotonic() + PATIENCE
        while not fact():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {PATIENCE} s: {what}\n{self._tail}")
            if not self._read_some(0.05) and not fact():
                raise AssertionError(f"never came: {what}\n{self._tail}")

    def read(self) -> None:
        """Read what there is now: for who waits at another terminal, and must not stall this one."""
        self._read_some(0)

    def wait(self) -> int:
        """Read all that comes until the program ends; gives its exit code (128+N for a signal)."""
        deadline = time.monotonic() + PATIENCE
        while self._read_some(0.05):
            if time.monotonic() > deadline:
                raise AssertionError(f"it did not end within {PATIENCE} s:\n{self._tail}")
        code = self.process.wait(timeout=PATIENCE)
        return code if code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        """Send a signal to the program itself."""
        self.process.send_signal(number)

    def stop(self, number: int = SIGTERM) -> int:
        """Send a signal and wait for the end. A key would be echoed, in the middle of a flood."""
        self.signal(number)
        return self.wait()

    def pid_of(self, process: str) -> int:
        """The pid with which a process was started last."""
        return int(self.until(rf"{re.escape(process)} started, pid (\d+)")[1])

    def survivors(self) -> list[psutil.Process]:
        """Every process alive that this terminal has caused, by the mark in its environment."""
        return list(marked(self.mark))

    def close(self) -> None:
        """End it and all it left, whatever state it is in."""
        kill(self.process, *self.survivors())
        self.process.wait(timeout=PATIENCE)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    @property
    def _tail(self) -> str:
        """For a message: a flood would bury what failed."""
        return "\n".join(line for line in self.lines if not TICK.fullmatch(line)) + f"\nlast: {self.last}"

    def _read_some(self, seconds: float) -> bool:
        """Read what there is, or wait for some; False when nobody has the terminal open any more."""
        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # EIO
            return False
        self.out += data
        self._emulator.feed(data)
        return bool(data)


def pyforeman(*arguments: str) -> list[str]:
    """The command line of the installed program."""
    return [PYFOREMAN, *arguments]


TICK = re.compile(r"^(?:\d\d:\d\d:\d\d )?ticker\.1 +\| tick (\d+)$", re.MULTILINE)
"""A row of ``tests/children/ticker.py``."""


def ticks(terminal: Terminal) -> int:
    """How far the ticker has come, by what is on the screen now."""
    found = TICK.findall("\n".join(terminal.screen))
    return int(found[-1]) if found else 0


def until_ticks(terminal: Terminal, more: int = 200) -> None:
    """Wait until the ticker has printed so many lines more."""
    goal = ticks(terminal) + more
    terminal.until_true(lambda: ticks(terminal) >= goal, f"tick {goal}")


def assert_ticks_are_intact(terminal: Terminal, *others: str, also: str = r"(?!)") -> None:
    """The ticker has ended, and each of its lines has a row of its own, in order. Each other row has the
    prefix of one of the ``others``, or of ``system``, and nothing of the ticker; or it is ``also``."""
    names = "|".join(map(re.escape, ("system", *others)))
    stamp = r"\d\d:\d\d:\d\d "
    foreign = re.compile(
        rf"(?:{stamp})?(?:{names}) +\|(?!.*\btick \d)(?!.*{stamp}\S+ +\|).*|(?:{also})", re.ASCII
    )
    end = re.compile(rf"(?:{stamp})?ticker\.1 +\| ticks: (\d+)")
    numbers, total = [], 0
    for line in terminal.lines:
        if found := TICK.fullmatch(line):
            numbers.append(int(found[1]))
        elif found := end.fullmatch(line):
            total = int(found[1])
        else:
            assert foreign.fullmatch(line), f"a row of two, or of nobody: {line!r}"
    assert total, f"the ticker never told how many they were:\n{terminal.text}"
    missing = sorted(set(range(1, total + 1)) - set(numbers))
    assert not missing, f"of {total}, these are missing: {missing}"
    assert numbers == list(range(1, total + 1)), f"out of order, or twice: {numbers}"
