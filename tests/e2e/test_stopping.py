"""How a formation ends: which signals, the grace, the second ^C, ^Z, and who must be gone at the end."""

import os
import re
import signal
import time

import psutil
import pytest

from conftest import Project
from harness import Run, child, eventually, is_stopped

STOPPING = [*(f"stopping {number} of 10" for number in range(1, 11)), "stopped"]
"""What graceful.py prints while it stops."""


def assert_stopped_gracefully(run: Run, process: str = "web.1") -> None:
    # A shell that waits for it may write "Terminated" among its lines.
    assert [line for line in run.lines(process) if line.startswith("stop")] == STOPPING
    assert "killing" not in run.text
    assert not run.survivors()


@pytest.mark.parametrize(
    ("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129), ("SIGQUIT", 131)]
)
def test_each_signal_stops_gracefully_and_has_its_exit_code(project: Project, name: str, code: int) -> None:
    run = project.start(f"web: {child('graceful', 10, 0.5)}\nworker: {child('worker')}\n")
    run.read_until(r"web\.1 +\| ready")
    run.read_until("worker ready")
    assert run.stop(getattr(signal, name)) == code
    assert f"{name} received, stopping" in run.lines("system")
    assert run.lines("worker.1")[-1] == "worker done"
    assert_stopped_gracefully(run)


def test_all_processes_are_stopped_at_once_and_every_line_shows(project: Project) -> None:
    run = project.start(f"web: {child('graceful', 10, 1)}\n", "web=3")
    for number in (1, 2, 3):
        run.read_until(rf"web\.{number} +\| ready")
    began = time.monotonic()
    assert run.stop(signal.SIGINT) == 130
    assert time.monotonic() - began < 3  # one after the other, it would take 3 s at least
    for number in (1, 2, 3):
        assert_stopped_gracefully(run, f"web.{number}")


def test_after_the_grace_a_stubborn_process_is_killed(project: Project) -> None:
    run = project.start(f"web: {child('stubborn')}\nworker: {child('worker')}\n", "-t", "0.5")
    run.read_until(r"web\.1 +\| ready")
    run.read_until("worker ready")
    assert run.stop() == 143
    assert "SIGTERM ignored" in run.lines("web.1")
    assert "web.1 is still there after 0.5 s: killing it" in run.text
    assert "web.1 stopped (SIGKILL)" in run.text
    assert run.lines("worker.1")[-1] == "worker done"
    assert not run.survivors()


def test_the_grace_may_differ_by_type(project: Project) -> None:
    run = project.start(f"web: {child('graceful', 10, 1)}\nbad: {child('stubborn')}\n", "-t", "600,bad=0.2")
    run.read_until(r"web\.1 +\| ready")
    run.read_until(r"bad\.1 +\| ready")
    assert run.stop() == 143
    assert "bad.1 is still there after 0.2 s: killing it" in run.text
    assert run.lines("web.1")[-len(STOPPING) :] == STOPPING


def test_a_grace_of_0_kills_at_once(project: Project) -> None:
    run = project.start(f"web: {child('stubborn')}\n", "-t", "0")
    run.read_until("ready")
    assert run.stop() == 143
    assert "web.1 stopped (SIGKILL)" in run.text


@pytest.mark.parametrize(
    ("first", "second"), [("SIGINT", "SIGINT"), ("SIGTERM", "SIGINT"), ("SIGHUP", "SIGQUIT")]
)
def test_a_second_signal_kills_at_once(project: Project, first: str, second: str) -> None:
    run = project.start(f"web: {child('stubborn')}\n", "-t", "600")
    run.read_until("ready")
    run.signal(getattr(signal, first))
    run.read_until(f"{first} received, stopping")
    time.sleep(0.35)  # less than 0.3 s apart they are one keypress: the time itself is the rule here
    assert run.stop(getattr(signal, second)) == 128 + getattr(signal, first)
    assert "web.1 stopped (SIGKILL)" in run.text
    assert not run.survivors()


def test_a_second_hup_does_not_kill(project: Project) -> None:
    run = project.start(f"web: {child('graceful', 10, 1)}\n")
    run.read_until("ready")
    run.signal(signal.SIGHUP)
    run.read_until("stopping 5 of 10")  # half a second has passed
    assert run.stop(signal.SIGHUP) == 129
    assert_stopped_gracefully(run)


def test_two_signals_at_once_are_one_keypress(project: Project) -> None:
    run = project.start(f"web: {child('graceful', 10, 0.5)}\n")
    run.read_until("ready")
    run.signal(signal.SIGINT)
    run.read_until("SIGINT received, stopping")
    run.signal(signal.SIGINT)
    assert run.wait() == 130
    assert_stopped_gracefully(run)


def test_a_compound_command_stops_gracefully_and_what_follows_never_runs(project: Project) -> None:
    run = project.start(f"web: {child('graceful', 10, 0.5)} && echo b has run\n")
    run.read_until("ready")
    assert run.stop() == 143
    assert "b has run" not in run.text
    assert_stopped_gracefully(run)


def test_a_server_below_two_shells_stops_gracefully(project: Project) -> None:
    run = project.start(f"web: cd / && sh -c '{child('graceful', 10, 0.5)}; exit 1'; echo never\n")
    run.read_until("ready")
    assert run.stop() == 143
    assert "never" not in run.text
    assert_stopped_gracefully(run)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("{}", id="a program"),
        pytest.param("cd / && {}", id="behind a shell"),
        pytest.param("cd / && sh -c '{}; exit 1'", id="behind two shells"),
        pytest.param("(cd / && {}); exit 1", id="behind a subshell, which dies at once"),
        pytest.param("timeout --foreground 300 {}", id="behind a program that passes it on"),
        pytest.param("python3 -c 'import os; os.system(\"{}\")'", id="behind a program that dies at once"),
        pytest.param("{} | (trap '' TERM; cat)", id="in a pipeline"),
        pytest.param("{} & wait", id="in the background"),
    ],
)
def test_a_server_ends_its_workers_itself(project: Project, command: str) -> None:
    """A worker that got our SIGTERM would end with -15, in the middle of its job."""
    run = project.start(f"web: {command.format(child('master'))}\n")
    run.read_until(r"(?s)(?=.*ready)(?:.*\| working){2}")
    assert run.stop() == 143
    assert "workers ended with 0 0" in run.text
    assert not run.survivors()


