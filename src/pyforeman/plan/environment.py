"""The environment of the children: env files in layers over the real environment.

python-dotenv parses the files (quotes, ``export``, comments, values of several lines) and the
``${VAR}`` and ``${VAR:-default}`` in them; this module decides which layer wins. The real
environment wins over the files, so that ``FOO=x pyforeman start`` works; ``override`` turns that
round, which is Foreman's rule.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyforeman.errors import InputError

_SINGLE_QUOTED = re.compile(r"\s*(?:export\s+)?(?:'[^']+'|[^=#\s]+)\s*=\s*'")
_DEEPEST_REFERENCE = 100
_MOST_REFERENCES = 10_000  # twenty keys that each name the next one twice make a million


class Assignment(NamedTuple):
    """``key=value`` as it stands in a file. ``literal``: single quotes keep ``${…}`` as it is."""

    key: str
    value: str
    literal: bool
    path: str
    line: int


def parse(data: bytes, path: str) -> tuple[Assignment, ...]:
    """Read one env file. Raises InputError for each line that does not parse or has no ``=``."""
    from io import StringIO

    from dotenv.parser import parse_stream

    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError((f"{path}:{line}: not UTF-8; save the file as UTF-8",)) from None

    assignments: list[Assignment] = []
    problems: list[str] = []
    for key, value, (source, start), unreadable in parse_stream(StringIO(text)):
        # A binding begins with the blank lines before it; the user looks for the line of the key.
        line = start + source[: len(source) - len(source.lstrip())].count("\n")
        if unreadable:
            problems.append(f"{path}:{line}: not 'KEY=value' (an open quote?); mend or remove the line")
        elif key is None:
            if source.lstrip().startswith("export"):
                problems.append(f"{path}:{line}: export without a key; write export KEY=value")
            # else blank lines and comments
        elif value is None:
            # The line is not shown: it may be one of a key that was pasted without quotes.
            problems.append(
                f"{path}:{line}: no '='; write KEY= for an empty value, and quote one of several lines"
            )
        elif "=" in key or "\0" in key + value:
            problems.append(f"{path}:{line}: a character that no environment can hold; remove it")
        else:
            assignments.append(Assignment(key, value, bool(_SINGLE_QUOTED.match(source)), path, line))
    if problems:
        raise InputError(tuple(problems))
    return tuple(assignments)


def resolve(
    real: Mapping[str, str], assignments: Sequence[Assignment], *, override: bool = False
) -> dict[str, str]:
    """The environment that results from ``real`` and all assignments, in the order of the files.

    Later assignments win. A ``${VAR}`` is looked up in the real environment, then in later, then in
    earlier keys and files (with ``override`` in the files first), and never in the assignment that
    is being resolved: ``PATH=${PATH}:bin`` means the PATH from before. What is set nowhere is empty.
    Raises InputError where references are nested more than 100 deep, or are 10,000 in all.
    """
    if not assignments:
        return dict(real)
    from dotenv.variables import Variable, parse_variables

    references = 0
    places: dict[str, list[int]] = {}
    for position, assignment in enumerate(assignments):
        places.setdefault(assignment.key, []).append(position)

    def value_of(position: int, open_positions: tuple[int, ...]) -> str:
        key, value, literal, path, line = assignments[position]
        if literal or "${" not in value:
            return value
        inner = (*open_positions, position)
        nonlocal references
        references += 1
        if len(inner) > _DEEPEST_REFERENCE or references > _MOST_REFERENCES:
            raise InputError((f"{path}:{line}: {key} refers to too many others; write values out",))
        known: dict[str, str | None] = {}
        atoms = tuple(parse_variables(value))
        for atom in atoms:
            if isinstance(atom, Variable) and (found := look_up(atom.name, inner)) is not None:
                known[atom.name] = found
        return "".join(atom.resolve(known) for atom in atoms)

    def look_up(name: str, open_positions: tuple[int, ...]) -> str | None:
        if name in real and not override:
            return real[name]
        for position in reversed(places.get(name, ())):
            if position not in open_positions:
                return value_of(position, open_positions)
        return real.get(name)

    files = {key: value_of(positions[-1], ()) for key, positions in places.items()}
    return {**real, **files} if override else {**files, **real}
