"""How long ``export`` takes of a thousand process types, beside a command that reads nothing."""

import shutil
from collections.abc import Iterator

from benchmarks.checking import thousand_lines
from benchmarks.commands import timed
from benchmarks.control import VERSION
from benchmarks.managers import Manager
from benchmarks.measures import Measure
from benchmarks.options import Options
from benchmarks.scene import folder
from benchmarks.survey import rounds

_FORMATS = ("systemd", "compose", "kubernetes", "supervisord", "runit")
"""Those that have something to write for each process type."""
_ENVIRONMENT = "".join(f"SETTING_{number}='a value of {number} %, $HOME and \\\\'\n" for number in range(30))
_OPTIONS = ("--port-step", "10")  # else a thousand types would be too many for the ports


def measure(options: Options) -> Iterator[Measure]:
    """Milliseconds of a first export into a folder that is not there, and of a second one of the same."""
    ours = options.managers[0]
    for name in _FORMATS:
        runs = options.runs(7, 21, 61) if name == "systemd" else options.runs(3, 11, 31)
        yield exported(ours, runs, name)
    yield exported(ours, options.runs(7, 21, 61), "systemd", again=True)


def exported(ours: Manager, runs: int, name: str, *, again: bool = False) -> Measure:
    """``export`` of a thousand process types, beside ``version``. ``again``: nothing has changed since the
    last one."""
    with folder() as place:
        (place / "Procfile").write_text(thousand_lines())
        (place / ".env").write_text(_ENVIRONMENT)
        there = place / "export"
        words = [ours.program, "export", name, str(there), *_OPTIONS]

        def once(manager: Manager) -> float:
            if manager.name == VERSION:
                return timed([ours.program, "version"], place) * 1e3
            if not again:
                shutil.rmtree(there, ignore_errors=True)
            return timed(words, place) * 1e3

        if again:
            timed(words, place)
        found, _ = rounds([ours, Manager(VERSION, VERSION, ours.program, ours.prepare)], runs, once)
    title = f"`export {name}` of 1,000 process types{', a second time' if again else ''}"
    return Measure(f"exporting.{name}{'.again' if again else ''}", title, "ms", False, found)
