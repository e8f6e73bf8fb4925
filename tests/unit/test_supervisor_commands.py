"""What a command wants while the formation runs: stop, restart, add, retire, end."""

import signal
from functools import partial

import pytest

from fake_kernel import FAILED, OK, Formation, instance
from pyforeman.core.lifecycle import Exited, Gone, Up
from pyforeman.core.status import ExitStatus
from pyforeman.core.supervisor import LOOK_AGAIN
from pyforeman.plan.policy import Policy

NEVER = Policy("never")
RELEASE = Policy("never", stop_on="failure")
TERMINATED = ExitStatus(signal=15)


def formation(*names: str, policy: Policy | None = None) -> Formation:
    return Formation(*(instance(name, policy) for name in names)).start()


class TestStop:
    def test_what_runs_ends_and_stays_so_and_the_others_run_on(self) -> None:
        running = formation("web.1", "worker.1")
        running.does(running.supervisor.stop(["web.1"], 2))
        assert running.signals == [("web.1", signal.SIGTERM)]
        assert not running.supervisor.has_settled("web.1")
        running.ends("web.1", TERMINATED)
        assert running.supervisor.has_settled("web.1")
        assert running.states == {"web.1": "stopped", "worker.1": "up"}

    def test_a_formation_of_which_all_was_stopped_lives_on(self) -> None:
        running = formation("web.1")
        running.does(running.supervisor.stop(["web.1"], 2))
        running.ends("web.1", TERMINATED)
        assert not running.over()
        assert not running.supervisor.closing

    def test_it_lives_on_too_when_the_last_other_one_finishes(self) -> None:
        running = formation("web.1", "worker.1")
        running.does(running.supervisor.stop(["web.1"], 2))
        running.ends("web.1", TERMINATED)
        running.ends("worker.1", OK)
        assert not running.over()

    def test_what_is_to_be_started_again_is_not(self) -> None:
        running = formation("web.1")
        running.ends("web.1", FAILED)
        assert running.states == {"web.1": "backoff"}
        running.does(running.supervisor.stop(["web.1"], 1.1))
        assert running.states == {"web.1": "stopped"}
        assert running.supervisor.deadline is None

    @pytest.mark.parametrize("left", [False, True])
    def test_what_has_ended_for_good_has_nothing_to_stop(self, left: bool) -> None:
        """Also where something of it still runs, which is being ended anyway."""
        running = formation("web.1", "worker.1", policy=NEVER)
        running.does(running.supervisor.handle("web.1", Exited(OK), 2))
        if left:
            running.does(running.supervisor.stop(["web.1"], 2))
        running.does(running.supervisor.handle("web.1", Gone(), 3))
        running.does(running.supervisor.stop(["web.1"], 3))
        assert running.states == {"web.1": "finished", "worker.1": "up"}
        assert running.supervisor.is_wanted("web.1")

    def test_what_failed_when_it_was_stopped_is_no_culprit(self) -> None:
        running = formation("web.1", "worker.1", policy=NEVER)
        running.does(running.supervisor.stop(["web.1"], 2))
        running.ends("web.1", FAILED)
        running.does(running.supervisor.end(3), 3)
        assert running.supervisor.exit_code == 0

    def test_what_crashed_before_stays_a_crash(self) -> None:
        running = formation("web.1", "worker.1", policy=NEVER)
        running.ends("web.1", FAILED)
        running.does(running.supervisor.stop(["web.1"], 2))
        running.ends("worker.1", OK)
        assert running.over()
        assert running.supervisor.exit_code == 3

    @pytest.mark.parametrize("stop_on", ["failure", "exit"])
    def test_a_stop_is_no_end_for_stop_on(self, stop_on: str) -> None:
        running = formation("web.1", "worker.1", policy=Policy("never", stop_on=stop_on))  # type: ignore[arg-type]
        running.does(running.supervisor.stop(["web.1"], 2))
        running.ends("web.1", FAILED)
        assert not running.supervisor.closing
        assert running.up == ["worker.1"]

    def test_a_second_stop_is_no_kill(self) -> None:
        running = formation("web.1")
        running.does(running.supervisor.stop(["web.1"], 2))
        running.does(running.supervisor.stop(["web.1"], 3))
        assert running.signals == [("web.1", signal.SIGTERM)]


