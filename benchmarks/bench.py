"""Measures pyforeman beside its peers and beside no manager at all, as ratios in one run.

    make bench
    python -m benchmarks.bench --only throughput,startup --quick
    python -m benchmarks.bench --only control --into docs/performance/result.json --page docs/performance.md

Machines differ, ratios hardly do. Every figure is a median of interleaved runs.
"""

import argparse
import compileall
import json
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from benchmarks.bars import compared_with, in_words, judged
from benchmarks.census import become_subreaper
from benchmarks.machine import facts, versions
from benchmarks.managers import Manager, installed
from benchmarks.measures import OURS, Measure, Result, Verdict
from benchmarks.options import Options
from benchmarks.pages import filled, tables
from benchmarks.plot import charts

import pyforeman

MODULES = {
    "throughput": "benchmarks.throughput",
    "startup": "benchmarks.startup",
    "stopping": "benchmarks.stopping",
    "commands": "benchmarks.commands",
    "checking": "benchmarks.checking",
    "exporting": "benchmarks.exporting",
    "flood": "benchmarks.flood",
    "memory": "benchmarks.memory",
    "idle": "benchmarks.idle",
    "latency": "benchmarks.latency",
    "control": "benchmarks.control",
    "growth": "benchmarks.growth",
}
"""What can be measured. Each module has ``measure(options) -> Iterator[Measure]``."""
USUAL = [name for name in MODULES if name != "growth"]
"""What is measured unless something is named: growth takes as long as all the others."""

_ALONE = {"idle", "latency"}
"""Measured by the clock on the wall: ours for long, since it has bars, and the others for a few seconds."""
_STEADY = {"memory"}
"""What is the same in each run."""


def main() -> int:
    """Measure, print tables, and say of each bar whether it is reached; exit code 1 if one is missed."""
    arguments = _arguments()
    if platform.system() != "Linux":
        sys.exit("The benchmarks read /proc and wait for pidfds: they need Linux.")
    if arguments.from_json:
        result = Result.from_json(json.loads(arguments.from_json.read_text()))
    else:
        result = _measure(arguments)
    if arguments.into:
        before = Result.from_json(json.loads(arguments.into.read_text()))
        try:
            result = before.updated(result)
        except ValueError as error:
            sys.exit(f"{arguments.into} is of another machine or other tools: {error}")
        arguments.into.write_text(json.dumps(result.to_json(), indent=1) + "\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(result.to_json(), indent=1) + "\n")
    verdicts = judged(result)
    _show(result, verdicts)
    if arguments.page:
        arguments.page.write_text(filled(arguments.page.read_text(), result))
    if arguments.plots:
        arguments.plots.mkdir(parents=True, exist_ok=True)
        for name, chart in charts(result):
            (arguments.plots / name).write_text(chart.svg())
    return 1 if any(verdict.reached is False for verdict in verdicts) else 0


def _show(result: Result, verdicts: list[Verdict]) -> None:
    for name, value in result.machine.items():
        print(f"{name}: {value}")
    print()
    for table in tables(result, page=False):
        print(table.text())
    print("In brackets: how many times better pyforeman is.\n")
    named = result.named()
    for verdict in verdicts:
        print(in_words(verdict, named))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", metavar="NAME,…", help=f"measure only these: {', '.join(MODULES)}")
    parser.add_argument("--tools", metavar="NAME,…", help="measure only these, beside pyforeman")
    parser.add_argument("--runs", type=int, metavar="N", help="run each so often")
    parser.add_argument(
        "--quick", action="store_true", help="half a minute: only what bars compare with, rough figures"
    )
    parser.add_argument("--full", action="store_true", help="all sizes of all tools, more runs, and growth")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result to this file")
    parser.add_argument("--into", type=Path, metavar="FILE", help="add to this result (JSON), and show all")
    parser.add_argument("--from-json", type=Path, metavar="FILE", help="measure nothing: show this result")
    parser.add_argument("--page", type=Path, metavar="FILE", help="also fill in the tables of this page")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="also draw charts (SVG) into this folder")
    arguments = parser.parse_args()
    if arguments.only and (unknown := {*arguments.only.split(",")} - {*MODULES}):
        parser.error(f"nothing is called {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}")
    return arguments


def _measure(arguments: argparse.Namespace) -> Result:
    """Everything that was asked for, with a line on stderr for each measure that is done."""
    # An editable install under PYTHONDONTWRITEBYTECODE would be compiled anew at every start.
    compileall.compile_dir(Path(pyforeman.__file__).parent, quiet=1)
    become_subreaper()
    # Its default action would leave the managers behind, which lead sessions of their own.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    size = "quick" if arguments.quick else "full" if arguments.full else "usual"
    names = arguments.only.split(",") if arguments.only else MODULES if arguments.full else USUAL
    machine = facts()
    measures: dict[str, Measure] = {}
    for name in names:
        began = time.monotonic()
        module: Callable[[Options], Iterator[Measure]] = import_module(MODULES[name]).measure
        for options in _passes(name, tuple(_chosen(arguments.tools, name, size)), size, arguments.runs):
            for measure in module(options):
                before = measures.get(measure.name)
                measures[measure.name] = before.joined(measure) if before else measure
                print(f"{time.monotonic() - began:6.1f} s  {measure.name}", file=sys.stderr, flush=True)
    there = {tool for measure in measures.values() for tool in {*measure.figures, *measure.remarks}}
    managers = tuple(manager for manager in installed() if manager.name in there)
    titles = {manager.name: manager.title for manager in managers}
    return Result(machine | versions(managers), titles, list(measures.values()))


def _passes(module: str, managers: tuple[Manager, ...], size: str, runs: int | None) -> Iterator[Options]:
    """How a module is run: all in turns, but where no bar compares tools the others are not run as long."""
    if size == "usual" and module in _ALONE:
        yield Options(managers[:1], size, runs)
        if managers[1:]:
            yield Options(managers[1:], "quick", runs)
    else:
        yield Options(managers, size, runs or (1 if size == "usual" and module in _STEADY else None))


def _chosen(tools: str | None, module: str, size: str) -> Iterator[Manager]:
    """Who is measured: those that were named, or all; in a hurry, those that a bar compares with."""
    for manager in installed():
        if tools is not None:
            wanted = manager.is_limit or manager.name in tools.split(",")
        else:
            wanted = size != "quick" or manager.name in compared_with(module)
        if wanted or manager.name == OURS:
            yield manager


if __name__ == "__main__":
    sys.exit(main())
