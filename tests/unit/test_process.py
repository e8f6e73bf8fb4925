"""What is told of one process: each state has a name, a pid and an age where it has one."""

import pytest

from fake_kernel import FAILED, OK, instance
from pyforeman.core.lifecycle import Backoff, Crashed, Down, Finished, Starting, State, Stopping, Up
from pyforeman.core.process import Process

STATES: list[tuple[State, str, int | None]] = [
    (Down(), "stopped", None),
    (Down(FAILED), "stopped", None),
    (Starting(0), "backoff", None),
    (Up(7, 1.0, 0), "up", 7),
    (Stopping(7, 9.0, Down()), "stopping", 7),
    (Stopping(7, 9.0, Starting(0)), "stopping", 7),
    (Stopping(7, 9.0, Backoff(3.0, 1)), "stopping", 7),
    (Backoff(3.0, 1), "backoff", None),
    (Finished(OK), "finished", None),
    (Crashed(FAILED), "crashed", None),
]


@pytest.mark.parametrize(("state", "name", "pid"), STATES)
def test_the_state_has_a_name_and_what_runs_a_pid_and_an_age(
    state: State, name: str, pid: int | None
) -> None:
    process = Process(instance("web.1"))
    process.state = state
    process.since = 1.0
    row = process.row(waiting=False)
    assert (row.state, row.pid) == (name, pid)
    assert row.since == (1.0 if pid else None)


def test_who_waits_for_the_release_says_so() -> None:
    assert Process(instance("web.1")).row(waiting=True).state == "waiting"


@pytest.mark.parametrize(("runs", "restarts"), [(0, 0), (1, 0), (2, 1), (5, 4)])
def test_the_first_run_is_no_restart(runs: int, restarts: int) -> None:
    process = Process(instance("web.1"))
    process.runs = runs
    assert process.row(waiting=False).restarts == restarts


@pytest.mark.parametrize(("state", "name", "pid"), STATES)
def test_what_has_ended_neither_runs_nor_will_by_itself(state: State, name: str, pid: int | None) -> None:
    process = Process(instance("web.1"))
    process.state = state
    assert process.has_ended == (name in ("stopped", "finished", "crashed"))


def test_the_outlook_of_what_is_ending_is_what_comes_next() -> None:
    process = Process(instance("web.1"))
    process.state = Stopping(7, 9.0, Crashed(FAILED))
    assert process.outlook == Crashed(FAILED)


def test_the_outlook_of_what_is_up_is_that_it_is_up() -> None:
    process = Process(instance("web.1"))
    process.state = Up(7, 1.0, 0)
    assert isinstance(process.outlook, Up)
