"""Not enough of something: open files, processes, a folder; and five hundred children at once."""

import os
import re
import shutil
import signal
import subprocess
import tempfile

from rows import Measured, root, row
from scene import PYFOREMAN, Scene, until

_STRANGER = 64_000 + os.getpid() % 1000
"""A user who has nothing else on any machine, nor in another row: a limit on processes counts ours alone."""


def _shell(line: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", f'{line}; exec "$@"', "sh")


@row(
    "a soft limit of 64 open files (`ulimit -Sn 64`), 60 children",
    must="all start and end; each child sees its 64; exit code 143",
)
def soft_limit(measured: Measured) -> None:
    """The limit is ours to raise, for ourselves."""
    with Scene(
        "web: ulimit -Sn; exec sleep 3701\n", "web=60", "-t", "2", wrap=_shell("ulimit -Sn 64")
    ) as scene:
        scene.read_until_count("| 64\n", 60)
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM))
        limits = set(re.findall(r"web\.\d+ +\| (\d+)$", scene.text, re.MULTILINE))
        assert limits == {"64"}, f"children saw {limits}"
        assert "could not start" not in scene.text, scene.tail()


@row(
    "a hard limit of 64 open files (`ulimit -n 64`), 100 children",
    must="refused with one line that has both numbers, before anything starts; exit code 1",
)
def hard_limit(measured: Measured) -> None:
    """No half formation."""
    wrap = _shell("ulimit -n 64")
    with Scene("web: : > started; exec sleep 3702\n", "web=100", "-t", "1", wrap=wrap) as scene:
        measured.end(scene, 1, since=scene.began)
        scene.read_to_end()
        assert not (scene.folder / "started").exists(), "something was started"
        assert "started" not in scene.text, scene.tail()
        lines = scene.err.splitlines()
        assert len(lines) == 1, f"not one line: {scene.err!r}"
        numbers = {int(number) for number in re.findall(r"\d+", lines[0])}
        assert 64 in numbers, f"the limit is not named: {lines[0]!r}"
        assert max(numbers) > 100, f"what is needed is not named: {lines[0]!r}"


def _as_a_stranger(processes: int) -> tuple[str, ...]:
    """Words that stand before a command: a user other than root, who is free from this limit. He may read
    everything: the installation may be in root's home."""
    user = (f"--reuid={_STRANGER}", f"--regid={_STRANGER}", "--clear-groups")
    may_read = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    folder = ("/bin/sh", "-c", 'chmod 777 .; exec "$@"', "sh")
    return (*folder, "prlimit", f"--nproc={processes}", "setpriv", *user, *may_read, "--")


def _can_be_a_stranger() -> str:
    """Whether another user can run the installation."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*_as_a_stranger(20), PYFOREMAN, "version"]
        told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return "" if not told.returncode else f"another user cannot run it: {told.stderr.strip()[-100:]}"


def _count(scene: Scene, *commands: str) -> int:
    """How many processes have one of these command lines."""
    return sum(command in commands for _, command in scene.survivors())


@row(
    "no more processes (`ulimit -u`): 20 children, room for half of them",
    must="a line for each that could not start says why and when the next try is; the others run, and all "
    "ends; exit code 143",
    needs=[root, _can_be_a_stranger],
)
def no_more_processes(measured: Measured) -> None:
    """EAGAIN."""
    with Scene("web: sleep 3703\n", "web=20", "-t", "2", wrap=_as_a_stranger(14)) as scene:
        scene.read_until(r"web\.\d+ could not start: .*; next try in")
        started = len(set(re.findall(r"web\.\d+ started", scene.text)))
        assert started >= 5, f"only {started} were started; {scene.tail()}"
        until(lambda: _count(scene, "sleep 3703") >= 5, "some run")
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM))
        assert "Traceback" not in scene.err + scene.text, scene.tail()


@row(
    "no more processes (`ulimit -u`): room for one",
    must="refused with one line, exit code 1",
    needs=[root, _can_be_a_stranger],
)
def no_second_process(measured: Measured) -> None:
    """Not even the manager can be had."""
    with Scene("web: sleep 3710\n", wrap=_as_a_stranger(1)) as scene:
        measured.end(scene, 1, since=scene.began)
        assert len(scene.err.splitlines()) == 1, f"not one line: {scene.err!r}"


@row(
    "no more processes (`ulimit -u`), and SIGKILL of either of the two",
    must="to end all, nobody needs another process: nothing survives, exit code 137",
    needs=[root, _can_be_a_stranger],
)
def killed_without_processes(measured: Measured) -> None:
    """What cleans up cannot fork."""
    wrap = _as_a_stranger(24)
    for kill in (Scene.kill_guardian, Scene.kill_manager):
        with Scene("web: setsid -f sleep 3704; exec sleep 3705\n", "web=20", "-t", "1", wrap=wrap) as scene:
            scene.read_until(r"web\.\d+ could not start: ")
            scene.wait_for_manager()
            measured.killed(scene, 137, since=kill(scene), within=4)


@row(
    "the folder of the Procfile is removed while all runs, then a child crashes",
    must="one line for each try, at most, says what is missing; the others go on; exit code 143",
)
def root_removed(measured: Measured) -> None:
    """As `git checkout` does to a folder."""
    procfile = "web: sleep 3706\nother: n=0; while :; do n=$((n+1)); echo other $n; sleep 0.05; done\n"
    with Scene(procfile, "-t", "1") as scene:
        pid = scene.pid_of("web.1")
        scene.read_until("other 1$")
        shutil.rmtree(scene.folder)
        after = len(scene.out)
        os.kill(pid, signal.SIGKILL)
        scene.read_until(
            r"web\.1 crashed \(SIGKILL\).*\n(.*\n)*?.*system +\| web\.1 .*\n", after=after
        )  # the next try
        number = int(scene.read_until(r"other (\d+)$", after=after)[1])
        scene.read_until(rf"other {number + 40}$", after=after)
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM))
        said = [line for line in scene.text[after:].splitlines() if "system" in line and "web.1" in line]
        tries = sum("next try" in line for line in said)
        named = [line for line in said if str(scene.folder) in line or "no such file" in line.lower()]
        assert named, f"no line says what is missing: {said}"
        assert len(named) <= tries, f"{len(named)} lines for {tries} tries: {said}"
        assert "Traceback" not in scene.text, scene.tail()


@row(
    "500 children start, say a line, and are stopped",
    must="each line is there, nothing survives, exit code 143",
    limit=100,
)
def five_hundred(measured: Measured) -> None:
    """Many."""
    count = 500
    with Scene("web: echo up; exec sleep 3707\n", f"web={count}", "--no-port", "-t", "10") as scene:
        scene.read_until_count("| up\n", count)
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM), within=30)
        scene.read_to_end()
        up = set(re.findall(r"(web\.\d+) +\| up$", scene.text, re.MULTILINE))
        measured.note_lost(count - len(up))


@row(
    "500 children, each with a `setsid` grandchild, and SIGKILL of either of the two",
    must="nothing survives, exit code 137",
    limit=100,
    alone=True,
)
def five_hundred_killed(measured: Measured) -> None:
    """A thousand to end."""
    count = 500
    for kill in (Scene.kill_guardian, Scene.kill_manager):
        with Scene(
            "web: setsid -f sleep 3708; exec sleep 3709\n", f"web={count}", "--no-port", "-t", "5"
        ) as scene:
            until(lambda: _count(scene, "sleep 3708", "sleep 3709") == 2 * count, "all are up", 60)
            measured.killed(scene, 137, since=kill(scene), within=10)
