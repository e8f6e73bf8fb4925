"""What clients may do to a running formation: nothing. It answers the others, and its output is complete."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from conftest import Project
from dial import Dial, socket_path
from harness import PATIENCE, Run, child, eventually, shell
from pyforeman.control.client import connect
from pyforeman.errors import PyforemanError

PROCFILE = f"ticker: {child('ticker', 200)}\nweb: {child('worker')}\n"
MUCH = 100 * 1024 * 1024
CHUNK = 1024 * 1024

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def run(project: Project) -> Run:
    run = project.start(PROCFILE)
    run.read_until("worker ready")
    run.read_until("tick 1$")
    return run


@pytest.fixture
def dials(project: Project) -> Iterator[Callable[[], Dial]]:
    """Makes connections that are closed at the end."""
    dials: list[Dial] = []

    def dial() -> Dial:
        dials.append(Dial(project.folder))
        return dials[-1]

    yield dial
    for one in dials:
        one.close()


def answers(project: Project) -> None:
    """``ps`` shows both."""
    ps = project.run("ps")
    assert ps.wait() == 0, ps.err
    assert re.search(r"^ticker\.1 +up\b", ps.text, re.MULTILINE), ps.text
    assert re.search(r"^web\.1 +up\b", ps.text, re.MULTILINE), ps.text


def ticks_on(run: Run) -> None:
    """It shows what its processes write from now on."""
    run.read_until(r"tick \d+\n", after=len(run.text))


def ends_complete(run: Run) -> None:
    """It ends as it should, and of the ticks none is missing."""
    assert run.stop(signal.SIGINT) == 130
    lines = run.lines("ticker.1")
    ticks = [line for line in lines if line.startswith("tick ")]
    assert ticks == [f"tick {number}" for number in range(1, len(ticks) + 1)]
    assert f"ticks: {len(ticks)}" in lines
    assert "Traceback" not in run.err
    assert run.err == ""


def half_a_line(dial: Dial) -> None:
    dial.send(b'{"command": "stop", "proce')


def no_newline(dial: Dial) -> None:
    sent = 0
    while sent < MUCH and dial.send(b"x" * CHUNK):
        sent += CHUNK
    assert dial.next() is not None  # the greeting
    reply = dial.next()
    assert reply is not None
    assert reply["error"].startswith("a request is a line of")
    assert dial.next() is None


def requests_without_reading(dial: Dial) -> None:
    request = b'{"command":"ps"}\n'
    sent = 0
    while sent < MUCH and dial.send(request * (CHUNK // len(request))):
        sent += CHUNK


def one_request_after_the_other(dial: Dial) -> None:
    dial.next()
    for _ in range(300):
        assert dial.ask("ps") is not None


def garbage(dial: Dial) -> None:
    dial.send(random.Random(1).randbytes(CHUNK))


def garbage_in_lines(dial: Dial) -> None:
    source = random.Random(2)
    for _ in range(90):
        dial.send(source.randbytes(1000).replace(b"\n", b"") + b"\n")


def deep(dial: Dial) -> None:
    for opening in (b"[", b'{"a":', b'{"command":['):
        dial.send(opening * 6000 + b"\n")


def nothing(dial: Dial) -> None:
    pass


def watches_without_reading(dial: Dial) -> None:
    dial.send({"command": "watch"})


def follows_without_reading(dial: Dial) -> None:
    dial.send({"command": "logs", "lines": None, "follow": True})


def attaches_to_nothing_and_types(dial: Dial) -> None:
    dial.send({"command": "attach", "process": "web.1", "columns": -1, "rows": "x"})
    dial.send({"keys": "!"})
    dial.send({"keys": "YQ=="})


ABUSES = (
    follows_without_reading,
    attaches_to_nothing_and_types,
    half_a_line,
    no_newline,
    requests_without_reading,
    one_request_after_the_other,
    garbage,
    garbage_in_lines,
    deep,
    nothing,
    watches_without_reading,
)


@pytest.mark.parametrize("abuse", ABUSES)
def test_it_answers_the_others_and_its_output_is_complete(
    project: Project, run: Run, dials: Callable[[], Dial], abuse: Callable[[Dial], None]
) -> None:
    stays, leaves = dials(), dials()
    for dial in (stays, leaves):
        abuse(dial)
        ticks_on(run)
    leaves.close()
    answers(project)
    assert project.run("restart", "web").wait() == 0
    ticks_on(run)
    ends_complete(run)


def memory(run: Run) -> int:
    return int(run.manager.memory_info().rss)


def test_requests_that_nobody_reads_the_replies_of_cost_no_memory(
    project: Project, run: Run, dials: Callable[[], Dial]
) -> None:
    answers(project)
    before = memory(run)
    for _ in range(3):
        requests_without_reading(dials())
    answers(project)
    assert memory(run) - before < 30 * 1024 * 1024
    ends_complete(run)


def test_200_connections_that_stay_keep_nobody_out(
    project: Project, run: Run, dials: Callable[[], Dial]
) -> None:
    for number in range(200):
        dial = dials()
        if number % 3 == 0:
            dial.next()
            dial.ask("ps")
    answers(project)
    assert project.run("restart", "web").wait() == 0
    ends_complete(run)


@on_linux
def test_who_comes_and_goes_1000_times_leaves_no_fd(project: Project, run: Run) -> None:
    answers(project)
    before = run.manager.num_fds()
    for number in range(1000):
        dial = Dial(project.folder)
        if number % 2:
            dial.send(b'{"command": "watch"}\n{"comm')
        dial.close()
    answers(project)
    eventually(lambda: run.manager.num_fds() <= before, "no fd is left")
    ends_complete(run)


def test_who_has_no_more_to_say_after_a_stop_gets_the_reply(
    project: Project, run: Run, dials: Callable[[], Dial]
) -> None:
    dial = dials()
    dial.next()
    dial.send({"command": "stop", "processes": ["web"]})
    dial.socket.shutdown(socket.SHUT_WR)
    reply = dial.next()
    assert reply is not None
    assert [row["state"] for row in reply["processes"]] == ["stopped"]
    assert dial.next() is None
    ends_complete(run)


def test_who_asks_while_it_stops_is_told_so(project: Project, dials: Callable[[], Dial]) -> None:
    run = project.start(f"web: {child('stubborn')}\n", "--timeout", "60")
    run.read_until("web.1 started")
    run.read_until("ready")
    before, late = dials(), dials()
    for dial in (before, late):
        dial.next()
    assert before.ask("ps") is not None
    ending = dials()
    ending.next()
    ending.send({"command": "stop"})
    run.read_until("stop requested, stopping")
    for command in ("restart", "reload", "stop", "scale"):
        reply = late.ask(command, processes=["web"], words=["web=2"])
        assert reply == {"ok": False, "error": "the formation is stopping", "exit": 1}, command
    reply = late.ask("ps")
    assert reply is not None
    assert [row["state"] for row in reply["processes"]] == ["stopping"]
    os.kill(run.pid_of("web.1"), signal.SIGKILL)
    assert run.wait() == 0
    assert ending.next() == {"ok": True, "exit": 0}
    assert [dial.next() for dial in (ending, before, late)] == [None] * 3


@on_linux
def test_where_few_files_may_be_open_clients_take_none_that_processes_need(
    project: Project, dials: Callable[[], Dial]
) -> None:
    run = project.start(PROCFILE, wrap=shell("", first="ulimit -n 64;"))
    run.read_until("worker ready")
    ignored = [dials() for _ in range(150)]
    answers(project)
    before = sum(run.manager.cpu_times()[:2])
    first = len(run.lines("ticker.1"))
    run.read_until(r"tick \d+\n(.*\n){200}", after=len(run.text))
    ticks = len(run.lines("ticker.1")) - first
    # A loop that spins takes all of the time; 200 ticks are a second, and cost a twentieth of it.
    assert sum(run.manager.cpu_times()[:2]) - before < 0.5 * ticks / 200
    # As many at once as can be: each run needs several fds.
    assert project.run("restart").wait() == 0
    assert "Too many open files" not in run.text
    for dial in ignored:
        dial.close()
    answers(project)
    assert run.stop(signal.SIGINT) == 130
    assert run.err == ""


ANOTHER_USER = """
import os, socket, sys
os.setgroups([])
os.setuid(65534)
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
try:
    connection.sendall(b'{"command": "stop"}\\n')