class TestRestart:
    def test_the_new_run_begins_when_nothing_of_the_old_one_lives(self) -> None:
        running = formation("web.1")
        running.does(running.supervisor.restart(["web.1"], 2))
        assert running.signals == [("web.1", signal.SIGTERM)]
        running.does(running.supervisor.handle("web.1", Exited(TERMINATED), 3), 3)
        assert running.up == []
        assert not running.supervisor.has_settled("web.1")
        running.does(running.supervisor.handle("web.1", Gone(), 4), 4)
        assert running.up == ["web.1"]
        assert running.supervisor.has_settled("web.1")
        (row,) = running.supervisor.rows()
        assert (row.pid, row.since, row.restarts, row.ended) == (2, 4, 1, TERMINATED)

    def test_restarted_twice_at_once_it_runs_once(self) -> None:
        running = formation("web.1")
        running.does(running.supervisor.restart(["web.1"], 2))
        running.does(running.supervisor.restart(["web.1"], 2.1))
        running.ends("web.1", TERMINATED)
        assert running.signals == [("web.1", signal.SIGTERM)]
        assert running.up == ["web.1"]
        assert next(running.pids) == 3

    def test_of_a_restart_and_a_stop_the_last_one_counts(self) -> None:
        running = formation("web.1", "worker.1")
        running.does(running.supervisor.restart(["web.1", "worker.1"], 2))
        running.does(running.supervisor.stop(["web.1"], 2.1))
        running.does(running.supervisor.stop(["worker.1"], 2.1))
        running.does(running.supervisor.restart(["worker.1"], 2.2))
        running.ends("web.1", TERMINATED)
        running.ends("worker.1", TERMINATED)
        assert running.states == {"web.1": "stopped", "worker.1": "up"}

    def test_one_that_crashed_is_no_culprit_any_more(self) -> None:
        running = formation("web.1", "worker.1", policy=NEVER)
        running.ends("web.1", FAILED)
        assert running.supervisor.exit_code == 3
        running.does(running.supervisor.restart(["web.1"], 2))
        assert running.up == ["web.1", "worker.1"]
        assert running.supervisor.exit_code == 0
        assert running.supervisor.last_words() is None
        running.ends("web.1", ExitStatus(code=4))
        running.ends("worker.1", FAILED)
        assert running.over()
        assert running.supervisor.exit_code == 4

    def test_one_that_waits_is_started_at_once_and_its_crashes_are_counted_anew(self) -> None:
        running = formation("web.1")
        running.ends("web.1", FAILED)
        running.does(running.supervisor.restart(["web.1"], 1.1), 1.1)
        state = running.supervisor.snapshot()["web.1"]
        assert isinstance(state, Up)
        assert state.attempt == 0

    def test_one_whose_end_is_being_dealt_with_is_started_without_a_delay(self) -> None:
        running = formation("web.1")
        running.does(running.supervisor.handle("web.1", Exited(FAILED), 1), 1)  # its session lives on
        assert running.states == {"web.1": "stopping"}
        running.does(running.supervisor.restart(["web.1"], 1.1), 1.1)
        running.does(running.supervisor.handle("web.1", Gone(), 1.2), 1.2)
        assert running.up == ["web.1"]

    def test_one_that_does_not_end_is_killed_after_its_grace_and_started(self) -> None:
        running = formation("web.1", policy=Policy(grace=2))
        running.does(running.supervisor.restart(["web.1"], 2))
        running.does(running.supervisor.tick(4), 4)
        assert running.signals == [("web.1", signal.SIGTERM), ("web.1", signal.SIGKILL)]
        running.ends("web.1", ExitStatus(signal=9), 4.1)
        assert running.up == ["web.1"]

    def test_a_signal_meanwhile_wins(self) -> None:
        running = formation("web.1")
        running.does(running.supervisor.restart(["web.1"], 2))
        running.signalled(signal.SIGINT, 2.1)
        running.ends("web.1", TERMINATED)
        assert running.over()
        assert running.states == {"web.1": "stopped"}


