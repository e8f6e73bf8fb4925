"""On a terminal: what is given back, ^Z and fg, and stops of processes that have a pty."""

import os
import signal
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest

from conftest import Project
from harness import BIN, PYFOREMAN, child, eventually, is_stopped, wait_until_gone
from terminal import Terminal, assert_ticks_are_intact, until_ticks

TICKER = f"ticker: {child('ticker')}\n"
ASK = f"ask: {sys.executable} -c 'input(\"name? \")'\n"
STOPPING = [*(f"stopping {number} of 10" for number in range(1, 11)), "stopped"]


# Graceful stops

GRACEFUL = child("graceful", 10, 1)
LAUNCHERS = {
    "simple": GRACEFUL,
    "compound": f"cd . && {GRACEFUL}",
    "list": f"{GRACEFUL}; true",
    "shell": f"sh -c 'true; {GRACEFUL}; exit 1'",
    # Like npm run: it dies of SIGTERM at once, and leaves its server behind, which takes its second.
    "wrapper": f"{sys.executable} -c 'import subprocess as s, sys; s.run(sys.argv[1:])' {GRACEFUL}",
    "background": f"{GRACEFUL} & sleep 99",
    "timeout": f"timeout 30 {GRACEFUL}",
    "wrapped": f"cd . && timeout 30 sh -c '{GRACEFUL}; true'",
}


@pytest.mark.parametrize("key", [False, True], ids=["SIGTERM", "a key"])
def test_each_launcher_lets_its_server_stop_gracefully_and_every_line_shows(
    project: Project, key: bool
) -> None:
    """All of them at once: a graceful stop takes a second."""
    procfile = "".join(f"{name}: {command}\n" for name, command in LAUNCHERS.items())
    terminal = project.terminal(procfile if key else TICKER + procfile)
    for name in LAUNCHERS:
        terminal.until(rf"{name}\.1 +\| ready$")
    if key:
        terminal.press("\x03")
        assert terminal.wait() == 130
    else:
        assert terminal.stop() == 143
    for name in LAUNCHERS:
        lines = [line for line in terminal.shown(f"{name}.1") if line.startswith("stop")]
        assert (name, lines) == (name, STOPPING)
    assert "killing" not in terminal.text
    assert not terminal.survivors()
    if not key:
        assert_ticks_are_intact(terminal, *(f"{name}.1" for name in LAUNCHERS))


# The terminal as it was found

OPEN_COLOURS = r"printf '\033[?25l\033[1;31;44mopen'"
ENDS = {
    "end": f"{OPEN_COLOURS}",
    "crash": f"{OPEN_COLOURS}; exit 3",
    "term": f"{OPEN_COLOURS}; kill -TERM $PPID; sleep 99",
    "int": f"{OPEN_COLOURS}; kill -INT $PPID; sleep 99",
    "raw": child("raw"),
}


def test_after_twenty_rounds_the_terminal_is_as_it_was_found(project: Project) -> None:
    """A round ends by itself: by each kind of end four times."""
    rounds = f"{PYFOREMAN} start --max-restarts 0 $kind; echo next by shell"
    script = (
        f"stty -a > before; for kind in {' '.join([*ENDS] * 4)}; do {rounds}; done; stty -a > after; read x"
    )
    procfile = "".join(f"{name}: {command}\n" for name, command in ENDS.items())
    terminal = project.terminal(procfile, command=("sh", "-c", script), columns=200)
    after = project.folder / "after"
    terminal.until_true(lambda: after.exists() and after.read_text().endswith("\n"), "twenty rounds")
    terminal.until_true(lambda: terminal.lines.count("next by shell") == 20, "all of that is read")
    assert after.read_text() == (project.folder / "before").read_text()
    assert terminal.is_plain("next by shell")
    assert terminal.cursor_is_visible
    terminal.press("\r")
    assert terminal.wait() == 0
    for number, line in enumerate(terminal.lines):
        if line == "next by shell":
            assert set(terminal.row_of_colours(number)) == {"default"}


def flags(pid: int, fd: int) -> int:
    """The flags of an open file, which all share who have inherited it."""
    fields = dict(line.split(None, 1) for line in Path(f"/proc/{pid}/fdinfo/{fd}").read_text().splitlines())
    return int(fields["flags:"], 8)


