"""Tables of what was measured: for a terminal and for a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.managers import LIMITS
from benchmarks.measures import OURS, Measure


@dataclass(frozen=True)
class Table:
    """Words only. The first column is names, the others are figures."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]

    def text(self) -> str:
        """For a terminal."""
        grid = [self.head, *self.rows]
        widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
        lines = [self.title, "=" * len(self.title)]
        for first, *others in grid:
            cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
            lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)]) + "\n"

    def markdown(self) -> str:
        """For a page."""
        rule = [":--", *("--:" for _ in self.head[1:])]
        lines = [f"### {self.title}", ""]
        lines += ["| " + " | ".join(row) + " |" for row in (self.head, rule, *self.rows)]
        if self.notes:
            lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines) + "\n"


def compared(title: str, measures: Sequence[Measure], titles: Mapping[str, str], *, page: bool) -> Table:
    """Tools in rows, measures in columns; beside each figure, how many times better ours is.

    For a page the columns have titles in words, for a terminal names that notes explain.
    """
    tools = [tool for tool in titles if any(tool in {*one.figures, *one.remarks} for one in measures)]
    units = {one.unit for one in measures}
    if len(units) == 1:
        title += f", {units.pop()}"
    head = [(one.title if page else one.key) + (f", {one.unit}" if units else "") for one in measures]
    rows = [[titles[tool], *(cell(one, tool) for one in measures)] for tool in tools]
    notes = [] if page else [f"{one.key}: {one.title}" for one in measures if one.key != one.title]
    for tool in tools:
        said: dict[str, list[str]] = {}
        for one in measures:
            if tool in one.remarks:
                said.setdefault(one.remarks[tool], []).append(one.title if page else one.key)
        for remark, where in said.items():
            notes.append(f"{titles[tool]}{_only_in(where, len(measures))}: {remark}")
    notes += [f"{titles[tool]}: {LIMITS[tool]}" for tool in tools if tool in LIMITS]
    return Table(title, ["", *head], rows, notes)


def _only_in(where: Sequence[str], of: int) -> str:
    return "" if len(where) == of else f" ({'; '.join(where)})"


def listed(title: str, measures: Sequence[Measure], titles: Mapping[str, str]) -> Table:
    """A measure in each row, a tool in each column: for many measures."""
    tools = [tool for tool in titles if any(tool in one.figures for one in measures)]
    rows = [[f"{one.title}, {one.unit}", *(cell(one, tool) for tool in tools)] for one in measures]
    return Table(title, ["", *(titles[tool] for tool in tools)], rows, [])


def cell(measure: Measure, tool: str) -> str:
    """The median of a tool, and beside it, in brackets, how many times better ours is."""
    median = measure.median(tool)
    if median is None:
        return "-"
    ratio = measure.advantage(tool)
    better = "" if tool == OURS or ratio is None else f" ({figure(ratio, '')})"
    return figure(median, measure.unit) + better


def figure(value: float, unit: str) -> str:
    """A figure as people read it: three digits that count, and k or M where the unit counts lines."""
    if unit == "lines/s":
        for factor, letter in ((1e6, " M"), (1e3, " k")):
            if value >= factor:
                return figure(value / factor, "") + letter
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 or value == 0 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
