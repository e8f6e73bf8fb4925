"""Which variables a command takes from its environment."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pyforeman.check.subject import Entry

_PART = re.compile(
    r"""\\. | '[^']*' | " | (?:(?<=[\s;&|()])|\A)\#
      | \$\{(?P<braced>[A-Za-z_]\w*)(?P<rest>[^}]*)\}? | \$(?P<plain>[A-Za-z_]\w*)""",
    re.DOTALL | re.VERBOSE,
)
# What follows a name in braces and says what stands for it where it is unset, or that this is meant.
_WITH_DEFAULT = ("-", ":-", "=", ":=", "?", ":?", "+", ":+")
# These are compiled where a command needs them, which few do.
_SET_WITHIN = r"\b(?:for|select)\s+([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*):?="
# Who asks for a variable knows that it may have no value.
_ASKED = r"(?:\[|\btest)\s[^];&|]*"
_NAME = r"\$\{?([A-Za-z_]\w*)"
_ANY = "*"
_SETS_ALL = frozenset((".", "source", "eval"))
_SETS = frozenset("export readonly declare local typeset read getopts let mapfile printf unset".split())


class Reference(NamedTuple):
    """``$name`` with its place in the command. ``unquoted``: if it is empty, it is no word at all."""

    name: str
    start: int
    end: int
    unquoted: bool


def references(entry: Entry) -> Iterator[Reference]:
    """The variables without a default that a command uses before it sets them itself."""
    command = entry.command
    if "$" not in command or not entry.script.is_clear:
        return
    end = len(command)
    own = _assignments(entry)
    for reference in _all(command):
        name, start = reference.name, reference.start
        if min(own.get(name, end), own.get(_ANY, end)) >= start and not _is_passed_on(command, reference):
            yield reference


def _is_passed_on(command: str, reference: Reference) -> bool:
    """``NAME=$NAME program``: what is unset stays as good as that."""
    end = reference.start - command.startswith('"', max(reference.start - 1, 0))
    return command.endswith(f"{reference.name}=", 0, end)


def _all(command: str) -> Iterator[Reference]:
    position, quoted = 0, False
    while found := _PART.search(command, position):
        position = found.end()
        text = found[0]
        if text == '"':
            quoted = not quoted
        elif text == "#":
            if not quoted:
                return  # a comment
        elif text[0] == "'" and quoted:
            position = found.start() + 1  # only a quote, within other quotes
        elif text[0] == "$" and not (found["rest"] or "").startswith(_WITH_DEFAULT):
            yield Reference(found["braced"] or found["plain"], found.start(), found.end(), not quoted)


def _assignments(entry: Entry) -> dict[str, int]:
    """From where on the command has an opinion of its own about a variable."""
    command = entry.command
    known: dict[str, int] = {}
    for simple in entry.script.commands:
        if not simple.words:
            # In front of a program, an assignment is for that program alone: the shell has expanded its
            # arguments before.
            for word in simple.assignments:
                known.setdefault(word.value.partition("=")[0].rstrip("+"), word.start)
            continue
        program = simple.words[0].value
        if program in _SETS_ALL:
            known.setdefault(_ANY, simple.words[0].start)
        elif program in _SETS:
            for word in simple.words[1:]:
                name = word.value.partition("=")[0]
                known.setdefault(name if name.isidentifier() else _ANY, word.start)  # export $(cat .env)
    if "for " in command or "${" in command:
        for found in re.finditer(_SET_WITHIN, command):
            known.setdefault(found[1] or found[2], found.start())
    if "[" in command or "test " in command:
        for asked in re.finditer(_ASKED, command):
            known |= dict.fromkeys(re.findall(_NAME, asked[0]), -1)
    return known
