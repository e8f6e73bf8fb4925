"""What the rules want to know of the machine. Pure: :mod:`pyforeman.commands.facts` asks."""

from collections.abc import Iterable
from typing import NamedTuple

from pyforeman.check.facts import Program
from pyforeman.check.subject import Entry


class Questions(NamedTuple):
    """``programs``: are they there, may they be run? ``paths``, from the root: is there anything?"""

    programs: frozenset[Program]
    paths: frozenset[str]


def questions(entries: Iterable[Entry]) -> Questions:
    """All that the commands of a Procfile look for, each thing once."""
    programs: set[Program] = set()
    paths: set[str] = set()
    for entry in entries:
        programs.update(lookup.program for lookup in entry.lookups)
        for naming in entry.namings:
            paths.update(naming.asked)
    return Questions(frozenset(programs), frozenset(paths))
