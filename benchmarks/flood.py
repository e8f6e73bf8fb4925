"""Memory under a flood: writers that do not stop, while the sink takes as fast as it can.

A manager that is slower than its writers has to make them wait. One that keeps what it has not printed
yet grows for as long as they write.
"""

import time
from collections.abc import Iterator

from benchmarks.census import peak_bytes
from benchmarks.managers import Job, Manager
from benchmarks.measures import Measure
from benchmarks.options import Options
from benchmarks.scene import Gate, folder, running
from benchmarks.survey import rounds

_COUNT, _SIZE = 4, 80


def measure(options: Options) -> Iterator[Measure]:
    """The most memory that all processes of a manager together had, after some seconds of a flood."""
    seconds = options.pick(0.5, 2.0, 5.0)

    def once(manager: Manager) -> float:
        with folder() as place:
            ready = Gate(place / "ready")
            line = "x" * (_SIZE - 1)
            with running(
                manager,
                Job({"flood": f"echo $$ >ready; exec yes {line}"}, {"flood": _COUNT}),
                place,
                sink="drain",
            ) as run:
                children = [int(pid) for pid in ready.arrivals(_COUNT, of=run)]
                time.sleep(seconds)
                peak = peak_bytes(run.processes(children))
            ready.close()
            return peak / 1e6

    title = f"{_COUNT} writers of {_SIZE}-byte lines that write for {seconds:.1f} s, into a pipe"
    figures, remarks = rounds(options.peers, options.runs(1, 1, 3), once, warm_up=False)
    yield Measure(f"flood.{_COUNT}x{_SIZE}", title, "MB", False, figures, remarks)
