"""The formation as a whole: what starts, what ends it, and with which exit code."""

import signal

import pytest

from fake_kernel import FAILED, OK, Formation, instance
from pyforeman.core.lifecycle import (
    Backoff,
    Crashed,
    Down,
    Exited,
    Finished,
    Gone,
    Spawned,
    SpawnFailed,
    Stopping,
)
from pyforeman.core.status import ExitStatus
from pyforeman.core.supervisor import Say, Supervisor
from pyforeman.plan.policy import Policy


def test_all_are_started_in_order() -> None:
    formation = Formation(instance("web.1"), instance("web.2"), instance("worker.1")).start()
    assert formation.up == ["web.1", "web.2", "worker.1"]
    assert formation.said[0] == "web.1 started, pid 1"


def test_it_is_over_when_nothing_runs_or_will_run() -> None:
    formation = Formation(instance("a.1"), instance("b.1")).start()
    formation.ends("a.1", OK)
    assert not formation.over()
    formation.ends("b.1", OK)
    assert formation.over()
    assert formation.supervisor.exit_code == 0
    assert formation.supervisor.last_words() is None


def test_a_process_in_back_off_will_run() -> None:
    formation = Formation(instance("a.1")).start()
    formation.ends("a.1", FAILED)
    assert not formation.over()
    assert formation.supervisor.deadline == 1.5
    formation.perform(formation.supervisor.tick(1.5), 1.5)
    assert formation.up == ["a.1"]
    assert formation.supervisor.deadline is None


def test_the_first_that_failed_for_good_decides_the_exit_code() -> None:
    never = Policy("never")
    formation = Formation(*(instance(name, never) for name in ("a.1", "b.1", "c.1"))).start()
    formation.ends("a.1", OK)
    formation.ends("b.1", ExitStatus(signal=9))
    formation.ends("c.1", FAILED)
    assert formation.over()
    assert formation.supervisor.exit_code == 137
    words = formation.supervisor.last_words()
    assert words is not None
    assert words.text == "ended with exit code 137, because b.1 failed (SIGKILL)"


@pytest.mark.parametrize(
    ("stop_on", "status", "closes"),
    [
        ("never", OK, False),
        ("never", FAILED, False),
        ("failure", OK, False),
        ("failure", FAILED, True),
        ("exit", OK, True),
        ("exit", FAILED, True),
    ],
)
def test_stop_on_says_whose_end_is_everybodys(stop_on: str, status: ExitStatus, closes: bool) -> None:
    policy = Policy("never", stop_on=stop_on)  # type: ignore[arg-type]  # from a table of str
    formation = Formation(instance("a.1", policy), instance("b.1", policy)).start()
    formation.ends("a.1", status)
    assert isinstance(formation.supervisor.snapshot()["b.1"], Stopping) == closes
    assert formation.supervisor.closing == closes


def test_a_restart_is_no_end_for_stop_on() -> None:
    formation = Formation(instance("a.1", Policy(stop_on="exit")), instance("b.1")).start()
    formation.ends("a.1", FAILED)
    assert not formation.supervisor.closing


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGQUIT, 131), (signal.SIGTERM, 143)],
)
def test_a_signal_stops_all_and_decides_the_exit_code(number: int, code: int) -> None:
    formation = Formation(instance("a.1"), instance("b.1", Policy("never"))).start()
    formation.ends("b.1", FAILED)
    formation.signalled(number, 2)
    assert formation.signals[-1] == ("a.1", signal.SIGTERM)
    formation.ends("a.1", ExitStatus(signal=15), 3)
    assert formation.over()
    assert formation.supervisor.exit_code == code


@pytest.mark.parametrize(
    ("second", "after", "kills"),
    [
        (signal.SIGINT, 0.3, True),
        (signal.SIGTERM, 5, True),
        (signal.SIGQUIT, 0.3, True),
        (signal.SIGINT, 0.29, False),
        (signal.SIGHUP, 5, False),
    ],
)
def test_a_second_signal_kills_unless_it_is_the_same_keypress(second: int, after: float, kills: bool) -> None:
    formation = Formation(instance("a.1")).start()
    formation.signalled(signal.SIGINT, 10)
    formation.signalled(second, 10 + after)
    assert (("a.1", signal.SIGKILL) in formation.signals) == kills
    assert formation.supervisor.forced == kills