class TestAddAndRetire:
    def test_what_is_added_runs(self) -> None:
        running = formation("web.1")
        running.does(running.supervisor.add([instance("web.2")], 2))
        assert running.up == ["web.1", "web.2"]

    def test_what_is_retired_is_shown_no_more_and_forgotten_when_it_has_ended(self) -> None:
        running = formation("web.1", "web.2")
        running.does(running.supervisor.retire(["web.2"], 2))
        assert running.states == {"web.1": "up"}
        assert not running.supervisor.has_settled("web.2")
        running.ends("web.2", TERMINATED)
        assert running.supervisor.has_settled("web.2")
        assert list(running.supervisor.snapshot()) == ["web.1"]

    @pytest.mark.parametrize("policy", [Policy(), NEVER, Policy("always")])
    def test_what_does_not_run_is_forgotten_at_once(self, policy: Policy) -> None:
        running = formation("web.1", "worker.1", policy=policy)
        running.ends("web.1", FAILED)
        running.does(running.supervisor.retire(["web.1"], 1.1), 1.1)
        assert list(running.supervisor.snapshot()) == ["worker.1"]
        assert running.supervisor.deadline is None

    def test_without_what_is_not_wanted_again_the_formation_may_end(self) -> None:
        running = formation("web.1", "worker.1")
        running.does(running.supervisor.retire(["web.1"], 2, wanted_again=False))
        running.ends("web.1", TERMINATED)
        assert not running.supervisor.over
        running.ends("worker.1", OK)
        assert running.supervisor.over

    def test_added_again_while_it_stops_it_runs_anew_and_as_it_is_wanted_now(self) -> None:
        running = formation("web.1", "web.2")
        running.does(running.supervisor.retire(["web.2"], 2))
        changed = instance("web.2")._replace(command="other")
        running.does(running.supervisor.add([changed], 3), 3)
        assert running.states == {"web.1": "up", "web.2": "stopping"}
        running.ends("web.2", TERMINATED, 4)
        assert running.up == ["web.1", "web.2"]
        assert running.supervisor.instance("web.2").command == "other"

    def test_retired_added_and_retired_again_it_ends(self) -> None:
        running = formation("web.1", "web.2")
        for _ in range(2):
            running.does(running.supervisor.retire(["web.2"], 2))
            running.does(running.supervisor.add([instance("web.2")], 2))
        running.does(running.supervisor.retire(["web.2"], 2))
        running.ends("web.2", TERMINATED, 4)
        assert list(running.supervisor.snapshot()) == ["web.1"]
        assert running.signals == [("web.2", signal.SIGTERM)]

    def test_a_formation_that_was_emptied_lives_on(self) -> None:
        running = formation("web.1")
        running.does(running.supervisor.retire(["web.1"], 2))
        running.ends("web.1", TERMINATED)
        assert not running.over()
        running.does(running.supervisor.add([instance("web.1")], 3), 3)
        running.ends("web.1", OK, 4)
        assert running.over()

    def test_a_formation_of_which_some_are_left_ends_with_them(self) -> None:
        running = formation("web.1", "web.2")
        running.does(running.supervisor.retire(["web.2"], 2))
        running.ends("web.1", OK, 3)
        assert not running.over()  # web.2 is still stopping
        running.ends("web.2", TERMINATED, 4)
        assert running.over()

    def test_one_that_was_emptied_ends_by_a_signal(self) -> None:
        running = formation("web.1")
        running.does(running.supervisor.retire(["web.1"], 2))
        running.ends("web.1", TERMINATED)
        running.signalled(signal.SIGINT, 3)
        assert running.over()
        assert running.supervisor.exit_code == 130

    def test_what_crashed_and_is_not_wanted_any_more_is_no_culprit(self) -> None:
        running = formation("web.1", "worker.1", policy=NEVER)
        running.ends("web.1", FAILED)
        running.does(running.supervisor.retire(["web.1"], 2))
        assert running.supervisor.exit_code == 0

    @pytest.mark.parametrize("stop_on", ["failure", "exit"])
    @pytest.mark.parametrize("status", [OK, FAILED])
    def test_the_end_of_what_is_retired_ends_nothing(self, stop_on: str, status: ExitStatus) -> None:
        running = formation("web.1", "web.2", policy=Policy("never", stop_on=stop_on))  # type: ignore[arg-type]
        running.does(running.supervisor.retire(["web.2"], 2))
        running.ends("web.2", status)
        assert not running.supervisor.closing
        assert running.supervisor.exit_code == 0

    def test_one_that_crashes_while_it_is_dealt_with_and_is_retired_then_is_no_culprit(self) -> None:
        running = formation("web.1", "web.2", policy=NEVER)
        running.does(running.supervisor.handle("web.2", Exited(FAILED), 1), 1)
        assert running.supervisor.exit_code == 3
        running.does(running.supervisor.retire(["web.2"], 2))
        running.does(running.supervisor.handle("web.2", Gone(), 3), 3)
        assert running.supervisor.exit_code == 0

    def test_one_that_no_kill_ends_is_let_go_and_forgotten(self) -> None:
        running = formation("web.1", "web.2", policy=Policy(grace=0))
        running.does(running.supervisor.retire(["web.2"], 2))
        for _ in range(12):
            if (now := running.supervisor.deadline) is not None:
                running.does(running.supervisor.tick(now), now)
        assert list(running.supervisor.snapshot()) == ["web.1"]


