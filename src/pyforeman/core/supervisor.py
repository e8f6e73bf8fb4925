"""Intent for all processes: what should run, whether it is over, and with which exit code.

Commands and signals change what is wanted; ``step`` closes the gap to what is, one process at a
time. Every method that can cause something returns the orders for it, as a list: an order that
nobody reads silently does nothing, so there are no generators here.
"""

import signal
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pyforeman.core import lifecycle, notices
from pyforeman.core.lifecycle import (
    FORCING,
    Action,
    Crashed,
    Down,
    Event,
    Finished,
    Force,
    Start,
    State,
    Stop,
    Stopping,
    Tick,
)
from pyforeman.core.notices import Notice
from pyforeman.core.status import ExitStatus, signal_name
from pyforeman.plan.formation import Instance

SAME_KEYPRESS = 0.3
"""Seconds within which a second signal is the first one again: npm and terminals deliver ^C twice."""
READER_GONE = 128 + signal.SIGPIPE
"""The exit code when nobody reads our output any more: what a shell reports of ``cat`` there."""


class Order(NamedTuple):
    """Do ``action`` to the process of this name."""

    process: str
    action: Action


class Say(NamedTuple):
    """Show a notice, after everything the process has written so far."""

    notice: Notice


class _Process:
    """One row of the formation: what it is, and where in its life."""

    __slots__ = ("instance", "remark", "state")

    def __init__(self, instance: Instance, remark: str) -> None:
        self.instance = instance
        self.remark = remark
        self.state: State = Down()

    @property
    def outlook(self) -> State:
        """Where it will be once what is ending has ended."""
        return self.state.next if isinstance(self.state, Stopping) else self.state


