"""The end of what belongs to no process of the formation, and of all when its manager was killed."""

import signal
import time
from collections.abc import Collection

from pyforeman.core.families import STRAYS
from pyforeman.core.lifecycle import (
    FORCING,
    Down,
    Event,
    Force,
    Kill,
    State,
    Stop,
    Tick,
    Up,
    deadline,
    postponed,
    step,
)
from pyforeman.core.status import signal_name
from pyforeman.plan.policy import Policy
from pyforeman.runtime import posix
from pyforeman.runtime.complaints import complain, tidy_up
from pyforeman.runtime.loop import Loop
from pyforeman.runtime.stops import Stops


class Aftermath:
    """Ends the strays as a formation ends a process: SIGTERM, ``grace`` seconds, SIGKILL.

    ``left`` are those that do not die: processes that have become another user's, or wait for a dead disk.
    """

    def __init__(self, stops: Stops, grace: float) -> None:
        self._stops = stops
        self._policy = Policy(grace=grace)
        self._state: State = Up(0, 0.0, 0)
        self.left: list[int] = []

    @property
    def deadline(self) -> float | None:
        """When ``is_over`` wants to be asked again, whatever happens until then."""
        due = (deadline(self._state), self._stops.look_at)
        return min((at for at in due if at is not None), default=None)

    def is_over(self, now: float, *, forced: bool = False) -> bool:
        """Do what is due; whether nothing is left, or what is left does not die. ``forced``: kill now."""
        event: Event = Stop() if isinstance(self._state, Up) else Tick()
        if forced and getattr(self._state, "kills", 0) == 0:
            event = Force()
        self._state, action = step(self._state, event, self._policy, now)
        match action:
            case Kill(signal.SIGKILL):
                self._stops.kill((STRAYS,))
            case Kill(number):
                self._stops.ask({STRAYS: number})
        if self._stops.look((STRAYS,)):
            return True
        living = self._stops.living(STRAYS)
        if not isinstance(self._state, Down) and any(map(posix.may_signal, living)):
            return False
        self.left = living
        return True

    def postpone(self, seconds: float) -> None:
        """All was stopped (^Z) for so long."""
        self._state = postponed(self._state, seconds)


def of_manager(pid: int, killed_by: int, mark: str, grace: float, not_ours: Collection[int] | None) -> None:
    """The manager has ended, ``killed_by`` a signal unless that is 0: say so, and end what it has left.

    To the guardian all is a stray, but for children it had before. ``grace`` is in seconds; a signal that
    would stop a formation kills.
    """
    if killed_by:
        tidy_up(1)
        complain(f"the manager, pid {pid}, was killed ({signal_name(killed_by)}); ending what it has started")
    posix.let_go_of_standard_fds()
    forces: list[int] = []
    loop = Loop()
    loop.catch_signals(FORCING, forces.append)
    platform = posix.this_platform(mark, not_ours)
    stops = Stops(platform)
    if killed_by:
        stops.signal((STRAYS,), signal.SIGCONT)  # the manager may have stopped them all, for a ^Z
    aftermath = Aftermath(stops, grace)
    while not aftermath.is_over(time.monotonic(), forced=bool(forces)):
        loop.wait(aftermath.deadline)
        platform.reap_orphans(not_ours or ())
    loop.close()
