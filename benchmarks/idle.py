"""What a manager does while nothing happens: system calls, wake-ups, and time on a processor."""

import contextlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.census import cpu_ns
from benchmarks.managers import Manager
from benchmarks.measures import Measure
from benchmarks.options import Options
from benchmarks.scene import ENVIRONMENT, FailedError
from benchmarks.silence import silence, switches
from benchmarks.survey import survey

CHILDREN = 100
SECONDS = 10.0


def measure(options: Options) -> Iterator[Measure]:
    """With 100 silent children, for ten seconds each: first nobody looks, then strace does."""
    seconds = options.pick(2.0, SECONDS, SECONDS)
    found = survey(options.peers, options.runs(1, 1, 3), lambda manager: _once(manager, seconds))
    within = f"in {SECONDS:.0f} s, with {CHILDREN} silent children"
    yield found.measure("calls", "idle.calls", f"system calls of the idle manager {within}", "calls")
    yield found.measure("switches", "idle.switches", f"wake-ups of the idle manager {within}", "wake-ups")
    yield found.measure("cpu", "idle.cpu", f"time of the idle manager on a processor {within}", "ms")


def _once(manager: Manager, seconds: float) -> dict[str, float]:
    with silence(manager, CHILDREN) as scene:
        pids = scene.come_to_rest()
        found = {name: figure * SECONDS / seconds for name, figure in activity(pids, seconds).items()}
        if (calls := system_calls(pids, seconds)) is not None:
            found["calls"] = calls * SECONDS / seconds
        return found


def activity(pids: Sequence[int], seconds: float) -> dict[str, float]:
    """What these do in that time, as the scheduler counts it: ``switches``, and ``cpu`` in ms."""
    before = switches(pids), cpu_ns(pids)
    time.sleep(seconds)
    return {"switches": switches(pids) - before[0], "cpu": (cpu_ns(pids) - before[1]) / 1e6}


def system_calls(pids: Sequence[int], seconds: float) -> int | None:
    """System calls that these begin within so many seconds; None where there is no strace.

    ``strace -c`` would also count the calls that it interrupted itself when it came, and which the kernel
    began anew: one for each thread. So the time of each call is noted, and the first half second is not
    counted.
    """
    strace = shutil.which("strace")
    if strace is None:
        return None
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        trace, said = Path(place) / "trace", Path(place) / "said"
        command = [strace, "-f", "-ttt", "-e", "signal=none", "-o", str(trace)]
        with open(said, "wb") as stderr:
            tracer = subprocess.Popen(
                [*command, *(f"--attach={pid}" for pid in pids)], stderr=stderr, env=ENVIRONMENT
            )
        try:
            _await_attached(said, tracer, len(pids))
            time.sleep(0.5)
            began = time.time()
            time.sleep(seconds)
            ended = time.time()
        finally:
            tracer.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                tracer.wait(10)
            tracer.kill()
            tracer.wait()
        return sum(began <= when < ended for when in _begun(trace))


def _await_attached(said: Path, tracer: "subprocess.Popen[bytes]", count: int) -> None:
    """strace tells of each process that it watches now, all its threads included."""
    deadline = time.monotonic() + 20
    while said.read_bytes().count(b" attached") < count:
        if tracer.poll() is not None or time.monotonic() > deadline:
            raise FailedError(f"strace cannot watch: {said.read_text().strip()[:100]}")
        time.sleep(0.05)  # it tells by what it writes to a file


def _begun(trace: Path) -> Iterator[float]:
    """When each call began. ``<... read resumed>`` is the end of one; ``+++ exited`` is none."""
    for line in trace.read_text(errors="replace").splitlines():
        if match := re.match(r"(?:\d+ +)?(\d+\.\d+) [a-z_0-9]+\(", line):
            yield float(match[1])
