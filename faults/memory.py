"""How much memory guardian and manager take, from the kernel's own numbers."""

import threading
from collections.abc import Callable

from census import shares, status

_SAMPLE = 0.02
"""Seconds between two looks."""


class Peak:
    """The most that a guardian and its manager took together, since this was made.

    It is the VmHWM of the manager (exact: the kernel keeps it) plus the most that was private to the
    guardian, sampled every 20 ms: what both share is in the first number already, and counts once.
    """

    def __init__(self, guardian: int, manager: Callable[[], int | None]) -> None:
        self._guardian = guardian
        self._find_manager = manager
        self._manager: int | None = None
        self._alone = self._of_manager = self._of_guardian = 0
        self._over = threading.Event()
        threading.Thread(target=self._look_again_and_again, daemon=True).start()

    @property
    def megabytes(self) -> float:
        """The peak so far."""
        self._look()
        return (self._of_manager + self._of_guardian or self._alone) / 1024

    def stop(self) -> None:
        """Look no more."""
        self._over.set()

    def _look_again_and_again(self) -> None:
        while not self._over.wait(_SAMPLE):
            self._look()

    def _look(self) -> None:
        if self._manager is None or not status(self._manager, "VmHWM"):
            self._manager = self._find_manager()
        if self._manager is None:
            self._alone = max(self._alone, status(self._guardian, "VmHWM"))
            return
        self._of_manager = max(self._of_manager, status(self._manager, "VmHWM"))
        self._of_guardian = max(self._of_guardian, private(self._guardian))


def private(pid: int) -> int:
    """kB of a process that no other has: what would be free if it were not there."""
    return shares(pid, "Private_Clean", "Private_Dirty")
