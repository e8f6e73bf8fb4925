"""Which programs a command looks for, on PATH or in a folder."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pyforeman.check.facts import Program
from pyforeman.check.shell import Word
from pyforeman.check.turns import Turn
from pyforeman.plan.command import SHELL_WORDS

BASH_WORDS = frozenset(("source", "pushd", "popd"))
"""What bash knows by itself, and dash, which is ``sh`` on Debian and Ubuntu, does not."""
_BUILT_IN = (SHELL_WORDS | {"exec", "time"}) - BASH_WORDS
_EXPANDED = frozenset("$`*?[]{}~")


class Lookup(NamedTuple):
    """A program that the system will look for, and the word that names it."""

    program: Program
    word: Word


def lookups(turns: Iterable[Turn]) -> Iterator[Lookup]:
    """The programs of a command that must be there before it begins, as far as they can be known."""
    for turn in turns:
        run = turn.run
        folder = run.folder
        if folder is None or not turn.as_found:
            continue
        for word in run.looked_up:
            name = word.value
            if not name or name in _BUILT_IN or not is_plain(name):
                continue
            if "/" in name or (turn.path_known and not (name in BASH_WORDS and run.nested)):
                yield Lookup(Program(folder, name), word)


def is_plain(text: str) -> bool:
    """Whether the shell takes it as it stands: nothing in it is expanded."""
    return _EXPANDED.isdisjoint(text)
