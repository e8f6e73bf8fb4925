"""Lines a second: writers that write as fast as they can, into sinks that take as fast as they can.

Each tool gets as many lines as it prints in about the same time: what is compared is lines a second. The
clock runs from the instant at which all writers begin to the last byte in the sink.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.flow import Flow, run_flow
from benchmarks.managers import Manager
from benchmarks.measures import OURS, Measure
from benchmarks.options import Options
from benchmarks.survey import rounds

_PLACES = {"pipe": "into a pipe", "file": "into a file", "pty": "to a terminal"}
_FIRST_GUESS = {"pipe": 3e8, "file": 3e8, "pty": 4e7}
_FIRST_GUESS_OF_PEERS = 6e6
"""Bytes that are printed in a second, until we know better. Too few cost another run, too many a minute."""


@dataclass(frozen=True)
class Shape:
    """How many writers, of lines how long, and where it goes."""

    count: int
    size: int
    sink: str

    def name(self, colour: str) -> str:
        """As in ``4x80.coloured.pipe``."""
        return f"{self.count}x{self.size}.{colour}.{self.sink}"

    def title(self, colour: str) -> str:
        """For people."""
        who = "1 writer" if self.count == 1 else f"{self.count} writers"
        return f"{who} of {self.size}-byte lines, {colour}, {_PLACES[self.sink]}"


MAIN = (
    Shape(4, 80, "pipe"),
    Shape(1, 80, "pipe"),
    Shape(16, 80, "pipe"),
    Shape(4, 80, "file"),
    Shape(4, 80, "pty"),
)
"""What all tools are measured in, coloured. The others show how ours depends on each of the three."""
MATRIX = tuple(Shape(*one) for one in itertools.product((1, 4, 16), (20, 80, 2048), ("pipe", "file", "pty")))
COLOURED, PLAIN = "coloured", "plain"
COMPARED = frozenset(f"throughput.{shape.name(COLOURED)}" for shape in MAIN)
"""The measures that all tools have."""


def measure(options: Options) -> Iterator[Measure]:
    """Lines a second of each shape, coloured and plain, and the processor time that the managers used."""
    ours = [manager for manager in options.managers if manager.is_limit or manager.name == OURS]
    pace = Pace()
    for shape in MAIN:
        runs = options.runs(2 if shape == MAIN[0] else 1, 3, 5)
        peers_runs = options.runs(1, 3 if shape == MAIN[0] else 1, 5)
        plan = Plan(shape, pace, options.pick(0.2, 0.3, 1.0))
        for manager in options.managers:
            if manager in ours or shape == MAIN[0] or options.size != "quick":
                plan.add(manager, COLOURED, runs if manager in ours else peers_runs)
            if manager.name == OURS and options.size != "quick":
                plan.add(manager, PLAIN, runs)
        yield from plan.measures(with_cost=True)
    rest = [shape for shape in MATRIX if shape not in MAIN]
    for shape in options.pick([], rest, rest):
        plan = Plan(shape, pace, options.pick(0.1, 0.1, 0.5))
        for manager in options.pick(ours, ours, options.managers):
            plan.add(manager, COLOURED, options.runs(1, 1, 3))
            if not manager.is_limit:
                plan.add(manager, PLAIN, options.runs(1, 1, 3))
        yield from plan.measures(with_cost=False)


class Plan:
    """Who is measured in a shape, coloured or plain, and how often: all of it interleaved."""

    def __init__(self, shape: Shape, pace: "Pace", seconds: float) -> None:
        self._shape, self._pace, self._seconds = shape, pace, seconds
        self._managers: dict[str, Manager] = {}
        self._runs: dict[str, int] = {}
        self._colours: dict[str, str] = {}
        self._costs: dict[str, list[float]] = {}
        self._problems: dict[str, str] = {}

    def add(self, manager: Manager, colour: str, runs: int) -> None:
        """To be measured so often."""
        key = f"{manager.name} {colour}"
        self._managers[key], self._colours[key], self._runs[key] = manager, colour, runs

    def measures(self, *, with_cost: bool) -> Iterator[Measure]:
        """Run all; the limits know no colour and stand beside both."""
        players = [replace(manager, name=key) for key, manager in self._managers.items()]
        found, failed = rounds(
            players, self._runs, self._once, warm_up=self._shape == MAIN[0] and self._seconds > 0.2
        )
        for colour in dict.fromkeys(self._colours.values()):
            keys = [
                key for key in self._managers if self._colours[key] == colour or self._managers[key].is_limit
            ]
            names = {key: self._managers[key].name for key in keys}
            figures = {names[key]: found[key] for key in keys if key in found}
            remarks = {names[key]: text for key in keys if (text := failed.get(key) or self._remark(key))}
            name, title = self._shape.name(colour), self._shape.title(colour)
            yield Measure(f"throughput.{name}", title, "lines/s", True, figures, remarks)
            if with_cost and colour == COLOURED:
                used = {names[key]: self._costs[key] for key in keys if any(self._costs.get(key, ()))}
                yield Measure(f"cpu.{name}", title, "s/GB", False, used)

    def _once(self, player: Manager) -> float:
        key = player.name
        manager, coloured = self._managers[key], self._colours[key] == COLOURED
        flow = self._pace.flow(manager, self._shape, coloured, self._seconds)
        if flow.problem and (manager.name == OURS or manager.is_limit):
            raise AssertionError(f"{manager.title}, {self._shape.title(self._colours[key])}: {flow.problem}")
        if flow.problem:
            self._problems[key] = flow.problem
        self._costs.setdefault(key, []).append(flow.cost)
        return flow.rate

    def _remark(self, key: str) -> str | None:
        manager = self._managers[key]
        how = manager.remark(coloured=self._colours[key] == COLOURED, sink=self._shape.sink)
        return ", ".join(text for text in (self._problems.get(key), how) if text) or None


class Pace:
    """How many lines each tool prints in a second, as far as it is known: so it gets neither few nor many."""

    def __init__(self) -> None:
        self._rates: dict[tuple[str, int, str], float] = {}

    def flow(self, manager: Manager, shape: Shape, coloured: bool, seconds: float) -> Flow:
        """One run of about so many seconds: again with more lines, when it took less than half of that."""
        key = manager.name, shape.size, shape.sink
        is_peer = not (manager.is_limit or manager.name == OURS)
        guess = _FIRST_GUESS_OF_PEERS if is_peer else _FIRST_GUESS[shape.sink]
        while True:
            wanted = self._rates.get(key, guess / shape.size) * seconds
            flow = run_flow(manager, shape.count, shape.size, shape.sink, coloured, wanted)
            self._rates[key] = flow.rate
            if flow.seconds > seconds / 2 or flow.is_largest or flow.rate * seconds < wanted * 1.5:
                return flow
