"""``ps --watch``: what runs, again and again, on a screen or for a program."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pyforeman.commands.figures import Figures
from pyforeman.control.client import EndedError
from pyforeman.core.usage import Meter
from pyforeman.output.table import screenful
from pyforeman.runtime.loop import Loop

if TYPE_CHECKING:
    from pyforeman.control.client import Client
    from pyforeman.control.protocol import Message

_PERIOD = 1.0  # seconds from one frame to the next
_LEAVING = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
# A screen of its own, as editors have: the user's comes back as it was, whatever its size is by then.
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"


def watch_lines(client: "Client", names: Sequence[str]) -> int:
    """A JSON list a line, each second, until the formation ends."""
    feed = _Feed(client, names)
    while not feed.is_over:
        click.echo(feed.figures().json())
        due = time.monotonic() + _PERIOD
        while not feed.is_over and (patience := due - time.monotonic()) > 0:
            feed.wait(patience)
    return 0


def watch_screen(client: "Client", names: Sequence[str]) -> int:
    """The table on a screen of its own, each second and at each change, until ^C or the formation's end: then
    the last one stays where the user was. Gives 128+N for a signal."""
    feed = _Feed(client, names)
    loop = Loop()
    screen = _Screen(loop)
    loop.watch(client.fileno(), feed.read)
    try:
        while not feed.is_over and not screen.left_by:
            screen.draw(feed.figures())
            if client.has_more:
                feed.read()
            else:
                loop.wait(time.monotonic() + _PERIOD)
    finally:
        screen.leave()
        loop.close()
    if screen.left_by:
        return 128 + screen.left_by
    for line in feed.figures().table(_size()[0]):
        click.echo(line)
    return 0


class _Feed:
    """What a formation tells of itself until it ends; its first answer has come. Raises PyforemanError."""

    def __init__(self, client: "Client", names: Sequence[str]) -> None:
        self.is_over = False
        self._client = client
        self._meter = Meter()
        self._reply = client.ask({"command": "watch", "processes": names})
        if "processes" not in self._reply:
            raise EndedError("the formation ended")
        self._received = time.monotonic()

    def figures(self) -> Figures:
        """As it is now: uptimes are as old as the last change."""
        age = time.monotonic() - self._received
        rows = [
            {**row, "uptime": None if row["uptime"] is None else row["uptime"] + age}
            for row in self._reply["processes"]
        ]
        return Figures({**self._reply, "processes": rows}, self._meter)

    def wait(self, patience: float) -> None:
        """Until there is news, for so many seconds."""
        try:
            if message := self._client.next(patience):
                self._take(message)
        except EndedError:
            self.is_over = True

    def read(self) -> None:
        """The news, where there are some."""
        try:
            for message in self._client.read():
                self._take(message)
        except EndedError:
            self.is_over = True

    def _take(self, message: "Message") -> None:
        if "ok" in message:
            self.is_over = True
            return
        self._reply = message
        self._received = time.monotonic()


class _Screen:
    """The terminal on stdout while it is ours. ``left_by`` is the signal that ends it, 0 if none has come."""

    def __init__(self, loop: Loop) -> None:
        self.left_by = 0
        self._loop = loop
        self._catch_signals()
        self._write(_ENTER)

    def draw(self, figures: Figures) -> None:
        """A whole screen, written at once; each row is erased before it is written, for a full one leaves
        the cursor on its last column."""
        columns, rows = _size()
        lines = screenful(figures.table(columns), rows, columns)
        below = "\r\n\x1b[J" if len(lines) < rows else ""
        self._write("\x1b[H" + "\r\n".join(f"\x1b[2K{line}" for line in lines) + below)

    def leave(self) -> None:
        """Give the user's screen back, if it is still there."""
        with contextlib.suppress(OSError):
            self._write(_LEAVE)

    def _catch_signals(self) -> None:
        # SIGWINCH has nothing to do but to end the wait: what is drawn next fits.
        self._loop.catch_signals((*_LEAVING, signal.SIGTSTP, signal.SIGWINCH), self._on_signal)

    def _on_signal(self, number: int) -> None:
        if number in _LEAVING:
            self.left_by = number
        elif number == signal.SIGTSTP:
            self.leave()
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)  # returns after fg
            self._catch_signals()
            self._write(_ENTER)

    def _write(self, text: str) -> None:
        sys.stdout.buffer.write(text.encode(errors="replace"))
        sys.stdout.buffer.flush()


def _size() -> tuple[int, int]:
    """Columns and rows; where the terminal knows of none (a serial line), what terminals once had."""
    columns, rows = os.get_terminal_size(1)
    return columns or 80, rows or 24
