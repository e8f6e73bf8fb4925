"""What a run of the benchmarks is asked for, as every measuring module gets it."""

from dataclasses import dataclass
from typing import TypeVar

from benchmarks.managers import Manager

Value = TypeVar("Value")


@dataclass(frozen=True)
class Options:
    """How much is measured, and of whom."""

    managers: tuple[Manager, ...]
    """pyforeman first, then the peers that are installed, then the limits."""
    size: str = "usual"
    """``quick``, ``usual`` or ``full``."""
    asked_runs: int | None = None

    def runs(self, quick: int, usual: int, full: int) -> int:
        """How often something is run: what the user asked for, else what is said here for this size."""
        return self.asked_runs or self.pick(quick, usual, full)

    def pick(self, quick: Value, usual: Value, full: Value) -> Value:
        """The value for this size."""
        return {"quick": quick, "usual": usual, "full": full}[self.size]

    @property
    def peers(self) -> tuple[Manager, ...]:
        """All that manage processes: pyforeman and its peers, without the limits."""
        return tuple(manager for manager in self.managers if not manager.is_limit)
