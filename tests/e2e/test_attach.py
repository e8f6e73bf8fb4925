"""``attach``: a second terminal, from which one process of a running formation is typed into."""

import os
import signal
import sys
import threading

import psutil
import pytest

from conftest import Project
from debugger import SHELL, SLEEPER, request
from harness import PYFOREMAN, Run, can_listen, child, eventually, free_base, is_stopped
from terminal import TICK, Terminal, assert_ticks_are_intact, pyforeman, until_ticks

TICKER = f"ticker: {child('ticker', 50)}\n"
ASK = f'ask: {sys.executable} -c \'while True: print("got", input("name? "))\'\n'


def attach(project: Project, *words: str, columns: int = 80, rows: int = 24, name: str = "") -> Terminal:
    """A terminal that is attached: what ``start`` shows is on another one."""
    procfile = (project.folder / "Procfile").read_text()
    terminal = project.terminal(procfile, command=pyforeman("attach", *words), columns=columns, rows=rows)
    if name:
        terminal.until(rf"system \| attached to {name}; \^\] lets go")
    return terminal


def detach(terminal: Terminal, name: str) -> None:
    terminal.press("\x1d")
    assert terminal.wait() == 0
    assert terminal.last == f"system | detached from {name}"
    assert terminal.modes() == terminal.modes_before


def test_a_breakpoint_is_answered_and_nobody_else_is_on_its_screen(project: Project) -> None:
    port = free_base(0)
    formation = project.terminal(f"web: {child('debugged', port)}\n{TICKER}")
    formation.until(r"web\.1 +\| ready")
    eventually(lambda: not can_listen(port), "the server listens")
    with request(port) as answers:
        formation.until_last(r"web\.1 +\| \(Pdb\)")
        terminal = attach(project, "web", name=r"web\.1")
        terminal.until_last(r"\(Pdb\)")
        terminal.press("p 6*7\r")
        terminal.until(r"p 6\*7\n42\n\(Pdb\)")
        until_ticks(formation, 20)
        terminal.press("answer += 1\r")
        terminal.until(r"answer \+= 1\n\(Pdb\)")
        terminal.press("c\r")
    assert answers == ["the answer is 43\n"]
    assert not TICK.search(terminal.text)
    detach(terminal, "web.1")
    assert formation.stop() == 143
    assert_ticks_are_intact(formation, "web.1")


def test_who_detaches_and_comes_again_sees_the_prompt_again(project: Project) -> None:
    formation = project.terminal(ASK)
    formation.until_last(r"ask\.1 +\| name\?")
    for name in ("first", "second"):
        terminal = attach(project, "ask.1", name=r"ask\.1")
        terminal.until_last(r"name\?")
        terminal.press(f"{name}\r")
        terminal.until(rf"got {name}\nname\?")
        detach(terminal, "ask.1")
    terminal = attach(project, "ask.1", name=r"ask\.1")
    terminal.until(r"got first\nname\? second\ngot second\nname\?")
    typing = terminal.modes()
    terminal.signal(signal.SIGTSTP)  # is ignored: there is no shell that could continue it
    terminal.until_true(lambda: not terminal.cursor[0], "the start of a line")
    eventually(lambda: terminal.modes() == typing, "it has the keyboard")
    detach(terminal, "ask.1")
    assert formation.stop() == 143


def test_ctrl_c_is_for_the_process_and_not_for_the_formation(project: Project) -> None:
    project.write("sleeper.py", SLEEPER)
    formation = project.terminal(f"web: {sys.executable} sleeper.py\n{TICKER}")
    formation.until(r"web\.1 +\| sleeps")
    terminal = attach(project, "web", name=r"web\.1")
    terminal.until("^sleeps")
    terminal.press("\x03")
    terminal.until(r"sleeps\n(\^C)?woken\nsleeps")
    detach(terminal, "web.1")
    assert "stopping" not in formation.text
    assert formation.stop() == 143


