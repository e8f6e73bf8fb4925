"""The managers there are, and how each is told to run some processes: its files and its command line."""

import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent
NODE = Path(__file__).parents[1] / "node_modules" / ".bin"


@dataclass(frozen=True)
class Job:
    """What is to run: a command for each process type, and how many of it (1 if it is not said)."""

    commands: Mapping[str, str]
    counts: Mapping[str, int]

    @property
    def words(self) -> list[str]:
        """``a=1``, ``b=2``; nothing where each is to run once, which needs not be said."""
        if all(count == 1 for count in self.counts.values()):
            return []
        return [f"{name}={self.counts.get(name, 1)}" for name in self.commands]

    def formation(self, option: str | None = None) -> list[str]:
        """As most take it: an option and ``a=1,b=2``; nothing where each is to run once."""
        return [*([option] if option else []), ",".join(self.words)] if self.words else []

    @property
    def size(self) -> int:
        """How many processes."""
        return sum(self.counts.get(name, 1) for name in self.commands)

    def procfile(self) -> str:
        """One line for each type."""
        return "".join(f"{name}: {command}\n" for name, command in self.commands.items())

    def one_by_one(self) -> dict[str, str]:
        """For managers that know no counts: each process is a type of its own."""
        return {
            f"{name}{number}" if self.counts.get(name, 1) > 1 else name: command
            for name, command in self.commands.items()
            for number in range(1, self.counts.get(name, 1) + 1)
        }

    def long_procfile(self) -> str:
        """One line for each process."""
        return "".join(f"{name}: {command}\n" for name, command in self.one_by_one().items())


@dataclass(frozen=True)
class Start:
    """How a manager is started: its command line, and what has to be in its environment."""

    argv: list[str]
    environment: Mapping[str, str]


Prepare = Callable[[Path, "Manager", Job, bool | None], Start]
"""Writes what the manager reads into the folder; the flag is ``coloured`` of ``Manager.start``."""


@dataclass(frozen=True)
class Manager:
    """One tool. ``program`` is what is started, where it was found."""

    name: str
    title: str
    program: str
    prepare: Prepare
    is_limit: bool = False
    always_coloured: bool = False
    colours_pipes: bool = True
    """Whether it can be made to colour what does not go to a terminal."""
    stamps: bool = True
    """Whether it can be made to print the time before each line."""

    def start(self, place: Path, job: Job, *, coloured: bool | None) -> Start:
        """Write its files into ``place``, where it is to run; how it is started there.

        ``coloured`` is whether it is told to colour, and to print the time; None: as it does by itself,
        without any option.
        """
        return self.prepare(place, self, job, coloured)

    def remark(self, *, coloured: bool, sink: str) -> str | None:
        """What it does other than it was told to, in a run like this."""
        if self.is_limit:
            return None
        found = []
        if coloured and sink != "pty" and not self.colours_pipes:
            found.append("without colour")
        if not coloured and self.always_coloured:
            found.append("with colour")
        if not self.stamps:
            found.append("without timestamps")
        return ", ".join(found) or None


def _procfile(place: Path, text: str) -> None:
    (place / "Procfile").write_text(text)


def _pyforeman(place: Path, manager: Manager, job: Job, coloured: bool | None) -> Start:
    _procfile(place, job.procfile())
    color = {None: [], True: ["--color", "always"], False: ["--color", "never"]}[coloured]
    options = [*color, "--timestamps", "time"] if color else []
    return Start([manager.program, "start", *options, *job.words], {})


def _honcho(place: Path, manager: Manager, job: Job, coloured: bool | None) -> Start:
    _procfile(place, job.procfile())
    options = ["--no-colour"] if coloured is False else []
    return Start([manager.program, "start", *options, *job.formation("--concurrency")], {})


def _foreman(place: Path, manager: Manager, job: Job, coloured: bool | None) -> Start:
    _procfile(place, job.procfile())
    color = {None: [], True: ["--color"], False: ["--no-color"]}[coloured]
    return Start([manager.program, "start", *color, *job.formation("--formation")], {})


def _nf(place: Path, manager: Manager, job: Job, coloured: bool | None) -> Start:
    _procfile(place, job.procfile())
    return Start([manager.program, "start", *job.formation()], {})