@pytest.mark.skipif(not Path("/proc/self/fdinfo").exists(), reason="there is no /proc here")
def test_the_users_terminal_never_becomes_non_blocking_and_keeps_its_modes(project: Project) -> None:
    script = f"{PYFOREMAN} start; read x"
    terminal = project.terminal(TICKER + ASK, command=("sh", "-c", script))
    modes = terminal.modes_before
    terminal.until_last(r"ask\.1 +\| name\?")
    until_ticks(terminal)
    assert not any(flags(terminal.process.pid, fd) & os.O_NONBLOCK for fd in (0, 1, 2))
    assert terminal.modes(while_it_runs=True) == modes
    pid_of_ours(terminal).send_signal(signal.SIGTERM)
    terminal.until(r"ticker\.1 +stopped")
    terminal.until(r"ask\.1 +stopped")
    terminal.press("\r")
    terminal.wait()
    assert terminal.modes() == modes


def pid_of_ours(terminal: Terminal) -> psutil.Process:
    """The pyforeman that a shell in this terminal has started."""
    (ours,) = (
        p for p in psutil.Process(terminal.process.pid).children() if "pyforeman" in " ".join(p.cmdline())
    )
    return ours


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL]
)
def test_a_signal_in_the_middle_of_an_open_coloured_line_leaves_a_plain_terminal(
    project: Project, number: signal.Signals
) -> None:
    procfile = f"web: {OPEN_COLOURS}; exec sleep 99\nother: {child('worker')}\n"
    script = f"stty -a > before; {PYFOREMAN} start; echo next by shell; read go; stty -a > after; read x"
    terminal = project.terminal(procfile, command=("sh", "-c", script))
    terminal.until_last(r"web\.1 +\| open")
    terminal.until("worker ready")
    terminal.until_last(r"web\.1 +\| open")
    assert set(terminal.colours("| open")[2:]) == {"red"}
    pid_of_ours(terminal).send_signal(number)
    terminal.until("next by shell")
    # After SIGKILL, it is the manager that gives it back, and no shell waits for that.
    eventually(lambda: terminal.modes() == terminal.modes_before, "the terminal is as it was")
    terminal.press("\r")
    after = project.folder / "after"
    terminal.until_true(lambda: after.exists() and after.read_text().endswith("\n"), "the modes")
    assert after.read_text() == (project.folder / "before").read_text()
    assert terminal.is_plain("next by shell")
    assert terminal.cursor_is_visible
    if number != signal.SIGKILL:
        assert terminal.lines.count("next by shell") == 1  # on a row of its own
    terminal.press("\r")
    assert terminal.wait() == 0
    eventually(lambda: not terminal.survivors(), "nothing is left")


def test_a_child_that_makes_its_terminal_raw_changes_only_its_own(project: Project) -> None:
    terminal = project.terminal(
        f"{TICKER}raw: {child('raw')}\n", "--max-restarts", "0,ticker=9", "--stop-on", "never"
    )
    modes = terminal.modes_before
    terminal.until(r"raw\.1 (failed|crashed)")
    until_ticks(terminal)
    assert terminal.modes(while_it_runs=True) == modes
    assert terminal.stop() == 143
    assert terminal.modes() == modes
    assert terminal.cursor_is_visible
    assert_ticks_are_intact(terminal, "raw.1")


# In an interactive shell

SHELL = r"shell> ?"


def shell(project: Project, procfile: str) -> Terminal:
    """An interactive bash with job control, at its prompt."""
    environment = {
        "PS1": "shell> ",
        "HISTFILE": "",
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(project.folder),
    }
    command = ("bash", "--norc", "--noprofile", "-i")
    terminal = project.terminal(procfile, command=command, environment=environment, columns=100, rows=30)
    terminal.until_last(SHELL)
    return terminal


def leave(terminal: Terminal) -> None:
    terminal.until_last(SHELL)
    terminal.press("exit 0\r")
    assert terminal.wait() == 0
    assert not terminal.survivors()


def test_what_is_typed_during_a_run_is_read_by_the_shell(project: Project) -> None:
    terminal = shell(project, ASK)
    terminal.press("pyforeman start\r")
    terminal.until_last(r"ask\.1 +\| name\?")
    terminal.press("echo $((6*7))\r")
    terminal.until(r"echo \$\(\(6\*7\)\)")
    pid_of_ours(terminal).send_signal(signal.SIGTERM)
    terminal.until("^42$")
    leave(terminal)


def formation_of(guardian: psutil.Process) -> list[psutil.Process]:
    """The processes that the manager below this guardian has started."""
    (manager,) = guardian.children()
    return manager.children()


def are_stopped(processes: list[psutil.Process]) -> bool:
    return all(is_stopped(process.pid) for process in processes)


