"""All tables of a result, in their order, and the page of the documentation that shows them."""

import re
from collections.abc import Iterator, Sequence

from benchmarks.bars import in_words, judged
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
    "checking": "Check",
    "exporting": "Export",
    "memory": "Memory of the manager",
    "idle": "Idle",
    "latency": "Latency of a single line",
    "control": "While it runs",
    "growth": "How cost grows",
}
_PLACE = re.compile(r"(<!-- (\w+): measured -->\n)(.*?)(<!-- end -->\n)", re.DOTALL)
_WIDE = 7
"""Columns of several units that fit beside each other."""


def tables(result: Result, *, page: bool) -> Iterator[Table]:
    """One for each section, or several; for a page (with titles in words) or for a terminal (with names)."""
    for section in dict.fromkeys(measure.section for measure in result.measures):
        yield from tables_of(section, result, page=page)


def tables_of(section: str, result: Result, *, page: bool) -> Iterator[Table]:
    """Those of one section, ``startup``."""
    measures = [measure for measure in result.measures if measure.section == section]
    titles = {tool: tool for measure in result.measures for tool in measure.figures} | result.titles
    title = SECTIONS.get(section, section)
    if section == "throughput":
        yield from _throughput(title, measures, titles, page=page)
    elif section == "growth":
        yield from (table for table in [by_count(measures)] if table)
    elif section in {"checking", "exporting", "control"}:
        yield listed(title, measures, titles)
    elif len(measures) <= _WIDE:
        yield compared(title, measures, titles, page=page)
    else:
        for unit in dict.fromkeys(measure.unit for measure in measures):
            alike = [measure for measure in measures if measure.unit == unit]
            yield compared(title, alike, titles, page=page)


def filled(page: str, result: Result) -> str:
    """A page with what was measured in its places: between ``<!-- NAME: measured -->`` and
    ``<!-- end -->``.

    ``machine`` is what it was measured on, ``bars`` what was to be reached. A section that was not measured
    stays as it is.
    """
    return _PLACE.sub(lambda place: place[1] + (_contents(place[2], result) or place[3]) + place[4], page)


def _contents(section: str, result: Result) -> str:
    if section == "machine":
        return "".join(f"- {name}: {value}\n" for name, value in result.machine.items())
    if section == "bars":
        named = result.named()
        return "".join(f"    {in_words(verdict, named)}\n" for verdict in judged(result))
    return "\n".join(table.markdown() for table in tables_of(section, result, page=True))


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
