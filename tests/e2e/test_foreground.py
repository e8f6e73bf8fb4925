"""``start --foreground``: one process has the terminal, its keys and its screen, until it is let go."""

import os
import signal
import sys
import threading
from functools import partial

import psutil
import pytest

from conftest import Project
from debugger import SHELL, SLEEPER, request
from harness import (
    BIN,
    PYFOREMAN,
    can_listen,
    child,
    eventually,
    free_base,
    is_stopped,
    wait_until_gone,
)
from terminal import TICK, Terminal

TICKER = f"ticker: {child('ticker', 50)}\n"
ASK = f'ask: {sys.executable} -c \'while True: print("got", input("name? "))\'\n'


def debug(terminal: Terminal, port: int) -> None:
    """Ask the server in the foreground, and answer its debugger, until the answer is there."""
    eventually(lambda: not can_listen(port), "the server listens")
    with request(port) as answers:
        terminal.until_last(r"\(Pdb\)")
        terminal.press("p 6*7\r")
        terminal.until(r"p 6\*7\n42\n\(Pdb\)")
        terminal.press("answer += 1\r")
        terminal.until(r"answer \+= 1\n\(Pdb\)")
        terminal.press("c\r")
    assert answers == ["the answer is 43\n"]


def test_a_breakpoint_is_answered_and_nobody_else_is_on_its_screen(project: Project) -> None:
    port = free_base(0)
    terminal = project.terminal(f"web: {child('debugged', port)}\n{TICKER}", "--foreground", "web")
    terminal.until(r"system +\| web\.1 has this terminal; \^\] lets go")
    terminal.until("^ready$")
    debug(terminal, port)
    assert not TICK.search(terminal.text)
    terminal.press("\x1d")
    terminal.until(TICK.pattern)
    assert terminal.modes(while_it_runs=True) == terminal.modes_before
    assert terminal.stop() == 143


def test_what_is_typed_later_is_not_read(project: Project) -> None:
    script = f"{PYFOREMAN} start --foreground ask; read x; echo read=$x"
    terminal = project.terminal(ASK, command=("sh", "-c", script))
    terminal.until_last(r"name\?")
    terminal.press("me\r")
    terminal.until(r"^got me$")
    terminal.press("\x1d")
    terminal.until_last(r"ask\.1 +\| name\?")
    assert terminal.text.count("got me") == 1  # what was seen is not among the last lines
    terminal.press("for the shell\r")
    psutil.Process(terminal.process.pid).children()[0].terminate()
    terminal.until("read=for the shell")
    terminal.wait()
    assert not terminal.shown("got for")


def test_ctrl_c_is_for_the_process(project: Project) -> None:
    project.write("sleeper.py", SLEEPER)
    terminal = project.terminal(f"web: {sys.executable} sleeper.py\n{TICKER}", "--foreground", "web.1")
    terminal.until("^sleeps$")
    terminal.press("\x03")
    terminal.until(r"^(\^C)?woken\nsleeps$")
    terminal.press("\x1a")
    terminal.press("\x03")
    terminal.until(r"woken\nsleeps\n(\^Z)?(\^C)?woken\nsleeps$")
    assert terminal.stop() == 143


def test_another_key_lets_go_and_none_does_not(project: Project) -> None:
    terminal = project.terminal(ASK, "--foreground", "ask", "--detach-key", "ctrl-b")
    terminal.until(r"ask\.1 has this terminal; \^B lets go")
    terminal.until_last(r"name\?")
    terminal.press("\x1d\r")
    terminal.until(r"^got")
    terminal.press("\x02")
    terminal.until_last(r"ask\.1 +\| name\?")
    assert terminal.stop() == 143


def test_the_key_lets_go_although_the_process_reads_nothing_of_a_paste(project: Project) -> None:
    terminal = project.terminal(f"web: sleep 1000\n{TICKER}", "--foreground", "web")
    terminal.until(r"web\.1 has this terminal")
    paste = threading.Thread(target=terminal.press, args=("a line\r" * 60_000 + "\x1d",))
    paste.start()
    terminal.until(TICK.pattern)
    paste.join()
    assert terminal.stop() == 143