CLEAN_UP = "trap 'echo cleaning; sleep 0.5; sh -c \"sleep 0.1; echo clean\"; exit 0' TERM; {}"
# The command says so itself: a shell that is told just before it starts one hears of it after that.
SLEEP = "sh -c 'echo ready; exec sleep 1000'"


@pytest.mark.parametrize("work", ["echo ready; while :; do sleep 0.01; done", SLEEP, f"{SLEEP} & wait"])
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_what_a_shell_runs_to_clean_up_is_let_be(project: Project, shell: str, work: str) -> None:
    """Four of them, because a shell that is asked too late goes on with its next command."""
    project.write("web.sh", CLEAN_UP.format(work) + "\n")
    run = project.start(f"web: {shell} web.sh\n", "web=4")
    run.read_until(r"(?s)(?:.*\| ready){4}")
    assert run.stop() == 143
    for number in range(1, 5):
        assert run.lines(f"web.{number}")[-1] == "clean", run.text
        assert f"web.{number} stopped (code 0)" in run.text
    assert not run.survivors()


def test_a_process_group_of_its_own_in_the_session_is_stopped(project: Project) -> None:
    """``timeout`` makes a process group for itself and its command."""
    run = project.start(f"web: cd / && timeout 300 {child('graceful', 10, 0.5)}\n")
    run.read_until("ready")
    assert run.stop() == 143
    assert_stopped_gracefully(run)


def test_a_stubborn_process_in_a_group_of_its_own_is_killed(project: Project) -> None:
    run = project.start(f"web: cd / && timeout 300 {child('stubborn')}\n", "-t", "0.3")
    run.read_until("ready")
    assert run.stop() == 143
    assert not run.survivors()


