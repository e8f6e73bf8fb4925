"""The whole matrix of our throughput in one table: writers and sizes in rows, sinks and colour in columns."""

import re
from collections.abc import Sequence

from benchmarks.managers import ONE_HOP
from benchmarks.measures import OURS, Measure
from benchmarks.table import Table, figure

_KEY = re.compile(r"(\d+)x(\d+)\.(coloured|plain)\.(\w+)")


def matrix(measures: Sequence[Measure]) -> Table | None:
    """Ours beside one cat hop, of all cells there are; None if they are no matrix."""
    cells = {
        (match[1], match[2], match[3], match[4]): one for one in measures if (match := _KEY.match(one.key))
    }
    columns = list(dict.fromkeys((colour, sink) for _, _, colour, sink in cells))
    columns.sort(key=lambda column: (["pipe", "file", "pty"].index(column[1]), column[0]))
    rows = sorted({(int(count), int(size)) for count, size, *_ in cells})
    if len(rows) < 2 or len(columns) < 2:
        return None
    return Table(
        "Throughput of pyforeman, lines/s",
        ["writers x bytes", *(f"{sink}, {colour}" for colour, sink in columns)],
        [
            [f"{count} x {size}", *(_cell(cells.get((f"{count}", f"{size}", *column))) for column in columns)]
            for count, size in rows
        ],
        [f"In brackets: the share of {ONE_HOP}, which colours nothing, into the same sink."],
    )


def _cell(measure: Measure | None) -> str:
    if measure is None or (ours := measure.median(OURS)) is None:
        return "-"
    share = measure.ratio(OURS, ONE_HOP)
    return figure(ours, measure.unit) + ("" if share is None else f" ({share:.2f})")
