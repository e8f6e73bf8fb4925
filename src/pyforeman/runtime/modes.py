"""What we change of the user's terminal, and give back: a ^C is not to throw lines away."""

import os


class Modes:
    """At ^C, ^\\ and ^Z the kernel throws away what the terminal has not shown yet: many lines, and the last
    one is cut. While we have the terminal it does not (NOFLSH).

    The guardian changes it and gives it back; if that was killed, the manager gives it back.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._changed = False

    def keep_output(self) -> None:
        """Change it, if ``fd`` is a terminal in whose foreground we are, and the user has not."""
        try:
            if os.tcgetpgrp(self._fd) == os.getpgrp():
                self._changed = self._set_noflsh(True) or self._changed
        except OSError:
            return  # no terminal, or not the one that controls us

    def give_back(self) -> None:
        """As it was. What the user has changed meanwhile stays."""
        if self._changed:
            self._changed = False
            self._set_noflsh(False)

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
            before = attributes[3]
            attributes[3] = before | termios.NOFLSH if wanted else before & ~termios.NOFLSH
            if attributes[3] != before:
                termios.tcsetattr(self._fd, termios.TCSANOW, attributes)
        except termios.error:
            return False  # the terminal is gone
        return bool(attributes[3] != before)
