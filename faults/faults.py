"""Break the world around pyforeman in every way we know, and measure what becomes of it.

    python faults/faults.py [--only GLOB] [--list] [--markdown FILE] [--jobs N]

Each row runs in a process of its own that is a subreaper: whatever escapes from pyforeman is below it, and
found. The exit code is 1 if a row does not hold.
"""

import argparse
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from types import FrameType

from census import become_subreaper, census, command_line, kill, living, reap
from rows import ROWS, Measured, Row, SkippedError, linux
from table import Result, heading, line, markdown, summary

MODULES = (
    *("ends", "shapes", "early", "bars", "neighbours", "floods", "losses", "disks", "screens"),
    *("pressure", "clock", "container", "privacy"),
)
"""Every module of rows, in the order of the table."""
_starting = threading.Lock()
_playing: set[int] = set()
"""The rows that run: the children that are ours."""
_MARGIN = 30
"""Seconds more than its limit that a row has to end by itself, and to end what it started."""


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument(
        "--only", action="append", metavar="GLOB", help="only rows with such a name; repeatable"
    )
    parser.add_argument("--list", action="store_true", help="name the rows, and run none")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="also write the table to this file")
    parser.add_argument("--jobs", type=int, default=3, metavar="N", help="rows at the same time [default: 3]")
    parser.add_argument("--row", metavar="NAME", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for module in MODULES:
        importlib.import_module(module)
    if options.row:
        return _play(ROWS[options.row])
    chosen = [row for row in ROWS.values() if _is_chosen(row, options.only)]
    if not chosen:
        parser.error(f"no row is called {' or '.join(options.only)}; --list names them")
    if options.list:
        print("\n".join(f"{row.name}: {row.fault}. Must hold: {row.must}." for row in chosen))
        return 0
    return _run(chosen, options.jobs, options.markdown)


def _is_chosen(row: Row, patterns: list[str] | None) -> bool:
    return not patterns or any(fnmatch(row.name, pattern) for pattern in patterns)


def _run(rows: list[Row], jobs: int, page: Path | None) -> int:
    """Run all, and tell of each as it ends."""
    become_subreaper()
    began = time.monotonic()
    width = max(len(row.name) for row in rows) + 1
    results: dict[str, Result] = {}
    print(heading(width), flush=True)
    for row, result in _results(rows, jobs):
        results[row.name] = result
        print(line(row, result, width), flush=True)
    print(summary(results.values(), time.monotonic() - began))
    if page:
        page.write_text(markdown({row: results[row.name] for row in rows}))
    return int(any(result.holds is False for result in results.values()))


def _results(rows: list[Row], jobs: int) -> Iterator[tuple[Row, Result]]:
    """A few at the same time, then one by one those that have to be alone."""
    with ThreadPoolExecutor(jobs) as pool:
        running: dict[Future[Result], Row] = {
            pool.submit(_in_a_process, row): row for row in rows if not row.alone
        }
        for future in as_completed(running):
            yield running[future], future.result()
    for row in rows:
        if row.alone:
            yield row, _in_a_process(row)


def _in_a_process(row: Row) -> Result:
    """Run a row in a process of its own."""
    command = [sys.executable, __file__, "--row", row.name]
    pipe = subprocess.PIPE
    # In a folder of its own, so that whatever becomes of it, its files are gone.
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        variables = {**os.environ, "TMPDIR": folder}
        with _starting:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=variables
            )
            _playing.add(process.pid)
        try:
            out, err = process.communicate(timeout=row.limit + _MARGIN)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        left = _clear_up(process.pid)
    try:
        holds, why, measured = json.loads(out)
    except ValueError:
        return Result(False, f"the row itself failed: {err.decode(errors='replace')[-2000:]}", Measured())
    if left:
        return Result(False, f"{why} The row itself has left behind: {left}".strip(), Measured(**measured))
    return Result(holds, why, Measured(**measured))


def _clear_up(pid: int) -> list[str]:
    """A row has ended: whatever has come to us from it is a child of ours, and no row. Kill it."""
    with _starting:
        _playing.discard(pid)
        left: set[str] = set()
        while True:
            people = census()
            ours = [person for person in people.values() if person.parent == os.getpid()]
            orphans = [person for person in living(ours) if person.pid not in _playing]
            if not reap(ours, _playing) and not orphans:
                return sorted(left)
            left |= {command_line(person.pid) for person in orphans}
            kill(person.pid for person in orphans)


def _play(row: Row) -> int:
    """In the process of its own: run the row, and write the result to stdout."""
    measured = Measured()
    holds: bool | None = True
    why = next((reason for need in (linux, *row.needs) if (reason := need())), "")
    if why:
        holds = None
    else:
        become_subreaper()
        for number in (signal.SIGALRM, signal.SIGTERM):
            signal.signal(number, _give_up)
        signal.alarm(row.limit)
        try:
            row.play(measured)
        except SkippedError as error:
            holds, why = None, str(error)
        except AssertionError as error:
            holds, why = False, str(error)
        signal.alarm(0)
    print(json.dumps([holds, why, asdict(measured)]))
    return 0


def _give_up(number: int, _: FrameType | None) -> None:
    """Too late, or told to stop: an error, so that the scene ends what is left."""
    raise AssertionError(f"given up: {signal.Signals(number).name}")


if __name__ == "__main__":
    sys.exit(main())
