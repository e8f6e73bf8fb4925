"""The keyboard of the user, while each key is for a process: no line is edited, no key is a signal.

What is written stays as it is: the terminal makes ``\\r\\n`` of ``\\n``, which a child's pty does not.
"""

import errno
import os
import re
from functools import cache

from pyforeman.runtime.modes import Attributes, is_for_a_process, set_input

_MOST_TYPED = 1024 * 1024
_PIECE = 4096  # bytes that are handed on at once


class Keyboard:
    """The input of the terminal ``fd``: as it was found, or as keys for a process."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._found: Attributes | None = None

    def take(self) -> None:
        """Let each key through as it is typed; again after the terminal may have been somebody else's.

        Raises OSError where it is gone.
        """
        import termios

        while True:
            try:
                return self._set()
            except termios.error as error:
                # In the background, we were stopped (SIGTTOU) and then continued.
                if error.args[0] != errno.EINTR:
                    raise OSError(*error.args) from None

    def _set(self) -> None:
        import termios

        attributes = termios.tcgetattr(self._fd)
        if not is_for_a_process(attributes):
            self._found = [*attributes[:6], list(attributes[6])]
        attributes[0] &= ~(
            termios.BRKINT
            | termios.ICRNL
            | termios.INLCR
            | termios.IGNCR
            | termios.ISTRIP
            | termios.IXON
            | termios.IXOFF
        )
        attributes[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
        attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._fd, termios.TCSANOW, attributes)

    def give_back(self) -> bool:
        """As it was found, unless somebody else has set it since; gives whether it was to be given back."""
        return self._found is not None and set_input(self._fd, self._found)


def read_keys(fd: int) -> bytes:
    """What was typed; b"" once the terminal is gone. To be called when there is something."""
    try:
        return os.read(fd, 4096)
    except OSError:
        return b""


class Typed:
    """What was typed, until the process takes it; ``key`` lets go, b"" for none.

    Behind a paste that nobody takes there may be that key, so we read on for a while.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._waiting = bytearray()

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether so much waits that no more is to be read."""
        return len(self._waiting) >= _MOST_TYPED

    def add(self, keys: bytes) -> bool:
        """Take these; gives whether the key was among them. What comes after it is for nobody."""
        typed, pressed = parted(keys, self._key)
        self._waiting += typed
        return pressed

    def piece(self) -> bytes:
        """The first of what waits, which does so no longer."""
        piece = bytes(self._waiting[:_PIECE])
        del self._waiting[:_PIECE]
        return piece


def parted(keys: bytes, key: bytes) -> tuple[bytes, bool]:
    """What was typed before the ``key`` that lets go, b"" for none, and whether that was pressed.

    A program may have asked the terminal for other bytes (vim, fish, kitty's protocol): ``^]`` is then
    ``CSI 27;5;93~`` or ``CSI 93;5u``.
    """
    found = _forms(key).search(keys) if key else None
    return (keys[: found.start()], True) if found else (keys, False)


@cache
def _forms(key: bytes) -> "re.Pattern[bytes]":
    control = key[0] < 32
    code = b"%d" % ord(chr(key[0] ^ 0x40 if control else key[0]).lower())
    # The modifiers: Ctrl or none, beside the locks of capitals and numbers. Then: pressed, or held down.
    held = rb"(?:5|69|133|197)(?::[12])?" if control else rb"(?:1|65|129|193)?(?::[12])?"
    held = rb";%b(?:;[\d:]*)?" % held
    kitty = rb"\x1b\[(?:%b(?::\d*){0,2}|\d+:\d*:%b)%bu" % (
        code,
        code,
        held if control else rb"(?:%b)?" % held,
    )
    return re.compile(rb"%b|\x1b\[27;%b;%b~|%b" % (re.escape(key), b"5" if control else b"1", code, kitty))
