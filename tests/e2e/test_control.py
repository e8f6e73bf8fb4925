"""A formation that runs is asked, and told, from beside: as a user would, in another window."""

import json
import os
import re
import socket
import sys
from functools import partial
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM

import psutil
import pytest

from conftest import Project
from harness import PYFOREMAN, Run, child, eventually, free_base, is_stopped, shell
from pyforeman.core.usage import KEYS

SHOP = f"web: {child('graceful')}\nworker: {child('graceful')}\n"


def ask(project: Project, *words: str, code: int = 0, environment: dict[str, str] | None = None) -> str:
    """Run a command to its end; gives what it printed, of an error the line on stderr."""
    run = project.run(*words, environment=environment)
    assert (run.wait(), bool(run.err)) == (code, code != 0), f"{words}\n{run.text}\n{run.err}"
    return (run.text + run.err).strip()


def shop(project: Project, *words: str, procfile: str = SHOP) -> Run:
    """A formation of which all run."""
    run = project.start(procfile, *words)
    ask(project, "wait")
    return run


def until_connected(*runs: Run) -> None:
    """Wait until each of these talks to a formation."""
    for run in runs:
        process = psutil.Process(run.process.pid)
        eventually(partial(process.net_connections, "unix"), "it is connected")


def rows(project: Project, *names: str) -> dict[str, dict[str, object]]:
    found = json.loads(ask(project, "ps", "--json", *names))
    return {row["name"]: row for row in found}


# ps


def test_ps_shows_what_runs(project: Project) -> None:
    base = free_base(0, 1, 100)
    run = shop(project, "web=2", "worker=1", "-p", str(base))
    title, *lines = [line.split(None, 9) for line in ask(project, "ps").splitlines()]
    assert " ".join(title) == "name state pid port up restarts exit cpu memory command"
    assert [line[:4] for line in lines] == [
        [name, "up", str(run.pid_of(name)), str(base + offset)]
        for name, offset in (("web.1", 0), ("web.2", 1), ("worker.1", 100))
    ]
    assert [line[5:7] for line in lines] == [["0", "-"]] * 3
    assert all(re.fullmatch(r"\d+s", line[4]) for line in lines)
    assert all(re.fullmatch(r"\d+\.\d%", line[7]) for line in lines)
    assert all(re.fullmatch(r"\d+(\.\d)?[KMG]", line[8]) for line in lines)
    assert {line[9] for line in lines} == {child("graceful")}


def test_ps_tells_programs_the_same(project: Project) -> None:
    run = shop(project, "--no-port")
    found = json.loads(ask(project, "ps", "--json"))
    assert [tuple(row) for row in found] == [KEYS] * 2
    worker = rows(project, "worker")["worker.1"]
    pid = run.pid_of("worker.1")
    expected = {
        "name": "worker.1",
        "type": "worker",
        "state": "up",
        "pid": pid,
        "port": None,
        "restarts": 0,
        "exit": None,
        "command": child("graceful"),
    }
    assert expected.items() <= worker.items()
    assert isinstance(worker["uptime"], float)
    assert isinstance(worker["cpu"], float)
    rss = psutil.Process(pid).memory_info().rss
    assert isinstance(worker["memory"], int)
    assert rss / 2 < worker["memory"] < rss * 2


def test_ps_counts_what_a_process_has_started(project: Project) -> None:
    """Also what has left its session, and what has lost its parent."""
    program = "x = b'x' * 50_000_000; print('ready', flush=True); import signal; signal.pause()"
    project.write("hoard", f'exec {sys.executable} -c "{program}"')
    run = shop(project, procfile="web: (setsid sh hoard &); setsid sh hoard & sh hoard\nidle: sleep 1000\n")
    run.read_until(r"(ready(.|\n)*){3}")
    found = rows(project)
    assert isinstance(found["web.1"]["memory"], int)
    assert isinstance(found["idle.1"]["memory"], int)
    assert found["web.1"]["memory"] > 150_000_000
    assert found["idle.1"]["memory"] < 50_000_000


def test_ps_shows_some(project: Project) -> None:
    shop(project, "web=2", "worker=1")
    assert list(rows(project, "web.2", "wo*")) == ["web.2", "worker.1"]
    message = "no process 'wrker'; the formation is web=2 worker=1"
    assert ask(project, "ps", "wrker", code=2) == f"pyforeman: {message}"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere psutil has to be asked")