class TestReplace:
    def test_it_holds_from_the_next_start_on(self) -> None:
        running = formation("web.1")
        running.supervisor.replace(instance("web.1", NEVER))
        assert running.supervisor.instance("web.1").policy == NEVER
        assert running.states == {"web.1": "up"}


class TestEnd:
    def test_it_ends_all_with_0(self) -> None:
        running = formation("web.1", "worker.1", policy=NEVER)
        running.ends("web.1", FAILED)
        running.does(running.supervisor.end(2))
        assert "stop requested, stopping" in running.said
        running.ends("worker.1", FAILED)
        assert running.over()
        assert running.supervisor.exit_code == 0
        assert running.supervisor.last_words() is None

    def test_a_signal_before_it_keeps_its_code(self) -> None:
        running = formation("web.1")
        running.signalled(signal.SIGINT, 1)
        running.does(running.supervisor.end(2))
        running.ends("web.1", TERMINATED)
        assert running.supervisor.exit_code == 130
        assert "stop requested, stopping" not in running.said

    def test_the_first_signal_after_it_does_not_kill_and_the_second_does(self) -> None:
        running = formation("web.1")
        running.does(running.supervisor.end(2))
        running.signalled(signal.SIGINT, 3)
        assert running.signals == [("web.1", signal.SIGTERM)]
        running.signalled(signal.SIGINT, 4)
        assert running.signals[-1] == ("web.1", signal.SIGKILL)
        running.ends("web.1", ExitStatus(signal=9))
        assert running.supervisor.exit_code == 0

    def test_what_is_over_already_keeps_its_code(self) -> None:
        """What it wrote last is still on its way to a slow reader, and somebody asks it to stop."""
        running = formation("web.1", policy=NEVER)
        running.ends("web.1", FAILED)
        assert running.over()
        running.does(running.supervisor.end(2))
        assert running.supervisor.exit_code == 3
        assert "stop requested, stopping" not in running.said


