"""What is judged: the files as they were read, the formation that was asked for, and the facts."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

from pyforeman.check.facts import Facts
from pyforeman.check.finding import Edit, Found, Place
from pyforeman.check.invocation import Invocation, invocations
from pyforeman.check.lookups import Lookup, lookups
from pyforeman.check.namings import Naming, namings
from pyforeman.check.shell import Redirection, Script, Word, read
from pyforeman.check.turns import turns
from pyforeman.plan.environment import Assignment
from pyforeman.plan.formation import Instance
from pyforeman.plan.problem import Problem
from pyforeman.plan.procfile import RELEASE, ProcessType

Profile = Literal["development", "production"]


class Source(NamedTuple):
    """A file: what the user calls it, and its text as it was decoded, with byte order mark and ``\\r``."""

    path: str
    text: str

    @property
    def lines(self) -> list[str]:
        """Its lines without their ends, the byte order mark aside: as columns count them."""
        return [line.removesuffix("\r") for line in self.text.removeprefix("\ufeff").split("\n")]

    def offset(self, line: int, column: int) -> int:
        """The place in ``text`` of a line and a column (both from 1)."""
        mark = line == 1 and self.text.startswith("\ufeff")
        return _starts(self.text)[line - 1] + column - 1 + mark


@lru_cache(maxsize=2)
def _starts(text: str) -> list[int]:
    """Where each line begins: a file with as many findings as lines is not counted through for each."""
    return list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))


class Entry(NamedTuple):
    """A process type: its name, its command, and where that begins (line and column from 1).

    ``script`` is the command as the shell reads it, and ``runs`` are its programs in order. ``lookups`` and
    ``namings`` are what must be there before it begins: programs, and files.
    """

    path: str
    name: str
    command: str
    line: int
    column: int
    script: Script
    runs: tuple[Invocation, ...]
    lookups: tuple[Lookup, ...]
    namings: tuple[Naming, ...]

    @property
    def is_release(self) -> bool:
        """Whether it runs once, before the others."""
        return self.name == RELEASE

    def found(
        self,
        message: str,
        span: Word | Redirection | Invocation | tuple[int, int] | None = None,
        *,
        help: str = "",  # what users know it by
        edits: tuple[Edit, ...] = (),
        secret: bool = False,
    ) -> Found:
        """A finding in the command: at a word, or at a part of it counted from 0; without, at all of it."""
        if isinstance(span, Invocation):
            span = span.word
        if span is None:
            start, end = 0, len(self.command)
        elif isinstance(span, Word | Redirection):
            start, end = span.start, span.end
        else:
            start, end = span
        place = Place(self.path, self.line, self.column + start, self.column + max(end, start + 1))
        return Found(message, place, help, edits, secret)


class EnvFile(NamedTuple):
    """An env file: what it assigns, and what in it does not parse."""

    source: Source
    assignments: tuple[Assignment, ...]
    problems: tuple[Problem, ...]


class Subject(NamedTuple):
    """All that the rules look at.

    ``entries`` are those that parse, ``problems`` what does not. ``environment`` is what children inherit,
    ``real`` what was there before the env files. ``counts`` is the formation, ``instances`` its outline
    (:meth:`pyforeman.plan.plan.Plan.outline`); where ``start`` would refuse it (a port past the last one),
    they are without ports, and ``refusal`` says why. ``reads_port``: the first port is that of the
    environment, for neither ``-p`` nor ``--no-port`` is given.
    """

    procfile: Source
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    env_files: tuple[EnvFile, ...] = ()
    environment: Mapping[str, str] = {}
    real: Mapping[str, str] = {}
    counts: Mapping[str, int] = {}
    instances: tuple[Instance, ...] = ()
    refusal: str = ""
    reads_port: bool = True
    profile: Profile = "development"
    facts: Facts = Facts()

    @property
    def sources(self) -> tuple[Source, ...]:
        """The files in their order: the Procfile, then the env files."""
        return (self.procfile, *(file.source for file in self.env_files))


def entry(path: str, process_type: ProcessType) -> Entry:
    """Read the command of a process type."""
    name, command, line, column = process_type
    script = read(command)
    runs = invocations(script)
    in_turn = turns(command, runs)
    looked_up = tuple(lookups(in_turn))
    named = tuple(namings(command, script, runs, in_turn))
    return Entry(path, name, command, line, column, script, runs, looked_up, named)
