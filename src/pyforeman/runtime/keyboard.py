"""The keyboard of the user, while each key is for a process: no line is edited, no key is a signal.

What is written stays as it is: the terminal makes ``\\r\\n`` of ``\\n``, which a child's pty does not.
"""

import os

from pyforeman.runtime.modes import Attributes, is_for_a_process, set_input


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

        try:
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
        except termios.error as error:
            raise OSError(*error.args) from None

    def give_back(self) -> bool:
        """As it was found, unless somebody else has set it since; gives whether it was to be given back."""
        return self._found is not None and set_input(self._fd, self._found)


def read_keys(fd: int) -> bytes:
    """What was typed; b"" once the terminal is gone. To be called when there is something."""
    try:
        return os.read(fd, 4096)
    except OSError:
        return b""