def test_ps_imports_little(project: Project) -> None:
    shop(project)
    run = project.run("ps", wrap=(sys.executable, "-X", "importtime"))
    assert run.wait() == 0
    loaded = {line.rpartition("|")[2].strip() for line in run.err.splitlines()}
    assert {"pyforeman.control.client", "pyforeman.runtime.linux"} <= loaded
    assert not loaded & {"psutil", "socket", "subprocess", "logging", "pyforeman.plan.procfile"}


# Where it is


def test_from_a_folder_below_from_elsewhere_and_by_name(project: Project, tmp_path: Path) -> None:
    shop(project, "--name", "blue")
    below = project.folder / "a" / "b"
    below.mkdir(parents=True)
    for folder, words in (
        (below, ()),
        (below, ("--name", "blue")),
        (tmp_path, ("-d", str(project.folder))),
        (tmp_path, ("--root", "project", "--name", "blue")),
    ):
        run = Run(folder, ("ps", *words))
        project.runs.append(run)
        assert (run.wait(), run.err) == (0, "")
        assert "web.1" in run.text
    assert "web.1" in ask(project, "ps", environment={"PYFOREMAN_NAME": "blue"})
    assert "web.1" in ask(project, "ps", environment={"PYFOREMAN_ROOT": str(project.folder)})
    said = ask(project, "ps", "--name", "green", code=1)
    assert said.startswith(f"pyforeman: no formation 'green' is running in {project.folder} or above it")


def test_the_defaults_say_where_it_is_and_no_more(project: Project) -> None:
    (project.folder / "deploy").mkdir()
    project.write(".foreman", "root: deploy\nprocfile: Procfile\ntimeout: 5,web=60\nname: blue\n")
    shop(project)
    assert "web.1" in ask(project, "ps")


COMMANDS = ["ps", "restart", "stop", "scale", "signal HUP web", "reload"]


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_formation(project: Project, command: str) -> None:
    said = ask(project, *command.split(), code=1)
    assert said.startswith(f"pyforeman: no formation is running in {project.folder} or above it")


def test_a_formation_that_was_stopped_by_ctrl_z_does_not_answer(project: Project) -> None:
    run = shop(project)
    run.manager.suspend()
    eventually(lambda: is_stopped(run.manager.pid), "stopped")
    said = ask(project, "ps", code=1)
    assert re.fullmatch(
        rf"pyforeman: the formation in {project.folder}, pid \d+, does not answer; it may be stopped \(\^Z\)",
        said,
    )
    run.manager.resume()


# restart, stop, scale, signal, reload


def test_restart(project: Project) -> None:
    base = free_base(0, 100)
    run = shop(project, "-p", str(base))
    before = rows(project)
    said = ask(project, "restart", "web")
    after = rows(project)
    assert said == f"web.1 restarted, pid {after['web.1']['pid']}, port {base}"
    assert after["web.1"]["pid"] != before["web.1"]["pid"]
    assert after["web.1"]["restarts"] == 1
    assert after["worker.1"]["pid"] == before["worker.1"]["pid"]
    assert len(ask(project, "restart").splitlines()) == 2
    assert rows(project)["worker.1"]["pid"] != before["worker.1"]["pid"]
    assert run.stop(SIGINT) == 130


def test_restart_follows_the_procfile(project: Project) -> None:
    shop(project)
    project.write("Procfile", SHOP.replace("worker: ", "worker: exec "))
    changes, line = ask(project, "restart", "worker").splitlines()
    assert "worker" in changes
    assert line.startswith("worker.1 restarted, pid ")
    assert rows(project)["worker.1"]["command"] == f"exec {child('graceful')}"


def test_stop_some_and_start_them_again(project: Project) -> None:
    shop(project, "web=2", "worker=1")
    assert re.fullmatch(
        r"web.1 stopped \(code \d+\)\nweb.2 stopped \(code \d+\)", ask(project, "stop", "web")
    )
    found = rows(project)
    assert [found[name]["state"] for name in ("web.1", "web.2", "worker.1")] == ["stopped", "stopped", "up"]
    assert (found["web.1"]["pid"], found["web.1"]["cpu"], found["web.1"]["memory"]) == (None, None, None)
    assert re.fullmatch(r"web.2 restarted, pid \d+, port \d+", ask(project, "restart", "web.2"))
    assert rows(project)["web.2"]["state"] == "up"


