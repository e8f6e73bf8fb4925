"""A formation as a user runs it: servers that answer, ports, the release, the input, many processes."""

import os
import re
import signal
import socket
import threading
from urllib.request import urlopen

import psutil
import pytest

from conftest import Project
from harness import BIN, CHILDREN, Run, can_listen, child, free_base

GUNICORN = f"{BIN}/gunicorn --bind 127.0.0.1:$PORT --no-control-socket --chdir {CHILDREN} shop:app"
SITE = f"web: {GUNICORN}\nworker: {child('worker')}\n"


def start_site(project: Project, base: int) -> Run:
    """Two gunicorns and a worker, all of them ready."""
    run = project.start(SITE, "web=2", "worker=1", "-p", str(base))
    for name in ("web.1", "web.2"):
        run.read_until(rf"{re.escape(name)} +\| .*Booting worker")
    run.read_until("worker ready")
    return run


def get(port: int, path: str = "/") -> str:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as response:
        return str(response.read().decode())


def test_each_web_process_answers_on_its_own_port_and_sigint_ends_all(project: Project) -> None:
    base = free_base(0, 1, 100)
    run = start_site(project, base)
    assert get(base) == f"web.1 on {base}"
    assert get(base + 1) == f"web.2 on {base + 1}"
    assert run.stop(signal.SIGINT) == 130
    assert can_listen(base)
    assert can_listen(base + 1)
    assert run.lines("worker.1")[-1] == "worker done"
    assert not run.survivors()


def test_a_killed_worker_comes_back_and_the_others_do_not_notice(project: Project) -> None:
    base = free_base(0, 1, 100)
    run = start_site(project, base)
    first = run.pid_of("worker.1")
    os.kill(first, signal.SIGKILL)
    line = run.read_until(r"worker\.1 crashed \(SIGKILL\) after .*; next try in 0\.5 s$")
    run.read_until("worker ready", after=line.end())
    assert run.pid_of("worker.1") != first
    assert get(base) == f"web.1 on {base}"
    assert "web.1 crashed" not in run.text
    assert run.stop() == 143


def test_gunicorn_finishes_the_request_in_hand_and_its_last_lines_show(project: Project) -> None:
    base = free_base(0, 100)
    run = project.start(f"web: {GUNICORN}\n", "-p", str(base))
    run.read_until("Booting worker")
    answers: list[str] = []
    client = threading.Thread(target=lambda: answers.append(get(base, "/slow")))
    client.start()
    run.read_until("slow request in hand")
    assert run.stop(signal.SIGTERM) == 143
    client.join()
    assert answers == ["done"]
    lines = run.lines("web.1")
    assert "slow request done" in lines
    assert "Shutting down: Master" in lines[-1]
    assert "web.1 stopped (code 0)" in run.text


def test_children_are_told_their_port_their_name_and_the_ports_of_all(project: Project) -> None:
    base = free_base(0, 1, 100, 200)
    names = "PORT PS PYTHONUNBUFFERED PYFOREMAN_PROCESS_WEB_PORT PYFOREMAN_PROCESS_JOB_QUEUE_PORT"
    facts = child("facts", names)
    run = project.start(f"job-queue: {facts}\nweb: {facts}\n", "web=2,job-queue=1", "-p", str(base))
    expected = {"web.1": base, "web.2": base + 1, "job-queue.1": base + 100}
    for name, port in expected.items():
        run.read_until(rf"{re.escape(name)} +\| ready")
        assert run.lines(name)[:5] == [
            f"PORT={port}",
            f"PS={name}",
            "PYTHONUNBUFFERED=1",
            f"PYFOREMAN_PROCESS_WEB_PORT={base}",
            f"PYFOREMAN_PROCESS_JOB_QUEUE_PORT={base + 100}",
        ]
    assert run.stop() == 143


def test_no_port_sets_none(project: Project) -> None:
    run = project.start(f"web: {child('facts', 'PORT', 'PYFOREMAN_PROCESS_WEB_PORT')}\n", "--no-port")
    run.read_until("ready")
    assert run.lines("web.1")[:2] == ["PORT=None", "PYFOREMAN_PROCESS_WEB_PORT=None"]
    assert run.stop() == 143


def test_stdin_of_a_child_is_never_at_eof(project: Project) -> None:
    """Not while it runs, not during the stop, although our own stdin is at its end from the start."""
    run = project.start(f"web: {child('facts')}\n")
    run.read_until("ready")
    assert run.stop() == 143
    assert run.lines("web.1") == ["stdin: open", "ready", "stdin at the end: open"]


