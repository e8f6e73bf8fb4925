"""The running formation, as its users see and change it: what they want becomes orders for the runs.

A command is carried out at once, as far as it is about what is wanted; so of two clients, the one that came
last has its way. Whether all has come about yet is asked with ``has_settled``.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from pyforeman.core.process import Row
from pyforeman.core.supervisor import Supervisor
from pyforeman.errors import PyforemanError
from pyforeman.output.selection import matches
from pyforeman.plan.choice import no_process
from pyforeman.plan.formation import Instance
from pyforeman.plan.plan import Plan, differences
from pyforeman.plan.procfile import RELEASE, Procfile
from pyforeman.runtime.guardian import Guardian
from pyforeman.runtime.limits import OpenFiles
from pyforeman.runtime.pty import Ptys
from pyforeman.runtime.publisher import Publisher
from pyforeman.runtime.runs import Runs
from pyforeman.runtime.taps import Taps

Reread = Callable[[], tuple[Procfile, Mapping[str, str]]]
"""Reads the Procfile and the env files as they are now. Raises PyforemanError."""


class Reload(NamedTuple):
    """What a reload has done: names of processes, and the lines that say what is not the same any more."""

    added: list[str]
    removed: list[str]
    restarted: list[str]
    changes: list[str]


def none_of(kind: str) -> PyforemanError:
    """What is said to who needs a process of a type that has none."""
    if kind == RELEASE:
        return PyforemanError("a release runs once, at the start, and only with --release")
    return PyforemanError(f"{kind} is scaled to 0; pyforeman scale {kind}=1 starts one")


class RunningFormation:
    """What is running, and the plan that it follows.

    ``widen`` is told the names of new processes, and gives the columns that the prefix takes then.
    """

    def __init__(
        self,
        plan: Plan,
        reread: Reread,
        supervisor: Supervisor,
        runs: Runs,
        limits: OpenFiles,
        guardian: Guardian,
        ptys: Ptys,
        widen: Callable[[Sequence[str]], int],
        publisher: Publisher,
    ) -> None:
        self._plan = plan
        self._reread = reread
        self._supervisor = supervisor
        self._runs = runs
        self._limits = limits
        self._guardian = guardian
        self._ptys = ptys
        self._widen = widen
        self.publisher = publisher

    # What is

    @property
    def changes(self) -> int:
        """Grows whenever something happens to a process, or somebody wants something else of it."""
        return self._supervisor.changes

    @property
    def taps(self) -> Taps:
        """What passes through the ptys of the processes."""
        return self._runs.taps

    @property
    def closing(self) -> bool:
        """Whether the formation is on its way out. When all has ended by itself it is, too: nothing that was
        started now would be waited for, or read."""
        return self._supervisor.closing or self._supervisor.over

    @property
    def mark(self) -> str:
        """The variable that all has in its environment which the formation has caused."""
        return self._guardian.mark

    @property
    def types(self) -> tuple[str, ...]:
        """All process types, in the order of the Procfile."""
        return self._plan.procfile.names

    @property
    def counts(self) -> str:
        """``web=2 worker=1``: how many there are, as ``scale`` and ``start`` read it."""
        return self._plan.formation()

    def rows(self, names: Iterable[str] | None = None) -> list[Row]:
        """The processes of these names that there are, or all; in the order of the Procfile."""
        places = {name: place for place, name in enumerate(self.types)}
        wanted = None if names is None else set(names)
        rows = [row for row in self._supervisor.rows() if wanted is None or row.instance.name in wanted]
        return sorted(rows, key=lambda row: (places.get(row.instance.type, len(places)), row.instance.index))

    def select(self, patterns: Sequence[str]) -> list[str]:
        """The names of the processes that the patterns fit, all if there are none. A type may have none.
        Raises UsageError for a pattern that fits no type, either."""
        names = [row.instance.name for row in self.rows()]
        self.refuse_unknown(patterns, names)
        return [name for name in names if not patterns or matches(name, patterns)]

    def select_some(self, patterns: Sequence[str]) -> list[str]:
        """The same for who needs a process. Raises PyforemanError where there is none of a type."""
        names = self.select(patterns)
        for pattern in patterns:
            if not any(matches(name, (pattern,)) for name in names):
                raise none_of(next(kind for kind in self.types if matches(kind, (pattern,))))
        return names

    def refuse_unknown(self, patterns: Sequence[str], names: Sequence[str]) -> None:
        """Raises UsageError for a pattern that fits none of these names, and no type of the Procfile."""
        for pattern in patterns:
            if not any(matches(name, (pattern,)) for name in (*names, *self.types)):
                raise no_process(pattern, self.counts)

    def without_release(self, names: Sequence[str]) -> list[str]:
        """Those that can be stopped and started: a release runs once. Raises PyforemanError if that leaves
        nothing of some, or the formation is stopping."""
        self._refuse_if_closing()
        found = [name for name in names if name.rpartition(".")[0] != RELEASE]
        if names and not found:
            raise PyforemanError("a release runs once; pyforeman stop ends all")
        return found

    def has_settled(self, names: Iterable[str]) -> bool:
        """Whether each of these is where somebody wanted it, or is no more."""
        return all(map(self._supervisor.has_settled, names))

    def has_pty(self, instance: Instance) -> bool:
        """Whether a process runs on a pty."""
        return self._ptys.window(instance) is not None

    # What somebody wants

    def stop(self, names: Sequence[str]) -> None:
        """End these; they stay so."""
        self._runs.perform(self._supervisor.stop(names, time.monotonic()))

    def end(self) -> None:
        """End the formation, with exit code 0."""
        self._runs.perform(self._supervisor.end(time.monotonic()))

    def restart(self, names: Sequence[str]) -> list[str]:
        """Run these anew, as the files say now; gives what has changed in them. Raises PyforemanError."""
        plan = self._plan.reread(*self._reread())
        planned = {instance.name: instance for instance in plan.instances()}
        for name in names:
            if name not in planned:
                kind = name.rpartition(".")[0]
                raise PyforemanError(
                    f"{kind} is not in {plan.procfile.path} any more; pyforeman reload would stop it"
                )
        changes = self._take_over([planned[name] for name in names])
        self._plan = plan
        self._runs.perform(self._supervisor.restart(names, time.monotonic()))
        return changes

    def scale(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """Have so many of the types run; gives the processes that were started, and those that were stopped.

        The highest instances end. A type that is not named stays as it is, even if a restart has found out
        that the Procfile has it no more. Raises UsageError.
        """
        self._refuse_if_closing()
        changes = self._plan.changes(words)
        plan = self._plan.scaled(changes)
        planned = {instance.name: instance for instance in plan.instances()}
        running = {row.instance.name: row for row in self._supervisor.rows()}
        added = [instance for name, instance in planned.items() if name not in running]
        named = [name for name, row in running.items() if row.instance.type in changes]
        surplus = [name for name in named if name not in planned]
        # Also one that is just stopping because somebody said so: of the two, this came last.
        revived = [name for name in named if name in planned and not self._supervisor.is_wanted(name)]
        self._make_room(added)
        self._plan = plan
        now = time.monotonic()
        self._runs.perform(
            [
                *self._supervisor.retire(surplus, now),
                *self._supervisor.restart(revived, now),
                *self._supervisor.add(added, now),
            ]
        )
        return [*revived, *(instance.name for instance in added)], surplus

    def reload(self) -> Reload:
        """Apply what is not the same in the files; who is not concerned runs on. Raises PyforemanError."""
        self._refuse_if_closing()
        plan = self._plan.reread(*self._reread()).joined()
        planned = {instance.name: instance for instance in plan.instances() if not instance.is_release}
        running = {row.instance.name: row for row in self._supervisor.rows() if not row.instance.is_release}
        added = [instance for name, instance in planned.items() if name not in running]
        removed = [name for name in running if name not in planned]
        changed = [
            instance
            for name, instance in planned.items()
            if name in running and differences(running[name].instance, instance)
        ]
        restarted = [
            instance.name
            for instance in changed
            if running[instance.name].state != "waiting" and self._supervisor.is_wanted(instance.name)
        ]
        self._make_room(added)
        changes = self._take_over(changed)
        self._plan = plan
        now = time.monotonic()
        self._runs.perform(
            [
                *self._supervisor.retire(removed, now, wanted_again=False),
                *self._supervisor.restart(restarted, now),
                *self._supervisor.add(added, now),
            ]
        )
        return Reload([instance.name for instance in added], removed, restarted, changes)

    def signal(self, names: Sequence[str], number: int, *, group: bool) -> None:
        """Send each of these a signal, or all of its session and family. Raises PyforemanError if one of them
        does not run."""
        rows = self.rows(names)
        for row in rows:
            if row.pid is None:
                raise PyforemanError(f"{row.instance.name} does not run ({row.state})")
        for row in rows:
            self._runs.signal(row.instance.name, number, group=group)

    # How

    def _refuse_if_closing(self) -> None:
        if self.closing:
            raise PyforemanError("the formation is stopping")

    def _take_over(self, instances: Sequence[Instance]) -> list[str]:
        """From their next start on, these run as they are here; gives what is not the same any more.

        Raises PyforemanError, and does nothing, if one would get the port of another process.
        """
        names = {instance.name for instance in instances}
        others = [row.instance for row in self.rows() if row.instance.name not in names]
        taken = {other.port: other.name for other in others if other.port is not None}
        for instance in instances:
            holder = taken.get(instance.port or 0)
            if holder and self._plan.settings.port_step:  # with --port-step 0, all types share one
                raise PyforemanError(
                    f"{instance.name} would get port {instance.port}, which {holder} still has; "
                    "restart all together"
                )
        changes: dict[str, str] = {}  # one line of each: what is new to one may have changed for another
        for instance in instances:
            changes |= differences(self._supervisor.instance(instance.name), instance)
            self._supervisor.replace(instance)
        return [f"{what} {how}" for what, how in changes.items()]

    def _make_room(self, added: Sequence[Instance]) -> None:
        """For more processes. Raises PyforemanError if there may be no more open files."""
        if added:
            self._limits.allow(len(added), log_files=len(added))
            graces = [instance.policy.grace for instance in added]
            self._guardian.allow(max(*graces, self._supervisor.grace_left(time.monotonic())))
            if self._ptys.leave(self._widen([instance.name for instance in added])):
                self._runs.resize()