class TestDuringTheRelease:
    def formation(self) -> Formation:
        return Formation(instance("release.1", RELEASE), instance("web.1"), instance("worker.1")).start()

    def test_the_others_wait_and_have_settled(self) -> None:
        running = self.formation()
        assert running.states == {"release.1": "up", "web.1": "waiting", "worker.1": "waiting"}
        assert running.supervisor.has_settled("web.1")

    def test_what_is_stopped_does_not_start_after_it(self) -> None:
        running = self.formation()
        running.does(running.supervisor.stop(["web.1"], 1), 1)
        assert running.states == {"release.1": "up", "web.1": "stopped", "worker.1": "waiting"}
        running.ends("release.1", OK)
        assert running.up == ["worker.1"]

    def test_what_is_stopped_and_restarted_waits_again(self) -> None:
        running = self.formation()
        running.does(running.supervisor.stop(["web.1"], 1), 1)
        running.does(running.supervisor.restart(["web.1", "worker.1"], 1), 1)
        assert running.up == ["release.1"]
        running.ends("release.1", OK)
        assert sorted(running.up) == ["web.1", "worker.1"]
        assert next(running.pids) == 4  # each of them once

    def test_what_is_added_waits_too(self) -> None:
        running = self.formation()
        running.does(running.supervisor.add([instance("web.2")], 1), 1)
        assert running.states["web.2"] == "waiting"
        running.ends("release.1", OK)
        assert running.up == ["web.1", "worker.1", "web.2"]

    def test_what_is_retired_never_runs(self) -> None:
        running = self.formation()
        running.does(running.supervisor.retire(["web.1", "worker.1"], 1), 1)
        running.ends("release.1", OK)
        assert running.up == []
        assert not running.over()  # its user has emptied it, and may fill it again

    def test_retired_and_added_again_it_runs_once(self) -> None:
        running = self.formation()
        running.does(running.supervisor.retire(["web.1"], 1), 1)
        running.does(running.supervisor.add([instance("web.1")], 1), 1)
        running.ends("release.1", OK)
        assert sorted(running.up) == ["web.1", "worker.1"]
        assert next(running.pids) == 4

    def test_nothing_runs_after_one_that_failed_whatever_was_asked(self) -> None:
        running = self.formation()
        running.does(running.supervisor.add([instance("web.2")], 1), 1)
        running.does(running.supervisor.restart(["worker.1"], 1), 1)
        running.ends("release.1", FAILED)
        assert running.over()
        assert running.supervisor.exit_code == 3
        assert next(running.pids) == 2

    def test_an_end_leaves_nobody_waiting(self) -> None:
        running = self.formation()
        running.does(running.supervisor.end(1), 1)
        assert "waiting" not in running.states.values()
        running.ends("release.1", OK)
        assert running.over()
        assert running.supervisor.exit_code == 0


class TestIsWanted:
    @pytest.mark.parametrize("settled", [False, True])
    def test_what_was_stopped_is_not_from_the_first_moment_on(self, settled: bool) -> None:
        running = formation("web.1")
        assert running.supervisor.is_wanted("web.1")
        running.does(running.supervisor.stop(["web.1"], 2))
        if settled:
            running.ends("web.1", TERMINATED)
        assert not running.supervisor.is_wanted("web.1")
        running.does(running.supervisor.restart(["web.1"], 3))
        assert running.supervisor.is_wanted("web.1")

    def test_what_waits_for_the_release_is(self) -> None:
        running = Formation(instance("release.1", RELEASE), instance("web.1")).start()
        assert running.supervisor.is_wanted("web.1")
        running.does(running.supervisor.stop(["web.1"], 1))
        assert not running.supervisor.is_wanted("web.1")

    def test_what_failed_or_finished_is(self) -> None:
        running = formation("web.1", "worker.1", policy=NEVER)
        running.ends("web.1", FAILED)
        running.ends("worker.1", OK)
        assert running.supervisor.is_wanted("web.1")
        assert running.supervisor.is_wanted("worker.1")


def test_at_rest_is_what_runs_no_more_and_waits_for_no_release() -> None:
    running = Formation(instance("release.1", RELEASE), instance("web.1"), instance("worker.1")).start()
    supervisor = running.supervisor
    running.does(supervisor.stop(["worker.1"], 1))
    names = ("release.1", "web.1", "worker.1", "never.1")
    assert [supervisor.is_at_rest(name) for name in names] == [False, False, True, True]
    running.ends("release.1", OK)
    assert [supervisor.is_at_rest(name) for name in names] == [True, False, True, True]
    running.does(supervisor.stop(["web.1"], 2))
    assert not supervisor.is_at_rest("web.1")  # it is stopping
    running.ends("web.1", TERMINATED)
    assert supervisor.is_at_rest("web.1")


