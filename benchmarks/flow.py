"""One run of writers through a manager into a sink: how fast, at which cost, and whether all arrived."""

import os
import time
from dataclasses import dataclass

from benchmarks.arrival import Arrived
from benchmarks.census import cpu_ns
from benchmarks.managers import Manager
from benchmarks.scene import PATIENCE, folder, running
from benchmarks.writers import Stage, Writers

_MOST_LINES = 9_000_000  # of one writer: the number of a line has seven digits
_MOST_BYTES = 256 << 20  # of all writers together: the sink keeps one and a half times as much
_FEWEST_LINES = 200  # of one writer
_TICK = 0.004  # seconds that the times of files may be behind
_SETTLED = 0.1  # seconds in which a manager says that all are started, and goes to sleep


@dataclass(frozen=True)
class Flow:
    """What came of a run."""

    rate: float
    """Lines a second, from the instant at which all writers begin to the last byte in the sink."""
    seconds: float
    """How long that took."""
    cost: float
    """Seconds of processor time of the manager for each GB (10^9 bytes) that the writers wrote."""
    problem: str | None
    """What was wrong with the lines that arrived."""
    is_largest: bool
    """Whether there is no room for more lines."""


def run_flow(manager: Manager, count: int, size: int, sink: str, coloured: bool, wanted: float) -> Flow:
    """Run it with about as many lines as ``wanted``, of all writers together."""
    with folder() as place:
        free = os.statvfs(place)
        room = min(_MOST_BYTES, free.f_bavail * free.f_frsize // 8)
        most = min(_MOST_LINES, room // size // count)
        writers = Writers(count, size, max(_FEWEST_LINES, min(most, int(wanted / count))))
        stage = Stage(place, writers)
        with running(manager, stage.job, place, sink=sink, coloured=coloured) as run:
            children = stage.await_writers(run)
            time.sleep(_SETTLED)
            own = run.processes(children)
            spent = cpu_ns(own)
            began = stage.go()
            stage.await_end(run, PATIENCE)
            ended = run.await_silence(writers.volume)
            spent = cpu_ns(own) - spent
        stage.close()
        if manager.is_limit:
            problem = _of_limit(run.out.stat().st_size, writers, sink)
        else:
            problem = Arrived(run.out, writers).problem()
    seconds = max(_TICK, (ended - began) / 1e9)
    return Flow(writers.total / seconds, seconds, spent / writers.volume, problem, writers.lines >= most)


def _of_limit(found: int, writers: Writers, sink: str) -> str | None:
    """Without a manager, writers cut each other's lines anywhere: all bytes are there, that is all."""
    expected = writers.volume + (writers.total if sink == "pty" else 0)  # a terminal's \r
    return None if found == expected else f"{found} bytes instead of {expected}"
