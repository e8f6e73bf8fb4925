"""All that pyforeman has to reach, as data: ratios in one run, and limits that hold on any machine."""

from collections.abc import Mapping

from benchmarks.measures import Bar, Measure, Result, Verdict

MAIN = "throughput.4x80.coloured.pipe"
"""What most formations do most: four writers of usual lines, coloured and with timestamps, into a pipe."""

BARS = (
    Bar(MAIN, ">=", 150, "honcho"),
    Bar(MAIN, ">=", 20, "hivemind"),
    Bar(MAIN, ">=", 3, "concurrently"),
    Bar(MAIN, ">=", 0.6, "one cat hop"),
    Bar("throughput.1x80.coloured.pipe", ">=", 0.5, "one cat hop"),
    Bar("throughput.16x80.coloured.pipe", ">=", 0.5, "one cat hop"),
    Bar("throughput.4x80.coloured.pty", ">=", 0.75, "no manager"),
    Bar("flood.4x80", "<=", 40),  # MB
    Bar("startup.first", "<=", 0.75, "honcho"),
    Bar("startup.first", "<=", 0.4, "foreman"),
    Bar("startup.200", "<=", 0.4, "honcho"),
    Bar("startup.further", "<=", 1.0),  # ms for each further child
    Bar("memory.500", "<=", 25),  # MB for all but the children
    Bar("memory.further", "<=", 10),  # KB for each further child
    Bar("idle.calls", "<=", 0),  # system calls in 10 s, with 100 children
    Bar("latency.0.p99", "<=", 0.5),  # ms of a single line, while so many others flood
    Bar("latency.1.p99", "<=", 3),
    Bar("latency.4.p99", "<=", 5),
    Bar("latency.16.p99", "<=", 15),
    Bar("stopping.50", "<=", 30),  # ms
    Bar("checking.thousand", "<=", 2, "pyforeman version"),
    Bar("exporting.systemd", "<=", 3, "pyforeman version"),
    Bar("control.ps", "<=", 1.6, "pyforeman version"),
    Bar("control.restart", "<=", 20),  # ms
    Bar("control.restart.command", "<=", 20),
    Bar("control.scale", "<=", 1.5),  # ms for each further process
    Bar("control.stalled", ">=", 0.95, "no client"),
    Bar("control.stalled.memory", "<=", 16),  # MB more, at the peak
)


def compared_with(section: str) -> set[str]:
    """The tools that the bars of this section (``startup``) compare ours with."""
    return {bar.versus for bar in BARS if bar.versus and bar.measure.startswith(f"{section}.")}


def judged(result: Result) -> list[Verdict]:
    """All bars, in their order."""
    named = result.named()
    return [bar.judge(named) for bar in BARS]


def in_words(verdict: Verdict, measures: Mapping[str, Measure]) -> str:
    """A line for people: what was measured, beside what is to be reached."""
    bar = verdict.bar
    measure = measures.get(bar.measure)
    unit = f" times {bar.versus}" if bar.versus else f" {measure.unit}" if measure else ""
    found = "" if verdict.found is None else f"{verdict.found:.3g}{unit} "
    return f"{verdict.word:<12}  {bar.measure}: {found}(bar: {bar.relation} {bar.value:g})"
