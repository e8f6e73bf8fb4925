"""Fails when pyforeman has become slower, larger or louder: ratios within one run, within a minute.

    make guard

No limit is a time: each is a ratio to honcho, to ``cat`` or to another count of instructions in the same
run, or a count that must be 0. What misses its limit is measured again with three times as many runs before
that is called a failure: a busy machine hits one tool and not the other.
"""

import compileall
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import checking, control, exporting, followers, growth, idle, instructions, latency
from benchmarks.census import become_subreaper
from benchmarks.managers import NO_MANAGER, ONE_HOP, Manager, installed
from benchmarks.measures import OURS
from benchmarks.memory import pss_bytes
from benchmarks.silence import silence
from benchmarks.startup import until_up
from benchmarks.survey import Survey, survey

import pyforeman

HONCHO = "honcho"


@dataclass(frozen=True)
class Limit:
    """What a figure may be at most, or at least."""

    figure: str
    relation: str
    value: float
    title: str

    def holds(self, found: float) -> bool:
        """Whether this figure is within the limit."""
        return found <= self.value if self.relation == "<=" else found >= self.value


# Before each limit: what was measured, and the change of the code that it is there for. What depends on
# time gets 1.5 times that, and more where runs differ more. Counts of instructions do not: 1.2 times.
LIMITS = (
    # 0.5, and 150. Smaller reads, more copies of each block, work for each line.
    Limit("throughput.hop", ">=", 0.4, "throughput, 4 writers of 80 bytes: of one cat hop"),
    Limit("throughput.honcho", ">=", 110, "throughput, 4 writers of 80 bytes: times honcho"),
    # 0.55. Imports, and what is done before the first child.
    Limit("first", "<=", 0.85, "first child up: of honcho"),
    # 0.5. What is done for each child: a file that is read, a look at all processes.
    Limit("up", "<=", 0.8, "50 children up: of honcho"),
    # 0.13. Waiting for one child after the other, a poll instead of SIGCHLD.
    Limit("stop", "<=", 0.25, "50 children stopped: of honcho"),
    # 0.095. A process or a thread for each child, a large module, a buffer for each child.
    Limit("memory", "<=", 0.14, "memory, 50 children: of honcho"),
    # 0. A timer, a poll: a laptop sleeps worse, and nobody sees why.
    Limit("idle.cpu", "<=", 0, "idle: nanoseconds on a processor in 3 s"),
    Limit("idle.calls", "<=", 0, "idle: system calls in 3 s"),
    # 3.5. Waiting for more before anything is written.
    Limit("latency.alone", "<=", 6, "latency of a single line, p50: times no manager"),
    # 0.01 to 0.04. A queue without end before the writer.
    Limit("latency.flood", "<=", 0.1, "latency of a single line beside 4 floods, p50: of honcho"),
    # 1.3. Modules too many, asking twice, waiting for something else than the answer.
    Limit("ps", "<=", 1.9, "`pyforeman ps`: of `pyforeman version`"),
    # 2.3. A loop over all rules or all words for each word of a command; a shell for each command.
    Limit("check", "<=", 3.4, "`pyforeman check` of 1,000 lines: of `pyforeman version`"),
    # 2.7. A file object for each file, a look at each file that cannot be there, a module too many.
    Limit("export", "<=", 4, "`pyforeman export systemd` of 1,000 types: of `pyforeman version`"),
    # 0.99. Work for each block that nobody takes.
    Limit("stalled", ">=", 0.65, "throughput, with a client of `logs -f` that reads nothing: of without it"),
    # 1.16. The same without valgrind, and less exact: how large a module is does not count.
    Limit("modules", "<=", 1.4, "modules of `pyforeman version`: times import click"),
    # 1.11. A module too many, imported by every command.
    Limit("instructions.version", "<=", 1.35, "instructions of `pyforeman version`: times import click"),
    # 1.59. The same, and what the rules cost that are imported, and asked about one line.
    Limit("instructions.check", "<=", 1.9, "instructions of `pyforeman check`: times import click"),
    # 1.53. The same of both processes of start, up to the end of the first child.
    Limit("instructions.start", "<=", 1.8, "instructions of `pyforeman start`: times import click"),
    # 1.85. A loop over the lines: 14.
    Limit("instructions.output", "<=", 2.5, "instructions from a read to the queue: times bytes.replace"),
)

Figures = Mapping[str, float]