def _concurrently(place: Path, manager: Manager, job: Job, coloured: bool | None) -> Start:
    processes = job.one_by_one()
    options = ["--names", ",".join(processes)]
    if coloured is not None:
        options += ["--prefix", "{time} {name} |", "--timestamp-format", "HH:mm:ss"]
        options += ["--prefix-colors", "auto"] if coloured else ["--no-color"]
    environment = {"FORCE_COLOR": "1"} if coloured else {}
    return Start([manager.program, *options, *processes.values()], environment)


def _hivemind(place: Path, manager: Manager, job: Job, coloured: bool | None) -> Start:
    _procfile(place, job.long_procfile())
    options = [] if coloured is None else ["--print-timestamps"]
    return Start([manager.program, *options, "Procfile"], {})


def _overmind(place: Path, manager: Manager, job: Job, coloured: bool | None) -> Start:
    _procfile(place, job.long_procfile())  # it takes at most ten of one type
    stamps = [] if coloured is None else ["--show-timestamps"]
    options = [*stamps, "--port-step", "10", "--socket", str(place / "overmind.sock")]
    return Start([manager.program, "start", *options], {})


def _goreman(place: Path, manager: Manager, job: Job, coloured: bool | None) -> Start:
    _procfile(place, job.long_procfile())
    return Start([manager.program, "-set-ports=false", "-rpc-server=false", "start"], {})


def _forego(place: Path, manager: Manager, job: Job, coloured: bool | None) -> Start:
    # It puts "exec" before each command, so a compound one has to be one word of a simple one.
    lines = [f"{name}: sh -c {shlex.quote(command)}\n" for name, command in job.commands.items()]
    _procfile(place, "".join(lines))
    return Start([manager.program, "start", *job.formation("-c")], {})


def _no_manager(place: Path, manager: Manager, job: Job, coloured: bool | None) -> Start:
    lines = [f"{command} &" for command in job.one_by_one().values()]
    (place / "limit.sh").write_text("\n".join([*lines, "wait", ""]))
    return Start([manager.program, "limit.sh"], {})


def _one_hop(place: Path, manager: Manager, job: Job, coloured: bool | None) -> Start:
    lines = [f"{command} &" for command in job.one_by_one().values()]
    (place / "limit.sh").write_text("\n".join(["{", *lines, "wait", "} | cat", ""]))
    return Start([manager.program, "limit.sh"], {})


NO_MANAGER, ONE_HOP = "no manager", "one cat hop"
LIMITS = {
    NO_MANAGER: "the writers write straight into the same sink, and cut each other's lines",
    ONE_HOP: "one cat between them and the sink: a pipe in and a pipe out, the least that any manager does",
}
"""What no manager can be better than, and what each of the two is."""


def _on_path(program: str) -> str:
    return shutil.which(program) or ""


def installed() -> tuple[Manager, ...]:
    """pyforeman, then those of its peers that are here, then the limits."""
    found = [
        # Both with the Python that runs this: another one would be another machine.
        Manager("pyforeman", "pyforeman", str(BIN / "pyforeman"), _pyforeman),
        Manager("honcho", "honcho", str(BIN / "honcho"), _honcho, colours_pipes=False),
        Manager("nf", "node-foreman", str(NODE / "nf"), _nf, colours_pipes=False),
        Manager("concurrently", "concurrently", str(NODE / "concurrently"), _concurrently),
        Manager("foreman", "Foreman", _on_path("foreman"), _foreman),
        Manager("hivemind", "hivemind", _on_path("hivemind"), _hivemind, always_coloured=True),
        Manager("overmind", "overmind", _on_path("overmind"), _overmind, always_coloured=True),
        Manager("goreman", "goreman", _on_path("goreman"), _goreman, always_coloured=True),
        Manager("forego", "forego", _on_path("forego"), _forego, always_coloured=True, stamps=False),
        Manager(NO_MANAGER, "no manager", "/bin/sh", _no_manager, is_limit=True),
        Manager(ONE_HOP, "one cat hop", "/bin/sh", _one_hop, is_limit=True),
    ]
    return tuple(manager for manager in found if manager.program and Path(manager.program).exists())
