"""Pseudo-terminals for the children: which process gets one, how it is opened, how large it is."""

import contextlib
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pyforeman.plan.formation import Instance


_TIOCGPTPEER = 0x5441
"""Linux (asm-generic/ioctls.h): opens the other side of a pty. A machine with another number refuses."""


class Window(NamedTuple):
    """The size of a terminal, in characters."""

    columns: int
    rows: int


def window_of(fd: int) -> Window:
    """The size of a terminal; 80 to 24 where ``fd`` is none, or does not know."""
    try:
        columns, rows = os.get_terminal_size(fd)
    except OSError:
        columns, rows = 0, 0
    return Window(columns or 80, rows or 24)


class Ptys:
    """Who gets a pty: every process if we are ``on_terminal``, unless its policy says otherwise.

    Its window is our terminal's, less the ``margin`` that the prefix takes, in columns.
    """

    def __init__(self, *, on_terminal: bool, margin: int) -> None:
        self.on_terminal = on_terminal
        self._margin = margin
        self._window = self._measured()

    def window(self, instance: "Instance") -> Window | None:
        """The size of the process's pty; None where it gets pipes."""
        wanted = instance.policy.pty
        return self._window if (self.on_terminal if wanted is None else wanted) else None

    def leave(self, margin: int) -> bool:
        """The prefix takes so many columns now; whether that is a change."""
        changed, self._margin = margin != self._margin, margin
        if changed:
            self._window = self._measured()
        return changed

    def measure(self) -> bool:
        """Look at our terminal again; whether its size has changed."""
        before, self._window = self._window, self._measured()
        return self._window != before

    def _measured(self) -> Window:
        columns, rows = window_of(1)
        return Window(max(1, columns - self._margin), rows)


def open_pty(window: Window) -> tuple[int, int]:
    """A new terminal: our side, and the child's. Raises OSError when there is none left.

    It becomes nobody's controlling terminal: openpty opens with O_NOCTTY, and the child gets an fd and
    opens nothing. For when the leader of a session dies, the kernel hangs up its controlling terminal:
    what it had started gets SIGHUP, and EIO where it writes its last lines. ``npm run`` dies of the
    SIGTERM that its server takes a second to handle. And a process in a group of its own
    (``timeout 30 server``) would be stopped by SIGTTIN or SIGTTOU for touching it. The price: a child
    has no /dev/tty, and the kernel makes no signals for it, of a new size or of ^C.
    """
    import termios

    try:
        ours, childs = os.openpty()
    except OSError as error:
        raise OSError(error.errno, f"no pseudo-terminal: {error.strerror}; try --no-pty") from None
    try:
        attributes = termios.tcgetattr(childs)
        # No "\r" before each "\n": we would only take it away again, and it halves the throughput.
        attributes[1] &= ~termios.OPOST
        termios.tcsetattr(childs, termios.TCSANOW, attributes)
        resize(childs, window)
    except termios.error as error:
        os.close(ours)
        os.close(childs)
        raise OSError(*error.args) from None
    return ours, childs


def resize(fd: int, window: Window) -> None:
    """Set the size of a terminal, from either side; nothing happens when it is at its end."""
    import termios

    with contextlib.suppress(termios.error):
        termios.tcsetwinsize(fd, (window.rows, window.columns))


def discard_input(ours: int) -> bool:
    """Throw away what was typed into a pty and not read yet; False where that cannot be done from our side.

    Linux alone needs it: elsewhere the kernel has dealt with a key by the time it was written.
    """
    if sys.platform != "linux":
        return False
    import fcntl
    import termios

    try:
        childs = fcntl.ioctl(ours, _TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # an old kernel (before 4.13), or no fd left
        return False
    try:
        termios.tcflush(childs, termios.TCIFLUSH)
    except termios.error:
        return False
    finally:
        os.close(childs)
    return True


def is_controlling(fd: int) -> bool:
    """Whether the other side of our ``fd`` is somebody's controlling terminal: it has a foreground."""
    try:
        return os.tcgetpgrp(fd) > 0
    except OSError:
        return False
