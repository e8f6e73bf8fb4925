"""Latency of a single line: from the moment its process writes it to that when a reader has it.

One process writes a line with its own reading of the clock, some 400 times a second; beside it 0, 1, 4 or
16 others write as fast as they can. What the reader and the kernel take is in the rows of the limits: the
same processes write into the same pipe, with no manager or one ``cat`` between them.

On few processors most of this is who gets one when: compare within a run only.
"""

import contextlib
import gc
import os
import re
import select
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.census import end_all
from benchmarks.managers import Job, Manager
from benchmarks.measures import OURS, Measure
from benchmarks.options import Options
from benchmarks.scene import ENVIRONMENT, FailedError, folder
from benchmarks.survey import survey

FLOODS = (0, 1, 4, 16)
SKIPPED = 200
"""The first lines, while the manager and the floods are still starting."""
PATIENCE = 8.0
"""Seconds more than the lines take at their pace. Who is further behind than that is so for good."""

# Not at even intervals: a manager's own timer might beat with them. The sleep is not in the figure: the
# clock is read after it.
_CLOCK = """\
import os, random, sys, time
for number in range(int(sys.argv[1])):
    time.sleep(random.uniform(0.002, 0.003))
    os.write(1, b"~%d %d~\\n" % (number, time.clock_gettime_ns(time.CLOCK_MONOTONIC)))
time.sleep(1000)
"""
_SECONDS_EACH = 0.0026
_FLOOD = "while :; do cat flood.txt; done\n"
_WRITTEN = re.compile(rb"~(\d+) (\d+)~")
_LONGEST = 64
"""No line of the clock has more bytes."""


def measure(options: Options) -> Iterator[Measure]:
    """p50 and p99, in ms, of 1,000 lines of each run; and how much passed beside them, in MB/s.

    The last belongs to the others: who lets a flood write slowly has little to be late for.
    """
    lines = options.pick(300, 1000, 1000)
    for floods in FLOODS:
        found = survey(options.managers, options.runs(1, 1, 3), partial(once, floods, lines))
        beside = f"beside {floods} flood{'s' if floods > 1 else ''}" if floods else "alone"
        for key in ("p50", "p99"):
            yield found.measure(
                key, f"latency.{floods}.{key}", f"latency of a single line {beside}, {key}", "ms"
            )
        if floods:
            title = f"read meanwhile, of {floods} flood{'s' if floods > 1 else ''}"
            yield found.measure("rate", f"latency.{floods}.rate", title, "MB/s", more_is_better=True)


def once(floods: int, lines: int, manager: Manager) -> dict[str, float]:
    """One run: ``p50`` and ``p99`` in ms, and ``rate``, the MB/s that were read meanwhile.

    A line that did not come counts like the slowest of those that did; with one of a hundred of them there is
    no p99.
    """
    count = lines + SKIPPED
    with folder() as place:
        _furnish(place)
        python = shlex.quote(sys.executable)
        commands = {"clock": f"{python} -S -E clock.py {count}"}
        if floods:
            commands["flood"] = "sh flood.sh"
        with _printing(manager, Job(commands, {"flood": floods}), place) as fd:
            taken, rate = _read(fd, count)
    missing = count - len(taken)
    if missing and manager.name == OURS:
        raise FailedError(f"{missing} of {count} lines did not arrive")
    if missing * 100 >= lines:
        raise FailedError(f"{missing} of {count} lines do not arrive within {PATIENCE:.0f} s")
    worst = max(taken.values())
    counted = sorted(taken.get(number, worst) / 1e6 for number in range(SKIPPED, count))
    return {"p50": counted[len(counted) // 2], "p99": counted[len(counted) * 99 // 100], "rate": rate}


def _furnish(place: Path) -> None:
    (place / "clock.py").write_text(_CLOCK)
    (place / "flood.sh").write_text(_FLOOD)
    (place / "flood.txt").write_bytes((b"x" * 79 + b"\n") * 200_000)


@contextlib.contextmanager
def _printing(manager: Manager, job: Job, place: Path) -> Iterator[int]:
    """The manager at work, and the end of the pipe into which it prints. We read it ourselves."""
    start = manager.start(place, job, coloured=True)
    ours, theirs = os.pipe()
    silence, open_end = os.pipe()  # some end at the end of their input
    process = None
    try:
        process = subprocess.Popen(
            start.argv,
            cwd=place,
            env={**ENVIRONMENT, **start.environment},
            stdin=silence,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        theirs = -1
        yield ours
    finally:
        for fd in (ours, theirs, silence, open_end):
            if fd >= 0:
                os.close(fd)
        if process is not None:
            end_all([process.pid])
            process.wait()


def _read(fd: int, count: int) -> tuple[dict[int, int], float]:
    """Nanoseconds that each line took, by its number, but for those that came too late; and MB/s.

    Floods must be drained as fast as they come, or the figure is ours: so a block is only searched for one
    byte that no flood has (``memchr``, some GB/s), and the clock is read only if it has one.
    """
    taken: dict[int, int] = {}
    rest = b""
    size = 0
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLHUP)
    began = time.monotonic()
    deadline = began + count * _SECONDS_EACH + PATIENCE
    gc.disable()  # a collection of ours would be a manager's latency
    try:
        while len(taken) < count and poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            block = os.read(fd, 65536)
            if not block:
                break
            size += len(block)
            if b"~" in block or rest:
                now = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
                rest += block
                end = 0
                for match in _WRITTEN.finditer(rest):
                    taken.setdefault(int(match[1]), now - int(match[2]))
                    end = match.end()
                begun = rest.find(b"~", end)
                # A line that was cut in two never ends: nobody waits for it.
                rest = rest[begun:] if begun >= 0 and len(rest) - begun < _LONGEST else b""
    finally:
        gc.enable()
    return taken, size / (time.monotonic() - began) / 1e6
