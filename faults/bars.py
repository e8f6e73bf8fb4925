"""What is measured closely: seconds and megabytes, each against a bar. Nothing else runs beside these."""

import re
import signal
import time
from collections.abc import Callable
from statistics import median

from cast import OBEDIENT, PLAIN, STUBBORN, act, player
from census import status
from rows import Measured, row
from scene import Scene

_TWENTY = f"plain: {PLAIN.command}\nhidden: trap '' TERM; setsid sleep 3401 & sleep 3402; true\n"


def _twenty(measured: Measured, kill: Callable[[Scene], float]) -> None:
    with Scene(_TWENTY, "all=10", "-t", "2") as scene:
        scene.read_until_count("started, pid", 20)
        _until_count(scene, "sleep 3401", 10)
        scene.wait_for_manager()
        measured.killed(scene, 137, since=kill(scene), within=3.0)


def _until_count(scene: Scene, command: str, count: int) -> None:
    while [each for _, each in scene.survivors()].count(command) < count:
        assert scene.process.poll() is None, scene.tail()


@row(
    "SIGKILL of the guardian with 20 children, ten of them with a `setsid` grandchild, all of which ignore "
    "SIGTERM; `-t 2`",
    must="all are gone within the grace and 1 s: 3 s",
    alone=True,
)
def twenty_guardian(measured: Measured) -> None:
    """The grace is the same whoever sees to it."""
    _twenty(measured, Scene.kill_guardian)


@row(
    "SIGKILL of the manager with 20 children, ten of them with a `setsid` grandchild, all of which ignore "
    "SIGTERM; `-t 2`",
    must="all are gone within the grace and 1 s: 3 s",
    alone=True,
)
def twenty_manager(measured: Measured) -> None:
    """The grace is the same whoever sees to it."""
    _twenty(measured, Scene.kill_manager)


def _obedient(measured: Measured, kill: Callable[[Scene], float]) -> None:
    runs = []
    for _ in range(5):
        with act(OBEDIENT) as scene:
            scene.wait_for_manager()
            one = Measured()
            one.killed(scene, 137, since=kill(scene), within=1.0)
            runs.append(one.seconds or 0.0)
            measured.survivors, measured.code, measured.peak = one.survivors, one.code, one.peak
    measured.seconds = median(runs)
    assert measured.seconds <= 0.3, f"the median is {measured.seconds:.2f} s, of {runs}"


@row(
    "SIGKILL of the guardian, with seven kinds of processes that obey SIGTERM, `env -i setsid sleep` among "
    "them; five times",
    must="all are gone within 0.3 s: the median of the five is, and each is within 1 s",
    alone=True,
)
def obedient_guardian(measured: Measured) -> None:
    """Nobody waits for a grace that nobody needs."""
    _obedient(measured, Scene.kill_guardian)


@row(
    "SIGKILL of the manager, with seven kinds of processes that obey SIGTERM, `env -i setsid sleep` among "
    "them; five times",
    must="all are gone within 0.3 s: the median of the five is, and each is within 1 s",
    alone=True,
)
def obedient_manager(measured: Measured) -> None:
    """Nobody waits for a grace that nobody needs."""
    _obedient(measured, Scene.kill_manager)


@row(
    "nobody reads stdout for 5 s while four children flood it; then SIGTERM; `-t 2`",
    must="the memory grows by less than 64 MB; all ends within the grace and 1 s, with 143; the children "
    "have done their graceful stop; what did not come out was counted",
    alone=True,
)
def stalled(measured: Measured) -> None:
    """Children wait in their own writes, until a stop has begun."""
    procfile = "".join(f"{name}: {player('flood', name)}\n" for name in "abcd")
    with Scene(procfile, "-t", "2", "--timestamps", "off") as scene:
        for name in "abcd":
            scene.read_until(rf"\| {name} 1000 ")
        before = scene.peak_memory()
        scene.stall()
        time.sleep(5)  # this is what the row is about
        since = scene.signal(signal.SIGTERM)
        code = scene.wait()
        measured.note_code(code)
        measured.note_seconds(time.monotonic() - since)
        measured.note_survivors(scene)
        measured.peak = scene.peak_memory()
        scene.read_on()
        scene.read_to_end()
        written = {name: scene.folder / f"{name}.count" for name in "abcd"}
        assert all(path.exists() for path in written.values()), f"a graceful stop was cut: {scene.tail()}"
        told = sum(int(number) for number in re.findall(r"(\d+) lines? .*lost", scene.err))
        missing = sum(int(path.read_text()) for path in written.values())
        missing -= len(re.findall(rb"^[abcd]\.1 +\| [abcd] \d+ x*$", scene.out, re.MULTILINE))
        assert code == 143, f"exit code {code}"
        assert (measured.seconds or 0) <= 3.0, f"it took {measured.seconds:.2f} s"
        growth = measured.peak - before
        assert growth < 64, f"the memory grew by {growth:.0f} MB"
        assert told or not missing, f"{missing} lines are missing, and nobody says so; {scene.tail()}"


@row(
    "what the guardian adds: the memory that is private to it, and its page tables, with 20 children up",
    must="less than 4 MB. What it shares with the manager, or with anybody, would be there without it; what "
    "it has from before the fork and the manager has changed since is private to it, and counts",
    alone=True,
)
def guardian_memory(measured: Measured) -> None:
    """Not PSS: a page that both map counts half for each, though the manager would have it anyway. What is
    measured is what the PSS of both has more than that of the manager alone, without the noise of who else
    maps the same libraries."""
    with Scene(_TWENTY, "all=10", "-t", "0.5") as scene:
        scene.read_until_count("started, pid", 20)
        scene.wait_for_manager()
        measured.peak = scene.private(scene.guardian) + status(scene.guardian, "VmPTE") / 1024
        since = scene.signal(signal.SIGTERM)
        measured.note_code(scene.wait())
        measured.note_seconds(time.monotonic() - since)
        measured.note_survivors(scene)
        assert measured.peak < 4, f"it adds {measured.peak:.1f} MB"


@row(
    "a process that ignores SIGTERM, `-t 2`",
    must="it has its 2 s, and is killed then: the end comes after 2 to 3 s, exit code 143",
    alone=True,
)
def grace(measured: Measured) -> None:
    """Not sooner and not later."""
    with act({"stubborn": STUBBORN}, "-t", "2") as scene:
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM), within=3.0, at_least=1.95)
