"""The life of one process: states, events, actions, and the one function that decides.

A state carries exactly what is true in it, a timer is a number in the state, and every pair of
state and event is decided in ``step``, "nothing" included (the habit of s6-supervise). Time comes
in as seconds on any clock that never goes back.
"""

import signal
from typing import NamedTuple

from pyforeman.core.status import CANNOT_START, ExitStatus
from pyforeman.plan.policy import Policy

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
"""Seconds before the first restart in a row, and the most there can be; each doubles the one before."""
STEADY_AFTER = 10.0
"""A process that was up for so many seconds has recovered: its crashes are counted anew."""
FORCING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGQUIT})
"""The second of these kills at once; a second SIGHUP says nothing new."""
KILL_EVERY, MOST_KILLS = 0.5, 10
"""SIGKILL is sent again (what forks meanwhile is missed), so often, before the process is given up."""


# Named tuples, not dataclasses: seven of those, and ``inspect``, which they import, took a quarter of the
# time to the first child. States, events and actions are told apart by their class, never compared with ==.
class Down(NamedTuple):
    """Nobody wants it to run. ``last`` is how it ended, if it ever ran and its end was seen."""

    last: ExitStatus | None = None


class Starting(NamedTuple):
    """To be spawned: the answer, Spawned or SpawnFailed, is on its way."""

    attempt: int


class Up(NamedTuple):
    """It runs. ``attempt`` is the number of crashes in a row before this run."""

    pid: int
    since: float
    attempt: int


class Backoff(NamedTuple):
    """It ended and is started again at ``until``."""

    until: float
    attempt: int


class Finished(NamedTuple):
    """It ended well and stays so."""

    status: ExitStatus


class Crashed(NamedTuple):
    """It failed for good."""

    status: ExitStatus


class Stopping(NamedTuple):
    """Something of it is to end: the leader, or what the leader left in its session.

    At ``kill_at`` comes SIGKILL; ``next`` is what it becomes when nothing is left.
    """

    pid: int
    kill_at: float
    next: Down | Starting | Backoff | Finished | Crashed
    kills: int = 0


State = Down | Starting | Up | Stopping | Backoff | Finished | Crashed


class Start(NamedTuple):
    """A user or the formation wants it to run."""


class Stop(NamedTuple):
    """A user or the formation wants it to end, gracefully."""


class Force(NamedTuple):
    """A user wants it to end now. Not a second Stop: two clients that stop it make no SIGKILL."""


class Tick(NamedTuple):
    """The time has come that ``deadline`` named."""


class Spawned(NamedTuple):
    """It runs as ``pid``, which leads its session."""

    pid: int


class SpawnFailed(NamedTuple):
    """The kernel refused, for this reason."""

    reason: str


class Exited(NamedTuple):
    """The leader of the session ended; others in it may live on."""

    status: ExitStatus


class Gone(NamedTuple):
    """The leader has ended, and nothing but zombies is left in its session."""


Event = Start | Stop | Force | Tick | Spawned | SpawnFailed | Exited | Gone


class Spawn(NamedTuple):
    """Run the command; answer with Spawned or SpawnFailed."""


class Kill(NamedTuple):
    """End it: SIGKILL goes to the whole session, any other signal to its heads (recipients.py)."""

    signal: int


class Abandon(NamedTuple):
    """It does not die of SIGKILL (another user's process, a dead disk): name it and let it go."""


Action = Spawn | Kill | Abandon


def step(state: State, event: Event, policy: Policy, now: float) -> tuple[State, Action | None]:
    """What a process becomes by an event, and what is to be done about it."""
    match state, event:
        case Down() | Finished() | Crashed() | Backoff(), Start():
            return Starting(0), Spawn()
        case Backoff(until, attempt), Tick() if now >= until:
            return Starting(attempt), Spawn()
        case Backoff() | Starting(), Stop() | Force():
            return Down(), None

        case Starting(attempt), Spawned(pid):
            return Up(pid, now, attempt), None
        case Starting(attempt), SpawnFailed():
            return after_end(CANNOT_START, attempt, policy, now), None
        case Down(), Spawned(pid):  # stopped between the order to spawn and its answer
            return Stopping(pid, now + policy.grace, Down()), Kill(policy.stop_signal)

        case Up(pid), Stop():
            return Stopping(pid, now + policy.grace, Down()), Kill(policy.stop_signal)
        case Up(pid), Force():
            return Stopping(pid, now + KILL_EVERY, Down(), kills=1), Kill(signal.SIGKILL)
        case Up(pid), Exited(status):
            after = after_end(status, crashes_in_a_row(state, now), policy, now)
            return Stopping(pid, now + policy.grace, after), Kill(policy.stop_signal)

        case Stopping(next=Down()), Exited(status):
            return state._replace(next=Down(status)), None
        case Stopping(next=Starting() as after), Gone():
            return after, Spawn()
        case Stopping(next=after), Gone():
            return after, None
        case Stopping(), Start():
            return state._replace(next=Starting(0)), None
        case Stopping(next=Starting() | Backoff()), Stop():
            return state._replace(next=Down()), None
        case Stopping(next=after), Force():
            ended = Down() if isinstance(after, Starting | Backoff) else after
            return state._replace(kill_at=now + KILL_EVERY, next=ended, kills=1), Kill(signal.SIGKILL)
        case Stopping(kill_at=kill_at, kills=kills), Tick() if now >= kill_at:
            if kills < MOST_KILLS:
                return state._replace(kill_at=now + KILL_EVERY, kills=kills + 1), Kill(signal.SIGKILL)
            # Nothing may start beside it: it still has the port, and each crash would add another one.
            ended = Crashed(CANNOT_START) if isinstance(state.next, Starting | Backoff) else state.next
            return ended, Abandon()

        case _:  # old news
            return state, None


def crashes_in_a_row(run: Up, now: float) -> int:
    """How many crashes came directly before this run, if it ends now."""
    return 0 if now - run.since >= STEADY_AFTER else run.attempt


def after_end(status: ExitStatus, crashes: int, policy: Policy, now: float) -> Finished | Crashed | Backoff:
    """What follows an end that nobody asked for, after so many crashes in a row before it."""
    if policy.restart == "never" or (status.ok and policy.restart == "on-failure"):
        return Finished(status) if status.ok else Crashed(status)
    if policy.max_restarts is not None and crashes >= policy.max_restarts:
        return Finished(status) if status.ok else Crashed(status)
    # The exponent is bounded because 2.0 ** 1024 raises OverflowError, some eight hours later.
    return Backoff(now + min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(crashes, 10)), crashes + 1)


def deadline(state: State) -> float | None:
    """When the state wants a Tick, if ever."""
    match state:
        case Backoff(until=at) | Stopping(kill_at=at):
            return at
        case _:
            return None


def postponed(state: State, seconds: float) -> State:
    """The state after the whole formation was stopped (^Z) for a time: its times move along."""
    match state:
        case Up():
            return state._replace(since=state.since + seconds)
        case Stopping(next=Backoff(until) as after):
            waiting = after._replace(until=until + seconds)
            return state._replace(kill_at=state.kill_at + seconds, next=waiting)
        case Stopping():
            return state._replace(kill_at=state.kill_at + seconds)
        case Backoff():
            return state._replace(until=state.until + seconds)
        case _:
            return state