def test_the_release_runs_first_to_its_end_with_stdin_at_eof(project: Project) -> None:
    """``cat`` would never end if its input did not."""
    run = project.start(f"web: {child('worker')}\nrelease: cat; echo migrated\n", "--release")
    run.read_until("worker ready")
    order = [run.text.index(text) for text in ("migrated", "release.1 finished", "web.1 started")]
    assert order == sorted(order)
    assert run.stop() == 143
    assert "is left out" not in run.text
    assert run.text.count("release.1 started") == 1


def test_a_failing_release_starts_nothing_and_gives_its_code(project: Project) -> None:
    run = project.start(
        f"web: {child('worker')}\nrelease: echo no database; exit 7\n", "--release", "--no-port"
    )
    assert run.wait() == 7
    assert "web.1" not in run.text
    assert run.lines("release.1") == ["no database"]
    assert run.lines("system")[-2].startswith("release.1 crashed (code 7)")
    assert "next try" not in run.text
    assert "release.1" in run.lines("system")[-1]
    assert "7" in run.lines("system")[-1]


def test_the_release_is_left_out_with_one_line_saying_so(project: Project) -> None:
    run = project.start("web: echo served\nrelease: echo migrated\n")
    assert run.wait() == 0
    assert run.lines("web.1") == ["served"]
    assert [line for line in run.lines("system") if "release" in line] == [
        "release is left out; --release runs it first"
    ]
    assert "migrated" not in run.text


def test_a_taken_port_is_named_before_the_start_and_again_in_the_line_of_the_crash(project: Project) -> None:
    base = free_base(0, 100)
    me = psutil.Process()
    with socket.create_server(("127.0.0.1", base)):
        run = project.start(f"web: {child('listener')}\n", "-p", str(base), "--restart", "never")
        assert run.wait() == 1
    holder = f"{re.escape(me.name())}, pid {me.pid}"
    warning = run.read_until(rf"{base}.* is held by {holder}.*; try -p \d+")
    started = run.read_until(r"web\.1 started")
    crash = run.read_until(rf"web\.1 crashed \(code 1\) .*{base} is held by {holder}")
    assert warning.start() < started.start() < crash.start()
    assert "cannot listen: Address already in use" in run.lines("web.1")


def test_the_advice_for_a_taken_port_works(project: Project) -> None:
    base = free_base(0, 100)
    with socket.create_server(("127.0.0.1", base)):
        run = project.start(f"web: {child('listener')}\n", "-p", str(base), "--restart", "never")
        other = run.read_until(r"try -p (\d+)")[1]
        assert run.wait() == 1
        run = project.start(f"web: {child('listener')}\n", "-p", other)
        run.read_until("ready")
        assert "is held" not in run.text
        assert run.stop() == 143


def test_a_port_that_no_process_uses_is_not_probed(project: Project) -> None:
    base = free_base(0, 100)
    with socket.create_server(("127.0.0.1", base)):
        run = project.start("worker: echo worked\n", "-p", str(base))
        assert run.wait() == 0
    assert "is held" not in run.text


def test_the_procfile_may_come_from_standard_input(project: Project) -> None:
    (project.folder / ".env").write_text("NAME=from-env-file\n")
    run = project.run("start", "-f", "-", stdin=b"web: echo $NAME; pwd\n")
    assert run.wait() == 0
    assert run.lines("web.1") == ["from-env-file", str(project.folder)]


def test_a_hundred_processes_start_and_stop(project: Project) -> None:
    run = project.start("w: echo ready $PORT; exec sleep 1000\n", "w=100", "-p", "20000")
    for number in range(1, 101):
        run.read_until(rf"w\.{number} +\| ready {20000 + number - 1}$")
    assert run.stop(signal.SIGINT) == 130
    # 143 is the shell's, where it has not become sleep yet
    ends = ("stopped (SIGTERM)", "stopped (code 143)")
    assert sum(line.endswith(ends) for line in run.lines("system")) == 100
    assert not run.survivors()


@pytest.mark.parametrize("asked", [("web",), ("web=1",), ("-m", "web=1"), ("-x", "worker")])
def test_only_what_is_asked_for_starts(project: Project, asked: tuple[str, ...]) -> None:
    run = project.start("web: echo served\nworker: echo worked\n", *asked)
    assert run.wait() == 0
    assert run.lines("web.1") == ["served"]
    assert "worker" not in run.text
