"""Bar charts as SVG, written by hand: small, and readable on a light page and on a dark one."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from benchmarks.managers import LIMITS
from benchmarks.measures import OURS, Measure, Result
from benchmarks.table import figure

_WIDTH, _NAMES, _ROOM = 760, 150, 90  # of all, of the names on the left, of the last figure on the right
_BAR, _STEP, _HEAD, _TOP = 14, 20, 26, 34
# Greys of the middle stand out from white and from black; a picture does not know the theme of its page.
_TEXT, _LINE, _OURS, _PEER, _LIMIT = "#7d8590", "#7d859055", "#2f81f7", "#8b949e", "#3fb950"


@dataclass(frozen=True)
class Bars:
    """One group of bars in a chart, below its own heading."""

    heading: str
    values: Sequence[tuple[str, float]]
    """Names and figures; those of ours and of the limits have colours of their own."""


@dataclass(frozen=True)
class Chart:
    """All that is drawn in one file; one scale for all its groups."""

    title: str
    unit: str
    groups: Sequence[Bars]
    ours: str = OURS
    limits: Sequence[str] = ()

    def svg(self) -> str:
        """The file."""
        scale = Scale([value for group in self.groups for _, value in group.values])
        lines, y = [], _TOP
        bottom = _TOP + sum(_HEAD + _STEP * len(group.values) for group in self.groups)
        lines += list(self._grid(scale, bottom))
        for group in self.groups:
            lines.append(_text(0, y + 16, group.heading, "start", bold=True))
            y += _HEAD
            for name, value in group.values:
                colour = _OURS if name == self.ours else _LIMIT if name in self.limits else _PEER
                length = scale.place(value)
                lines.append(_text(_NAMES - 8, y + 11, name, "end", bold=name == self.ours))
                lines.append(_bar(y, length, colour))
                lines.append(_text(_NAMES + length + 6, y + 11, figure(value, self.unit), "start"))
                y += _STEP
        kind = ", logarithmic" if scale.logarithmic else ""
        heading = _text(0, 16, f"{self.title} ({self.unit}{kind})", "start", bold=True, size=14)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 20}" '
                f'font-family="-apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="12" '
                f'fill="{_TEXT}" role="img" aria-label="{escape(self.title)}">',
                heading,
                *lines,
                "</svg>\n",
            ]
        )

    def _grid(self, scale: "Scale", bottom: int) -> Iterator[str]:
        for tick in scale.ticks():
            x = _NAMES + scale.place(tick)
            yield f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="{_LINE}"/>'
            yield _text(x, bottom + 14, _round(tick), "middle", size=10)


class Scale:
    """Where a figure is, in pixels from the left end of the bars.

    Logarithmic where the largest is more than twenty times the smallest: else the small ones could not
    be told from nothing.
    """

    def __init__(self, values: Sequence[float]) -> None:
        positive = [value for value in values if value > 0]
        self._most = max(positive, default=1.0)
        least = min(positive, default=1.0)
        self.logarithmic = self._most / least > 20
        self._least = 10 ** math.floor(math.log10(least) - 0.3) if self.logarithmic else 0.0

    def place(self, value: float) -> float:
        """The length of the bar, in pixels."""
        room = _WIDTH - _NAMES - _ROOM
        if not self.logarithmic:
            return value / self._most * room
        if value <= self._least:
            return 0.0
        return math.log(value / self._least) / math.log(self._most / self._least) * room

    def ticks(self) -> Iterator[float]:
        """Where to draw a line: the powers of ten, or about four round figures."""
        if self.logarithmic:
            power = self._least
            while power <= self._most:
                yield power
                power *= 10
            return
        step = 10 ** math.floor(math.log10(self._most))
        step = next(part for part in (step, step / 2, step / 5) if self._most / part >= 3)
        yield from (step * number for number in range(int(self._most / step) + 1))


def charts(result: Result) -> Iterator[tuple[str, Chart]]:
    """File names and charts of what was measured."""
    named = result.named()
    for file, title, names in (
        ("throughput", "Throughput", ["throughput.4x80.coloured.pipe", "throughput.4x80.coloured.pty"]),
        ("startup", "Start", ["startup.first", "startup.200"]),
        ("latency", "Latency of a line, p99", [f"latency.{count}.p99" for count in (0, 1, 4, 16)]),
        ("memory", "Memory of all but the children", ["memory.1", "memory.50", "memory.500"]),
    ):
        found = [named[name] for name in names if name in named]
        if found:
            limits = [result.titles.get(name, name) for name in LIMITS]
            groups = [_group(measure, result.titles) for measure in found]
            yield f"{file}.svg", Chart(title, found[0].unit, groups, result.titles.get(OURS, OURS), limits)


def _group(measure: Measure, titles: dict[str, str]) -> Bars:
    """The best at the top."""
    figures = [(titles.get(tool, tool), measure.median(tool) or 0.0) for tool in measure.figures]
    return Bars(measure.title, sorted(figures, key=lambda pair: pair[1], reverse=measure.more_is_better))


def _round(value: float) -> str:
    for factor, letter in ((1e6, " M"), (1e3, " k")):
        if value >= factor:
            return f"{value / factor:g}{letter}"
    return f"{value:g}"


def _bar(y: int, length: float, colour: str) -> str:
    return f'<rect x="{_NAMES}" y="{y}" width="{length:.1f}" height="{_BAR}" rx="2" fill="{colour}"/>'


def _text(x: float, y: float, words: str, anchor: str, *, bold: bool = False, size: int | None = None) -> str:
    style = (' font-weight="600"' if bold else "") + (f' font-size="{size}"' if size else "")
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}"{style}>{escape(words)}</text>'