class Supervisor:
    """The formation of one ``start``, from the first spawn to the exit code.

    ``remarks`` gives, by name, what is added to the line of that process's crash.
    """

    def __init__(self, instances: Iterable[Instance], remarks: Mapping[str, str] | None = None) -> None:
        self._processes = {
            instance.name: _Process(instance, (remarks or {}).get(instance.name, ""))
            for instance in instances
        }
        self._waiting: list[str] = []  # held back until the release has finished
        self._closing_since: float | None = None
        self._first_signal_at: float | None = None
        self._verdict: int | None = None
        self._culprit: tuple[str, ExitStatus] | None = None
        self._lost = False
        self._forced = False
        self._stale = True
        self._deadline: float | None = None
        self._over = False

    # What happens

    def start(self, now: float) -> list[Order | Say]:
        """Start the formation: the release alone first, if there is one, then the others."""
        names = list(self._processes)
        first = [name for name in names if self._processes[name].instance.is_release]
        self._waiting = [name for name in names if name not in first] if first else []
        return self._each(first or names, Start(), now)

    def handle(self, name: str, event: Event, now: float) -> list[Order | Say]:
        """Something happened to one process."""
        process = self._processes[name]
        before = process.state
        after, action = lifecycle.step(before, event, process.instance.policy, now)
        process.state = after
        self._stale = True
        orders: list[Order | Say] = []
        if notice := notices.of_turn(process.instance, before, event, after, now, process.remark):
            orders.append(Say(notice))
        if action is not None:
            orders.append(Order(name, action))
        return orders + self._consequences(process, now)

    def tick(self, now: float) -> list[Order | Say]:
        """The time that ``deadline`` named has come."""
        due = [
            name
            for name, process in self._processes.items()
            if (at := lifecycle.deadline(process.state)) is not None and at <= now
        ]
        return self._each(due, Tick(), now)

    def signalled(self, number: int, now: float) -> list[Order | Say]:
        """INT, TERM, HUP or QUIT came to us: the first one stops, a second one kills."""
        if self._first_signal_at is None:
            self._first_signal_at = now
            if self._verdict is None:
                self._verdict = 128 + number
            said = Say(Notice("stopping", "", f"{signal_name(number)} received, stopping"))
            return [said, *self._close(now)]
        if number not in FORCING or now - self._first_signal_at < SAME_KEYPRESS:
            return []
        self._forced = True
        said = Say(Notice("killing", "", f"{signal_name(number)} received again, killing what is left"))
        return [said, *self._each(list(self._processes), Force(), now)]

    def output_ended(self, now: float, *, failed: bool) -> list[Order | Say]:
        """Nothing can be shown any more: stop. Its reader left (``| head``): 141; writing ``failed``: 1."""
        if self._verdict is None:
            self._verdict = 1 if failed else READER_GONE
        return self._close(now)

    def guardian_ended(self, now: float) -> list[Order | Say]:
        """Our guardian was killed: stop, for nobody would end what we should leave behind."""
        if self._verdict is None:
            self._verdict = 128 + signal.SIGKILL
        said = Say(Notice("guardian_killed", "", "the guardian was killed, stopping"))
        return [said, *self._close(now)]

    def output_lost(self) -> None:
        """Some lines could not be shown: whatever ended well, that is no success."""
        self._lost = True

    def postpone(self, seconds: float) -> None:
        """The formation was stopped as a whole (^Z) for so long: no deadline may have run meanwhile."""
        for process in self._processes.values():
            process.state = lifecycle.postponed(process.state, seconds)
        if self._closing_since is not None:
            self._closing_since += seconds
        self._stale = True

    # What is

    @property
    def deadline(self) -> float | None:
        """When ``tick`` wants to be called next, if ever."""
        self._refresh()
        return self._deadline

    @property
    def over(self) -> bool:
        """Whether nothing is left that runs or will run."""
        self._refresh()
        return self._over

    @property
    def closing(self) -> bool:
        """Whether the formation is on its way out."""
        return self._closing_since is not None

    @property
    def forced(self) -> bool:
        """Whether the user has lost patience, and waits for nothing any more."""
        return self._forced

    def grace_left(self, now: float) -> float:
        """Seconds between SIGTERM and SIGKILL for what belongs to no process: the longest grace there is,
        less the time since the stop began."""
        grace = max(process.instance.policy.grace for process in self._processes.values())
        return grace if self._closing_since is None else max(0.0, self._closing_since + grace - now)

    @property
    def exit_code(self) -> int:
        """A signal or a lost reader decides, else the first process that failed for good, else lost lines."""
        if self._verdict is not None:
            return self._verdict
        return self._culprit[1].shell_code if self._culprit else int(self._lost)

    def last_words(self) -> Notice | None:
        """The line that names the culprit, when the exit code is a process's."""
        if self._verdict is not None or self._culprit is None:
            return None
        name, status = self._culprit
        text = f"ended with exit code {self.exit_code}, because {name} failed ({status})"
        return Notice("ended", name, text, {"code": self.exit_code})

    def snapshot(self) -> dict[str, State]:
        """The state of every process by its name, in the order of the formation."""
        return {name: process.state for name, process in self._processes.items()}

    # How

    def _each(self, names: Iterable[str], event: Event, now: float) -> list[Order | Say]:
        return [order for name in names for order in self.handle(name, event, now)]

    def _close(self, now: float) -> list[Order | Say]:
        if self._closing_since is None:
            self._closing_since = now
        self._waiting = []
        self._stale = True
        return self._each(list(self._processes), Stop(), now)

    def _consequences(self, process: _Process, now: float) -> list[Order | Say]:
        """What the new state of one process means for the others."""
        match process.outlook:
            case Crashed(status):
                ends_all = process.instance.policy.stop_on != "never"
                self._culprit = self._culprit or (process.instance.name, status)
            case Finished():
                ends_all = process.instance.policy.stop_on == "exit"
            case _:
                return []
        if self.closing:
            return []
        if ends_all:
            return self._close(now)
        if self._waiting and isinstance(process.state, Finished):
            waiting, self._waiting = self._waiting, []
            return self._each(waiting, Start(), now)
        return []

    def _refresh(self) -> None:
        """Look at all processes once after a change, not at every wake-up of the loop."""
        if not self._stale:
            return
        self._stale = False
        states = [process.state for process in self._processes.values()]
        deadlines = [at for state in states if (at := lifecycle.deadline(state)) is not None]
        self._deadline = min(deadlines, default=None)
        settled = Finished | Crashed | Down if self.closing else Finished | Crashed
        self._over = all(isinstance(state, settled) for state in states)
