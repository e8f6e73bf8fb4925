"""How long ``check`` takes to judge, beside a command that reads nothing."""

from collections.abc import Iterator

from benchmarks.commands import timed
from benchmarks.control import VERSION
from benchmarks.managers import Manager
from benchmarks.measures import OURS, Measure
from benchmarks.options import Options
from benchmarks.scene import folder
from benchmarks.survey import rounds

_USUAL = "web: sh -c 'exec sleep 1000' $PORT\nworker: sleep 1000\nrelease: true\n"
_COMMANDS = (
    "sleep {}",
    "cat --number --show-ends /dev/zero --squeeze-blank {}",
    "env SHARD={} QUEUE=default sleep 1000",
    "nice -n 5 sleep 1000 {}",
    "exec yes worker --queue default --shard {}",
    "tr --delete a b --complement {}",
    "yes $HOME $PATH queue{} --verbose",
    "cd / && exec sleep {}",
    "QUEUE=queue{} sleep 1000",
    "sh -c 'echo {} && exec sleep 1000'",
)
"""What a thousand lines are made of, each with its number: programs that every system has. As in 900 commands
of public Procfiles, a line has six words, and seven of ten have no quote and no operator."""


def measure(options: Options) -> Iterator[Measure]:
    """Milliseconds for three lines, and for a thousand."""
    ours = options.managers[0]
    yield judged(ours, options.runs(7, 21, 61), "usual", "`check` of three lines", _USUAL)
    yield judged(ours, options.runs(7, 21, 61), "thousand", "`check` of 1,000 lines", thousand_lines())


def thousand_lines() -> str:
    """A Procfile of a thousand process types, of which there is nothing to say but that they are too many
    for the ports."""
    commands = (_COMMANDS[number % len(_COMMANDS)].format(number) for number in range(1000))
    return "".join(f"process{number}: {command}\n" for number, command in enumerate(commands))


def judged(ours: Manager, runs: int, name: str, title: str, procfile: str) -> Measure:
    """``check`` of a Procfile, beside ``version``."""
    words = {OURS: "check", VERSION: "version"}
    with folder() as place:
        (place / "Procfile").write_text(procfile)

        def once(manager: Manager) -> float:
            return timed([manager.program, words[manager.name]], place) * 1e3

        found, _ = rounds([ours, Manager(VERSION, VERSION, ours.program, ours.prepare)], runs, once)
    return Measure(f"checking.{name}", title, "ms", False, found)
