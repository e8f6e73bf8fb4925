"""One process in the foreground of the terminal of ``start``: it alone is shown, and each key is for it."""

import os

from pyforeman.core.notices import Notice
from pyforeman.errors import UsageError
from pyforeman.output.alone import Alone
from pyforeman.plan.detach import how_to_let_go
from pyforeman.runtime.guardian import Guardian
from pyforeman.runtime.keyboard import Keyboard, Typed, read_keys
from pyforeman.runtime.loop import Loop
from pyforeman.runtime.pty import window_of
from pyforeman.runtime.publisher import Publisher
from pyforeman.runtime.taps import Tap
from pyforeman.runtime.terminal import Writer


def check_terminal(guardian: Guardian) -> None:
    """Raises UsageError where there is no terminal to be in the foreground of."""
    if not (os.isatty(0) and os.isatty(1)) or os.fstat(0).st_rdev != os.fstat(1).st_rdev:
        raise UsageError("--foreground needs a terminal as standard input and output")
    if not guardian.has_terminal:
        raise UsageError("--foreground needs the terminal; do not start it in the background (&)")


class Foreground:
    """A viewer of ``tap`` that has our terminal, from the first run of its process until ``let_go``.

    ``key`` is the one that lets go, b"" for none. The manager is in another session than the terminal, so
    it may set and read it without being stopped (SIGTTOU, SIGTTIN).
    """

    def __init__(
        self, tap: Tap, loop: Loop, publisher: Publisher, writer: Writer, guardian: Guardian, key: bytes
    ) -> None:
        self._tap = tap
        self._loop = loop
        self._publisher = publisher
        self._writer = writer
        self._guardian = guardian
        self._key = key
        self._keyboard = Keyboard(0)
        self._alone = Alone()
        self._has_terminal = False
        self._is_over = False
        self._reads = False
        self._typed = Typed(key)
        tap.attach(self, window_of(1))

    # What the tap tells

    def began(self) -> None:
        """With the first run, the terminal is its."""
        if self._has_terminal or self._is_over:
            return
        try:
            self._keyboard.take()
        except OSError:  # it is gone
            self._is_over = True
            return
        text = f"{self._tap.name} has this terminal{how_to_let_go(self._key)}"
        self._publisher.notice(Notice("foreground", self._tap.name, text))
        self._publisher.mute(self._tap.name)
        self._has_terminal = True
        self._read(True)

    def show(self, data: bytes) -> None:
        """It has written this."""
        if self._has_terminal:
            self._put(self._alone.output(data))

    def said(self, text: str) -> None:
        """One line about it."""
        if self._has_terminal:
            self._put(self._alone.aside(text))

    def may_type(self) -> None:
        """It reads again."""
        if self._has_terminal:
            self._send_keys()
            self._read(True)

    def ended(self, text: str) -> None:
        """It will not run again."""
        self.let_go()

    # What the user does

    def let_go(self) -> None:
        """Give the terminal back to all of them; once. What is typed from now on is left to the shell."""
        if self._is_over:
            return
        self._is_over = True
        self._tap.detach(self)
        if self._has_terminal:
            self._has_terminal = False
            self._read(False)
            self._keyboard.give_back()
            self._put(self._alone.end())
            self._publisher.unmute()

    def resize(self) -> None:
        """Our terminal has another size, or may have: all of it is the process's."""
        self._tap.resize(self, window_of(1))

    def suspend(self) -> None:
        """The shell gets the terminal: ^Z from elsewhere, for the key is the process's."""
        if self._has_terminal:
            self._read(False)
            self._keyboard.give_back()
            self._put(self._alone.end())

    def resume(self) -> None:
        """We are continued. In the background (``bg``), keys are the shell's: then it is over."""
        if not self._has_terminal:
            return
        try:
            if self._guardian.has_terminal:
                self._keyboard.take()
        except OSError:
            self.let_go()
            return
        if not self._guardian.has_terminal:
            self.let_go()
            return
        self._read(True)
        self._put(self._alone.output(self._tap.screenful(window_of(1).rows)))
        self.resize()

    def _type(self) -> None:
        keys = read_keys(0)
        pressed = self._typed.add(keys)
        self._send_keys()
        if pressed or not keys:
            self.let_go()
        elif self._typed.is_full:
            self._read(False)

    def _send_keys(self) -> None:
        while self._typed and self._tap.can_take_keys:
            self._tap.type(self._typed.piece())

    def _read(self, wanted: bool) -> None:
        if wanted != self._reads:
            self._reads = wanted
            if wanted:
                self._loop.watch(0, self._type, control=True)
            else:
                self._loop.unwatch(0)

    def _put(self, data: bytes) -> None:
        if data:
            self._writer.put((data,))
