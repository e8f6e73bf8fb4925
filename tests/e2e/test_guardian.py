"""``start`` is two processes: whichever is killed, nothing of what was caused survives."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

import pyforeman
from conftest import Project
from harness import child, eventually, is_stopped, kill, marked, shell, wait_until_gone

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets us adopt orphans")

ESCAPES = {
    "behind a shell": "sleep 1000 & echo $!; wait",
    "in a session of its own": "setsid sleep 1000 & echo $!; wait",
    "a daemon": "sh -c 'setsid sleep 1000 & echo $!'; sleep 1001",
    "a daemon without an environment": "sh -c 'env -i setsid sleep 1000 & echo $!'; sleep 1001",
    "without an environment, below its parent": "env -i setsid sleep 1000 & echo $!; wait",
    "in a group of its own": "timeout 1000 sleep 1001 & echo $!; wait",
    "stopped": "sleep 1000 & kill -STOP $!; echo $!; wait",
    "deaf": "(trap '' TERM; exec setsid sleep 1000) & echo $!; wait",
    "in another pyforeman": f"{Path(sys.executable).parent / 'pyforeman'} start -f Inner --no-port",
}
"""Shell lines that start something, and print its pid."""

ENDS = {
    "SIGINT": lambda run: run.signal(signal.SIGINT),
    "SIGTERM": lambda run: run.signal(signal.SIGTERM),
    "SIGHUP": lambda run: run.signal(signal.SIGHUP),
    "SIGQUIT": lambda run: run.signal(signal.SIGQUIT),
    "the reader leaves": lambda run: run.close_stdout(),
    "the guardian is killed": lambda run: run.signal(signal.SIGKILL),
    "the manager is killed": lambda run: run.manager.kill(),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("escape", ESCAPES)
def test_nothing_survives(project: Project, escape: str, end: str) -> None:
    project.write("Inner", "inner: sleep 1000 & echo $!; wait\n")
    run = project.start(f"web: {ESCAPES[escape]}\nother: sleep 1002\n", "-t", "0.3")
    pid = int(run.read_until(r"\| (?:.*\| )?(\d+)$")[1])
    manager = run.manager
    started = [*manager.children(recursive=True), psutil.Process(pid)]
    ENDS[end](run)
    run.process.wait(timeout=30)
    wait_until_gone(manager.pid)
    left = [process for process in started if process.is_running() and process.status() != "zombie"]
    assert not left


@pytest.mark.parametrize("end", ["SIGTERM", "the guardian is killed", "the manager is killed"])
def test_what_obeys_gets_to_do_its_graceful_stop(project: Project, end: str) -> None:
    run = project.start(f"web: {child('graceful', 3, 0.1)} > said\n")
    run.pid_of("web.1")
    said = project.folder / "said"
    eventually(lambda: said.exists() and "ready" in said.read_text(), "it is ready")
    manager = run.manager
    ENDS[end](run)
    run.wait()
    wait_until_gone(manager.pid)
    eventually(lambda: not run.survivors(), "nothing is left")
    assert said.read_text().endswith("stopping 1 of 3\nstopping 2 of 3\nstopping 3 of 3\nstopped\n")


def test_a_killed_manager_is_told_and_its_signal_is_the_exit_code(project: Project) -> None:
    run = project.start("web: echo ready; exec sleep 1000\n")
    run.read_until("ready")
    pid = run.manager.pid
    run.manager.kill()
    assert run.wait() == 137
    assert run.err == f"pyforeman: the manager, pid {pid}, was killed (SIGKILL); ending what it has started\n"


def test_a_killed_guardian_is_told_and_stops_the_formation(project: Project) -> None:
    run = project.start(f"web: {child('graceful', 2, 0.1)}\n")
    run.read_until("ready")
    run.signal(signal.SIGKILL)
    run.read_until(r"system +\| the guardian was killed, stopping")
    run.read_until(r"web\.1 +\| stopped")
    run.read_until(r"web\.1 stopped \(code 0\)")
    assert run.wait() == 137


def test_the_reader_of_stdout_does_not_wait_for_the_grace_of_a_killed_manager(project: Project) -> None:
    run = project.start(f"web: {child('stubborn')}\n", "-t", "60")
    run.read_until("ready")
    stubborn = run.pid_of("web.1")
    run.manager.kill()
    run.read_to_the_end()
    assert run.process.poll() is None
    assert psutil.pid_exists(stubborn)
    run.signal(signal.SIGINT)
    run.signal(signal.SIGTERM)
    eventually(lambda: run.process.poll() is not None, "a signal to the guardian kills what is left")
    assert not run.survivors()


def test_a_manager_that_somebody_has_stopped_still_hears_a_signal(project: Project) -> None:
    run = project.start("web: echo ready; exec sleep 1000\n")
    run.read_until("ready")
    run.manager.suspend()
    assert run.stop() == 143


def test_a_manager_that_somebody_has_stopped_sees_the_end_of_its_guardian(project: Project) -> None:
    run = project.start("web: echo ready; exec sleep 1000\n")
    run.read_until("ready")
    manager = run.manager
    manager.suspend()
    run.signal(signal.SIGKILL)
    wait_until_gone(manager.pid)
    assert not run.survivors()


@pytest.mark.parametrize("end", ["SIGTERM", "the guardian is killed", "the manager is killed"])
def test_who_is_not_ours_is_never_signalled(project: Project, end: str) -> None:
    """A job of the shell that became pyforeman, its orphan, and one with the environment of a child."""
    os.mkfifo(project.folder / "never")
    script = ("trap 'echo hit >> hits' INT TERM HUP", "sh -c 'sleep 1000 & echo $! > orphan'")
    project.write("neighbour.sh", "\n".join((*script, "while :; do read x < never; done\n")))
    run = project.start(
        "web: env > web.env; echo ready; exec sleep 1000\n",
        wrap=shell("", first="sh neighbour.sh > neighbour.out &"),
    )
    run.read_until("ready")
    lines = (project.folder / "web.env").read_text().splitlines()
    environment = dict(line.split("=", 1) for line in lines if "=" in line)
    stranger = subprocess.Popen(["sleep", "1000"], env=environment, start_new_session=True)
    children = psutil.Process(run.process.pid).children()
    neighbour = next(process for process in children if process.name() == "sh")
    manager = next(process for process in children if process != neighbour)
    orphan = psutil.Process(int((project.folder / "orphan").read_text()))
    ours = psutil.Process(run.pid_of("web.1"))
    try:
        kill(manager) if end == "the manager is killed" else ENDS[end](run)
        assert run.process.wait(timeout=30) in {143, 137, -9}
        wait_until_gone(manager.pid)
        wait_until_gone(ours.pid)
        assert stranger.poll() is None
        assert all(process.is_running() and process.status() != "zombie" for process in (neighbour, orphan))
        assert not (project.folder / "hits").exists()
    finally:
        kill(stranger, neighbour, orphan)
        stranger.wait()
        wait_until_gone(neighbour.pid)
        wait_until_gone(orphan.pid)


def test_orphans_are_reaped_while_it_runs(project: Project) -> None:
    run = project.start("web: for n in 1 2 3 4 5; do (setsid true &); done; echo ready; exec sleep 1000\n")
    run.read_until("ready")
    eventually(lambda: len(run.manager.children(recursive=True)) == 1, "no zombie is left")
    assert run.stop() == 143


def test_what_a_process_left_in_another_session_ends_before_its_next_try(project: Project) -> None:
    run = project.start("web: echo $(cat left); setsid sleep 1000 & echo $! > left; exit 3\n")
    run.read_until(r"next try in 1 s")
    left = int((project.folder / "left").read_text())
    wait_until_gone(left)
    assert run.stop() == 143


def test_daemons_end_with_the_run_when_all_have_finished(project: Project) -> None:
    project.write("daemon.sh", "echo $$ > made && mv made daemon; exec sleep 1000\n")
    wait = "while [ ! -e daemon ]; do sleep 0.01; done"  # its parent is gone: nobody tells when it runs
    run = project.start(f"web: env -i setsid -f sh daemon.sh; {wait}\n")
    assert run.wait() == 0
    assert not psutil.pid_exists(int((project.folder / "daemon").read_text()))


def test_the_mark_has_another_name_in_each_run(project: Project) -> None:
    names = []
    for _ in range(2):
        run = project.start("web: env | grep ^PYFOREMAN_MARK_\n")
        assert run.wait() == 0
        (mark,) = run.lines("web.1")
        found = re.fullmatch(r"(PYFOREMAN_MARK_[0-9a-f]{16})=web\.1", mark)
        assert found
        names.append(found[1])
    assert names[0] != names[1]


def test_an_error_of_ours_leaves_nothing(project: Project) -> None:
    """A traceback, and the guardian ends what is there."""
    project.write("sitecustomize.py", BREAK_THE_ENGINE)
    run = project.start(
        "web: echo ready; exec sleep 1000\nworker: echo ready; setsid sleep 1000 & wait\n",
        environment={"PYTHONPATH": str(project.folder)},
    )
    run.read_until(r"ready(.|\n)*ready")
    run.signal(signal.SIGHUP)
    assert run.wait() == 1
    assert "RuntimeError: an error of ours" in run.err
    assert not run.survivors()


BREAK_THE_ENGINE = """
import sys
import time
if sys.argv[-1:] == ["start"]:
    from pyforeman.core.supervisor import Supervisor
    def signalled(*arguments):
        raise RuntimeError("an error of ours")
    Supervisor.signalled = signalled