def test_a_pipeline_is_stopped_as_one_and_its_last_lines_show(project: Project) -> None:
    quote = "(trap '' TERM; while read -r line; do echo \"> $line\"; done)"
    run = project.start(f"web: {child('graceful', 10, 0.5)} | {quote}\n")
    run.read_until("> ready")
    assert run.stop() == 143
    assert run.lines("web.1")[-len(STOPPING) :] == [f"> {line}" for line in STOPPING]
    assert not run.survivors()


def test_a_pipeline_of_stubborn_processes_is_killed(project: Project) -> None:
    run = project.start(f"web: {child('stubborn')} | {child('stubborn')}\n", "-t", "0.3")
    run.read_until("ready")
    eventually(lambda: sum("stubborn" in " ".join(p.cmdline()) for p in run.survivors()) >= 2, "two of them")
    assert run.stop() == 143
    assert not run.survivors()


def test_a_grace_of_weeks_is_a_grace(project: Project) -> None:
    run = project.start(f"job: {child('graceful')}\n", "-t", "3000000")
    run.read_until("ready")
    assert run.stop(signal.SIGINT) == 130
    assert "killing" not in run.text
    assert "job.1 stopped (code 0)" in run.text


def test_background_processes_are_stopped_with_their_shell(project: Project) -> None:
    run = project.start(f"web: {child('graceful', 10, 0.5)} & exec {child('worker')}\n")
    run.read_until(r"\| ready")
    run.read_until("worker ready")
    assert run.stop() == 143
    assert [line for line in run.lines("web.1") if "stop" in line] == STOPPING
    assert not run.survivors()


def test_a_stopped_child_still_obeys(project: Project) -> None:
    run = project.start(f"web: {child('graceful', 10, 0.5)}\n")
    run.read_until("ready")
    pid = run.pid_of("web.1")
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: is_stopped(pid), "the child is stopped")
    assert run.stop() == 143
    assert_stopped_gracefully(run)


def test_a_process_that_waits_for_its_next_try_is_not_started_any_more(project: Project) -> None:
    run = project.start("web: exit 3\n")
    run.read_until("next try in 1 s")
    assert run.stop() == 143
    assert run.text.count("web.1 started") == 2


def test_hup_is_ignored_under_nohup(project: Project) -> None:
    """By ordering: had the HUP counted, the TERM after it would have come too late for the exit code."""
    run = project.start(f"web: {child('graceful', 10, 0.2)}\n", wrap=("nohup",))
    run.read_until("ready")
    run.signal(signal.SIGHUP)
    assert run.stop(signal.SIGTERM) == 143
    assert "SIGHUP" not in run.text
    assert_stopped_gracefully(run)


def test_children_ignore_hup_under_nohup(project: Project) -> None:
    run = project.start("web: kill -HUP $$; echo alive\n", wrap=("nohup",))
    assert run.wait() == 0
    assert run.lines("web.1") == ["alive"]


def test_sigint_works_although_it_was_ignored_at_the_start(project: Project) -> None:
    """A shell without job control starts its background jobs so."""
    run = project.start(
        f"web: {child('graceful', 10, 0.2)}\n", wrap=("/bin/sh", "-c", '"$@" & wait $!', "sh")
    )
    run.read_until("ready")
    (pyforeman,) = psutil.Process(run.process.pid).children()
    pyforeman.send_signal(signal.SIGINT)
    assert run.wait() == 130
    assert_stopped_gracefully(run)


def test_children_of_such_a_start_have_sigint_and_sigquit_again(project: Project) -> None:
    run = project.start(
        "a: kill -INT $$; echo alive\nb: kill -QUIT $$; echo alive\n",
        *("--restart", "never"),
        wrap=("/bin/sh", "-c", 'trap "" INT QUIT TERM PIPE; exec "$@"', "sh"),
    )
    assert run.wait() in {130, 131}
    assert "a.1 crashed (SIGINT)" in run.text
    assert "b.1 crashed (SIGQUIT)" in run.text
    assert "alive" not in run.text


