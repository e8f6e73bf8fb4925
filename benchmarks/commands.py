"""How long the commands take that run nothing: beside Python itself, and beside Python with click."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.managers import Manager
from benchmarks.measures import OURS, Measure
from benchmarks.options import Options
from benchmarks.scene import ENVIRONMENT, FailedError, folder
from benchmarks.survey import rounds

_COMMANDS = {
    "help": {
        **{
            name: ["--help"] for name in ("pyforeman", "honcho", "nf", "concurrently", "hivemind", "overmind")
        },
        **{name: ["help"] for name in ("foreman", "goreman", "forego")},
    },
    "check": {name: ["check"] for name in ("pyforeman", "honcho", "foreman", "goreman")},
    "version": {
        **{name: ["version"] for name in ("pyforeman", "honcho", "foreman", "goreman", "forego")},
        **{name: ["--version"] for name in ("nf", "concurrently", "hivemind", "overmind")},
    },
}
_BARE = {"python -c pass": ["-c", "pass"], "python -c 'import click'": ["-c", "import click"]}

_PATIENCE = 20.0


def measure(options: Options) -> Iterator[Measure]:
    """Milliseconds of each command, from its start to its end."""
    bare = [Manager(name, name, sys.executable, options.peers[0].prepare, is_limit=True) for name in _BARE]
    with folder() as place:
        (place / "Procfile").write_text("web: sleep 1000\nworker: sleep 1000\n")
        for command, arguments in _COMMANDS.items():
            yield _measure(command, {**arguments, **_BARE}, [*options.peers, *bare], place, options)


def _measure(
    command: str, arguments: Mapping[str, list[str]], managers: list[Manager], place: Path, options: Options
) -> Measure:
    def once(manager: Manager) -> float:
        return timed([manager.program, *arguments[manager.name]], place) * 1e3

    runs = {
        name: options.runs(3, 11, 40) if name in {OURS, *_BARE} else options.runs(1, 5, 15)
        for name in arguments
    }
    figures, remarks = rounds(managers, runs, once, warm_up=options.size != "quick")
    return Measure(f"commands.{command}", command, "ms", False, figures, remarks)


def timed(argv: list[str], place: Path, variables: Mapping[str, str] = ENVIRONMENT) -> float:
    """Seconds that a command runs in this folder."""
    began = time.perf_counter()
    process = subprocess.Popen(
        argv,
        cwd=place,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # Popen.wait with a timeout looks every 50 ms: as a clock it is of no use.
    end = os.pidfd_open(process.pid)
    ended = bool(select.select([end], [], [], _PATIENCE)[0])
    seconds = time.perf_counter() - began
    os.close(end)
    if not ended:
        process.kill()
    code = process.wait()
    if not ended or code:
        raise FailedError(f"exit code {code}" if ended else "does not end")
    return seconds
