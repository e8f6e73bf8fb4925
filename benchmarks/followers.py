"""Throughput of a formation whose lines somebody follows, beside that of the same one when nobody does.

The same writers write one batch after the other; who follows them changes in between. So both have the same
pipes, the same history and the same place on the processors: from one formation to the next, the rates of
the same thing differ by a tenth.
"""

import contextlib
import os
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import TemporaryFile

from benchmarks.answering import Answering, answering
from benchmarks.census import peak_bytes
from benchmarks.managers import Job, Manager
from benchmarks.measures import OURS, Measure
from benchmarks.scene import PATIENCE, FailedError

NOBODY = "no client"
Rates = dict[str, list[float]]
"""Lines a second of each batch, with a client (OURS) and without one (NOBODY)."""
LINES = 2_400_000
"""Of all writers, in a batch: a third of a second."""
_SKIPPED = re.compile(rb"([0-9,]+) bytes were skipped")
_NAMES = "abcd"
_LINE = b"x" * 79 + b"\n"
_WARM_UP = 3
# Each has a gate of its own: who is ready first would take the other's turn.
_WRITER = b"echo $$ >up\nwhile read _ <go.$1; do cat lines.txt; echo $$ >done; done\n"


def measure_followed(ours: Manager, formations: int, rounds: int, lines: int = LINES) -> Iterator[Measure]:
    """Lines a second with a client of ``logs -f``, and what the peak of the memory grows by.

    ``rounds`` is how often the writers of each formation write with and without it.
    """
    stalled: Rates = {OURS: [], NOBODY: []}
    beside: Rates = {OURS: [], NOBODY: []}
    growth: list[float] = []
    shares: list[float] = []
    for _ in range(formations):
        with floods(ours, lines) as flood:
            before = flood.peak
            flood.compare(flood.stalled, stalled, rounds)
            growth.append(flood.peak - before)
            flood.compare(flood.reader, beside, rounds)
            shares += flood.shares
    writers = f"{len(_NAMES)} writers of {len(_LINE)}-byte lines"
    yield Measure(
        "control.stalled",
        f"{writers}, while a client that asked for `logs -f` reads nothing",
        "lines/s",
        True,
        stalled,
    )
    yield Measure(
        "control.stalled.memory",
        "what the manager's peak of memory grows by, with that client",
        "MB",
        False,
        {OURS: growth},
    )
    yield Measure(
        "control.reader",
        f"{writers}, beside `logs -f >/dev/null`",
        "lines/s",
        True,
        beside,
    )
    yield Measure(
        "control.reader.share",
        "what that one shows of it; of the rest it says that it is missing",
        "%",
        True,
        {OURS: shares},
    )


def stalled_share(ours: Manager, rounds: int) -> float:
    """What remains of the throughput with a client that reads nothing, measured in a few seconds."""
    rates: Rates = {OURS: [], NOBODY: []}
    with floods(ours, LINES // 3) as flood:
        flood.compare(flood.stalled, rates, rounds)
    return statistics.median(rates[OURS]) / statistics.median(rates[NOBODY])


class Flood:
    """Writers that wait for their turn, all of them, in a formation that is ``answering``."""

    def __init__(self, formation: Answering, lines: int) -> None:
        self._formation = formation
        self._lines = lines
        self._pids = formation.processes()
        self.shares: list[float] = []
        """Percent of each batch that the reader got; it says how many bytes were skipped."""

    @property
    def peak(self) -> float:
        """The most memory that the manager's processes have had, in MB; what both share is counted twice,
        but does not grow."""
        return peak_bytes(self._pids) / 1e6

    def compare(
        self, client: Callable[[], AbstractContextManager[object]], rates: Rates, rounds: int
    ) -> None:
        """Add the rates of so many batches with this client, and of as many without."""
        for number in range(rounds):
            ways = [(OURS, client), (NOBODY, nullcontext)]
            for way, beside in ways if number % 2 else reversed(ways):
                with beside():
                    rates[way].append(self.batch())

    def batch(self) -> float:
        """Lines a second, from the moment when all may begin to the last byte in the sink."""
        out, gates = self._formation.run.out, self._formation.gates
        os.truncate(out, 0)
        began = time.time_ns()
        for name in _NAMES:
            gates[f"go.{name}"].open(1)
        gates["done"].arrivals(len(_NAMES), of=self._formation.run)
        ended = self._formation.run.await_silence(self._lines * len(_LINE))
        if (found := out.read_bytes().count(_LINE)) != self._lines:
            raise FailedError(f"{found} of {self._lines} lines arrive")
        return self._lines * 1e9 / (ended - began)

    @contextlib.contextmanager
    def stalled(self) -> Iterator[None]:
        """A client that follows, and reads nothing more."""
        with contextlib.closing(self._formation.client()) as client:
            client.send({"command": "logs", "lines": 0, "follow": True})
            while "following" not in (client.next(PATIENCE) or {"following": False}):
                pass
            yield
        # What comes after this is answered after the end of that connection was seen.
        with contextlib.closing(self._formation.client()) as client:
            client.ask({"command": "ps"})

    @contextlib.contextmanager
    def reader(self) -> Iterator[None]:
        """The command, which reads as fast as it can."""
        with TemporaryFile() as complaints:
            process = self._formation.command("logs", "-f", stdout=subprocess.DEVNULL, stderr=complaints)
            try:
                deadline = time.monotonic() + PATIENCE
                while not _written(process.pid):
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise FailedError("logs -f says nothing")
                    time.sleep(0.01)  # nobody tells what goes to /dev/null
                yield
            finally:
                process.kill()
                process.wait()
            complaints.seek(0)
            skipped = sum(int(number.replace(b",", b"")) for number in _SKIPPED.findall(complaints.read()))
            self.shares.append(100 - 100 * skipped / (self._lines * len(_LINE)))


@contextlib.contextmanager
def floods(ours: Manager, lines: int = LINES) -> Iterator[Flood]:
    """Writers of so many lines in all, which have already written some batches."""
    job = Job({name: f"sh writer.sh {name}" for name in _NAMES}, {})
    files = {"writer.sh": _WRITER, "lines.txt": _LINE * (lines // len(_NAMES))}
    gates = [*(f"go.{name}" for name in _NAMES), "done"]
    with answering(ours, job, sink="pipe", files=files, gates=gates) as formation:
        flood = Flood(formation, lines)
        for _ in range(_WARM_UP):
            flood.batch()
        yield flood


def _written(pid: int) -> int:
    """Bytes that it has given to write, wherever they went."""
    match = re.search(r"^wchar: (\d+)$", Path(f"/proc/{pid}/io").read_text(), re.MULTILINE)
    return int(match[1]) if match else 0