def test_nothing_is_restarted_once_a_stop_has_begun() -> None:
    formation = Formation(instance("a.1"), instance("b.1")).start()
    formation.perform(formation.supervisor.handle("a.1", Exited(FAILED), 1), 1)  # its session lives on
    formation.signalled(signal.SIGTERM, 1.1)
    formation.perform(formation.supervisor.handle("a.1", Gone(), 1.2), 1.2)
    assert formation.supervisor.snapshot()["a.1"] == Down()
    formation.ends("b.1", FAILED, 1.3)
    assert formation.over()
    assert formation.supervisor.exit_code == 143


def test_it_is_over_only_when_the_sessions_are_empty() -> None:
    formation = Formation(instance("a.1")).start()
    formation.signalled(signal.SIGTERM, 1)
    formation.perform(formation.supervisor.handle("a.1", Exited(OK), 2), 2)
    assert not formation.over()
    formation.perform(formation.supervisor.handle("a.1", Gone(), 3), 3)
    assert formation.over()


def test_a_lost_reader_stops_all_with_141() -> None:
    formation = Formation(instance("a.1")).start()
    formation.perform(formation.supervisor.output_ended(1, failed=False), 1)
    formation.ends("a.1", ExitStatus(signal=15))
    assert formation.over()
    assert formation.supervisor.exit_code == 141


def test_output_that_cannot_be_written_stops_all_with_1() -> None:
    formation = Formation(instance("a.1")).start()
    formation.perform(formation.supervisor.output_ended(1, failed=True), 1)
    formation.ends("a.1", ExitStatus(signal=15))
    assert formation.supervisor.exit_code == 1


def test_a_guardian_that_was_killed_stops_all_with_137() -> None:
    formation = Formation(instance("a.1")).start()
    formation.perform(formation.supervisor.guardian_ended(1), 1)
    formation.ends("a.1", ExitStatus(signal=15))
    assert formation.over()
    assert formation.supervisor.exit_code == 137


def test_what_belongs_to_nobody_has_the_longest_grace_less_the_time_since_the_stop_began() -> None:
    formation = Formation(instance("a.1", Policy(grace=5)), instance("b.1", Policy(grace=60))).start()
    supervisor = formation.supervisor
    assert supervisor.grace_left(1000) == 60
    formation.perform(supervisor.signalled(2, 1000), 1000)
    assert supervisor.grace_left(1010) == 50
    supervisor.postpone(7)
    assert supervisor.grace_left(1010) == 57
    assert supervisor.grace_left(1100) == 0


def test_lost_lines_are_no_success_but_no_more_than_that() -> None:
    formation = Formation(instance("a.1", Policy("never"))).start()
    formation.supervisor.output_lost()
    assert formation.supervisor.exit_code == 1
    formation.ends("a.1", FAILED)
    assert formation.supervisor.exit_code == 3


class TestRelease:
    policy = Policy("never", stop_on="failure")

    def formation(self) -> Formation:
        return Formation(instance("web.1"), instance("release.1", self.policy), instance("b.1")).start()

    def test_it_runs_alone_first(self) -> None:
        assert self.formation().up == ["release.1"]

    def test_the_others_start_when_it_has_finished_and_left_nothing(self) -> None:
        formation = self.formation()
        formation.perform(formation.supervisor.handle("release.1", Exited(OK), 1), 1)
        assert formation.up == []
        formation.perform(formation.supervisor.handle("release.1", Gone(), 2), 2)
        assert formation.up == ["web.1", "b.1"]

    def test_nothing_starts_after_one_that_failed(self) -> None:
        formation = self.formation()
        formation.ends("release.1", FAILED)
        assert formation.over()
        assert formation.supervisor.exit_code == 3
        assert formation.supervisor.snapshot() == {
            "web.1": Down(),
            "release.1": Crashed(FAILED),
            "b.1": Down(),
        }

    def test_nothing_starts_after_a_signal_during_it(self) -> None:
        formation = self.formation()
        formation.signalled(signal.SIGINT, 1)
        formation.ends("release.1", OK)
        assert formation.over()
        assert formation.up == []

    def test_alone_it_is_the_formation(self) -> None:
        formation = Formation(instance("release.1", self.policy)).start()
        formation.ends("release.1", OK)
        assert formation.over()
        assert formation.supervisor.snapshot() == {"release.1": Finished(OK)}


