"""Every pair of state and event, as a table. Time is a plain number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyforeman.core.lifecycle import (
    FIRST_DELAY,
    KILL_EVERY,
    LONGEST_DELAY,
    MOST_KILLS,
    STEADY_AFTER,
    Abandon,
    Action,
    Backoff,
    Crashed,
    Down,
    Event,
    Exited,
    Finished,
    Force,
    Gone,
    Kill,
    Spawn,
    Spawned,
    SpawnFailed,
    Start,
    Starting,
    State,
    Stop,
    Stopping,
    Tick,
    Up,
    after_end,
    deadline,
    postponed,
    step,
)
from pyforeman.core.status import CANNOT_START, ExitStatus
from pyforeman.plan.policy import Policy, Restart

NOW = 100.0
GRACE = 5.0
POLICY = Policy(grace=GRACE)
OK = ExitStatus()
FAILED = ExitStatus(code=3)
KILLED = ExitStatus(signal=9)

DOWN = Down()
STARTING = Starting(2)
UP = Up(7, NOW - 1, 2)
BACKOFF = Backoff(NOW + 1, 2)
FINISHED = Finished(OK)
CRASHED = Crashed(FAILED)
STOPPING = Stopping(7, NOW + 2, DOWN)
CLEANING = Stopping(7, NOW + 2, Backoff(NOW + 1, 1))
REPLACING = Stopping(7, NOW + 2, Starting(0))
ENDING = Stopping(7, NOW + 2, CRASHED)
EVENTS: dict[str, Event] = {
    "Start": Start(),
    "Stop": Stop(),
    "Force": Force(),
    "Tick": Tick(),
    "Spawned": Spawned(7),
    "SpawnFailed": SpawnFailed("no"),
    "Exited": Exited(FAILED),
    "Gone": Gone(),
}

TERM = Kill(15)
KILL = Kill(9)
NEWS: dict[tuple[State, str], tuple[State, Action | None]] = {
    (DOWN, "Start"): (Starting(0), Spawn()),
    (DOWN, "Spawned"): (Stopping(7, NOW + GRACE, DOWN), TERM),
    (STARTING, "Stop"): (DOWN, None),
    (STARTING, "Force"): (DOWN, None),
    (STARTING, "Spawned"): (Up(7, NOW, 2), None),
    (STARTING, "SpawnFailed"): (Backoff(NOW + 4 * FIRST_DELAY, 3), None),
    (UP, "Stop"): (Stopping(7, NOW + GRACE, DOWN), TERM),
    (UP, "Force"): (Stopping(7, NOW + KILL_EVERY, DOWN, kills=1), KILL),
    (UP, "Exited"): (Stopping(7, NOW + GRACE, Backoff(NOW + 4 * FIRST_DELAY, 3)), TERM),
    (BACKOFF, "Start"): (Starting(0), Spawn()),
    (BACKOFF, "Stop"): (DOWN, None),
    (BACKOFF, "Force"): (DOWN, None),
    (FINISHED, "Start"): (Starting(0), Spawn()),
    (CRASHED, "Start"): (Starting(0), Spawn()),
    (STOPPING, "Start"): (Stopping(7, NOW + 2, Starting(0)), None),
    (STOPPING, "Force"): (Stopping(7, NOW + KILL_EVERY, DOWN, kills=1), KILL),
    (STOPPING, "Exited"): (Stopping(7, NOW + 2, Down(FAILED)), None),
    (STOPPING, "Gone"): (DOWN, None),
    (CLEANING, "Start"): (Stopping(7, NOW + 2, Starting(0)), None),
    (CLEANING, "Stop"): (Stopping(7, NOW + 2, DOWN), None),
    (CLEANING, "Force"): (Stopping(7, NOW + KILL_EVERY, DOWN, kills=1), KILL),
    (CLEANING, "Gone"): (Backoff(NOW + 1, 1), None),
    (REPLACING, "Stop"): (Stopping(7, NOW + 2, DOWN), None),
    (REPLACING, "Force"): (Stopping(7, NOW + KILL_EVERY, DOWN, kills=1), KILL),
    (REPLACING, "Gone"): (Starting(0), Spawn()),
    (ENDING, "Start"): (Stopping(7, NOW + 2, Starting(0)), None),
    (ENDING, "Force"): (Stopping(7, NOW + KILL_EVERY, CRASHED, kills=1), KILL),
    (ENDING, "Gone"): (CRASHED, None),
}
"""What is news; every other pair is old news and changes nothing."""

SAMPLES = (DOWN, STARTING, UP, BACKOFF, FINISHED, CRASHED, STOPPING, CLEANING, REPLACING, ENDING)


def same(left: State | Action | None, right: State | Action | None) -> bool:
    """Two kinds of named tuples with the same in them are equal: compare what they are, too."""
    if isinstance(left, Stopping) and isinstance(right, Stopping):
        return left == right and same(left.next, right.next)
    return type(left) is type(right) and left == right


@pytest.mark.parametrize("state", SAMPLES, ids=repr)
@pytest.mark.parametrize("event", EVENTS)
def test_every_pair_of_state_and_event(state: State, event: str) -> None:
    after, action = step(state, EVENTS[event], POLICY, NOW)
    news = {(repr(before), name): outcome for (before, name), outcome in NEWS.items()}
    expected, expected_action = news.get((repr(state), event), (state, None))
    assert same(after, expected)
    assert same(action, expected_action)


@pytest.mark.parametrize(
    ("state", "after", "action"),
    [
        (Backoff(NOW, 3), Starting(3), Spawn()),
        (Backoff(NOW + 0.001, 3), Backoff(NOW + 0.001, 3), None),
        (Stopping(7, NOW, DOWN), Stopping(7, NOW + KILL_EVERY, DOWN, kills=1), KILL),
        (Stopping(7, NOW, DOWN, 1), Stopping(7, NOW + KILL_EVERY, DOWN, kills=2), KILL),
        (Stopping(7, NOW, DOWN, MOST_KILLS), DOWN, Abandon()),
        (Stopping(7, NOW, CRASHED, MOST_KILLS), CRASHED, Abandon()),
        (Stopping(7, NOW, Starting(0), MOST_KILLS), Crashed(CANNOT_START), Abandon()),
        (Stopping(7, NOW, BACKOFF, MOST_KILLS), Crashed(CANNOT_START), Abandon()),
        (Stopping(7, NOW + 0.001, DOWN), Stopping(7, NOW + 0.001, DOWN), None),
    ],
)
def test_a_tick_counts_when_the_time_has_come(state: State, after: State, action: Action | None) -> None:
    found, found_action = step(state, Tick(), POLICY, NOW)
    assert same(found, after)
    assert same(found_action, action)


@pytest.mark.parametrize(
    ("restart", "most", "status", "crashes", "expected"),
    [
        ("on-failure", None, OK, 0, Finished(OK)),
        ("on-failure", None, FAILED, 0, Backoff(NOW + 0.5, 1)),
        ("on-failure", None, KILLED, 1, Backoff(NOW + 1, 2)),
        ("on-failure", None, FAILED, 5, Backoff(NOW + 16, 6)),
        ("on-failure", None, FAILED, 6, Backoff(NOW + LONGEST_DELAY, 7)),
        ("on-failure", None, FAILED, 10_000, Backoff(NOW + LONGEST_DELAY, 10_001)),
        ("on-failure", 0, FAILED, 0, Crashed(FAILED)),
        ("on-failure", 2, FAILED, 1, Backoff(NOW + 1, 2)),
        ("on-failure", 2, FAILED, 2, Crashed(FAILED)),
        ("on-failure", 0, OK, 0, Finished(OK)),
        ("always", None, OK, 0, Backoff(NOW + 0.5, 1)),
        ("always", None, FAILED, 0, Backoff(NOW + 0.5, 1)),
        ("always", 1, OK, 1, Finished(OK)),
        ("always", 1, FAILED, 1, Crashed(FAILED)),
        ("never", None, OK, 0, Finished(OK)),
        ("never", None, FAILED, 0, Crashed(FAILED)),
    ],
)
def test_what_follows_an_end(
    restart: Restart, most: int | None, status: ExitStatus, crashes: int, expected: State
) -> None:
    assert same(after_end(status, crashes, Policy(restart, most), NOW), expected)


def test_crashes_are_counted_anew_after_ten_seconds_up() -> None:
    long, _ = step(Up(7, NOW - STEADY_AFTER, 4), Exited(FAILED), POLICY, NOW)
    short, _ = step(Up(7, NOW - STEADY_AFTER + 0.001, 4), Exited(FAILED), POLICY, NOW)
    assert same(long, Stopping(7, NOW + GRACE, Backoff(NOW + 0.5, 1)))
    assert same(short, Stopping(7, NOW + GRACE, Backoff(NOW + 8, 5)))


def test_a_failed_spawn_counts_as_a_crash() -> None:
    after, _ = step(Starting(0), SpawnFailed("no memory"), Policy("never"), NOW)
    assert same(after, Crashed(CANNOT_START))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (DOWN, None),
        (UP, None),
        (STARTING, None),
        (FINISHED, None),
        (CRASHED, None),
        (BACKOFF, NOW + 1),
        (STOPPING, NOW + 2),
    ],
)
def test_the_deadline_is_the_timer_in_the_state(state: State, expected: float | None) -> None:
    assert deadline(state) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (BACKOFF, Backoff(NOW + 61, 2)),
        (STOPPING, Stopping(7, NOW + 62, DOWN)),
        (CLEANING, Stopping(7, NOW + 62, Backoff(NOW + 61, 1))),
        (UP, Up(7, NOW + 59, 2)),
        (FINISHED, FINISHED),
    ],
)
def test_deadlines_move_by_the_time_stopped(state: State, expected: State) -> None:
    assert same(postponed(state, 60), expected)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Start", "Stop", "Force", "Tick", "Exited", "Gone", "fail"]), st.floats(0, 40)
        ),
        max_size=60,
    ),
    st.sampled_from([Policy(), Policy("always"), Policy("never"), Policy("always", 2), Policy(grace=0)]),
)
def test_no_state_is_left_without_a_pid_a_deadline_or_an_end(
    story: list[tuple[str, float]], policy: Policy
) -> None:
    """A model of the kernel answers every Spawn at once, and knows which session is alive."""
    state: State = Down()
    now = 0.0
    living: int | None = None  # the one session that may exist
    leader_lives = False
    pids = iter(range(1, 1000))
    fail_next = False

    for word, wait in story:
        now += wait
        if word == "fail":
            fail_next = True
            continue
        if word == "Exited" and not leader_lives:
            continue
        if word == "Gone" and (living is None or leader_lives):
            continue
        if word == "Exited":
            leader_lives = False
        if word == "Gone":
            living = None
        event = EVENTS[word]
        while event is not None:
            state, action = step(state, event, policy, now)
            match action:
                case Spawn():
                    assert living is None, "started while the old session is alive"
                    if fail_next:
                        fail_next, event = False, SpawnFailed("no")
                    else:
                        living, leader_lives = next(pids), True
                        event = Spawned(living)
                    continue
                case Kill():
                    assert living is not None, "signalled a session that is gone"
                case Abandon():
                    living, leader_lives = None, False
            break

        match state:
            case Up(pid=pid) | Stopping(pid=pid):
                assert pid == living
                assert isinstance(state, Up) or deadline(state) is not None
                assert isinstance(state, Stopping) or leader_lives
            case Backoff():
                assert living is None
                assert deadline(state) is not None
            case Down() | Finished() | Crashed():
                assert living is None
            case Starting():
                raise AssertionError("an order to spawn was given and not answered")
