"""What happens when a process ends by itself: finished or crashed, back-off, what ends the formation."""

import os
import re
import signal
import sys
from contextlib import suppress

import psutil
import pytest

from conftest import Project
from harness import Run, child, free_base

AFTER_WEB = "until [ -e web.1.ready ]; do sleep 0.02; done; "
"""Before a command: it waits for web.1, which is ``worker.py`` and makes that file."""


def next_tries(run: Run, process: str) -> list[str]:
    """The waits that the lines of ends have told."""
    return re.findall(
        rf"{re.escape(process)} (?:crashed|finished).*next try in (.*)$", run.text, re.MULTILINE
    )


def system_lines(run: Run, process: str) -> list[str]:
    """What pyforeman has said about one process."""
    return [line for line in run.lines("system") if line.startswith(f"{process} ")]


def test_exit_0_is_finished_and_the_others_live_on(project: Project) -> None:
    run = project.start(f"job: echo worked\nweb: {child('worker')}\n")
    run.read_until("worker ready")
    assert run.read_until(r"job\.1 finished after (.*)$")[1].endswith(" s")
    assert psutil.pid_exists(run.pid_of("web.1"))
    assert run.stop() == 143
    assert run.text.count("job.1 started") == 1
    assert run.lines("web.1")[-1] == "worker done"


def test_when_all_have_finished_it_ends_with_0(project: Project) -> None:
    run = project.start("a: echo a\nb: echo b\n")
    assert run.wait() == 0
    assert len(re.findall("[ab].1 finished after", run.text)) == 2


def test_a_crash_is_told_by_its_code_and_followed_by_a_new_try(project: Project) -> None:
    run = project.start("job: echo ready; exit 3\n")
    line = run.read_until(r"job\.1 crashed \(code 3\) after [\d.]+ s; next try in 0\.5 s$")
    run.read_until(r"job\.1 started", after=line.end())
    assert run.stop() == 143


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGTERM"])
def test_a_death_by_signal_is_told_by_its_name(project: Project, name: str) -> None:
    run = project.start(f"web: {child('listener')}\n", "--restart", "never", "-p", str(free_base(0)))
    run.read_until("ready$")
    os.kill(run.pid_of("web.1"), getattr(signal, name))
    run.read_until(rf"web\.1 crashed \({name}\)")
    assert run.wait() == 128 + getattr(signal, name)


def test_the_wait_doubles_and_the_fifth_crash_in_a_row_shows_the_last_lines(project: Project) -> None:
    run = project.start('web: for n in 1 2 3 4 5 6 7; do echo "line $n"; done; exit 3\n')
    line = run.read_until(r"web\.1 crashed .*5 times in a row.*next try in 8 s$")
    assert next_tries(run, "web.1") == ["0.5 s", "1 s", "2 s", "4 s", "8 s"]
    assert run.text.count("in a row") == 1
    run.read_until("line 7$", after=line.end())
    shown = run.text[line.end() :].splitlines()[1:6]
    assert [text.partition("| ")[2].strip() for text in shown] == [f"line {n}" for n in range(3, 8)]
    assert all("system" in text for text in shown)
    assert run.stop() == 143


def test_the_waits_are_kept(project: Project) -> None:
    """The time between a crash and the next start, as pyforeman itself tells it."""
    run = project.start("web: exit 3\n", "--timestamps", "delta")
    run.read_until(r"(?s)(web\.1 started.*){4}")
    assert run.stop() == 143
    stamps = re.findall(r"^ *\+([\d.]+) system +\| web\.1 (crashed|started)", run.text, re.MULTILINE)
    times = [float(time) for time, _ in stamps[1:7]]
    assert [what for _, what in stamps[1:7]] == ["crashed", "started"] * 3
    for crashed, started, wait in zip(times[0::2], times[1::2], (0.5, 1, 2), strict=True):
        assert wait - 0.01 <= started - crashed < wait + 0.5


def test_what_a_crashed_process_leaves_behind_is_gone_before_the_next_try(project: Project) -> None:
    """``sleep 9 & exit 3``: no pile of sleeps, and the crash is told at once, not after 9 s."""
    run = project.start("web: sleep 999 & echo ready; exit 3\n", "--max-restarts", "2")
    for wait in ("0.5 s", "1 s"):
        end = run.read_until(rf"next try in {re.escape(wait)}$").end()
        run.read_until(r"web\.1 started", after=end)
        sleeping = 0
        for process in run.survivors():
            with suppress(psutil.NoSuchProcess):  # it has just ended
                sleeping += process.name() == "sleep"
        assert sleeping <= 1
    assert run.wait() == 3
    assert not run.survivors()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets us choose the processor")
def test_a_background_process_started_in_the_last_moment_gets_its_sigterm(project: Project) -> None:
    """On one processor the shell often ends before the process it has forked became the program."""
    pin = "import os, sys; os.sched_setaffinity(0, [0]); os.execvp(sys.argv[1], sys.argv[1:])"
    run = project.start(
        "web: sleep 999 & exit 3\n",
        *("web=20", "--restart", "never", "-t", "1", "--no-port"),
        wrap=(sys.executable, "-c", pin),
    )
    assert run.wait() == 3
    assert "killing it" not in run.text


def test_a_stubborn_leftover_gets_the_grace_and_sigkill_before_the_next_try(project: Project) -> None:
    run = project.start(f"web: {child('leaver', 3, 'stubborn')}\n", "-t", "0.7", "--max-restarts", "1")
    left = int(run.read_until(r"ready, leaving (\d+)")[1])
    crash = run.read_until(r"web\.1 crashed \(code 3\)")
    killing = run.read_until(r"web\.1 is still there after 0\.7 s: killing it")
    again = run.read_until(r"web\.1 started", after=crash.end())
    assert crash.start() < killing.start() < again.start()
    assert left not in [process.pid for process in run.survivors()]
    assert "left behind: SIGTERM" in run.lines("web.1")
    assert run.wait() == 3


