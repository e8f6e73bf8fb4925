"""What was measured, as plain data: figures of every tool, and what was seen besides."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from typing import Any

OURS = "pyforeman"
LOAD = "load before"
"""What is not the same in any two runs on a machine."""


@dataclass(frozen=True)
class Measure:
    """One thing measured of several tools in the same run, interleaved.

    ``figures`` has one number for each run of a tool, in ``unit``. A tool without figures is in
    ``remarks``, which says why; so is one whose figures need a word ("cuts lines").
    """

    name: str
    """For programs: ``throughput.4x80.coloured.pipe``; what stands before the first dot is the module's."""
    title: str
    unit: str
    more_is_better: bool
    figures: dict[str, list[float]]
    remarks: dict[str, str] = field(default_factory=dict)

    @property
    def section(self) -> str:
        """What stands before the first dot of the name: what belongs together in a table."""
        return self.name.partition(".")[0]

    @property
    def key(self) -> str:
        """The rest of the name: what tells it from the others of its section."""
        return self.name.partition(".")[2]

    def joined(self, other: "Measure") -> "Measure":
        """The same thing, measured of other tools."""
        return replace(self, figures=self.figures | other.figures, remarks=self.remarks | other.remarks)

    def median(self, tool: str) -> float | None:
        """Of all runs of this tool, in ``unit``; None if it has none."""
        figures = self.figures.get(tool)
        return median(figures) if figures else None

    def ratio(self, tool: str, versus: str) -> float | None:
        """How many times the other one's median that of ``tool`` is; None where there is no such ratio."""
        ours, theirs = self.median(tool), self.median(versus)
        return ours / theirs if ours is not None and theirs else None

    def advantage(self, tool: str) -> float | None:
        """How many times better ours is than this one; None where there is no such ratio."""
        return self.ratio(OURS, tool) if self.more_is_better else self.ratio(tool, OURS)


@dataclass(frozen=True)
class Bar:
    """What ours has to reach: a ratio to another tool in the same run, or a limit in the measure's unit."""

    measure: str
    relation: str
    """``>=`` or ``<=``."""
    value: float
    versus: str | None = None

    def __post_init__(self) -> None:
        if self.relation not in {">=", "<="}:
            raise ValueError(f"{self.relation!r} is neither >= nor <=")

    def judge(self, measures: Mapping[str, Measure]) -> "Verdict":
        """Compare. Where there is nothing to compare with, it is neither reached nor missed."""
        measure = measures.get(self.measure)
        if measure is None:
            return Verdict(self, None, None)
        found = measure.ratio(OURS, self.versus) if self.versus else measure.median(OURS)
        if found is None:
            return Verdict(self, None, None)
        return Verdict(self, found, found >= self.value if self.relation == ">=" else found <= self.value)


@dataclass(frozen=True)
class Verdict:
    """A bar, what was found (a ratio, or a figure in the measure's unit), and whether that reaches it."""

    bar: Bar
    found: float | None
    reached: bool | None
    """None: not measured."""

    @property
    def word(self) -> str:
        """For people."""
        return "not measured" if self.reached is None else "reached" if self.reached else "MISSED"


@dataclass(frozen=True)
class Result:
    """One run of the benchmarks: the facts of the machine, and all that was measured."""

    machine: dict[str, str]
    titles: dict[str, str]
    """What each tool is called, ours first, the limits last."""
    measures: list[Measure]

    def named(self) -> dict[str, Measure]:
        """The measures by their names."""
        return {measure.name: measure for measure in self.measures}

    def updated(self, newer: "Result") -> "Result":
        """With what another run on this machine has measured, in the place of the same or at the end.

        Raises ValueError if it is another machine, or if a tool is of another version: figures of different
        runs would stand beside each other as if they were of one. The load is that of the first run.
        """
        if changed := [
            f"{name}: {value}, and was {self.machine[name]}"
            for name, value in newer.machine.items()
            if name != LOAD and self.machine.get(name, value) != value
        ]:
            raise ValueError("; ".join(changed))
        return Result(
            newer.machine | self.machine,
            self.titles | newer.titles,
            list((self.named() | newer.named()).values()),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values, for ``json.dump``."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Result":
        """What ``to_json`` gave."""
        return cls(value["machine"], value["titles"], [Measure(**measure) for measure in value["measures"]])