def test_changes_grow_with_whatever_happens() -> None:
    running = formation("web.1")
    supervisor, seen = running.supervisor, -1
    for orders in (
        partial(supervisor.stop, ["web.1"], 2),
        partial(supervisor.handle, "web.1", Exited(TERMINATED), 3),
        partial(supervisor.handle, "web.1", Gone(), 3),
        partial(supervisor.restart, ["web.1"], 4),
        partial(supervisor.retire, ["web.1"], 5),
        partial(supervisor.add, [instance("web.1")], 5),
    ):
        running.does(orders())
        assert supervisor.changes > seen
        seen = supervisor.changes


def test_what_is_wanted_after_a_release_is_a_change_too() -> None:
    """Else nobody would tell who watches: nothing happens to the processes yet."""
    running = Formation(instance("release.1", RELEASE), instance("web.1")).start()
    supervisor = running.supervisor
    running.does(supervisor.stop(["web.1"], 1))
    for want in (
        partial(supervisor.restart, ["web.1"], 1),
        partial(supervisor.add, [instance("web.2")], 1),
        partial(supervisor.replace, instance("web.2")._replace(command="another")),
    ):
        seen, before = supervisor.changes, supervisor.rows()
        want()
        assert supervisor.rows() != before
        assert supervisor.changes > seen


class TestPortsThatMove:
    """Another PORT in .env: each process gets the port that its neighbour had."""

    def moving(self, before: tuple[int, int], after: tuple[int, int]) -> Formation:
        """Both are restarted, and web has ended."""
        names = ("web.1", "worker.1")
        running = Formation(*(instance(name, port=port) for name, port in zip(names, before, strict=True)))
        running.start()
        for name, port in zip(names, after, strict=True):
            running.supervisor.replace(instance(name, port=port))
        running.does(running.supervisor.restart(names, 2))
        running.ends("web.1", TERMINATED, 3)
        return running

    def moved(self) -> Formation:
        return self.moving((5000, 5100), (5100, 5200))

    def test_nobody_starts_on_the_port_of_a_neighbour_that_still_runs(self) -> None:
        running = self.moved()
        assert running.states == {"web.1": "backoff", "worker.1": "stopping"}
        assert not running.supervisor.has_settled("web.1")
        assert running.supervisor.deadline == 3 + LOOK_AGAIN
        running.does(running.supervisor.tick(3.5))
        assert running.states == {"web.1": "backoff", "worker.1": "stopping"}
        running.ends("worker.1", TERMINATED, 4)
        running.does(running.supervisor.tick(4))
        assert running.states == {"web.1": "up", "worker.1": "up"}
        assert running.supervisor.has_settled("web.1")

    def test_it_can_be_stopped_meanwhile(self) -> None:
        running = self.moved()
        running.does(running.supervisor.stop(["web.1"], 3))
        assert running.supervisor.has_settled("web.1")
        running.ends("worker.1", TERMINATED, 4)
        assert running.states == {"web.1": "stopped", "worker.1": "up"}

    def test_a_formation_that_closes_does_not_wait_for_it(self) -> None:
        running = self.moved()
        running.does(running.supervisor.end(3))
        running.ends("worker.1", TERMINATED, 4)
        assert running.over()

    def test_two_may_change_places(self) -> None:
        running = self.moving((5000, 5100), (5100, 5000))
        running.ends("worker.1", TERMINATED, 3)
        running.does(running.supervisor.tick(4))
        assert running.up == ["web.1", "worker.1"]

    def test_who_is_being_removed_still_has_its_port(self) -> None:
        running = Formation(instance("web.1", port=5000), instance("worker.1", port=5100)).start()
        running.does(running.supervisor.retire(["worker.1"], 2))
        running.does(running.supervisor.add([instance("clock.1", port=5100)], 2))
        assert running.states == {"web.1": "up", "clock.1": "backoff"}
        running.ends("worker.1", TERMINATED, 3)
        running.does(running.supervisor.tick(3))
        assert running.states == {"web.1": "up", "clock.1": "up"}

    def test_those_that_share_one_do_not_wait_for_each_other(self) -> None:
        """With --port-step 0."""
        running = self.moving((5000, 5000), (6000, 6000))
        assert running.states == {"web.1": "up", "worker.1": "stopping"}
