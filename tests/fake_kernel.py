"""A supervisor with a kernel that does at once what it is told, for tests of what is decided."""

from itertools import count

from pyforeman.core.lifecycle import Exited, Gone, Kill, Spawn, Spawned, Up
from pyforeman.core.status import ExitStatus
from pyforeman.core.supervisor import Order, Say, Supervisor
from pyforeman.plan.formation import Instance
from pyforeman.plan.policy import Policy

OK = ExitStatus()
FAILED = ExitStatus(code=3)


def instance(name: str, policy: Policy | None = None, *, port: int | None = None) -> Instance:
    kind, _, index = name.rpartition(".")
    return Instance(kind, int(index), "true", port, {}, policy or Policy())


class Formation:
    """A supervisor with a kernel that does what it is told: spawns succeed, sessions are empty."""

    def __init__(self, *instances: Instance, remarks: dict[str, str] | None = None) -> None:
        self.supervisor = Supervisor(instances, remarks)
        self.said: list[str] = []
        self.events: list[str] = []
        self.signals: list[tuple[str, int]] = []
        self.pids = count(1)

    def perform(self, orders: list[Order | Say], now: float) -> None:
        for order in orders:
            match order:
                case Say(notice):
                    self.said.append(notice.text)
                    self.events.append(notice.event)
                case Order(name, Spawn()):
                    self.perform(self.supervisor.handle(name, Spawned(next(self.pids)), now), now)
                case Order(name, Kill(number)):
                    self.signals.append((name, number))

    def start(self) -> "Formation":
        self.perform(self.supervisor.start(0), 0)
        return self

    def ends(self, name: str, status: ExitStatus, now: float = 1) -> None:
        """The leader exits, and nothing is left in its session."""
        self.perform(self.supervisor.handle(name, Exited(status), now), now)
        self.perform(self.supervisor.handle(name, Gone(), now), now)

    def over(self) -> bool:
        return self.supervisor.over

    def signalled(self, number: int, now: float) -> None:
        self.perform(self.supervisor.signalled(number, now), now)

    def does(self, orders: list[Order | Say], now: float = 2) -> None:
        """Carry out what somebody wants."""
        self.perform(orders, now)

    @property
    def states(self) -> dict[str, str]:
        """What ``ps`` would show, by name."""
        return {row.instance.name: row.state for row in self.supervisor.rows()}

    @property
    def up(self) -> list[str]:
        return [name for name, state in self.supervisor.snapshot().items() if isinstance(state, Up)]