except BrokenPipeError:
    pass  # it has hung up already
while data := connection.recv(1000):
    sys.stdout.buffer.write(data)
"""


@as_root
def test_another_user_is_refused_even_where_the_folder_lets_him_in(project: Project) -> None:
    folder = tempfile.mkdtemp(dir="/tmp", prefix="pf-")
    os.environ["XDG_RUNTIME_DIR"], before = folder, os.environ.get("XDG_RUNTIME_DIR")
    try:
        run = project.start(PROCFILE)
        run.read_until("worker ready")
        path = socket_path(project.folder)
        assert path.startswith(folder)
        command = [sys.executable, "-c", ANOTHER_USER, path]
        kept_out = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert "PermissionError" in kept_out.stderr
        for opened, mode in ((folder, 0o711), (f"{folder}/pyforeman", 0o711), (path, 0o666)):
            os.chmod(opened, mode)
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.stdout == (
            '{"ok":false,"error":"this formation is another user\'s (uid 0)","exit":1}\n'
        ), done.stderr
        ticks_on(run)
        ends_complete(run)
    finally:
        del os.environ["XDG_RUNTIME_DIR"]
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(folder)


LISTENS = """
import os, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
os.setgroups([])
os.setuid(65534)
listening.listen()
print("ready", flush=True)
sys.stdin.read()
"""


@as_root
def test_a_client_tells_nothing_to_another_user(tmp_path: Path) -> None:
    folder = tempfile.mkdtemp(dir="/tmp", prefix="pf-")
    path = f"{folder}/s"
    with subprocess.Popen(
        [sys.executable, "-c", LISTENS, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as stranger:
        assert stranger.stdout
        assert stranger.stdout.readline() == b"ready\n"
        with pytest.raises(PyforemanError, match=r"another user answers there \(uid 65534\)"):
            connect(path, "/shop")
        assert stranger.stdin
        stranger.stdin.close()
    shutil.rmtree(folder)


@as_root
def test_where_no_folder_is_ours_it_runs_all_the_same_and_says_so_once(project: Project) -> None:
    """Others can read the only folder that is left: in a room of its own, where we mount one like that."""
    unshare = ["unshare", "-m", "--propagation", "private"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespace may be made here")
    script = (
        "unset XDG_RUNTIME_DIR && mount -t tmpfs tmpfs /run && mkdir -p -m 700 /tmp/pyforeman-0"
        ' && mount -t tmpfs -o mode=755 tmpfs /tmp/pyforeman-0 && exec "$@"'
    )
    project.write("Procfile", "web: echo hello\n")
    run = project.run("start", wrap=[*unshare, "/bin/sh", "-c", script, "sh"])
    assert run.wait() == 0, run.err
    warnings = [line for line in run.text.splitlines() if "control socket" in line]
    assert len(warnings) == 1
    assert "no control socket (/tmp/pyforeman-0: " in warnings[0]
    assert "ps, restart and the other commands will not find this formation" in warnings[0]
    assert "hello" in run.text


# Where nobody reads what start writes


@on_linux
def test_who_stops_a_process_need_not_wait_for_the_reader_of_our_output(project: Project) -> None:
    run = project.start("flood: yes\nother: exec sleep 1000\n")
    flood = run.pid_of("flood.1")
    before = run.pid_of("other.1")
    until_it_waits(flood)
    restart = project.run("restart", "other")
    assert restart.wait() == 0, restart.err
    assert not psutil.pid_exists(before)
    assert project.run("scale", "other=2").wait() == 0
    assert project.run("stop", "other").wait() == 0
    until_it_waits(flood)
    assert run.stop() == 143


@on_linux
def test_who_stops_what_has_ended_does_not_wait_for_the_reader_for_ever(project: Project) -> None:
    run = project.start("flood: seq 1000000\n")
    until_it_waits(run.pid_of("flood.1"))
    assert project.run("stop").wait() == 0
    assert run.process.wait(timeout=PATIENCE) == 1
    assert "nobody read it" in run.err


def until_it_waits(pid: int) -> None:
    """Until a process that writes without end waits for whoever reads it."""
    written = -1

    def has_stopped() -> bool:
        nonlocal written
        before, written = written, psutil.Process(pid).io_counters().write_chars
        return written == before > 0

    eventually(has_stopped, "its pipe is full")
