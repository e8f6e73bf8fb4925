"""One row of the formation: what it is, where in its life, and what of that a user is told."""

from typing import Literal, NamedTuple

from pyforeman.core.lifecycle import Backoff, Crashed, Down, Finished, Starting, State, Stopping, Up
from pyforeman.core.status import ExitStatus
from pyforeman.plan.formation import Instance

StateName = Literal["waiting", "up", "backoff", "stopping", "finished", "crashed", "stopped"]


class Row(NamedTuple):
    """A process as ``ps`` shows it. ``since`` is when the run that it has began; ``ended`` is how the last
    one did that has ended; ``restarts`` counts the runs after the first."""

    instance: Instance
    state: StateName
    pid: int | None
    since: float | None
    restarts: int
    ended: ExitStatus | None


class Process:
    """``remark`` is added to the line of its crash. ``retired``: to be forgotten when it has ended.

    ``port`` is that of the last run; ``awaits_port``: it is to run, and another one still has its port.
    """

    __slots__ = ("awaits_port", "ended", "instance", "port", "remark", "retired", "runs", "since", "state")

    def __init__(self, instance: Instance, remark: str = "") -> None:
        self.instance = instance
        self.remark = remark
        self.retired = False
        self.state: State = Down()
        self.runs = 0
        self.port: int | None = None
        self.awaits_port = False
        self.since = 0.0
        self.ended: ExitStatus | None = None

    @property
    def outlook(self) -> State:
        """Where it will be once what is ending has ended."""
        return self.state.next if isinstance(self.state, Stopping) else self.state

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it runs, or will by itself."""
        return isinstance(self.state, Down | Finished | Crashed)

    def row(self, *, waiting: bool) -> Row:
        """What it is now. ``waiting``: for the release."""
        running = isinstance(self.state, Up | Stopping)
        pid = self.state.pid if isinstance(self.state, Up | Stopping) else None
        since = self.since if running else None
        state = "waiting" if waiting else _NAMES[type(self.state)]
        return Row(self.instance, state, pid, since, max(0, self.runs - 1), self.ended)


_NAMES: dict[type, StateName] = {
    Down: "stopped",
    Starting: "backoff",  # for as long as a spawn takes
    Up: "up",
    Stopping: "stopping",
    Backoff: "backoff",
    Finished: "finished",
    Crashed: "crashed",
}