def test_a_shell_with_jobs_has_its_job_interrupted_and_stopped(project: Project) -> None:
    """It makes the pty its controlling terminal, and only the kernel knows which job has the keys."""
    formation = project.terminal("shell: PS1='sh> ' PROMPT_COMMAND= exec bash --norc --noprofile -i\n")
    formation.until_last(r"shell\.1 +\| sh>")
    terminal = attach(project, "shell", name=r"shell\.1")
    terminal.press("sh -c 'echo $((1 + 1)) began; exec sleep 1000'\r")
    terminal.until("2 began")
    terminal.press("\x03")
    terminal.until(r"\^C\nsh>")
    terminal.press("sh -c 'echo $((1 + 2)) began; exec sleep 1000'\r")
    terminal.until("3 began")
    terminal.press("\x1a")
    terminal.until("Stopped")
    terminal.press("kill %1\r")
    detach(terminal, "shell.1")
    assert formation.stop() == 143


def test_a_debugger_is_interrupted_as_on_any_terminal(project: Project) -> None:
    code = "import time\nbreakpoint()\nprint('past it')\nbreakpoint()\nprint('the end')\ninput()\n"
    project.write("debug.py", code)
    formation = project.terminal(f"web: {sys.executable} debug.py\n")
    formation.until_last(r"web\.1 +\| \(Pdb\)")
    terminal = attach(project, "web", name=r"web\.1")
    terminal.until_last(r"\(Pdb\)")
    terminal.press("time.sleep(99)\r")
    terminal.until(r"time\.sleep\(99\)")
    terminal.press("\x03")
    terminal.until(r"KeyboardInterrupt\n\(Pdb\)")
    terminal.press("c\r")
    terminal.until(r"past it\n(.*\n)*\(Pdb\)")
    detach(terminal, "web.1")
    assert formation.stop() == 143


def test_two_look_at_the_same(project: Project) -> None:
    formation = project.terminal(ASK)
    formation.until_last(r"ask\.1 +\| name\?")
    one = attach(project, "ask", name=r"ask\.1")
    other = attach(project, "ask", name=r"ask\.1")
    one.until_last(r"name\?")
    other.until_last(r"name\?")
    one.press("one\r")
    for terminal in (one, other):
        terminal.until(r"got one\nname\?")
    detach(one, "ask.1")
    other.press("other\r")
    other.until(r"got other\nname\?")
    (watcher,) = psutil.Process(other.process.pid).children()
    watcher.kill()  # who would give its terminal back if it were killed itself
    eventually(lambda: watcher.status() == psutil.STATUS_ZOMBIE, "it was killed")
    detach(other, "ask.1")
    assert formation.stop() == 143


def test_the_smallest_window_is_the_processs_and_afterwards_its_own(project: Project) -> None:
    formation = project.terminal(f"window: {child('window')}", columns=100, rows=40)
    usual = 100 - len("12:34:56 window.1 | ")
    formation.until(rf"window {usual} 40$")
    one = attach(project, "window", columns=70, rows=30, name=r"window\.1")
    one.until("^window 70 30$")
    other = attach(project, "window", columns=90, rows=20, name=r"window\.1")
    other.until("^window 70 20$")
    one.resize(60, 30)
    other.until("^window 60 20$")
    formation.resize(120, 40)  # is no business of a process that is looked at
    one.press("\x1d")
    assert one.wait() == 0
    other.until("^window 90 20$")
    detach(other, "window.1")
    formation.until(rf"window {usual + 20} 40$")
    assert formation.stop() == 143


def test_who_is_attached_stays_when_the_process_is_started_again(project: Project) -> None:
    formation = project.terminal(ASK + TICKER)
    formation.until_last(r"ask\.1 +\| name\?")
    terminal = attach(project, "ask", name=r"ask\.1")
    assert project.run("restart", "ask").wait() == 0
    terminal.until(r"system \| ask\.1 stopped \(SIGTERM\)\nsystem \| ask\.1 started, pid \d+.*\nname\?")
    terminal.press("anew\r")
    terminal.until(r"got anew\nname\?")
    assert project.run("stop", "ask").wait() == 0
    assert terminal.wait() == 0
    assert terminal.last == "system | ask.1 stopped (SIGTERM)"
    assert terminal.modes() == terminal.modes_before
    assert formation.stop() == 143