def test_it_lets_go_when_the_process_has_ended_for_good(project: Project) -> None:
    terminal = project.terminal(
        f'web: {sys.executable} -c \'input("end? "); print("\\033[?25l\\033[31mred", end="")\'\n{TICKER}',
        *("--foreground", "web"),
    )
    terminal.until_last(r"end\?")
    terminal.press("\r")
    terminal.until(r"web\.1 finished")
    terminal.until(TICK.pattern)
    assert terminal.modes(while_it_runs=True) == terminal.modes_before
    assert terminal.cursor_is_visible
    assert terminal.stop() == 143
    assert terminal.modes() == terminal.modes_before


def test_it_stays_when_the_process_is_started_again(project: Project) -> None:
    terminal = project.terminal(
        f"web: {sys.executable} -c 'input(\"end? \"); exit(3)'\n{TICKER}", "--foreground", "web"
    )
    terminal.until_last(r"end\?")
    terminal.press("\r")
    terminal.until(r"system \| web\.1 crashed \(code 3\).*next try in")
    terminal.until_true(lambda: terminal.text.count("end?") == 2, "it asks again")
    terminal.press("\r")
    terminal.until_true(lambda: terminal.text.count("crashed (code 3)") == 2, "it has read it")
    assert not TICK.search(terminal.text)
    assert terminal.stop() == 143


def test_its_window_is_the_whole_terminal_and_then_it_has_a_prefix(project: Project) -> None:
    terminal = project.terminal(f"window: {child('window')}", "--foreground", "window", columns=90, rows=20)
    terminal.until("^window 90 20$")
    terminal.resize(70, 25)
    terminal.until("^window 70 25$")
    terminal.press("\x1d")
    terminal.until(rf"window\.1 +\| window {70 - len('12:34:56 window.1 | ')} 25$")
    assert terminal.stop() == 143


def test_a_stop_is_about_all(project: Project) -> None:
    web = "web: trap 'echo bye; exit 0' TERM; echo > ready; while :; do sleep 0.1; done\n"
    terminal = project.terminal(ASK + web, "--foreground", "ask")
    terminal.until_last(r"name\?")
    eventually((project.folder / "ready").exists, "web is ready")
    assert terminal.stop() == 143
    terminal.until(r"web\.1 +\| bye")
    assert terminal.modes() == terminal.modes_before
    assert not terminal.survivors()


@pytest.mark.parametrize("whom", ["guardian", "manager"])
def test_the_terminal_is_as_it_was_although_one_of_the_two_was_killed(project: Project, whom: str) -> None:
    script = f"{PYFOREMAN} start --foreground ask; echo killed; read x"
    terminal = project.terminal(ASK, command=("sh", "-c", script))
    terminal.until_last(r"name\?")
    (guardian,) = psutil.Process(terminal.process.pid).children()
    (manager,) = guardian.children()
    assert terminal.modes(while_it_runs=True) != terminal.modes_before
    (guardian if whom == "guardian" else manager).kill()
    terminal.until("killed")
    wait_until_gone(manager.pid)
    eventually(lambda: terminal.modes() == terminal.modes_before, "the terminal is as it was")
    assert whom == "guardian" or b"\x1b[?1049l" in terminal.out, "the usual screen"
    terminal.press("\r")
    terminal.wait()


def shell(project: Project, procfile: str) -> Terminal:
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


def ours(terminal: Terminal) -> psutil.Process:
    (found,) = psutil.Process(terminal.process.pid).children()
    return found


