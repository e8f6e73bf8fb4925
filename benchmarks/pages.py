"""All tables of a result, in their order."""

from collections.abc import Iterator, Sequence

from benchmarks.growth import by_count
from benchmarks.managers import LIMITS
from benchmarks.matrix import matrix
from benchmarks.measures import OURS, Measure, Result
from benchmarks.table import Table, compared, listed
from benchmarks.throughput import COMPARED

SECTIONS = {
    "throughput": "Throughput",
    "cpu": "Processor time of the manager for what its children write",
    "flood": "Memory of the manager under a flood",
    "startup": "Start",
    "stopping": "Stop",
    "commands": "Commands",
    "memory": "Memory of the manager",
    "idle": "Idle",
    "latency": "Latency of a single line",
    "growth": "How cost grows",
}
_WIDE = 7
"""Columns of several units that fit beside each other."""


def tables(result: Result, *, page: bool) -> Iterator[Table]:
    """One for each section, or several; for a page (with titles in words) or for a terminal (with names)."""
    sections: dict[str, list[Measure]] = {}
    for measure in result.measures:
        sections.setdefault(measure.section, []).append(measure)
    titles = {tool: tool for measure in result.measures for tool in measure.figures} | result.titles
    for section, measures in sections.items():
        title = SECTIONS.get(section, section)
        if section == "throughput":
            yield from _throughput(title, measures, titles, page=page)
        elif section == "growth":
            yield from (table for table in [by_count(measures)] if table)
        elif len(measures) <= _WIDE:
            yield compared(title, measures, titles, page=page)
        else:
            for unit in dict.fromkeys(measure.unit for measure in measures):
                alike = [measure for measure in measures if measure.unit == unit]
                yield compared(title, alike, titles, page=page)


def _throughput(
    title: str, measures: Sequence[Measure], titles: dict[str, str], *, page: bool
) -> Iterator[Table]:
    """What all tools are measured in; then ours in all; then the peers in the others, if they were asked."""
    main = [measure for measure in measures if measure.name in COMPARED]
    others = [measure for measure in measures if measure not in main]
    if main:
        yield compared(title, main, titles, page=page)
    if ours := matrix(measures):
        yield ours
    if any({*measure.figures} - {OURS, *LIMITS} for measure in others):
        yield listed(title, others, titles)