"""


# As pid 1

IN_A_CONTAINER = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
can_unshare = subprocess.run([*IN_A_CONTAINER, "true"], capture_output=True, check=False).returncode == 0
as_pid_1 = pytest.mark.skipif(not can_unshare, reason="unshare is not allowed here")


@as_pid_1
def test_as_pid_1_it_answers_sigterm(project: Project) -> None:
    run = project.start("web: echo ready; exec sleep 1000\n", wrap=IN_A_CONTAINER)
    run.read_until("ready")
    (pid_1,) = psutil.Process(run.process.pid).children()
    pid_1.terminate()
    assert run.wait() == 143


@as_pid_1
def test_as_pid_1_it_has_the_exit_code_of_the_process_that_failed(project: Project) -> None:
    run = project.start("web: exit 7\n", "--restart", "never", wrap=IN_A_CONTAINER)
    assert run.wait() == 7


@as_pid_1
def test_as_pid_1_it_reaps_orphans(project: Project) -> None:
    run = project.start(
        "web: for n in 1 2 3; do (setsid true &); done; echo ready; exec sleep 1000\n", wrap=IN_A_CONTAINER
    )
    run.read_until("ready")
    (pid_1,) = psutil.Process(run.process.pid).children()
    eventually(lambda: len(pid_1.children(recursive=True)) == 2, "the manager and web.1 are left")
    pid_1.terminate()
    assert run.wait() == 143


# Under pressure


def test_files_that_are_open_already_count(project: Project) -> None:
    """An editor or a CI agent may hand on many."""
    fds = " ".join(f"{number}>&1" for number in range(3, 10))
    run = project.start("web: ulimit -Sn; exec sleep 1000\n", wrap=shell(fds, first="ulimit -Sn 34;"))
    run.read_until(r"web\.1 +\| 34$")
    assert int(open_files_allowed(run.manager.pid)) > 34
    assert run.stop() == 143


def open_files_allowed(pid: int) -> str:
    """The soft limit of a process."""
    found = re.search(r"Max open files +(\d+)", Path(f"/proc/{pid}/limits").read_text())
    assert found
    return found[1]


def test_without_files_for_a_second_process_it_does_not_start(project: Project) -> None:
    run = project.start("web: true\n", wrap=shell("", first="ulimit -n 5;"))
    assert run.wait() == 1
    assert run.err == "pyforeman: cannot start: Too many open files\n"


def test_a_soft_limit_of_open_files_is_raised_for_us_and_not_for_children(project: Project) -> None:
    run = project.start(
        "web: ulimit -Sn; exec sleep 1000\n", "web=40", wrap=shell("", first="ulimit -Sn 64;")
    )
    for number in range(1, 41):
        run.read_until(rf"web\.{number} +\| 64$")
    assert run.stop() == 143
    assert "could not start" not in run.text


def test_a_formation_that_needs_more_files_than_are_allowed_is_refused(project: Project) -> None:
    run = project.start("web: touch started\n", "web=100", wrap=shell("", first="ulimit -n 64;"))
    assert run.wait() == 1
    assert re.fullmatch(
        r"pyforeman: a formation of 100 needs (\d+) open files, and no more than 64 are allowed: "
        r"allow it \(ulimit -Hn \1\), or start fewer\n",
        run.err,
    )
    assert not (project.folder / "started").exists()


def test_a_root_that_is_removed_costs_one_line_a_try_and_may_come_back(project: Project) -> None:
    root = project.folder / "root"
    root.mkdir()
    (root / "Procfile").write_text("web: echo in $(pwd); read x < ../go; exit 1\nworker: exec sleep 1000\n")
    os.mkfifo(project.folder / "go")
    run = project.run("start", "-f", "root/Procfile")
    run.read_until(r"web\.1 +\| in .*/root$")
    (root / "Procfile").unlink()
    root.rmdir()
    go = os.open(project.folder / "go", os.O_RDWR)
    os.write(go, b"\n")
    run.read_until(rf"web\.1 could not start: {root}: No such file or directory; next try in")
    after = len(run.text)
    root.mkdir()
    run.read_until(r"web\.1 +\| in .*/root$", after=after)
    assert "worker.1 crashed" not in run.text
    os.close(go)
    assert run.stop() == 143


# Nobody else gets in


def test_log_files_are_the_users_alone(project: Project) -> None:
    run = project.start("web: echo secret\n", "--log-dir", "var/logs", wrap=shell("", first="umask 000;"))
    assert run.wait() == 0
    logs = project.folder / "var" / "logs"
    assert {path.name: path.stat().st_mode & 0o777 for path in logs.iterdir()} == {
        "web.1.log": 0o600,
        "all.log": 0o600,
    }
    assert logs.stat().st_mode & 0o777 == 0o700
    assert logs.parent.stat().st_mode & 0o777 == 0o700


def test_a_log_folder_that_everybody_can_write_to_is_refused(project: Project) -> None:
    logs = project.folder / "logs"
    logs.mkdir()
    logs.chmod(0o777)
    run = project.start("web: touch started\n", "--log-dir", "logs")
    assert run.wait() == 1
    assert run.err == (
        f"pyforeman: --log-dir: {logs}: everybody can write there; chmod o-w, or choose another one\n"
    )
    assert not (project.folder / "started").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_log_folder_of_somebody_else_is_refused(project: Project) -> None:
    logs = project.folder / "logs"
    logs.mkdir()
    os.chown(logs, 65534, 65534)
    run = project.start("web: touch started\n", "--log-dir", "logs")
    assert run.wait() == 1
    assert run.err == (
        f"pyforeman: --log-dir: {logs}: belongs to another user; choose a folder of your own\n"
    )
    assert not (project.folder / "started").exists()


@pytest.mark.parametrize(
    "env", ["hunter2\n", "PORT=hunter2\n", "'A=hunter2'=1\n", 'A="hunter2\n', "A B=hunter2\n"]
)
def test_a_value_of_an_env_file_is_in_no_message(project: Project, env: str) -> None:
    project.write(".env", env)
    run = project.start("web: true\n")
    assert run.wait() != 0
    assert run.err.startswith("pyforeman: ")
    assert "hunter2" not in run.err + run.text


def test_no_value_of_an_env_file_is_in_a_process_list(project: Project) -> None:
    project.write(".env", "SECRET=hunter2\n")
    run = project.start("web: echo ready; sleep 1000; echo $SECRET\n")
    run.read_until("ready")
    for process in marked(run.mark):
        assert "hunter2" not in " ".join(process.cmdline())
    assert run.stop() == 143


# When little is there to work with


def test_start_need_not_be_the_first_word(project: Project) -> None:
    project.write("Procfile", "web: echo ready; exec sleep 1000\n")
    run = project.run("--", "start")
    run.read_until("ready")
    run.manager.kill()
    assert run.wait() == 137
    assert not run.survivors()


@pytest.mark.parametrize("end", ["SIGTERM", "the manager is killed"])
def test_without_pidfds_all_is_signalled_the_same(project: Project, end: str) -> None:
    """Kernels before 5.3, sandboxes, and Pythons that were built there."""
    project.write("sitecustomize.py", "import os\ndel os.pidfd_open\n")
    run = project.start("web: sleep 1000; echo no\n", environment={"PYTHONPATH": str(project.folder)})
    run.pid_of("web.1")
    eventually(lambda: len(run.manager.children(recursive=True)) == 2, "the shell has started sleep")
    ENDS[end](run)
    assert run.wait() in {143, 137}
    assert "is still there" not in run.text
    assert not run.survivors()


def test_a_guardian_whose_program_is_gone_kills_what_is_left(project: Project) -> None:
    """pyforeman was upgraded, or its virtual environment removed, while it ran."""
    shutil.copytree(Path(pyforeman.__file__).parent, project.folder / "lib" / "pyforeman")
    run = project.start(
        "web: setsid sleep 1000 & env -i setsid sleep 1000 & echo ready; wait\n",
        environment={"PYTHONPATH": str(project.folder / "lib")},
    )
    run.read_until("ready")
    eventually(lambda: len(run.manager.children(recursive=True)) == 3, "both sleep")
    started = run.manager.children(recursive=True)
    shutil.rmtree(project.folder / "lib")
    run.manager.kill()
    assert run.wait() == 137
    eventually(lambda: not any(process.is_running() for process in started), "nothing is left")


def is_child(process: psutil.Process, parent: int) -> bool:
    return bool(process.ppid() == parent)


def test_an_orphan_of_a_job_that_was_handed_on_is_let_be(project: Project) -> None:
    """Its parent has ended, and so all children that we had before."""
    os.mkfifo(project.folder / "go")
    job = "sh -c 'read x < go; setsid sleep 1000 & echo $! > orphan' > job.out &"
    run = project.start("web: echo ready; exec sleep 1000\n", wrap=shell("", first=job))
    run.read_until("ready")
    (project.folder / "go").write_text("\n")
    pid = project.folder / "orphan"
    eventually(lambda: pid.exists() and pid.read_text(), "it has started")
    orphan = psutil.Process(int(pid.read_text()))
    eventually(partial(is_child, orphan, run.process.pid), "it is an orphan")
    manager = psutil.Process(run.pid_of("web.1")).parent()  # beside it there may be the job, a zombie
    assert manager is not None
    manager.kill()
    assert run.process.wait(timeout=30) == 137
    assert orphan.is_running()
    kill(orphan)
    wait_until_gone(orphan.pid)


def test_after_a_stop_key_and_the_managers_end_all_still_do_their_graceful_stop(project: Project) -> None:
    """Also those who are not told by us, but by the process that has started them."""
    run = project.start(f"web: {child('master')} > said\n", "-t", "20")
    said = project.folder / "said"
    eventually(lambda: said.exists() and said.read_text().count("working") == 2, "its workers are there")
    manager = run.manager
    run.signal(signal.SIGTSTP)
    eventually(lambda: is_stopped(run.process.pid), "it is stopped")
    manager.kill()
    began = time.monotonic()
    run.signal(signal.SIGCONT)
    assert run.wait() == 137
    assert said.read_text().endswith("workers ended with 0 0\n")
    assert time.monotonic() - began < 10, "they were killed after the grace"


def test_a_python_without_ctypes_is_told(project: Project) -> None:
    project.write("sitecustomize.py", "import sys\nsys.modules['_ctypes'] = None\n")
    run = project.start("web: true\n", environment={"PYTHONPATH": str(project.folder)})
    assert run.wait() == 1
    assert run.err == "pyforeman: cannot start: this Python was built without ctypes (libffi)\n"
