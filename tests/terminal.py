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
from pathlib import Path

import psutil
import pyte

from harness import MARK, PATIENCE, PYFOREMAN, clean_environment, marked

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
        self.out = b""
        self._master, slave = os.openpty()
        termios.tcsetwinsize(slave, (rows, columns))
        variables = {"TERM": "xterm-256color", **(environment or {}), MARK: self.mark}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LOGIN, *command],
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
        columns = self._screen.columns
        rows = [*self._screen.history.top, *(self._screen.buffer[y] for y in range(self._screen.lines))]
        lines = ["".join(row[x].data for x in range(columns)).rstrip() for row in rows]
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
    def cursor(self) -> tuple[int, int]:
        """Column and row, from 0."""
        return self._screen.cursor.x, self._screen.cursor.y

    def shown(self, process: str) -> list[str]:
        """What one process has on its lines, without prefixes."""
        prefix = re.compile(rf"^(?:\S+ )?{re.escape(process)} *\| ?(.*)$")
        return [found[1] for line in self.lines if (found := prefix.match(line))]

    def colours(self, text: str) -> list[str]:
        """The colour of each character of the last place where ``text`` is on the screen."""
        for y in reversed(range(self._screen.lines)):
            if (x := self._screen.display[y].find(text)) >= 0:
                return [self._screen.buffer[y][column].fg for column in range(x, x + len(text))]
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text}")

    def modes(self) -> list[object]:
        """All that ``stty -a`` would say, from the kernel."""
        return [*termios.tcgetattr(self._master), termios.tcgetwinsize(self._master)]

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

    def until_true(self, fact: Callable[[], object], what: str) -> None:
        """Wait until ``fact()`` holds; it is asked after each read, and again when nothing comes."""
        deadline = time.monotonic() + PATIENCE
        while not fact():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {PATIENCE} s: {what}\n{self.text}")
            if not self._read_some(0.05) and not fact():
                raise AssertionError(f"never came: {what}\n{self.text}")

    def wait(self) -> int:
        """Read all that comes until the program ends; gives its exit code (128+N for a signal)."""
        deadline = time.monotonic() + PATIENCE
        while self._read_some(0.05):
            if time.monotonic() > deadline:
                raise AssertionError(f"it did not end within {PATIENCE} s:\n{self.text}")
        code = self.process.wait(timeout=PATIENCE)
        return code if code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        """Send a signal to the program itself."""
        self.process.send_signal(number)

    def pid_of(self, process: str) -> int:
        """The pid with which a process was started last."""
        return int(self.until(rf"{re.escape(process)} started, pid (\d+)")[1])

    def survivors(self) -> list[psutil.Process]:
        """Every process alive that this terminal has caused, by the mark in its environment."""
        return list(marked(self.mark))

    def close(self) -> None:
        """End it and all it left, whatever state it is in."""
        everyone: list[subprocess.Popen[bytes] | psutil.Process] = [self.process, *self.survivors()]
        for process in everyone:
            try:
                process.kill()
            except (ProcessLookupError, psutil.NoSuchProcess):
                continue
        self.process.wait(timeout=PATIENCE)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

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
