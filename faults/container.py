"""As the first process of a container: everything that loses its parent comes to it."""

import os
import signal
import subprocess
import time

from census import Person, census, descendants, living
from rows import Measured, root, row
from scene import Scene, until

_UNSHARE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


def _unshare() -> str:
    """Whether a namespace of processes can be had."""
    try:
        told = subprocess.run([*_UNSHARE, "true"], capture_output=True, text=True, check=False)
    except OSError as error:
        return f"needs unshare: {error}"
    return "" if not told.returncode else f"no namespace of processes here: {told.stderr.strip()}"


_NEEDS = (root, _unshare)


def _first(scene: Scene) -> int:
    """The pid, as we see it, of what is process 1 there: the child of ``unshare``."""
    children = [person for person in living(census().values()) if person.parent == scene.guardian]
    assert children, scene.tail()
    return children[0].pid


def _zombies(scene: Scene) -> list[Person]:
    return [person for person in descendants(census(), scene.guardian) if person.state == "Z"]


def _end(measured: Measured, scene: Scene, code: int, since: float) -> None:
    measured.note_code(scene.wait())
    measured.note_seconds(time.monotonic() - since)
    measured.note_survivors(scene)
    assert measured.code == code, f"exit code {measured.code} instead of {code}; {scene.tail()}"


@row(
    "as process 1, with a child that leaves 300 orphans which end",
    must="they are reaped: no zombie is left; SIGTERM gives 143",
    needs=_NEEDS,
)
def orphans(measured: Measured) -> None:
    """Zombies fill the table of processes."""
    procfile = "web: for i in $(seq 300); do (sleep 0.01 &); done; echo all gone; exec sleep 3901\n"
    with Scene(procfile, "-t", "1", wrap=_UNSHARE) as scene:
        scene.read_until("all gone")
        until(lambda: "sleep 0.01" not in {each for _, each in scene.survivors()}, "the orphans have ended")
        until(lambda: not _zombies(scene), "all zombies are reaped", 10)
        os.kill(_first(scene), signal.SIGTERM)
        _end(measured, scene, 143, time.monotonic())


@row(
    "as process 1, SIGTERM from outside; a child obeys, one daemonizes itself, one ignores SIGTERM",
    must="it answers, though process 1 has no default actions: exit code 143 within the grace and 3 s",
    needs=_NEEDS,
)
def term(measured: Measured) -> None:
    """``docker stop``."""
    procfile = "a: sleep 3902\nb: setsid -f sleep 3903; sleep 3904\nc: trap '' TERM; sleep 3905; true\n"
    with Scene(procfile, "-t", "1", wrap=_UNSHARE) as scene:
        scene.read_until("c.1 started")
        until(lambda: "sleep 3905" in {each for _, each in scene.survivors()}, "all are up")
        since = time.monotonic()
        os.kill(_first(scene), signal.SIGTERM)
        _end(measured, scene, 143, since)
        assert (measured.seconds or 0) < 4, f"it took {measured.seconds:.1f} s"


@row(
    "as process 1, `--stop-on failure --restart never`, and a child fails with 7",
    must="exit code 7, nothing survives",
    needs=_NEEDS,
)
def failure(measured: Measured) -> None:
    """The container ends with the code."""
    with Scene(
        "web: sleep 0.3; exit 7\nother: setsid -f sleep 3906; sleep 3907\n",
        *("-t", "1", "--restart", "never", "--stop-on", "failure"),
        wrap=_UNSHARE,
    ) as scene:
        _end(measured, scene, 7, scene.began)


@row(
    "as process 1, SIGKILL of its manager from inside",
    must="the rest is ended, exit code 137, nothing survives",
    needs=_NEEDS,
)
def manager_killed(measured: Measured) -> None:
    """Nobody inside can kill process 1; but the other one."""
    with Scene("web: setsid -f sleep 3908; sleep 3909\n", "-t", "1", wrap=_UNSHARE) as scene:
        scene.read_until("web.1 started")
        until(lambda: "sleep 3908" in {each for _, each in scene.survivors()}, "it is up")
        first = _first(scene)
        below = [person.pid for person in living(census().values()) if person.parent == first]
        same = os.readlink(f"/proc/{first}/exe")
        manager = next((pid for pid in below if os.readlink(f"/proc/{pid}/exe") == same), None)
        assert manager, "there is no manager: process 1 runs all by itself"
        os.kill(manager, signal.SIGKILL)
        _end(measured, scene, 137, time.monotonic())
