"""What we change of the user's terminal, and give back: ^C throws no lines away, keys are for a process."""

import os

TYPE_CHECKING = False  # typing takes 2 ms, and the guardian would keep it
if TYPE_CHECKING:
    from typing import Any

    Attributes = list[Any]
else:
    Attributes = list
"""What ``termios.tcgetattr`` gives."""

_SWITCHED_OFF = (
    b"\x1b7\x1b[?1049l"  # another screen
    b"\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l"  # the mouse, the focus
    b"\x1b[?1l\x1b>\x1b[>4m\x1b[?2004l"  # other bytes for keys, brackets around what is pasted
    b"\x1b7\x1b[r\x1b8\x1b[?7h\x1b[0m"
)


class Modes:
    """At ^C, ^\\ and ^Z the kernel throws away what the terminal has not shown yet: many lines, and the last
    one is cut. While we have the terminal it does not (NOFLSH).

    The guardian changes it and gives it back; if that was killed, the manager gives it back.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._changed = False
        self._found: Attributes | None = None

    def keep_output(self) -> bool:
        """Change it, if ``fd`` is a terminal in whose foreground we are, and the user has not. Gives whether
        we are."""
        try:
            if os.tcgetpgrp(self._fd) != os.getpgrp():
                return False
        except OSError:
            return False  # no terminal, or not the one that controls us
        self._changed = self._set_noflsh(True) or self._changed
        return True

    def give_back(self) -> None:
        """As it was. What the user has changed meanwhile stays."""
        if self._changed:
            self._changed = False
            self._set_noflsh(False)

    def give_back_keys(self) -> None:
        """The manager has ended, and may have had each key for a process (``start --foreground``)."""
        if self._found is not None and set_input(self._fd, self._found):
            switch_off(self._fd)

    def drop_keys(self) -> None:
        """Throw away what was typed so far, as the kernel would have: no shell is to run it."""
        if self._changed:
            import termios

            try:
                termios.tcflush(self._fd, termios.TCIFLUSH)
            except termios.error:
                return  # the terminal is gone

    def _set_noflsh(self, wanted: bool) -> bool:
        """Whether that was a change."""
        import termios  # only where there is a terminal

        try:
            attributes = termios.tcgetattr(self._fd)
            if not is_for_a_process(attributes):
                self._found = [*attributes[:6], list(attributes[6])]
            before = attributes[3]
            attributes[3] = before | termios.NOFLSH if wanted else before & ~termios.NOFLSH
            if attributes[3] != before:
                termios.tcsetattr(self._fd, termios.TCSANOW, attributes)
        except termios.error:
            return False  # the terminal is gone
        return bool(attributes[3] != before)


def is_for_a_process(attributes: Attributes) -> bool:
    """Whether each key goes through as it is typed, which no shell leaves to the terminal: it keeps ISIG."""
    import termios

    return not attributes[3] & (termios.ICANON | termios.ECHO | termios.ISIG)


def set_input(fd: int, found: Attributes) -> bool:
    """Give the input of a terminal back as it was found, if it still is for a process: else somebody has
    set it since. Gives whether that was so."""
    import termios

    try:
        attributes = termios.tcgetattr(fd)
        if not is_for_a_process(attributes):
            return False
        attributes[0], attributes[6] = found[0], found[6]
        attributes[3] = found[3] & ~termios.NOFLSH | attributes[3] & termios.NOFLSH  # which goes its own way
        termios.tcsetattr(fd, termios.TCSANOW, attributes)
    except termios.error:
        return False  # the terminal is gone
    return True


def switch_off(fd: int) -> None:
    """Switch off what the program may have switched on: whoever knew what that was has been killed.

    Nothing of it changes a terminal where it is off. The cursor is saved first, for who leaves the other
    screen goes to where it was saved last.
    """
    import select

    if select.select((), (fd,), (), 0)[1]:
        try:
            os.write(fd, _SWITCHED_OFF)
        except OSError:
            return  # the terminal is gone
