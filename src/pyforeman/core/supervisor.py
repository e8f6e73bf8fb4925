"""Intent for all processes: what should run, whether it is over, and with which exit code.

Commands and signals change what is wanted; ``step`` closes the gap to what is, one process at a
time. Every method that can cause something returns the orders for it, as a list: an order that
nobody reads silently does nothing, so there are no generators here.

More than 300 lines, because what is wanted of all of them is decided here and nowhere else: what a
user, a signal, a release and the end of a process want at the same time has to fit together.
"""

import signal
from collections.abc import Iterable, KeysView, Mapping
from typing import NamedTuple

from pyforeman.core import lifecycle, notices
from pyforeman.core.lifecycle import (
    FORCING,
    Action,
    Backoff,
    Crashed,
    Down,
    Event,
    Exited,
    Finished,
    Force,
    Spawned,
    SpawnFailed,
    Start,
    Starting,
    State,
    Stop,
    Stopping,
    Tick,
    Up,
)
from pyforeman.core.notices import Notice
from pyforeman.core.process import Process, Row
from pyforeman.core.status import CANNOT_START, signal_name
from pyforeman.core.verdict import Verdict
from pyforeman.plan.formation import Instance

SAME_KEYPRESS = 0.3
"""Seconds within which a second signal is the first one again: npm and terminals deliver ^C twice."""
LOOK_AGAIN = 0.05
"""Seconds after which a process asks again whether the one that had its port before has ended."""
READER_GONE = 128 + signal.SIGPIPE
"""The exit code when nobody reads our output any more: what a shell reports of ``cat`` there."""


class Order(NamedTuple):
    """Do ``action`` to the process of this name."""

    process: str
    action: Action


class Say(NamedTuple):
    """Show a notice, after everything the process has written so far."""

    notice: Notice


