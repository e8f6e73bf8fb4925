"""Which variables a command takes from its environment."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pyforeman.check.subject import Entry

_PART = re.compile(
    r"""\\.|'[^']*'|"|\$\{(?P<braced>[A-Za-z_]\w*)\}|\$\{(?P<other>[A-Za-z_]\w*)(?P<rest>[^}]*)|\$(?P<plain>[A-Za-z_]\w*)""",
    re.DOTALL,
)
# What follows a name in braces and says what stands for it where it is unset, or that this is meant.
_WITH_DEFAULT = ("-", ":-", "=", ":=", "?", ":?", "+", ":+")
_ASSIGNED_IN_A_LOOP = re.compile(r"\b(?:for|select)\s+([A-Za-z_]\w*)")
_SETS_ALL = frozenset((".", "source", "eval"))
_SETS = frozenset("export readonly declare local typeset read getopts let mapfile printf unset".split())


class Reference(NamedTuple):
    """``$name`` with its place in the command. ``alone``: neither quoted, so that an empty one is nothing."""

    name: str
    start: int
    end: int
    unquoted: bool


def references(entry: Entry) -> Iterator[Reference]:
    """The variables without a default that a command uses before it sets them itself."""
    command = entry.command
    if "$" not in command or not entry.script.is_clear:
        return
    known_from = None
    for reference in _all(command):
        if known_from is None:
            known_from = _assignments(entry)
        if not known_from.get(reference.name, len(command)) < reference.start:
            if known_from.get("*", len(command)) > reference.start:
                yield reference


def _all(command: str) -> Iterator[Reference]:
    position, quoted = 0, False
    while found := _PART.search(command, position):
        position = found.end()
        text = found[0]
        if text == '"':
            quoted = not quoted
        elif text[0] == "'" and quoted:
            position = found.start() + 1  # only a quote, within other quotes
        elif text[0] == "$":
            rest = found["rest"]
            name = found["braced"] or found["plain"] or found["other"]
            if rest is None or not rest.startswith(_WITH_DEFAULT):
                yield Reference(name, found.start(), found.end(), not quoted)


def _assignments(entry: Entry) -> dict[str, int]:
    """From where on the command knows variables of its own; "*" is any."""
    command, known = entry.command, dict[str, int]()
    for simple in entry.script.commands:
        if not simple.words:
            # In front of a program, an assignment is for that program alone: the shell has expanded its
            # arguments before.
            for word in simple.assignments:
                known.setdefault(word.value.partition("=")[0].rstrip("+"), word.start)
            continue
        program = simple.words[0].value
        if program in _SETS_ALL:
            known.setdefault("*", simple.words[0].start)
        elif program in _SETS:
            for word in simple.words[1:]:
                if "$" in word.value.partition("=")[0] or "`" in word.value.partition("=")[0]:
                    known.setdefault("*", word.start)  # export $(cat .env)
                else:
                    known.setdefault(word.value.partition("=")[0], word.start)
    if "for " in command:
        for loop in _ASSIGNED_IN_A_LOOP.finditer(command):
            known.setdefault(loop[1], loop.start())
    if "=" in command:
        for found in re.finditer(r"\$\{([A-Za-z_]\w*):?=", command):
            known.setdefault(found[1], found.start())
    return known
