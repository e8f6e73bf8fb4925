"""``group.sh`` and ``gate.sh``, which exports to supervisord and runit have, in the shells that run them."""

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from applications import SHELLS, TARGET, shop, templates
from harness import MARK, PATIENCE, kill, marked
from pyforeman.export import launcher
from pyforeman.plan.settings import Settings

BUSY = "while :; do sleep 0.1 & wait; done"
Start = Callable[..., subprocess.Popen[bytes]]


LINUX = [name for shell in SHELLS if (name := Path(shell[0]).name) != "bash"]


@pytest.fixture(params=[*LINUX, "macOS"])
def system(request: pytest.FixtureRequest) -> str:
    """A Linux with one of the shells, or macOS, whose shell is bash: there is no other one with bash,
    for each of these tests waits for two seconds."""
    if request.param == "macOS" and not shutil.which("bash"):
        pytest.skip("bash is not installed")
    return str(request.param)


@pytest.fixture
def shell(system: str) -> list[str]:
    wanted = "bash" if system == "macOS" else system
    return next(shell for shell in SHELLS if Path(shell[0]).name == wanted)


@pytest.fixture
def path(system: str, tmp_path: Path) -> str:
    """PATH, on macOS without what that lacks."""
    if system != "macOS":
        return os.environ["PATH"]
    for name in ("sleep", "perl", "env", "true"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    return str(tmp_path)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """The folder of the launchers of an application with a release."""
    application = shop("web: gunicorn app\nrelease: true", counts="", settings=Settings())
    target = TARGET._replace(folder=str(tmp_path))
    for file in launcher.files(application, target, templates("runit"), "runit", "it's a shop"):
        where = tmp_path / file.path
        where.parent.mkdir(exist_ok=True)
        where.write_text(file.text)
    return tmp_path / "it's a shop"


@pytest.fixture
def start(scripts: Path, shell: list[str], path: str) -> Iterator[Start]:
    """Starts a shell in the folder of the scripts, with its output on a pipe."""
    started: list[subprocess.Popen[bytes]] = []
    mark = uuid.uuid4().hex

    def one(*words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*shell, *words],
            cwd=scripts,
            env={"PATH": path, MARK: mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        started.append(process)
        return process

    yield one
    kill(*started, *marked(mark))
    for process in started:
        process.communicate()


def lines(process: subprocess.Popen[bytes], number: int) -> list[bytes]:
    assert process.stdout
    return [process.stdout.readline() for _ in range(number)]


def end(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """The exit code, and what was still written; when that is there, nobody has the pipe any more."""
    output, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, output


def test_a_signal_goes_to_all_and_the_end_is_that_of_the_last(start: Start) -> None:
    slow = f"(trap 'sleep 0.2; echo closed; exit' TERM; trap 'echo again' HUP; echo ready; {BUSY})"
    process = start("group.sh", "TERM", "9", "/bin/sh", "-c", f"{slow} & trap : HUP; echo ready; {BUSY}")
    assert lines(process, 2) == [b"ready\n"] * 2
    process.send_signal(signal.SIGHUP)
    assert lines(process, 1) == [b"again\n"]
    process.send_signal(signal.SIGTERM)
    assert end(process) == (143, b"closed\n")


def test_who_does_not_listen_is_killed(start: Start) -> None:
    deaf = f"trap '' TERM INT; echo ready; {BUSY}"
    process = start("group.sh", "INT", "0", "/bin/sh", "-c", f"({deaf}) & {deaf}")
    assert lines(process, 2) == [b"ready\n"] * 2
    process.send_signal(signal.SIGINT)
    assert end(process)[0] == 143


def test_what_the_first_leaves_behind_is_told_to_end(start: Start) -> None:
    left = f"(trap 'echo told; exit' TERM; : >left; {BUSY})"
    first = f"{left} & until [ -e left ]; do sleep 0.01; done; exit 3"
    assert end(start("group.sh", "TERM", "9", "/bin/sh", "-c", first)) == (3, b"told\n")


def test_nothing_is_ignored_that_was_not_before(start: Start) -> None:
    for name, code in (("INT", 130), ("QUIT", 131)):
        process = start("group.sh", "TERM", "9", "/bin/sh", "-c", f"kill -s {name} $$; echo alive")
        found, output = end(process)
        assert found == code
        assert b"alive" not in output


def test_a_stop_is_never_too_early(start: Start) -> None:
    for milliseconds in range(0, 40, 4):
        process = start("group.sh", "TERM", "30", "sleep", "60")
        time.sleep(milliseconds / 1000)  # no fact to wait for: every moment is meant
        process.send_signal(signal.SIGTERM)
        code, _ = end(process)
        assert code in (143, -signal.SIGTERM)


def test_the_gate_is_open_while_the_release_is_there(start: Start) -> None:
    waiting = start("-c", ". ./gate.sh; pass_gate web.1; echo passed")
    assert lines(waiting, 1) == [b"web.1 waits for the release\n"]
    release = start("-c", ". ./gate.sh; open_gate; echo open; exec sleep 60")
    assert lines(release, 1) == [b"open\n"]
    assert end(waiting) == (0, b"passed\n")
    assert end(start("-c", ". ./gate.sh; pass_gate web.2; echo passed")) == (0, b"passed\n")
    release.kill()
    release.wait()
    waiting = start("-c", ". ./gate.sh; pass_gate web.3; echo passed")
    assert lines(waiting, 1) == [b"web.3 waits for the release\n"]


@pytest.mark.parametrize("path", ["/nowhere"])
def test_without_its_tools_the_gate_stays_closed(start: Start) -> None:
    waiting = start("-c", "sleep() { echo; }; . ./gate.sh; pass_gate web.1; echo passed")
    output = b"".join(lines(waiting, 20))
    assert b"perl" in output
    assert b"passed" not in output


def test_a_gate_that_cannot_be_read_stays_closed(start: Start, scripts: Path) -> None:
    (scripts / "release.lock").unlink()
    code, output = end(start("-c", ". ./gate.sh; pass_gate web.1; echo passed"))
    assert code
    assert b"passed" not in output
    assert b"release.lock" in output
