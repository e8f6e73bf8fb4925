"""How a process ended, decoded once."""

import signal as signals
from typing import NamedTuple


class ExitStatus(NamedTuple):
    """Either an exit code, or the number of the signal that killed the process (else 0)."""

    code: int = 0
    signal: int = 0

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with code 0."""
        return self.code == 0 and self.signal == 0

    @property
    def shell_code(self) -> int:
        """The code a shell would report: 128+N for a death by signal N (POSIX, 2.8.2)."""
        return 128 + self.signal if self.signal else self.code

    def __str__(self) -> str:
        return signal_name(self.signal) if self.signal else f"code {self.code}"


CANNOT_START = ExitStatus(code=126)
"""A process that could not be spawned: the code a shell gives a command it cannot execute."""


def signal_name(number: int) -> str:
    """``SIGTERM`` for 15; ``signal 40`` for those without a name of their own."""
    try:
        return signals.Signals(number).name
    except ValueError:  # real-time signals have no name in Python
        return f"signal {number}"