def test_a_stop_key_stops_all_and_fg_goes_on_where_it_was(project: Project) -> None:
    margin = len("12:34:56 window.1 | ")
    terminal = shell(project, f"{ASK}window: {child('window')}\n")
    terminal.press("pyforeman start\r")
    terminal.until_last(r"ask\.1 +\| name\?")
    terminal.until(rf"window {100 - margin} 30$")
    terminal.until_last(r"ask\.1 +\| name\?")
    ours = pid_of_ours(terminal)
    for columns in (120, 60):
        terminal.press("\x1a")
        terminal.until_last(SHELL)
        assert terminal.screen.index(terminal.last) == terminal.cursor[1]
        assert "name?" not in "\n".join(terminal.screen)
        assert is_stopped(ours.pid)
        eventually(partial(are_stopped, formation_of(ours)), "the children are stopped")
        assert terminal.is_plain("shell>")
        terminal.resize(columns, 30)
        terminal.press("fg\r")
        terminal.until(rf"window {columns - margin} 30$")
        terminal.until_last(r"ask\.1 +\| name\?")
        assert sum("name?" in row for row in terminal.screen) == 1
    terminal.press("\x03")
    leave(terminal)
    assert "^Z" not in terminal.text
    assert "^C" not in terminal.text
    assert terminal.shown("ask.1") == ["name?"]


def test_a_key_that_stops_or_ends_all_cuts_no_line_of_a_flood(project: Project) -> None:
    terminal = shell(project, TICKER + ASK)
    # The kernel also writes "^Z" and "^C", maybe in the middle of a line that is on its way: not ours to
    # prevent, and not what is asked here.
    terminal.press("stty -echoctl\r")
    terminal.until(r"echoctl\n[^Z]*shell>")
    terminal.press("pyforeman start\r")
    for _ in range(3):
        until_ticks(terminal, 100)
        terminal.until_last(r"ask\.1 +\| name\?")
        terminal.press("\x1a")
        terminal.until_last(SHELL)
        terminal.press("fg\r")
        terminal.until(r"fg\npyforeman start")
    until_ticks(terminal, 100)
    terminal.until_last(r"ask\.1 +\| name\?")
    terminal.press("\x03")
    leave(terminal)
    assert_ticks_are_intact(terminal, "ask.1", also=r"shell>.*|\[1\]\+ .*|pyforeman start|exit|")


def test_what_was_typed_before_a_stop_key_does_not_reach_the_shell(project: Project) -> None:
    """The kernel throws it away; with NOFLSH, for the sake of the output, that is ours to do."""
    terminal = shell(project, ASK)
    terminal.press("pyforeman start\r")
    terminal.until_last(r"ask\.1 +\| name\?")
    terminal.press("echo typed-$((20+3))\r\x03")
    leave(terminal)
    assert "typed-23" not in terminal.text


@pytest.mark.parametrize("whom", ["guardian", "manager"])
def test_the_terminal_is_as_it_was_although_one_of_the_two_was_killed(project: Project, whom: str) -> None:
    script = f"{PYFOREMAN} start; echo killed; read x"
    terminal = project.terminal(ASK, command=("sh", "-c", script))
    terminal.until_last(r"ask\.1 +\| name\?")
    guardian = pid_of_ours(terminal)
    (manager,) = guardian.children()
    terminal.modes(while_it_runs=True)
    (guardian if whom == "guardian" else manager).kill()
    terminal.until("^killed")
    eventually(lambda: terminal.modes() == terminal.modes_before, "the terminal is as it was")
    assert terminal.cursor_is_visible
    assert terminal.is_plain("killed")
    wait_until_gone(manager.pid)
    terminal.press("\r")
    terminal.wait()


def test_a_stop_key_stops_it_before_anything_runs(project: Project) -> None:
    """It reads the Procfile from the terminal, and nobody has typed its end."""
    terminal = shell(project, "")
    terminal.press("pyforeman start -f -\r")
    bash = psutil.Process(terminal.process.pid)
    eventually(lambda: len(bash.children(recursive=True)) == 2, "both processes are there")
    ours = pid_of_ours(terminal).pid
    terminal.press("\x1a")
    # Not the prompt first: the one that the command was typed behind may be all that was read so far.
    eventually(lambda: is_stopped(ours), "it is stopped")
    terminal.until_last(SHELL)
    terminal.press("fg\r")
    terminal.until("fg\npyforeman start -f -")
    terminal.press("web: echo it runs\r\x04")
    terminal.until(r"web\.1 +\| it runs")
    leave(terminal)
