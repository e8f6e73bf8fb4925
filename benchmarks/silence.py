"""Managers with children that are silent: they say once that they are up, and sleep."""

import contextlib
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.census import cpu_ns
from benchmarks.managers import Job, Manager
from benchmarks.scene import Gate, Run, folder, running

# A script of a single command line: forego puts `exec` before what it is given, and needs a program there.
_SCRIPT = "echo $$ >up\nexec sleep 1000\n"


@dataclass(frozen=True)
class Silence:
    """A manager all of whose children are up."""

    run: Run
    children: list[int]
    """Their pids. A shell that a manager puts between itself and a child is the manager's, and counted."""
    seconds: float
    """From the start of the manager to the first line of the last child's script."""

    def processes(self) -> list[int]:
        """The pids of all that the manager is."""
        return self.run.processes(self.children)

    def come_to_rest(self, patience: float = 5.0) -> list[int]:
        """Wait until the manager has stood still for a moment; its pids.

        A child reports while its manager still prints that it was started: what comes of that would be
        counted as what an idle manager does. One that polls never stands still: he is waited for this long.
        """
        deadline = time.monotonic() + patience
        pids = self.processes()
        before, now = -1, _activity(pids)
        while before != now and time.monotonic() < deadline:
            time.sleep(0.5)
            pids = self.processes()
            before, now = now, _activity(pids)
        return pids


@contextlib.contextmanager
def silence(manager: Manager, count: int) -> Iterator[Silence]:
    """This manager, with so many silent children; all of them are gone afterwards."""
    with folder() as place, contextlib.closing(Gate(place / "up")) as gate:
        (place / "silent.sh").write_text(_SCRIPT)
        with running(manager, Job({"silent": "sh silent.sh"}, {"silent": count}), place, sink="drain") as run:
            children = [int(pid) for pid in gate.arrivals(count, of=run)]
            yield Silence(run, children, time.perf_counter() - run.began)


def switches(pids: Collection[int]) -> int:
    """How often the threads of these were taken off a processor so far: each time, something woke one."""
    total = 0
    for pid in pids:
        for path in Path(f"/proc/{pid}/task").glob("*/status"):
            with contextlib.suppress(OSError):
                lines = path.read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if "voluntary_ctxt_switches:" in line)
    return total


def _activity(pids: Collection[int]) -> int:
    return switches(pids) + cpu_ns(pids)
