"""The environment of the children: env files in layers over the real environment.

python-dotenv parses the files (quotes, ``export``, comments, values of several lines) and the
``${VAR}`` and ``${VAR:-default}`` in them; this module decides which layer wins. The real
environment wins over the files, so that ``FOO=x pyforeman start`` works; ``override`` turns that
round, which is Foreman's rule.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pyforeman.errors import InputError
from pyforeman.plan.problem import Problem
from pyforeman.plan.text import NOT_UTF8, decode

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


class Reading(NamedTuple):
    """An env file as far as it can be read: what it assigns, a problem for each other line, and the text,
    as :class:`pyforeman.plan.text.Text` has it."""

    assignments: tuple[Assignment, ...]
    problems: tuple[Problem, ...]
    text: str


def parse(data: bytes, path: str) -> tuple[Assignment, ...]:
    """Read one env file. Raises InputError for each line that does not parse or has no ``=``."""
    reading = read(data, path)
    if reading.problems:
        raise InputError(tuple(str(problem) for problem in reading.problems))
    return reading.assignments


def read(data: bytes, path: str) -> Reading:
    """Read one env file: UTF-8 with or without BOM. Never fails.

    A problem shows no line: it may be one of a key that was pasted without quotes.
    """
    from io import StringIO

    from pyforeman.plan.dotenv_parser import parse_stream

    text = decode(data)
    if text.stray is not None:
        problem = Problem(path, text.stray[0], 0, "env-syntax", NOT_UTF8)
        return Reading((), (problem,), text.whole)
    assignments: list[Assignment] = []
    problems: list[Problem] = []
    begins = 1
    for key, value, (source, _), unreadable in parse_stream(StringIO(text.body)):
        # A binding begins with the blank lines before it; the user looks for the line of the key. The line
        # of python-dotenv is another one behind a lone \r, which ends no line in an editor.
        line = begins + source[: len(source) - len(source.lstrip())].count("\n")
        begins += source.count("\n")
        if fault := _fault(key, value, source, unreadable):
            problems.append(Problem(path, line, 0, "env-syntax", fault))
        elif key is not None and value is not None:
            assignments.append(Assignment(key, value, bool(_SINGLE_QUOTED.match(source)), path, line))
        # else blank lines and comments
    return Reading(tuple(assignments), tuple(problems), text.whole)


def _fault(key: str | None, value: str | None, source: str, unreadable: bool) -> str:
    """What is wrong with a binding of python-dotenv's; "" if nothing is."""
    if unreadable:
        return "not 'KEY=value' (an open quote?); mend or remove the line"
    if key is None:
        is_export = source.lstrip().startswith("export")
        return "export without a key; write export KEY=value" if is_export else ""
    if value is None:
        return "no '='; write KEY= for an empty value, and quote one of several lines"
    if "=" in key or "\0" in key + value:
        return "a character that no environment can hold; remove it"
    return ""


class TooManyReferences(InputError):
    """An assignment that cannot be resolved, as a problem of its file."""

    def __init__(self, problem: Problem) -> None:
        super().__init__((str(problem),))
        self.problem = problem


def resolve(
    real: Mapping[str, str],
    assignments: Sequence[Assignment],
    *,
    override: bool = False,
    undefined: Callable[[Assignment, str], None] = lambda assignment, name: None,
) -> dict[str, str]:
    """The environment that results from ``real`` and all assignments, in the order of the files.

    Later assignments win. A ``${VAR}`` is looked up in the real environment, then in later, then in
    earlier keys and files (with ``override`` in the files first), and never in the assignment that
    is being resolved: ``PATH=${PATH}:bin`` means the PATH from before. What is set nowhere is empty, and
    where it has no default, ``undefined`` is told.
    Raises TooManyReferences where they are nested more than 100 deep, or are 10,000 in all.
    """
    if not assignments:
        return dict(real)
    from pyforeman.plan.dotenv_parser import Variable, parse_variables

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
            message = f"{key} refers to too many others; write values out"
            raise TooManyReferences(Problem(path, line, 0, "env-syntax", message))
        known: dict[str, str | None] = {}
        atoms = tuple(parse_variables(value))
        for atom in atoms:
            if not isinstance(atom, Variable):
                continue
            if (found := look_up(atom.name, inner)) is not None:
                known[atom.name] = found
            elif atom.default is None:
                undefined(assignments[position], atom.name)
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


def origins(
    real: Mapping[str, str], assignments: Sequence[Assignment], *, override: bool = False
) -> dict[str, str]:
    """Where each key that :func:`resolve` gives has its value from, in words.

    ``.env:3`` is a line of a file, ``environment`` the real one, ``environment (over .env:3)`` the real one
    where it wins over a file.

    The keys of the files come first, in the order of the files.
    """
    lines = {assignment.key: f"{assignment.path}:{assignment.line}" for assignment in assignments}
    files = {
        key: f"environment (over {line})" if key in real and not override else line
        for key, line in lines.items()
    }
    return files | {key: "environment" for key in real if key not in files}