class Supervisor:
    """The formation of one ``start``, from the first spawn to the exit code.

    ``remarks`` gives, by name, what is added to the line of that process's crash.
    """

    def __init__(self, instances: Iterable[Instance], remarks: Mapping[str, str] | None = None) -> None:
        self._processes = {
            instance.name: Process(instance, (remarks or {}).get(instance.name, "")) for instance in instances
        }
        self._releasing = False
        self._waiting: list[str] = []  # held back until the release has finished
        self._closing_since: float | None = None
        self._first_signal_at: float | None = None
        self._verdict = Verdict()
        self._emptied: set[str] = set()  # types of which a command has left none
        self._forced = False
        self._ports_move = False  # as a rule they never do, and nobody has to look at all others at a start
        self._stale = True
        self._deadline: float | None = None
        self._over = False
        self.changes = 0
        """Grows whenever something happens to a process, or somebody wants something else of it."""

    # What happens

    def start(self, now: float) -> list[Order | Say]:
        """Start the formation: the release alone first, if there is one, then the others."""
        names = list(self._processes)
        first = [name for name in names if self._processes[name].instance.is_release]
        self._releasing = bool(first)
        self._waiting = [name for name in names if name not in first] if first else []
        return self._each(first or names, Start(), now)

    def handle(self, name: str, event: Event, now: float) -> list[Order | Say]:
        """Something happened to one process."""
        process = self._processes[name]
        before = process.state
        after, action = lifecycle.step(before, event, process.instance.policy, now)
        if after is not before:
            process.awaits_port = False
            if isinstance(after, Starting) and self._is_port_held(process):
                process.awaits_port = True
                after, action = Backoff(now + LOOK_AGAIN, after.attempt), None
        process.state = after
        self._note(process, event, now)
        orders: list[Order | Say] = []
        if notice := notices.of_turn(process.instance, before, event, after, now, process.remark):
            orders.append(Say(notice))
        if action is not None:
            orders.append(Order(name, action))
        if after is not before:  # else the Stop of a restart would accuse again what has just been acquitted
            orders += self._consequences(process, now)
        if process.retired and process.has_ended:
            self._processes.pop(name, None)
        return orders

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
            self._verdict.decide(128 + number)
            said = Say(Notice("stopping", "", f"{signal_name(number)} received, stopping"))
            return [said, *self._close(now)]
        if number not in FORCING or now - self._first_signal_at < SAME_KEYPRESS:
            return []
        self._forced = True
        said = Say(Notice("killing", "", f"{signal_name(number)} received again, killing what is left"))
        return [said, *self._each(list(self._processes), Force(), now)]

    def output_ended(self, now: float, *, failed: bool) -> list[Order | Say]:
        """Nothing can be shown any more: stop. Its reader left (``| head``): 141; writing ``failed``: 1."""
        self._verdict.decide(1 if failed else READER_GONE)
        return self._close(now)

    def guardian_ended(self, now: float) -> list[Order | Say]:
        """Our guardian was killed: stop, for nobody would end what we should leave behind."""
        self._verdict.decide(128 + signal.SIGKILL)
        said = Say(Notice("guardian_killed", "", "the guardian was killed, stopping"))
        return [said, *self._close(now)]

    def output_lost(self) -> None:
        """Some lines could not be shown: whatever ended well, that is no success."""
        self._verdict.lose()

    def postpone(self, seconds: float) -> None:
        """The formation was stopped as a whole (^Z) for so long: no deadline may have run meanwhile."""
        for process in self._processes.values():
            process.state = lifecycle.postponed(process.state, seconds)
            process.since += seconds
        if self._closing_since is not None:
            self._closing_since += seconds
        self._stale = True

    # What somebody wants. Nothing of this is for a formation that is closing.

    def stop(self, names: Iterable[str], now: float) -> list[Order | Say]:
        """These are to end, and stay so; the formation lives on, even if it has no other."""
        names = list(names)
        self._waiting = [name for name in self._waiting if name not in names]
        return self._each(names, Stop(), now)

    def restart(self, names: Iterable[str], now: float) -> list[Order | Say]:
        """These are to run, anew if they do. Who waits for the release goes on waiting."""
        names = list(names)
        for name in names:
            self._verdict.acquit(name)  # somebody has seen to it
        if self._releasing:
            return self._hold_back(name for name in names if not self._processes[name].instance.is_release)
        orders = []
        for name in names:
            orders += self.handle(name, Stop(), now) + self.handle(name, Start(), now)
        return orders

    def add(self, instances: Iterable[Instance], now: float) -> list[Order | Say]:
        """These are to run, too: new ones, or some that were retired and have not ended yet."""
        names = []
        self._ports_move |= any(process.retired for process in self._processes.values())
        for instance in instances:
            process = self._processes.setdefault(instance.name, Process(instance))
            process.retired = False
            process.instance = instance
            self._emptied.discard(instance.type)
            names.append(instance.name)
        if self._releasing:
            return self._hold_back(names)
        return self._each(names, Start(), now)

    def replace(self, instance: Instance) -> None:
        """From its next start on, a process runs as this says."""
        self._ports_move |= instance.port != self._processes[instance.name].instance.port
        self._processes[instance.name].instance = instance
        self.changes += 1

    def retire(self, names: Iterable[str], now: float, *, wanted_again: bool = True) -> list[Order | Say]:
        """These are to end, and to be forgotten. If they may be ``wanted_again``, that does not end the
        formation, even if it has no other."""
        names = list(names)
        for name in names:
            self._processes[name].retired = True
            self._verdict.acquit(name)
        if wanted_again:
            wanted = {process.instance.type for process in self._processes.values() if not process.retired}
            self._emptied |= {self._processes[name].instance.type for name in names} - wanted
        return self.stop(names, now)

    def end(self, now: float) -> list[Order | Say]:
        """``pyforeman stop``: all is to end, and that is a success."""
        if self.closing:
            return []
        if self.over:  # a slow reader still takes what has been written: now he is to hurry
            return self._close(now)
        self._verdict.decide(0)
        return [Say(Notice("stopping", "", "stop requested, stopping")), *self._close(now)]

    # What is

    def instance(self, name: str) -> Instance:
        """How a process is started."""
        return self._processes[name].instance

    def state(self, name: str) -> State | None:
        """Where in its life a process is; None if there is none of that name, or none any more."""
        process = self._processes.get(name)
        return process.state if process is not None else None

    @property
    def names(self) -> KeysView[str]:
        """Those of all processes there are, also of those that are ending to be forgotten."""
        return self._processes.keys()

    def rows(self) -> list[Row]:
        """Every process there is, but for those that are ending to be forgotten."""
        return [
            process.row(waiting=name in self._waiting)
            for name, process in self._processes.items()
            if not process.retired
        ]

    def has_settled(self, name: str) -> bool:
        """Whether a process is where somebody wanted it, or is no more."""
        process = self._processes.get(name)
        return process is None or not (process.awaits_port or isinstance(process.state, Stopping | Starting))

    def is_at_rest(self, name: str) -> bool:
        """Whether a process does not run, and will not by itself: it is no more, or has ended for good."""
        process = self._processes.get(name)
        return process is None or (process.has_ended and name not in self._waiting)

    def is_wanted(self, name: str) -> bool:
        """Whether a process is not one that somebody has stopped, even if that has not come about yet."""
        return name in self._waiting or not isinstance(self._processes[name].outlook, Down)

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
        grace = max((process.instance.policy.grace for process in self._processes.values()), default=0.0)
        return grace if self._closing_since is None else max(0.0, self._closing_since + grace - now)

    @property
    def exit_code(self) -> int:
        """What the verdict is."""
        return self._verdict.code

    def last_words(self) -> Notice | None:
        """The line that names the culprit, when the exit code is a process's."""
        return self._verdict.words()

    def snapshot(self) -> dict[str, State]:
        """The state of every process by its name, in the order of the formation."""
        return {name: process.state for name, process in self._processes.items()}

    # How

    def _each(self, names: Iterable[str], event: Event, now: float) -> list[Order | Say]:
        return [order for name in names for order in self.handle(name, event, now)]

    def _hold_back(self, names: Iterable[str]) -> list[Order | Say]:
        """These are started when the release has finished."""
        self._waiting += [name for name in names if name not in self._waiting]
        self.changes += 1
        return []

    def _close(self, now: float) -> list[Order | Say]:
        if self._closing_since is None:
            self._closing_since = now
        self._waiting = []
        self._stale = True
        return self._each(list(self._processes), Stop(), now)

    def _is_port_held(self, process: Process) -> bool:
        """Whether a run of another process still has the port, and is to get another one: when all have moved
        by one place (another PORT in .env), the first to end would meet its neighbour there."""
        port = process.instance.port
        if port is None or not self._ports_move:
            return False
        return any(
            other.port == port
            and isinstance(other.state, Up | Stopping)
            and (other.retired or other.instance.port != port)
            for other in self._processes.values()
            if other is not process
        )

    def _note(self, process: Process, event: Event, now: float) -> None:
        """Remember what the state does not carry."""
        self._stale = True
        self.changes += 1
        match event:
            case Spawned():
                process.runs += 1
                process.since = now
                process.port = process.instance.port
            case Exited(status):
                process.ended = status
            case SpawnFailed():
                process.ended = CANNOT_START

    def _consequences(self, process: Process, now: float) -> list[Order | Say]:
        """What the new state of one process means for the others."""
        match process.outlook:
            case Crashed(status):
                ends_all = process.instance.policy.stop_on != "never"
                if not process.retired:
                    self._verdict.accuse(process.instance.name, status)
            case Finished():
                ends_all = process.instance.policy.stop_on == "exit"
            case _:
                return []
        if self.closing or process.retired:
            return []
        if ends_all:
            return self._close(now)
        if self._releasing and process.instance.is_release and isinstance(process.state, Finished):
            self._releasing = False
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
        lives_on = bool(self._emptied) and not self.closing
        self._over = not lives_on and all(isinstance(state, settled) for state in states)