def test_stop_all(project: Project) -> None:
    run = shop(project)
    assert ask(project, "stop") == "stopped"
    assert not psutil.pid_exists(run.process.pid) or (
        psutil.Process(run.process.pid).status() == psutil.STATUS_ZOMBIE
    ), "it has returned too early"
    assert run.wait() == 0
    assert ask(project, "wait", "--for", "stopped") == ""
    assert "no formation is running" in ask(project, "stop", code=1)


def test_scale(project: Project) -> None:
    shop(project, "web=1", "worker=2")
    assert ask(project, "scale") == "web=1 worker=2"
    assert ask(project, "scale", "web=3", "worker-1") == "web=3 worker=1"
    assert list(rows(project)) == ["web.1", "web.2", "web.3", "worker.1"]
    assert ask(project, "scale", *ask(project, "scale").split()) == "web=3 worker=1"
    assert ask(project, "scale", "worker+1", "web=0") == "web=0 worker=2"
    assert ask(project, "stop", "web") == ask(project, "wait", "web", "--for", "stopped") == ""
    assert list(rows(project)) == ["worker.1", "worker.2"]
    assert "clock" in ask(project, "scale", "clock=1", code=2)
    assert ask(project, "wait", "web", code=1).endswith("no process is left of what was to be waited for")


def test_signal(project: Project) -> None:
    run = shop(project, procfile="web: trap 'echo heard' HUP; echo ready; while :; do sleep 0.01; done\n")
    run.read_until("ready")
    pid = run.pid_of("web.1")
    for word in ("SIGHUP", "hup", "-HUP", "-1"):
        so_far = len(run.text)
        assert ask(project, "signal", word, "web") == f"web.1, pid {pid}, was sent SIGHUP"
        run.read_until("heard", after=so_far)
    assert "no signal 'HUPP'" in ask(project, "signal", "HUPP", "web", code=2)
    assert "Missing argument" in ask(project, "signal", "HUP", code=2)
    ask(project, "stop", "web")
    assert "web.1 does not run" in ask(project, "signal", "HUP", "web", code=1)


def test_signal_a_group(project: Project) -> None:
    listener = "trap 'echo heard' USR1; echo ready; while :; do sleep 0.01; done"
    project.write("listener", listener)
    run = shop(project, procfile="web: trap : USR1; sh listener & wait; wait\n")
    run.read_until("ready")
    ask(project, "signal", "--group", "USR1", "web.1")
    run.read_until("heard")


def test_reload(project: Project) -> None:
    shop(project)
    assert ask(project, "reload") == "nothing has changed"
    before = rows(project)
    project.write("Procfile", f"web: {child('graceful')}\nclock: {child('graceful')}\n")
    lines = ask(project, "reload").splitlines()
    assert {"clock.1 added", "worker.1 removed"} <= set(lines)
    after = rows(project)
    assert list(after) == ["web.1", "clock.1"]
    assert after["web.1"]["pid"] == before["web.1"]["pid"]
    project.write("Procfile", "web\n")
    assert "Procfile:1" in ask(project, "reload", code=1)
    assert list(rows(project)) == ["web.1", "clock.1"]


# wait


def test_wait_for_a_formation_that_is_not_there_yet(project: Project) -> None:
    project.write("Procfile", SHOP)
    waits = project.run("wait", "--timeout", "20")
    eventually(lambda: psutil.Process(waits.process.pid).cmdline()[1:2] == [PYFOREMAN], "it runs")
    project.run("start")
    assert (waits.wait(), waits.text, waits.err) == (0, "", "")


def test_wait_until_somebody_listens(project: Project) -> None:
    base = free_base(0, 100)
    os.mkfifo(project.folder / "go")
    listen = child("listener")
    run = shop(project, "-p", str(base), procfile=f"web: read x < go; exec {listen}\nworker: sleep 1000\n")
    said = ask(project, "wait", "--for", "listening", "--timeout", "0", code=124)
    assert said == f"pyforeman: web.1 does not listen on port {base} yet"
    waits = project.run("wait", "--for", "listening")
    (project.folder / "go").write_text("\n")
    assert (waits.wait(), waits.text, waits.err) == (0, "", "")
    said = ask(project, "wait", "worker", "--for", "listening", "--timeout", "0.1", code=124)
    assert said == f"pyforeman: not within 0.1 s: worker.1 does not listen on port {base + 100} yet"
    assert run.process.poll() is None