def test_the_line_of_a_crash_comes_after_all_that_the_process_wrote(project: Project) -> None:
    text = b"".join(b"line %d\n" % number for number in range(300)) + b"last words, without newline"
    run = project.start(f"web: {child('write', text.hex())} && exit 3\n", "--restart", "never")
    assert run.wait() == 3
    assert run.lines("web.1") == text.decode().splitlines()
    assert run.text.index("web.1 crashed") > run.text.index("last words, without newline\n")


def test_restart_never_leaves_it_down(project: Project) -> None:
    run = project.start(f"job: exit 3\nworker: {child('worker')}\n", "--restart", "never")
    run.read_until(r"job\.1 crashed \(code 3\) after [\d.]+ s$")
    run.read_until("worker ready")
    assert run.stop() == 143
    assert run.text.count("job.1 started") == 1


def test_restart_always_also_restarts_what_finished_and_backs_off(project: Project) -> None:
    run = project.start("web: echo worked\n", "--restart", "always")
    run.read_until(r"(?s)(web\.1 started.*){3}")
    assert next_tries(run, "web.1")[:2] == ["0.5 s", "1 s"]
    assert "web.1 finished after" in run.text
    assert "crashed" not in run.text
    assert run.stop() == 143


def test_after_max_restarts_it_has_failed_for_good(project: Project) -> None:
    run = project.start("web: exit 3\n", "--max-restarts", "1")
    assert run.wait() == 3
    assert run.text.count("web.1 started") == 2
    assert next_tries(run, "web.1") == ["0.5 s"]
    assert "web.1 failed (code 3)" in run.lines("system")[-1]


def test_max_restarts_0_is_no_restart(project: Project) -> None:
    run = project.start("web: kill -KILL $$\n", "--max-restarts", "0")
    assert run.wait() == 137
    assert run.text.count("web.1 started") == 1
    assert "web.1 failed (SIGKILL)" in run.lines("system")[-1]


def test_stop_on_failure_ends_the_formation_with_the_code_of_the_culprit(project: Project) -> None:
    procfile = f"web: {child('worker')}\njob: echo worked\nbad: {AFTER_WEB} exit 4\n"
    run = project.start(procfile, "--restart", "never", "--stop-on", "failure")
    assert run.wait() == 4
    assert run.lines("web.1")[-1] == "worker done"
    assert run.lines("system")[-1] == "ended with exit code 4, because bad.1 failed (code 4)"


def test_stop_on_failure_waits_for_the_last_restart(project: Project) -> None:
    procfile = f"web: {child('worker')}\nbad: {AFTER_WEB} exit 4\n"
    run = project.start(procfile, "--max-restarts", "1", "--stop-on", "failure")
    assert run.wait() == 4
    assert run.text.count("bad.1 started") == 2
    assert run.lines("web.1")[-1] == "worker done"


def test_stop_on_exit_ends_the_formation_with_the_first_end(project: Project) -> None:
    """``--restart never --stop-on exit`` is Foreman's rule."""
    procfile = f"web: {child('worker')}\njob: {AFTER_WEB} echo worked\n"
    run = project.start(procfile, "--restart", "never", "--stop-on", "exit")
    assert run.wait() == 0
    assert run.lines("job.1") == ["worked"]
    assert run.lines("web.1")[-1] == "worker done"


def test_a_process_that_fails_while_it_is_stopped_is_not_the_culprit(project: Project) -> None:
    wait = "while :; do sleep 0.02; done"
    procfile = f"web: trap 'exit 9' TERM; touch web.1.ready; {wait}\nbad: {AFTER_WEB} exit 4\n"
    run = project.start(procfile, "--restart", "never", "--stop-on", "exit")
    assert run.wait() == 4
    assert "bad.1 failed (code 4)" in run.lines("system")[-1]
    assert "web.1 stopped (code 9)" in run.text


def test_the_first_that_failed_for_good_decides_the_code(project: Project) -> None:
    until_b = "until [ -e b.done ]; do sleep 0.02; done; sleep 0.2"  # b exits within those 0.2 s
    run = project.start(f"a: {until_b}; exit 5\nb: touch b.done; exit 6\nc: exit 0\n", "--restart", "never")
    assert run.wait() == 6
    assert "b.1 failed (code 6)" in run.lines("system")[-1]


def test_options_take_a_value_for_all_and_values_by_type(project: Project) -> None:
    run = project.start(
        "once: exit 3\nagain: exit 4\nforever: echo worked\n",
        *("--restart", "on-failure,once=never,forever=always"),
        *("--max-restarts", "1,forever=2"),
    )
    assert run.wait() == 3
    starts = {name: run.text.count(f"{name}.1 started") for name in ("once", "again", "forever")}
    assert starts == {"once": 1, "again": 2, "forever": 3}
    assert len(system_lines(run, "once.1")) == 2


def test_stop_on_by_type(project: Project) -> None:
    run = project.start(
        f"job: echo worked\nweb: {child('worker')}\nlast: {AFTER_WEB} echo over\n",
        *("--stop-on", "never,last=exit"),
    )
    assert run.wait() == 0
    assert run.lines("last.1") == ["over"]
    assert run.lines("web.1")[-1] == "worker done"


def test_a_program_that_does_not_exist_crashes_with_127(project: Project) -> None:
    run = project.start("web: no-such-program --port 1\n", "--restart", "never")
    assert run.wait() == 127
    assert any("no-such-program" in line for line in run.lines("web.1"))
    assert re.search(r"web\.1 crashed \(code 127\b", run.text)
