"""Carries out stops: who of a run has been asked, who is killed, and when nothing of it is left.

Only of its leader's end does the kernel tell us. So a run that is to stop, or whose leader has ended,
is looked at again and again until nothing of it lives: often at first, for most end at once.
"""

import os
import signal
import time
from collections.abc import Collection, Iterable, Mapping

from pyforeman.core.families import STRAYS, Families, families
from pyforeman.core.recipients import recipients
from pyforeman.runtime.posix import Platform, is_in_group, may_signal, signal_group

_FIRST_LOOK, _OFTEN, _SELDOM = 0.001, 0.05, 0.5  # seconds between two looks
_MOST_SWEEPS = 100  # what forks faster than we signal is met again in the next look
_SHELLS = frozenset("sh ash bash busybox csh dash fish ksh ksh93 mksh tcsh yash zsh".split())


class _Stop:
    """What one run was asked. ``asked``: whether the process, by its pid, was a shell by then."""

    __slots__ = ("asked", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.asked: dict[int, bool] = {}


class _Head:
    """Somebody to be asked."""

    __slots__ = ("is_shell", "leader", "parent", "pid")

    def __init__(self, leader: int, pid: int, parent: int, *, is_shell: bool) -> None:
        self.leader = leader
        self.pid = pid
        self.parent = parent
        self.is_shell = is_shell


class Stops:
    """The runs of a formation, by the pids of their leaders; STRAYS stands for what belongs to none.

    ``look_at`` is when ``look`` wants to be called, None if nobody has to be looked at.
    """

    def __init__(self, platform: Platform) -> None:
        self.look_at: float | None = None
        self._delay = _FIRST_LOOK
        self._platform = platform
        self._leaders: dict[str, int] = {}
        self._stops: dict[int, _Stop] = {}

    @property
    def leaders(self) -> Collection[int]:
        """Those of the runs of which something may live."""
        return self._leaders.values()

    def add(self, name: str, leader: int) -> None:
        """A run has begun; ``name`` is what its processes have in their mark."""
        self._leaders[name] = leader

    def forget(self, name: str) -> None:
        """Nothing of it is left, or it has been given up."""
        self._stops.pop(self._leaders.pop(name), None)

    def ask(self, stops: Mapping[int, int]) -> None:
        """Ask these runs to stop, each by its signal, at once and then head by head."""
        for leader, number in stops.items():
            self._stops.setdefault(leader, _Stop(number))
        self._send(self._living() or {})
        self._look_soon()

    def kill(self, leaders: Collection[int]) -> None:
        """SIGKILL to all that lives of these runs."""
        self.signal(leaders, signal.SIGKILL)
        for leader in leaders:
            self._stops.pop(leader, None)
        self._look_soon()

    def signal(self, leaders: Collection[int], number: int) -> None:
        """Send every process of these runs a signal; some of them get it twice.

        killpg is atomic: nothing forks past it. What has left the leader's group is signalled one by
        one, until nobody is new.
        """
        for leader in leaders:
            if leader != STRAYS:
                signal_group(leader, number)
        done: set[tuple[int, int]] = set()
        for _ in range(_MOST_SWEEPS):
            living = self._living() or {}
            new = {member for leader in leaders for member in living.get(leader, {}).items()} - done
            if not new:
                return
            for pid, parent in new:
                self._platform.signal(pid, parent, number)
            done |= new  # with its parent: it was not signalled if that had ended since we looked

    def signal_once(self, leader: int, number: int) -> None:
        """Send every process of a run a signal that counts: two SIGTTIN are two more workers.

        What has left the leader's group comes first: its parent may end of the signal, and macOS would not
        know it then.
        """
        for pid, parent in (self._living() or {}).get(leader, {}).items():
            if not is_in_group(pid, leader):
                self._platform.signal(pid, parent, number)
        signal_group(leader, number)

    def living(self, leader: int) -> list[int]:
        """What lives of a run; nothing where it cannot be told."""
        return list((self._living() or {}).get(leader, ()))

    def look(self, ended: Iterable[int]) -> frozenset[int]:
        """Carry on with the stops; gives those runs without a leader of which nothing lives."""
        ended = frozenset(ended)
        empty: frozenset[int] = frozenset()
        if ended or self._stops:
            living = self._living()
            self._send(living or {})
            if living is not None:  # else what cannot be told is taken to live
                empty = ended - living.keys()
        if len(ended) > len(empty) or self._stops.keys() - empty:
            self.look_at = time.monotonic() + self._delay
            # Most end at once. Of what takes its time, the end is seen late by a tenth of that time.
            self._delay = min(self._delay * (2 if self._delay < _OFTEN else 1.1), _SELDOM)
        else:
            self.look_at = None
        return empty

    def _look_soon(self) -> None:
        self._delay = _FIRST_LOOK
        self.look_at = time.monotonic() + self._delay

    def _living(self) -> Families | None:
        """Who lives, by run; None if there is no fd left to look with."""
        try:
            return families(self._platform.relatives(self.leaders), self._leaders)
        except OSError:
            return None

    def _send(self, living: Families) -> None:
        """Send the stop signal to those heads of what lives who have not been asked yet."""
        for leader, stop in self._stops.items():
            if leader not in living and not stop.asked and leader != STRAYS:
                signal_group(leader, stop.number)  # gone already, or there is no fd left to look with
                stop.asked[leader] = False
            self._ask_again(stop, living.get(leader, {}))
        held: dict[int, int] = {}
        heads = self._heads(living)
        for _ in range(_MOST_SWEEPS):
            new = {head.pid: head.parent for head in heads if head.is_shell and head.pid not in held}
            if not new:
                break
            # A shell that went on would start its next command between our look and the signal.
            for pid, parent in new.items():
                self._platform.signal(pid, parent, signal.SIGSTOP)
            held |= new
            living = self._living() or living
            heads = self._heads(living)
        for head in heads:
            stop = self._stops[head.leader]
            self._platform.signal(head.pid, head.parent, stop.number)
            self._platform.signal(head.pid, head.parent, signal.SIGCONT)  # a stopped process takes no SIGTERM
            stop.asked[head.pid] = head.is_shell and head.pid != head.leader
            held.pop(head.pid, None)
        for pid, parent in held.items():  # what ran it was on its way to become a program
            self._platform.signal(pid, parent, signal.SIGCONT)

    def _heads(self, living: Families) -> list[_Head]:
        """Who is to be asked now."""
        found: list[_Head] = []
        for leader, stop in self._stops.items():
            members = living.get(leader, {})
            shells = {pid for pid in members if self._is_shell(pid)}
            heads = recipients(members, shells, stop.asked)
            found += (_Head(leader, pid, members[pid], is_shell=pid in shells) for pid in heads)
        return found

    def _ask_again(self, stop: _Stop, members: Mapping[int, int]) -> None:
        """A head that was a shell when it was asked, and is a program now, has not heard it.

        Between fork and exec of a command, dash still has the handler of our trap: it notes the
        signal there, and exec forgets it. The program would run on, to be killed after the grace.
        What is still a shell at the last look is not on its way to become a program.
        """
        for pid in [pid for pid, was_shell in stop.asked.items() if was_shell]:
            if pid in members and not self._is_shell(pid):
                self._platform.signal(pid, members[pid], stop.number)
                stop.asked[pid] = False
            elif self._delay >= _OFTEN:
                stop.asked[pid] = False

    def _is_shell(self, pid: int) -> bool:
        """Whether it passes nothing on: a shell, or one that our signals do not reach (sudo)."""
        program = self._platform.program(pid).removesuffix(" (deleted)")  # by an update, while it ran
        return os.path.basename(program) in _SHELLS or not may_signal(pid)