def test_wait_is_not_misled_by_who_held_the_port_before(project: Project) -> None:
    base = free_base(0, 100)
    with socket.create_server(("127.0.0.1", base)):
        shop(project, "-p", str(base))
        said = ask(project, "wait", "web", "--for", "listening", "--timeout", "0", code=124)
        name = psutil.Process().name()
        assert said == (
            f"pyforeman: port {base} of web.1 is held by {name}, pid {os.getpid()}, which was there before it"
        )


def test_wait_for_what_ends(project: Project) -> None:
    for name in ("go", "fail"):
        os.mkfifo(project.folder / name)
    procfile = "job: read x < go\nbad: read x < fail; exit 3\nweb: sleep 1000\n"
    shop(project, "--restart", "never", procfile=procfile)
    goals = {
        name: project.run("wait", *words.split())
        for name, words in {
            "finished": "job --for finished",
            "failed": "job bad --for finished",
            "at rest": "job bad --for stopped",
            "never": "web bad --for up --timeout 0",
        }.items()
    }
    assert goals["never"].wait() == 0
    (project.folder / "go").write_text("\n")
    assert (goals["finished"].wait(), goals["finished"].err) == (0, "")
    (project.folder / "fail").write_text("\n")
    assert (goals["failed"].wait(), goals["failed"].err) == (1, "pyforeman: bad.1 crashed (code 3)\n")
    assert (goals["at rest"].wait(), goals["at rest"].err) == (0, "")
    assert ask(project, "wait", code=1) in {
        "pyforeman: job.1 finished (code 0)",
        "pyforeman: bad.1 crashed (code 3)",
    }
    waits = project.run("wait", "web", "--for", "stopped")
    fails = project.run("wait", "web", "--for", "finished")
    until_connected(waits, fails)
    ask(project, "stop")
    assert (waits.wait(), waits.err) == (0, "")
    assert fails.wait() == 1


def test_wait_does_not_mind_a_release_that_is_over(project: Project) -> None:
    os.mkfifo(project.folder / "go")
    run = project.start(f"release: echo releasing; read x < go\n{SHOP}", "--release")
    run.read_until("releasing$")
    said = ask(project, "wait", "--timeout", "0", code=124)
    assert said == "pyforeman: web.1 waits for the release (1 more)"
    waits = project.run("wait")
    (project.folder / "go").write_text("\n")
    assert (waits.wait(), waits.err) == (0, "")
    assert ask(project, "wait", "release", code=1) == "pyforeman: release.1 finished (code 0)"
    assert rows(project, "web")["web.1"]["state"] == "up"


def test_wait_gives_up(project: Project) -> None:
    project.write("Procfile", SHOP)
    said = ask(project, "wait", "--timeout", "0.1", code=124)
    assert said == f"pyforeman: not within 0.1 s: no formation is running in {project.folder} or above it"
    assert "0.1" not in ask(project, "wait", "--timeout", "0", code=124)
    shop(project)
    said = ask(project, "wait", "web", "--for", "finished", "--timeout", "0.1", code=124)
    assert re.fullmatch(r"pyforeman: not within 0.1 s: web.1 is up, pid \d+, port \d+", said)
    assert "the formation is web=1 worker=1" in ask(project, "wait", "nix", code=2)
    # PYFOREMAN_TIMEOUT is the grace of start.
    assert ask(project, "wait", environment={"PYFOREMAN_TIMEOUT": "5,worker=60"}) == ""


def test_wait_does_not_outlive_the_formation(project: Project) -> None:
    run = shop(project)
    waits = project.run("wait", "--for", "finished", "--timeout", "9999999")  # more than poll(2) can wait
    until_connected(waits)
    run.stop(SIGINT)
    assert waits.wait() == 1
    assert waits.err.startswith("pyforeman: ")


# ps --watch

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