def main() -> int:
    """Measure, say of each limit whether it holds; the exit code is 1 if one does not, twice."""
    began = time.monotonic()
    # An editable install under PYTHONDONTWRITEBYTECODE would be compiled anew at every start.
    compileall.compile_dir(Path(pyforeman.__file__).parent, quiet=1)
    become_subreaper()
    found: dict[str, float] = {}
    for group in (throughput, first, silent, quiet, late, asked, judged, exported, counted):
        figures = group(1)
        if missed := list(_missed(figures)):
            print(f"again, with more runs: {', '.join(missed)}", flush=True)
            figures = group(3)
        found |= figures
    width = max(len(limit.title) for limit in LIMITS)
    for limit in LIMITS:
        figure = found.get(limit.figure)
        word = "not measured" if figure is None else "holds" if limit.holds(figure) else "MISSED"
        shown = "-" if figure is None else f"{figure:.3g}"
        print(f"{limit.title:<{width}}  {shown:>8}  {limit.relation} {limit.value:<6g} {word}")
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if any(_missed(found)) else 0


def _missed(figures: Figures) -> Iterator[str]:
    for limit in LIMITS:
        figure = figures.get(limit.figure)
        if figure is not None and not limit.holds(figure):
            yield limit.figure


def throughput(times: int) -> Figures:
    """Four writers, coloured, with timestamps, into a pipe."""
    ours = _survey((OURS, ONE_HOP), 5 * times, partial(growth.write, 4))
    theirs = _survey((HONCHO,), times, partial(growth.write, 4))
    return {
        "throughput.hop": _ratio(ours, "throughput", ONE_HOP),
        "throughput.honcho": _median(ours, "throughput", OURS) / _median(theirs, "throughput", HONCHO),
    }


def first(times: int) -> Figures:
    """Until a single child is up."""

    found = _survey((OURS, HONCHO), 7 * times, lambda manager: {"first": until_up(manager, 1)})
    return {"first": _ratio(found, "first", HONCHO)}


def silent(times: int) -> Figures:
    """Fifty children: their start, their end, and the memory of their manager."""

    def once(manager: Manager) -> Figures:
        with silence(manager, 50) as scene:
            memory = pss_bytes(scene.come_to_rest(1.5))
            return {"up": scene.seconds, "memory": memory, "stop": scene.run.interrupt()}

    found = _survey((OURS, HONCHO), 3 * times, once)
    return {key: _ratio(found, key, HONCHO) for key in ("up", "memory", "stop")}


def quiet(times: int) -> Figures:
    """What ours does while nothing happens."""
    with silence(_manager(OURS), 50) as scene:
        pids = scene.come_to_rest(10 * times)
        found = {"idle.cpu": idle.activity(pids, 3)["cpu"] * 1e6}
        if (calls := idle.system_calls(pids, 3)) is not None:
            found["idle.calls"] = calls
        return found


def late(times: int) -> Figures:
    """A single line, alone and beside floods."""
    alone = _survey((OURS, NO_MANAGER), 2 * times, partial(latency.once, 0, 300))
    flood = _survey((OURS, HONCHO), 2 * times - 1, partial(latency.once, 4, 300))
    return {
        "latency.alone": _ratio(alone, "p50", NO_MANAGER),
        "latency.flood": _ratio(flood, "p50", HONCHO),
    }


def asked(times: int) -> Figures:
    """What runs is asked, and who asked does not listen."""
    ps = control.ps(_manager(OURS), 5 * times).ratio(OURS, control.VERSION)
    assert ps is not None
    return {"ps": ps, "stalled": followers.stalled_share(_manager(OURS), 5 * times)}


def judged(times: int) -> Figures:
    """A thousand lines that are judged."""
    measure = checking.judged(_manager(OURS), 7 * times, "thousand", "", checking.thousand_lines())
    ratio = measure.ratio(OURS, control.VERSION)
    assert ratio is not None
    return {"check": ratio}


def exported(times: int) -> Figures:
    """A thousand process types as units of systemd."""
    ratio = exporting.exported(_manager(OURS), 7 * times, "systemd").ratio(OURS, control.VERSION)
    assert ratio is not None
    return {"export": ratio}


def counted(_: int) -> Figures:
    """Instructions and modules: the same in every run, so once is enough."""
    return {"modules": instructions.modules()} | {
        f"instructions.{name}": ratio for name, ratio in instructions.ratios().items()
    }


def _manager(name: str) -> Manager:
    found = [manager for manager in installed() if manager.name == name]
    if not found:
        raise SystemExit(f"{name} is not installed: make test installs what is compared with")
    return found[0]


def _survey(tools: Sequence[str], runs: int, once: Callable[[Manager], Figures]) -> Survey:
    found = survey([_manager(name) for name in tools], runs, once, warm_up=runs > 1)
    if found.remarks:
        raise SystemExit(f"cannot compare: {found.remarks}")
    return found


def _median(found: Survey, key: str, tool: str) -> float:
    return statistics.median(found.figures[key][tool])


def _ratio(found: Survey, key: str, versus: str) -> float:
    return _median(found, key, OURS) / _median(found, key, versus)


if __name__ == "__main__":
    sys.exit(main())
