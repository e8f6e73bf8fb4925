"""From ^C to the end of the manager, with children that end at once when they are asked to."""

import os
import time
from collections.abc import Iterator

from benchmarks.census import descendants
from benchmarks.managers import Job, Manager
from benchmarks.measures import OURS, Measure
from benchmarks.options import Options
from benchmarks.scene import Gate, folder, running
from benchmarks.survey import rounds

_COUNT = 50
_SETTLED = 0.3
"""Seconds in which the last shells have become what they run: until then a signal may be lost in them."""


def measure(options: Options) -> Iterator[Measure]:
    """Milliseconds from SIGINT to the process group until the manager has ended."""
    left: dict[str, str] = {}

    def once(manager: Manager) -> float:
        with folder() as place:
            ready = Gate(place / "ready")
            job = Job({"child": "echo $$ >ready; exec sleep 1000"}, {"child": _COUNT})
            with running(manager, job, place, sink="drain", coloured=None) as run:
                children = [int(pid) for pid in ready.arrivals(_COUNT, of=run)]
                time.sleep(_SETTLED)
                seconds = run.interrupt()
                survivors = {*children} & {*descendants(os.getpid())}
            ready.close()
            if survivors:
                left[manager.name] = f"leaves {len(survivors)} of them running"
            return seconds * 1e3

    # Foreman takes six seconds.
    runs = {manager.name: options.runs(1, 5 if manager.name == OURS else 1, 9) for manager in options.peers}
    figures, remarks = rounds(options.peers, runs, once, warm_up=False)
    yield Measure(
        f"stopping.{_COUNT}", f"^C to the end, {_COUNT} children", "ms", False, figures, left | remarks
    )