def test_ps_watch_for_programs(project: Project) -> None:
    run = shop(project)
    watch = project.run("ps", "worker", "--json", "--watch")
    watch.read_until(r"\n\[.*\n")
    first, second, *_ = (json.loads(line) for line in watch.text.splitlines())
    assert [tuple(row) for row in (*first, *second)] == [KEYS] * 2
    assert second[0]["uptime"] > first[0]["uptime"]
    run.stop(SIGINT)
    assert (watch.wait(), watch.err) == (0, "")
    assert "--watch --json" in ask(project, "ps", "--watch", code=2)


def test_ps_watch_on_a_terminal(project: Project) -> None:
    run = shop(project, "web=5", "worker=1")
    command = ["sh", "-c", f"trap : INT; echo before; {PYFOREMAN} ps --watch; echo after: $?"]
    terminal = project.terminal(SHOP, command=command, columns=60, rows=10)
    modes = terminal.modes()
    terminal.until("worker.1 +up")
    assert "before" not in terminal.screen, "it has a screen of its own"
    assert b"\x1b[?25l" in terminal.out
    ask(project, "stop", "web.2")
    terminal.until("web.2 +stopped")
    terminal.resize(40, 4)
    terminal.until("and 4 more")
    assert terminal.screen[0].startswith("name ")
    assert terminal.screen[3] == "and 4 more"
    terminal.resize(200, 12)
    terminal.until("worker.1 +up .*graceful")
    terminal.press("\x03")
    terminal.until("after: 130")
    assert terminal.cursor_is_visible
    assert terminal.wait() == 0
    assert terminal.out.count(ENTER) == terminal.out.count(LEAVE) == 1
    assert terminal.out.index(LEAVE) < terminal.out.index(b"after")
    assert modes[:6] == terminal.modes()[:6]
    assert run.process.poll() is None


def test_ps_watch_leaves_the_last_table_where_the_formation_ends(project: Project) -> None:
    run = shop(project)
    command = ["sh", "-c", f"{PYFOREMAN} ps --watch; echo after: $?"]
    terminal = project.terminal(SHOP, command=command)
    terminal.until("worker.1 +up")
    run.stop(SIGINT)
    terminal.until("after: 0")
    assert b"worker.1" in terminal.out.partition(LEAVE)[2]


def test_ps_watch_gives_the_terminal_back_at_ctrl_z(project: Project) -> None:
    shop(project)
    terminal = project.terminal(SHOP, command=["bash", "--norc", "-i"], environment={"PS1": "$ "})
    terminal.press(f"{PYFOREMAN} ps --watch\r")
    terminal.until("worker.1 +up")
    terminal.press("\x1a")
    terminal.until("Stopped")
    assert terminal.out.count(ENTER) == terminal.out.count(LEAVE) == 1
    assert terminal.cursor_is_visible
    so_far = len(terminal.out)
    terminal.press("fg\r")
    terminal.until_true(lambda: b"worker.1" in terminal.out[so_far:].partition(ENTER)[2], "it is drawn again")
    terminal.press("\x03")
    terminal.until_true(lambda: terminal.out.count(LEAVE) == 2, "it gives the screen back")
    terminal.press("echo code $?\r")
    terminal.until("code 130")


def test_ps_watch_on_a_terminal_that_has_no_size(project: Project) -> None:
    """A serial line, or a container's: the kernel says 0 and 0."""
    shop(project)
    command = ["sh", "-c", f"stty rows 0 columns 0; exec {PYFOREMAN} ps --watch"]
    terminal = project.terminal(SHOP, command=command)
    terminal.until("worker.1 +up")
    assert terminal.stop() == 128 + SIGTERM


@pytest.mark.parametrize("number", [SIGQUIT, SIGTERM, SIGHUP])
def test_ps_watch_gives_the_terminal_back_at_a_signal(project: Project, number: int) -> None:
    shop(project)
    terminal = project.terminal(SHOP, command=[PYFOREMAN, "ps", "--watch"])
    terminal.until("worker.1 +up")
    assert terminal.stop(number) == 128 + number
    assert terminal.out.endswith(LEAVE)


# Where its output goes


def test_a_reader_that_leaves(project: Project) -> None:
    shop(project)
    os.mkfifo(project.folder / "go")
    for words in ("ps", "ps --json", "ps --json --watch"):
        run = project.run(*words.split(), wrap=shell("", first="read x < go;"))
        run.close_stdout()
        (project.folder / "go").write_text("\n")
        assert (run.wait(), run.err) == (141, "")