def test_it_ends_when_the_process_has_finished(project: Project) -> None:
    formation = project.terminal(
        f'web: {sys.executable} -c \'input("end? "); print("\\033[?25l\\033[31mred", end="")\'\n{TICKER}'
    )
    formation.until_last(r"web\.1 +\| end\?")
    terminal = attach(project, "web", name=r"web\.1")
    terminal.press("\r")
    assert terminal.wait() == 0
    terminal.until(r"system \| web\.1 finished after ")
    assert terminal.is_plain("system | web.1 finished")
    assert terminal.cursor_is_visible
    assert terminal.modes() == terminal.modes_before
    late = project.run("attach", "web")
    assert late.wait() == 2  # no terminal
    again = attach(project, "web")
    assert again.wait() == 1
    assert "web.1 does not run (finished)" in again.text
    assert formation.stop() == 143


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_formation(project: Project, number: signal.Signals) -> None:
    formation = project.terminal(ASK)
    formation.until_last(r"ask\.1 +\| name\?")
    terminal = attach(project, "ask", name=r"ask\.1")
    terminal.until_last(r"name\?")
    formation.stop(number)
    assert terminal.wait() == 0
    assert terminal.last in ("system | the formation ended", "system | ask.1 stopped (SIGTERM)")
    assert terminal.modes() == terminal.modes_before
    eventually(lambda: not formation.survivors(), "all have ended")


def test_a_flood_reaches_all_who_look_and_keys_reach_it(project: Project) -> None:
    formation = project.terminal(f"flood: {sys.executable} flood.py\n{TICKER}")
    project.write("flood.py", "")
    formation.stop()
    project.write(
        "flood.py",
        "import threading, time\n"
        "stop = []\n"
        "threading.Thread(target=lambda: (input(), stop.append(1)), daemon=True).start()\n"
        "n = 0\n"
        "while not stop:\n"
        "    n += 1\n"
        "    print('line', n)\n"
        "    n % 200 or time.sleep(0.01)\n"  # faster than the emulators as it is; they have to catch up
        "print('the last was', n)\n"
        "input()\n",
    )
    formation = project.terminal(f"flood: {sys.executable} flood.py\n{TICKER}")
    formation.until(r"flood\.1 +\| line \d+")
    terminal = attach(project, "flood", name=r"flood\.1")
    terminal.until(r"^line \d+$")
    terminal.press("\r")

    def both_have_seen_the_last() -> bool:
        """Both are read: who is not would stall, and a terminal that stalls forwards no key, either. By the
        last bytes, for to look at all lines after each read takes longer the more there are."""
        formation.read()
        return all(b"the last was " in one.out[-(1 << 17) :] for one in (formation, terminal))

    terminal.until_true(both_have_seen_the_last, "its last line")
    detach(terminal, "flood.1")
    assert formation.stop() == 143


def test_the_terminal_is_as_it_was_although_attach_was_killed(project: Project) -> None:
    formation = project.terminal(ASK)
    formation.until_last(r"ask\.1 +\| name\?")
    script = f"{PYFOREMAN} attach ask; echo killed; read x"
    terminal = project.terminal(ASK, command=("sh", "-c", script))
    terminal.until_last(r"name\?")
    assert terminal.modes() != terminal.modes_before
    (client,) = psutil.Process(terminal.process.pid).children()
    client.kill()
    terminal.until("killed")
    eventually(lambda: terminal.modes() == terminal.modes_before, "the terminal is as it was")
    terminal.until_true(lambda: b"\x1b[?1049l" in terminal.out, "the usual screen")
    terminal.press("\r")
    terminal.wait()
    again = attach(project, "ask", name=r"ask\.1")
    again.until_last(r"name\?")
    again.press("me\r")
    again.until("^got me$")
    detach(again, "ask.1")
    assert formation.stop() == 143


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(project: Project, number: signal.Signals) -> None:
    formation = project.terminal(ASK)
    formation.until_last(r"ask\.1 +\| name\?")
    terminal = attach(project, "ask", name=r"ask\.1")
    assert terminal.stop(number) == 128 + number
    assert terminal.modes() == terminal.modes_before
    assert formation.stop() == 143


