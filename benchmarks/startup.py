"""From the start of a manager to the first instruction of its children.

A child says that it runs, and waits: one shell, and nothing else. There is no .env.
"""

import time
from collections.abc import Iterator

from benchmarks.managers import Job, Manager
from benchmarks.measures import Measure
from benchmarks.options import Options
from benchmarks.scene import Gate, folder, running
from benchmarks.survey import rounds

_CHILD = "echo >ready; read _ <end"
_FEW, _MANY = 10, 200
_PATIENCE = 20.0


def measure(options: Options) -> Iterator[Measure]:
    """Milliseconds to the first child and to many, and what each further one costs."""
    found: dict[int, Measure] = {}
    for count, runs in (
        (1, options.runs(3, 9, 30)),
        (_FEW, options.runs(1, 3, 15)),
        (50, options.runs(1, 3, 9)),
        (_MANY, options.runs(1, 3, 9)),
    ):
        found[count] = _measure(options, count, runs)
        yield found[count]
    few, many = found[_FEW], found[_MANY]
    yield Measure(
        "startup.further",
        f"each further child, from {_FEW} to {_MANY}",
        "ms",
        False,
        {
            tool: [(more - less) / (_MANY - _FEW)]
            for tool in many.figures
            if (more := many.median(tool)) is not None and (less := few.median(tool)) is not None
        },
        many.remarks,
    )


def _measure(options: Options, count: int, runs: int) -> Measure:
    def once(manager: Manager) -> float:
        return until_up(manager, count) * 1e3

    figures, remarks = rounds(options.peers, runs, once, warm_up=count == 1 and options.size != "quick")
    name, title = ("first", "first child up") if count == 1 else (f"{count}", f"{count} children up")
    return Measure(f"startup.{name}", title, "ms", False, figures, remarks)


def until_up(manager: Manager, count: int) -> float:
    """Seconds from the start of the manager until ``count`` children have said that they run."""
    with folder() as place:
        ready, end = Gate(place / "ready"), Gate(place / "end")
        job = Job({"child": _CHILD}, {"child": count})
        with running(manager, job, place, sink="drain", coloured=None) as run:
            ready.arrivals(count, _PATIENCE, run)
            seconds = time.perf_counter() - run.began
        ready.close()
        end.close()
        return seconds
