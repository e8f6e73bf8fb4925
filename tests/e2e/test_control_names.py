"""Who a formation is among others: kills and new starts, names, long and linked roots."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from conftest import Project
from dial import Dial, socket_path
from harness import Run, child, eventually, is_stopped, kill

PROCFILE = f"web: {child('worker')}\n"
ROUNDS = 8

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets us adopt orphans")


def started(project: Project, *arguments: str, folder: Path | None = None) -> Run:
    """A formation that runs."""
    run = project.run("start", *arguments) if folder is None else Run(folder, ("start", *arguments))
    if folder is not None:
        project.runs.append(run)
    run.read_until("worker ready")
    return run


def done(project: Project, folder: Path, *arguments: str) -> Run:
    """A command in a folder, until it has ended."""
    run = Run(folder, arguments)
    project.runs.append(run)
    run.wait()
    return run


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@on_linux
@pytest.mark.parametrize("whom", ["guardian", "manager", "both"])
def test_after_a_kill_it_can_be_started_again_at_once(project: Project, whom: str) -> None:
    project.write("Procfile", PROCFILE)
    for number in range(ROUNDS):
        run = started(project)
        if number % 2:  # its server is there already, or is not
            dial = Dial(project.folder)
            dial.next()
            dial.close()
        guardian, manager = psutil.Process(run.process.pid), run.manager
        web = psutil.Process(run.pid_of("web.1"))
        victims = {"guardian": [guardian], "manager": [manager], "both": [guardian, manager]}[whom]
        kill(*victims)
        again = started(project)
        ps = project.run("ps")
        assert ps.wait() == 0, ps.err
        assert str(again.pid_of("web.1")) in ps.text
        if whom == "both":
            kill(web)  # unless the manager has seen the guardian's end before its own
        assert again.stop(signal.SIGINT) == 130
        assert again.err == ""
        run.process.wait()
        for pid in (manager.pid, web.pid):  # after a kill of both, who adopts them may be slow to reap them
            eventually(lambda pid=pid: has_ended(pid), f"{pid} has ended")  # type: ignore[misc]
        run.close()
        again.close()
    assert "no formation is running" in done(project, project.folder, "ps").err


def test_a_second_start_of_the_same_name_says_who_has_it_and_starts_nothing(project: Project) -> None:
    project.write("Procfile", f"web: {child('worker')} $(touch $PS.ran)\nrelease: true\n")
    run = started(project, "--log-dir", "logs")
    (project.folder / "web.1.ran").unlink()
    log = project.folder / "logs/all.log"
    eventually(lambda: b"worker ready" in log.read_bytes(), "it is logged")
    logged = log.read_bytes()
    second = project.run("start", "--log-dir", "logs")
    assert second.wait() == 1
    assert log.read_bytes() == logged
    assert second.text == ""
    assert second.err == (
        f"pyforeman: 'Procfile' runs in {project.folder} already: pid {run.process.pid} runs it; "
        "give this formation another name: --name NAME\n"
    )
    assert not (project.folder / "web.1.ran").exists()
    assert run.stop() == 143


def test_a_second_start_while_it_is_stopping_says_so(project: Project) -> None:
    run = project.start(f"web: {child('stubborn')}\n", "--timeout", "60")
    run.read_until("ready")
    run.signal(signal.SIGTERM)
    run.read_until("SIGTERM ignored")
    second = project.run("start")
    assert second.wait() == 1
    assert f"already: pid {run.process.pid} is still stopping; give this" in second.err
    os.kill(run.pid_of("web.1"), signal.SIGKILL)
    assert run.wait() == 143


def test_a_second_start_and_ps_beside_one_that_is_stopped(project: Project) -> None:
    project.write("Procfile", PROCFILE)
    run = started(project)
    run.signal(signal.SIGTSTP)
    eventually(lambda: is_stopped(run.process.pid), "it is stopped")
    second, ps = project.run("start"), project.run("ps")
    assert second.wait() == 1
    assert f"already: pid {run.process.pid} does not answer; it may be stopped (^Z)" in second.err
    assert second.err.count("\n") == 1
    assert ps.wait() == 1
    assert "does not answer; it may be stopped (^Z)" in ps.err
    run.signal(signal.SIGCONT)
    assert done(project, project.folder, "ps").process.returncode == 0
    assert run.stop() == 143


def test_two_names_in_one_folder(project: Project) -> None:
    project.write("Procfile", PROCFILE)
    blue = started(project, "--name", "blue")
    green = started(project, "--name", "green", "--port", "6000")
    ps = done(project, project.folder, "ps")
    assert ps.process.returncode == 2
    assert ps.err == (
        f"pyforeman: several formations run in {project.folder}: blue, green; choose one with --name\n"
    )
    for name, run in (("blue", blue), ("green", green)):
        ps = done(project, project.folder, "ps", "--name", name)
        assert str(run.pid_of("web.1")) in ps.text
    usual = started(project, "--port", "7000")
    assert str(usual.pid_of("web.1")) in done(project, project.folder, "ps").text
    assert usual.stop() == 143
    assert done(project, project.folder, "stop", "--name", "blue").text == "stopped\n"
    assert blue.wait() == 0
    assert str(green.pid_of("web.1")) in done(project, project.folder, "ps").text  # the only one
    assert green.stop() == 143


@pytest.mark.parametrize(
    "name", ["a b", "../../x", "é☃", "'", '"', "a\nb", "$(touch x)", "-x", "x" * 5000, "\\", "*"]
)
def test_a_name_may_be_anything(project: Project, name: str) -> None:
    project.write("Procfile", PROCFILE)
    run = started(project, f"--name={name}")
    other = started(project, "--name", "other", "--port", "6000")
    ps = done(project, project.folder, "ps", f"--name={name}")
    assert ps.process.returncode == 0, ps.err
    assert str(run.pid_of("web.1")) in ps.text
    second = done(project, project.folder, "start", f"--name={name}")
    assert second.process.returncode == 1
    assert second.err.count("\n") == 1
    several = done(project, project.folder, "ps")
    assert several.process.returncode == 2
    assert several.err.count("\n") == 1
    assert other.stop() == 143
    assert run.stop() == 143
    assert not (project.folder / "x").exists()


def test_a_root_of_300_characters_and_folders_below_it(project: Project) -> None:
    root = project.folder / ("a" * 100) / ("b" * 100) / ("c" * 100)
    below = root / "d" / "e"
    below.mkdir(parents=True)
    (root / "Procfile").write_text(PROCFILE)
    run = started(project, folder=root)
    before = run.pid_of("web.1")
    assert str(before) in done(project, root, "ps").text
    seen = len(run.text)
    restart = done(project, below, "restart", "web")
    assert restart.process.returncode == 0, restart.err
    run.read_until("web.1 started, pid", after=seen)
    assert run.pid_of("web.1") != before
    assert str(run.pid_of("web.1")) in done(project, below, "ps").text
    assert done(project, below, "stop").text == "stopped\n"
    assert run.wait() == 0


def test_a_root_reached_by_a_link_is_the_same(project: Project) -> None:
    real, link = project.folder / "real", project.folder / "link"
    (real / "sub").mkdir(parents=True)
    link.symlink_to("real")
    (real / "Procfile").write_text(PROCFILE)
    run = started(project, folder=real)
    web = str(run.pid_of("web.1"))
    assert web in done(project, link, "ps").text
    assert web in done(project, link / "sub", "ps").text
    assert web in done(project, project.folder, "ps", "--root", "link").text
    second = done(project, project.folder, "start", "-f", "link/Procfile")
    assert second.process.returncode == 1
    assert f"pid {run.process.pid} runs it" in second.err
    assert run.stop() == 143


def test_the_nearest_formation_above_is_meant(project: Project) -> None:
    inner = project.folder / "inner"
    (inner / "sub").mkdir(parents=True)
    project.write("Procfile", PROCFILE)
    (inner / "Procfile").write_text(PROCFILE)
    outer_run = started(project)
    assert str(outer_run.pid_of("web.1")) in done(project, inner / "sub", "ps").text
    inner_run = started(project, "--port", "6000", folder=inner)
    assert str(inner_run.pid_of("web.1")) in done(project, inner / "sub", "ps").text
    assert inner_run.stop() == 143
    assert str(outer_run.pid_of("web.1")) in done(project, inner / "sub", "ps").text
    assert outer_run.stop() == 143


def test_a_root_that_was_removed_does_not_keep_it_from_ending(project: Project) -> None:
    gone = project.folder / "gone"
    gone.mkdir()
    (gone / "Procfile").write_text(PROCFILE)
    run = started(project, folder=gone)
    path = socket_path(gone)
    os.rename(gone, project.folder / "elsewhere")
    ps = done(project, project.folder, "ps", "--root", str(project.folder / "elsewhere"))
    assert ps.process.returncode == 1
    assert ps.err.startswith("pyforeman: no formation is running in ")
    assert run.stop() == 143
    assert not os.path.exists(path)