def test_a_remark_stands_in_the_line_of_a_crash_only() -> None:
    formation = Formation(instance("a.1"), remarks={"a.1": " (5000 is held by x, pid 9)"}).start()
    formation.ends("a.1", FAILED)
    assert "a.1 crashed (code 3) after 1 s (5000 is held by x, pid 9); next try in 0.5 s" in formation.said


def test_a_failed_spawn_is_said_with_its_reason_and_the_next_try() -> None:
    supervisor = Supervisor([instance("a.1")])
    supervisor.start(0)
    (said,) = supervisor.handle("a.1", SpawnFailed("Argument list too long"), 0)
    assert isinstance(said, Say)
    assert said.notice.text == "a.1 could not start: Argument list too long; next try in 0.5 s"


def test_the_fifth_crash_in_a_row_says_so_and_asks_for_the_last_lines() -> None:
    supervisor = Supervisor([instance("a.1")])
    supervisor.start(0)
    now = 0.0
    said = []
    for _ in range(6):
        supervisor.handle("a.1", Spawned(1), now)
        said += [
            order.notice for order in supervisor.handle("a.1", Exited(FAILED), now) if isinstance(order, Say)
        ]
        supervisor.handle("a.1", Gone(), now)
        state = supervisor.snapshot()["a.1"]
        assert isinstance(state, Backoff)
        now = state.until
        supervisor.tick(now)
    assert [notice.with_last_lines for notice in said] == [False] * 4 + [True, False]
    assert said[4].text == "a.1 crashed (code 3) after 0 s, 5 times in a row; next try in 8 s"


def test_a_fifth_crash_that_is_the_last_one_shows_the_last_lines_too() -> None:
    supervisor = Supervisor([instance("a.1", Policy(max_restarts=4))])
    supervisor.start(0)
    now = 0.0
    said = []
    for _ in range(5):
        supervisor.handle("a.1", Spawned(1), now)
        orders = supervisor.handle("a.1", Exited(FAILED), now)
        said += [order.notice for order in orders if isinstance(order, Say)]
        supervisor.handle("a.1", Gone(), now)
        now += 30
        supervisor.tick(now)
    assert supervisor.over
    assert said[-1].text == "a.1 crashed (code 3) after 0 s, 5 times in a row"
    assert said[-1].with_last_lines


def test_what_is_still_there_after_the_grace_is_said() -> None:
    formation = Formation(instance("a.1", Policy(grace=2))).start()
    formation.signalled(signal.SIGTERM, 1)
    formation.perform(formation.supervisor.tick(3), 3)
    assert formation.said[-1] == "a.1 is still there after 2 s: killing it"
    assert formation.signals == [("a.1", signal.SIGTERM), ("a.1", signal.SIGKILL)]


def test_deadlines_move_by_the_time_the_formation_was_stopped() -> None:
    formation = Formation(instance("a.1")).start()
    formation.ends("a.1", FAILED, 1)
    formation.supervisor.postpone(60)
    assert formation.supervisor.deadline == 61.5


def test_the_time_that_the_formation_was_stopped_is_no_time_up() -> None:
    formation = Formation(instance("a.1")).start()
    (before,) = formation.supervisor.rows()
    formation.supervisor.postpone(60)
    (after,) = formation.supervisor.rows()
    assert (before.since, after.since) == (0, 60)
