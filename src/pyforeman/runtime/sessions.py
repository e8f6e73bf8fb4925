"""What lives in the sessions of our children: who of them is asked to stop, and when one is empty.

Only of its leader's end does the kernel tell us. So a session that is to stop, or whose leader has
ended, is looked at again and again until it is empty: often at first, for most end at once.
"""

import os
import signal
import time
from collections.abc import Iterable, Mapping

from pyforeman.core.recipients import recipients
from pyforeman.runtime.posix import Members, Platform, may_signal, signal_group, signal_one

_FIRST_LOOK, _LAST_LOOK = 0.001, 0.05  # seconds between two looks, doubled from one to the other
_LEADER_LIVES = 0.5  # seconds between two, at most, while we wait for leaders: of their ends we are told
_SHELLS = frozenset("sh ash bash busybox csh dash fish ksh ksh93 mksh tcsh yash zsh".split())


class _Stop:
    """What one session was asked. ``asked``: whether the process, by its pid, was a shell by then."""

    __slots__ = ("asked", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.asked: dict[int, bool] = {}


class Sessions:
    """The sessions of a formation, by the pids of their leaders.

    ``look_at`` is when ``look`` wants to be called, None if nobody has to be looked at.
    """

    def __init__(self, platform: Platform) -> None:
        self.look_at: float | None = None
        self._delay = _FIRST_LOOK
        self._platform = platform
        self._stops: dict[int, _Stop] = {}

    def ask(self, stops: dict[int, int]) -> None:
        """Ask these sessions to stop, each by its signal, at once and then head by head."""
        self._stops.update({session: _Stop(number) for session, number in stops.items()})
        self._send(self._living(frozenset(self._stops)))
        self._look_soon()

    def kill(self, sessions: Iterable[int]) -> None:
        """SIGKILL to all that lives in these sessions."""
        sessions = frozenset(sessions)
        self.signal(sessions, signal.SIGKILL)
        for session in sessions:
            self.forget(session)
        self._look_soon()

    def signal(self, sessions: Iterable[int], number: int) -> None:
        """Send every process of these sessions a signal.

        killpg is atomic, so nothing forks past it; groups other than the leader's have to be looked
        for first.
        """
        sessions = frozenset(sessions)
        members = self._living(sessions)  # of which the leaders' groups are known without
        for leader in sessions:
            for group in {leader} | _groups(members.get(leader, ())):
                signal_group(group, number)

    def forget(self, session: int) -> None:
        """It is empty, or has been given up."""
        self._stops.pop(session, None)

    def living(self, session: int) -> list[int]:
        """What lives in a session; nothing where it cannot be told."""
        return list(self._living(frozenset((session,))).get(session, ()))

    def look(self, ended: Iterable[int]) -> frozenset[int]:
        """Carry on with the stops; gives those of ``ended`` (sessions without a leader) that are empty."""
        ended = frozenset(ended)
        living = self._living(ended.union(self._stops))
        self._send(living)
        empty = self._empty(ended - living.keys())
        if len(ended) > len(empty) or self._stops.keys() - empty:
            self.look_at = time.monotonic() + self._delay
            self._delay = min(2 * self._delay, _LAST_LOOK if ended - empty else _LEADER_LIVES)
        else:
            self.look_at = None
        return empty

    def _look_soon(self) -> None:
        self._delay = _FIRST_LOOK
        self.look_at = time.monotonic() + self._delay

    def _living(self, sessions: frozenset[int]) -> Members:
        try:
            return self._platform.members(sessions) if sessions else {}
        except OSError:  # no fd left to look with
            return {}

    def _empty(self, sessions: frozenset[int]) -> frozenset[int]:
        """A second look: what forked and ended between the listing and its turn was missed by the first."""
        try:
            return sessions - self._platform.members(sessions).keys() if sessions else sessions
        except OSError:  # no fd left to look with: what cannot be told is taken to live
            return frozenset()

    def _send(self, living: Members) -> None:
        """Send the stop signal to those heads of what lives in the sessions who have not been asked yet."""
        for session, stop in self._stops.items():
            members = living.get(session, {})
            if not members and not stop.asked:  # gone already, or there is no fd left to look with
                signal_group(session, stop.number)
                stop.asked[session] = False
            self._ask_again(session, stop, members)
            heads, shells = self._heads(members, stop)
            held: set[int] = set()
            while new := shells.intersection(heads) - held:
                # A shell that went on would start its next command between our look and the signal.
                for pid in new:
                    signal_one(pid, session, signal.SIGSTOP)
                held |= new
                members = self._living(frozenset((session,))).get(session, members)
                heads, shells = self._heads(members, stop)
            for pid in heads:
                signal_one(pid, session, stop.number)
                signal_one(pid, session, signal.SIGCONT)  # a stopped process takes no SIGTERM
                stop.asked[pid] = pid in shells and pid != session
            for pid in held.difference(heads):  # what ran it was on its way to become a program
                signal_one(pid, session, signal.SIGCONT)

    def _heads(self, members: Mapping[int, int], stop: _Stop) -> tuple[list[int], set[int]]:
        """Who is to be asked now, and who of the members is a shell."""
        shells = {pid for pid in members if self._is_shell(pid)}
        return recipients(members, shells, stop.asked), shells

    def _ask_again(self, session: int, stop: _Stop, members: Mapping[int, int]) -> None:
        """A head that was a shell when it was asked, and is a program now, has not heard it.

        Between fork and exec of a command, dash still has the handler of our trap: it notes the
        signal there, and exec forgets it. The program would run on, to be killed after the grace.
        What is still a shell at the last look is not on its way to become a program.
        """
        for pid in [pid for pid, was_shell in stop.asked.items() if was_shell]:
            if pid in members and not self._is_shell(pid):
                signal_one(pid, session, stop.number)
                stop.asked[pid] = False
            elif self._delay >= _LAST_LOOK:
                stop.asked[pid] = False

    def _is_shell(self, pid: int) -> bool:
        """Whether it passes nothing on: a shell, or one that our signals do not reach (sudo)."""
        program = self._platform.program(pid).removesuffix(" (deleted)")  # by an update, while it ran
        return os.path.basename(program) in _SHELLS or not may_signal(pid)


def _groups(pids: Iterable[int]) -> set[int]:
    groups = set()
    for pid in pids:
        try:
            groups.add(os.getpgid(pid))
        except ProcessLookupError:
            continue  # it ended since we looked
    return groups