def test_children_have_the_default_sigpipe(project: Project) -> None:
    run = project.start("web: kill -PIPE $$; echo alive\n", "--restart", "never")
    assert run.wait() == 141
    assert "web.1 crashed (SIGPIPE)" in run.text
    assert "alive" not in run.text


def suspend(run: Run) -> None:
    """^Z, and wait until pyforeman has stopped itself."""
    run.signal(signal.SIGTSTP)
    eventually(lambda: is_stopped(run.process.pid), "pyforeman is stopped")


def test_tstp_stops_every_process_and_cont_resumes_them(project: Project) -> None:
    run = project.start(f"web: {child('graceful', 10, 0.5)} && echo b has run\n", "web=2")
    for number in (1, 2):
        run.read_until(rf"web\.{number} +\| ready")
    everyone = [process.pid for process in run.survivors()]
    assert len(everyone) == 2 + 2 * 2
    everyone.remove(run.manager.pid)  # which waits: stopped, it could not see its guardian's end
    suspend(run)
    eventually(lambda: all(map(is_stopped, everyone)), "all are stopped")
    run.signal(signal.SIGCONT)
    eventually(lambda: not any(map(is_stopped, everyone)), "all run again")
    assert run.stop(signal.SIGINT) == 130
    assert_stopped_gracefully(run, "web.1")
    assert_stopped_gracefully(run, "web.2")


def test_it_can_be_suspended_again_and_again(project: Project) -> None:
    run = project.start(f"web: {child('graceful', 10, 0.2)}\n")
    run.read_until("ready")
    for _ in range(3):
        suspend(run)
        run.signal(signal.SIGCONT)
        eventually(lambda: not is_stopped(run.process.pid), "it runs again")
    assert run.stop() == 143
    assert_stopped_gracefully(run)


def test_the_grace_moves_by_the_time_stopped(project: Project) -> None:
    run = project.start(f"web: {child('stubborn')}\n", "-t", "1")
    run.read_until("ready")
    began = time.monotonic()
    run.signal(signal.SIGTERM)
    run.read_until("SIGTERM ignored")
    suspend(run)
    before = time.monotonic() - began
    time.sleep(1.2)  # that the grace would be over by now is what this test is about
    began = time.monotonic()
    run.signal(signal.SIGCONT)
    run.read_until("killing it")
    after = time.monotonic() - began
    assert before + after >= 1
    assert run.wait() == 143


def test_the_back_off_moves_by_the_time_stopped(project: Project) -> None:
    run = project.start("web: exit 3\n")
    line = run.read_until(r"next try in 0\.5 s")
    began = time.monotonic()
    line = run.read_until("next try in 1 s", after=line.end())
    suspend(run)
    before = time.monotonic() - began - 0.5  # the first wait was no part of the second
    time.sleep(1.2)  # that the wait would be over by now is what this test is about
    began = time.monotonic()
    run.signal(signal.SIGCONT)
    run.read_until(r"web\.1 started", after=line.end())
    after = time.monotonic() - began
    assert before + after >= 0.9  # read_until saw the first line a little later than it was written
    assert run.stop() == 143


def test_the_stop_is_over_when_nothing_is_left_not_when_the_leaders_are_gone(project: Project) -> None:
    """The leader ends at once, its child has half a second of work to do."""
    run = project.start(f"web: trap 'exit 0' TERM; {child('graceful', 10, 0.5)} & wait; echo never\n")
    run.read_until(r"\| ready")
    assert run.stop() == 143
    assert re.search(r"web\.1 stopped \(code 0\)(?s:.*)stopping 10 of 10", run.text)
    assert "never" not in run.text
    assert_stopped_gracefully(run)


def test_a_signal_that_comes_while_it_is_suspended_counts_once_it_runs_again(project: Project) -> None:
    run = project.start(f"web: {child('graceful', 10, 0.2)}\n")
    run.read_until("ready")
    suspend(run)
    run.signal(signal.SIGINT)
    run.signal(signal.SIGCONT)
    assert run.wait() == 130
    assert_stopped_gracefully(run)