def test_a_stop_from_elsewhere_and_fg(project: Project) -> None:
    formation = project.terminal(ASK)
    formation.until_last(r"ask\.1 +\| name\?")
    environment = {"PS1": "shell> ", "HISTFILE": "", "HOME": str(project.folder)}
    terminal = project.terminal(
        ASK, command=("bash", "--norc", "--noprofile", "-i"), environment=environment, columns=100
    )
    terminal.until_last(SHELL)
    terminal.press(f"{PYFOREMAN} attach ask\r")
    terminal.until_last(r"name\?")
    client = next(
        found for found in psutil.Process(terminal.process.pid).children() if "attach" in found.cmdline()
    )
    client.send_signal(signal.SIGTSTP)
    eventually(lambda: is_stopped(client.pid), "it is stopped")
    terminal.until_last(SHELL)
    terminal.press("bg\r")
    terminal.until(r"attach ask &")
    eventually(lambda: is_stopped(client.pid), "it wants the keyboard, and is stopped again")
    terminal.press("fg\r")
    terminal.until(r"fg\n.*attach ask$")
    terminal.press("me\r")
    terminal.until("^got me$")
    terminal.press("\x1d")
    terminal.until(r"detached from ask\.1")
    terminal.until_last(SHELL)
    terminal.press("exit 0\r")
    assert terminal.wait() == 0
    assert formation.stop() == 143


LATE = """
import os, tty
tty.setraw(0)
print("ready", flush=True)
os.close(os.open("go", os.O_RDONLY))
got = b""
while len(got) < 300_000: got += os.read(0, 65536)
print("letters:", got.count(b"x"), flush=True)
os.read(0, 1)
"""


def test_what_is_pasted_waits_for_the_process_and_none_of_it_is_lost(project: Project) -> None:
    """More than all buffers on the way hold: the terminal, the socket, what the formation keeps, the pty."""
    os.mkfifo(project.folder / "go")
    project.write("late.py", LATE)
    formation = project.terminal(f"web: {sys.executable} late.py\n{TICKER}")
    formation.until(r"web\.1 +\| ready")
    terminal = attach(project, "web", name=r"web\.1")
    paste = threading.Thread(target=terminal.press, args=("x" * 300_000,))
    paste.start()
    until_ticks(formation, 50)  # nobody else waits
    os.close(os.open(project.folder / "go", os.O_WRONLY))
    terminal.until(r"letters: 300000")
    paste.join()
    detach(terminal, "web.1")
    assert formation.stop() == 143


def test_the_key_lets_go_although_the_process_reads_nothing_of_a_paste(project: Project) -> None:
    formation = project.terminal("web: sleep 1000\n")
    formation.until(r"web\.1 started")
    terminal = attach(project, "web", name=r"web\.1")
    paste = threading.Thread(target=terminal.press, args=("a line\r" * 60_000 + "\x1d",))
    paste.start()
    assert terminal.wait() == 0
    paste.join()
    assert terminal.last == "system | detached from web.1"
    assert formation.stop() == 143


def test_start_may_write_into_a_pipe(project: Project) -> None:
    formation = project.start(ASK, "--pty")
    formation.read_until(r"ask\.1 started")
    terminal = attach(project, "ask", name=r"ask\.1")
    terminal.until_last(r"name\?")
    terminal.press("me\r")
    terminal.until("^got me$")
    detach(terminal, "ask.1")
    formation.read_until(r"ask\.1 +\| got me")
    assert formation.stop() == 143


def refused(terminal: Terminal, problem: str, code: int) -> None:
    assert terminal.wait() == code
    assert terminal.lines == [f"pyforeman: {problem}"]
    assert terminal.modes() == terminal.modes_before


def test_what_cannot_be_attached_to(project: Project) -> None:
    formation = project.terminal("web: sleep 99\npiped: sleep 99\n", "web=2", "piped", "--pty=piped=no")
    formation.until(r"web\.2 started")
    formation.until(r"piped\.1 started")
    piped = "piped.1 has no terminal: start the formation with --pty=piped=yes"
    refused(attach(project, "piped", columns=200), piped, 1)
    refused(attach(project, "web", columns=200), "'web' is 2 processes; choose one, such as web.1", 2)
    nobody = "no process 'nobody'; the formation is web=2 piped=1"
    refused(attach(project, "nobody", columns=200), nobody, 2)
    key = "--detach-key: '^^^' is no key; write ^X, ctrl-x, one character, or none"
    refused(attach(project, "web.1", "--detach-key", "^^^", columns=200), key, 2)
    run: Run = project.run("attach", "web.1")
    assert run.wait() == 2
    assert "attach needs a terminal" in run.err
    assert "pyforeman logs NAME" in run.err
    assert formation.stop() == 143