def test_a_stop_from_elsewhere_gives_the_shell_its_keys_and_fg_takes_them_again(project: Project) -> None:
    terminal = shell(project, ASK)
    terminal.press("pyforeman start --foreground ask\r")
    terminal.until_last(r"name\?")
    guardian = ours(terminal)
    guardian.send_signal(signal.SIGTSTP)
    eventually(lambda: is_stopped(guardian.pid), "it is stopped")
    terminal.until_last(SHELL)
    terminal.press("echo $((6*7))\r")
    terminal.until("^42$")
    terminal.until_last(SHELL)
    terminal.press("fg\r")
    terminal.until(r"fg\npyforeman start")
    terminal.until_last(r"name\?")
    terminal.press("me\r")
    terminal.until("^got me$")
    guardian.terminate()
    terminal.until_last(SHELL)
    terminal.press("exit 0\r")
    assert terminal.wait() == 0


def test_who_is_continued_in_the_background_leaves_the_keys_to_the_shell(project: Project) -> None:
    terminal = shell(project, ASK)
    terminal.press("pyforeman start --foreground ask\r")
    terminal.until_last(r"name\?")
    guardian = ours(terminal)
    guardian.send_signal(signal.SIGTSTP)
    eventually(lambda: is_stopped(guardian.pid), "it is stopped")
    terminal.until_last(SHELL)
    terminal.press("bg\r")
    terminal.until(r"ask\.1 +\| name\?")
    terminal.press("echo $((6*7))\r")
    terminal.until("^42")
    guardian.terminate()
    wait_until_gone(guardian.pid)
    terminal.press("exit 0\r")
    assert terminal.wait() == 0


def test_a_flood_in_the_foreground_is_shown_as_fast_as_the_terminal_takes_it(project: Project) -> None:
    code = "import sys\nfor n in range(20000): print('line', n)\ninput('end? ')"
    project.write("flood.py", code)
    terminal = project.terminal(f"web: {sys.executable} flood.py\n{TICKER}", "--foreground", "web")
    terminal.until_last(r"end\?")
    numbers = [int(line.split()[1]) for line in terminal.lines if line.startswith("line ")]
    assert numbers == list(range(20000))[-len(numbers) :]
    assert terminal.out.count(b"\nline ") >= 19_999
    terminal.press("\x1d")
    terminal.until(TICK.pattern)
    assert terminal.stop() == 143


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--foreground", "nobody"), r"no process 'nobody'; the formation is web=2 other=1"),
        (("--foreground", "web"), r"'web' is 2 processes; choose one, such as web\.1"),
        (("--foreground", "web.3"), r"no process 'web\.3'"),
        (("--foreground", ""), "no process ''"),
        (("--foreground", "other", "--detach-key", "^^^"), r"--detach-key: '\^\^\^' is no key"),
        (("--foreground", "other", "--format", "json"), r"--foreground shows a process as it is"),
    ],
)
def test_wrong_usage(project: Project, options: tuple[str, ...], problem: str) -> None:
    terminal = project.terminal("web: sleep 9\nother: sleep 9\n", "web=2", "other", *options, columns=200)
    terminal.until(problem)
    assert terminal.wait() == 2


def test_it_needs_a_terminal(project: Project) -> None:
    run = project.start("web: sleep 9\n", "--foreground", "web")
    assert run.wait() == 2
    assert run.err == "pyforeman: --foreground needs a terminal as standard input and output\n"


def test_it_is_refused_in_the_background(project: Project) -> None:
    terminal = shell(project, ASK)
    terminal.press("pyforeman start --foreground ask & wait\r")
    terminal.until("do not start it in the background")
    terminal.until_last(SHELL)
    terminal.press("exit 0\r")
    assert terminal.wait() == 0


def test_a_release_runs_first_and_is_seen(project: Project) -> None:
    terminal = project.terminal(f"release: echo migrated\n{ASK}", "--release", "--foreground", "ask")
    terminal.until(r"release\.1 +\| migrated")
    terminal.until(r"ask\.1 has this terminal")
    terminal.until_last(r"name\?")
    terminal.press("me\r")
    terminal.until("^got me$")
    assert terminal.stop() == 143


def test_a_variable_asks_for_it_as_well(project: Project) -> None:
    terminal = project.terminal(ASK, environment={"PYFOREMAN_FOREGROUND": "ask"})
    eventually(partial(bool, terminal.until_last(r"name\?")), "it asks")
    assert terminal.stop() == 143
