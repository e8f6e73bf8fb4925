"""The Procfile: which process types there are, and the command of each.

One parser serves every command, so what ``check`` passes ``start`` runs. The peers drop lines that
they do not understand in silence; here each of them is a problem with its place and a way out.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pyforeman.errors import InputError
from pyforeman.plan.problem import Problem
from pyforeman.plan.text import NOT_UTF8, decode

_ENTRY = re.compile(r"([A-Za-z0-9_-]+):\s*(.+)")  # Foreman's own rule
_NAME = re.compile(r"[A-Za-z0-9_-]+")

_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")  # as git marks one

RELEASE = "release"
"""The process type that runs once, before the others, and is never restarted (Heroku's name for it)."""


class ProcessType(NamedTuple):
    """One entry: ``name: command``, its line, and the column where the command begins (both from 1)."""

    name: str
    command: str
    line: int
    column: int = 1


class Procfile(NamedTuple):
    """The entries in the order of the file. ``path`` is what the user calls the file, for messages."""

    path: str
    types: tuple[ProcessType, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all process types, ``release`` included, in the order of the file."""
        return tuple(entry.name for entry in self.types)


class Reading(NamedTuple):
    """A Procfile as far as it can be read: the entries that are some, a problem for each other line, and
    the text, as :class:`pyforeman.plan.text.Text` has it."""

    procfile: Procfile
    problems: tuple[Problem, ...]
    text: str


def parse(data: bytes, path: str) -> Procfile:
    """Read a Procfile. Raises InputError with one problem, ``path:line:column: …``, for each line that
    :func:`read` finds at fault."""
    reading = read(data, path)
    if reading.problems:
        raise InputError(tuple(str(problem) for problem in reading.problems))
    return reading.procfile


def read(data: bytes, path: str) -> Reading:
    """Read a Procfile: UTF-8 with or without BOM, LF or CRLF, ``#`` lines and blank lines skipped.

    A problem is each line that is neither an entry nor a comment, a name that comes twice, and a file
    without any entry. Never fails.
    """
    text = decode(data)
    if text.stray is not None:
        problem = Problem(path, *text.stray, "unreadable-text", NOT_UTF8)
        return Reading(Procfile(path, ()), (problem,), text.whole)
    entries: dict[str, ProcessType] = {}
    problems: list[Problem] = []
    # Split at \n alone: str.splitlines() would also cut a command at \f or U+2028.
    lines = text.body.split("\n")
    for number, raw in enumerate(lines, start=1):
        line_text = raw.rstrip()
        if not line_text or line_text.lstrip().startswith("#"):
            continue
        entry = _ENTRY.fullmatch(line_text)
        if entry is None or "\0" in line_text:
            before = lines[number - 2].rstrip() if number > 1 else ""
            problems.append(Problem(path, number, *_diagnose(line_text, before), _shown(line_text)))
        elif (name := entry[1]) in entries:
            message = f"{name} is already defined on line {entries[name].line}; rename or remove one of them"
            problems.append(Problem(path, number, 1, "duplicate-type", message, _shown(line_text)))
        else:
            entries[name] = ProcessType(name, entry[2], number, entry.start(2) + 1)
    if not entries and not problems:
        message = "no process type; write lines like 'web: python app.py'"
        problems.append(Problem(path, 1, 1, "no-process-type", message))
    return Reading(Procfile(path, tuple(entries.values())), tuple(problems), text.whole)


def _diagnose(line: str, before: str) -> tuple[int, str, str]:
    """Where an unreadable line goes wrong (column, from 1), which mistake that is, and what to do.

    ``before`` is the line before it.
    """
    if before.endswith("\\") and line[0].isspace():
        return 1, "not-an-entry", "a command has one line; join this one to the line before"
    if line.startswith(_CONFLICT):
        return 1, "not-an-entry", "a merge conflict is not resolved; keep one of its sides"
    for column, kind, advice in _near_misses(line):
        if column:
            return column, kind, advice
    return 1, "not-an-entry", "not 'name: command'; start a comment with #"


def _near_misses(line: str) -> Iterator[tuple[int, str, str]]:
    """Every usual mistake with its column; 0 where the line does not make that one."""
    yield line.find("\0") + 1, "unreadable-text", "a NUL byte cannot be part of a command; remove it"
    yield int(line[0].isspace()), "stray-blank", "no blank before the name"
    name = _NAME.match(line)
    end = name.end() if name else 0
    rest = line[end:]
    behind = end + 1 if name else 0
    is_apart = rest.lstrip().startswith(":") and rest[0] != ":"
    yield (behind if is_apart else 0), "stray-blank", "no blank before the colon"
    yield (behind if rest == ":" else 0), "no-command", "no command after the colon"
    is_assignment = rest.lstrip().startswith("=")
    yield (behind if is_assignment else 0), "yaml-habit", "a colon, not =, stands after the name"
    yield int(line.startswith("- ")), "yaml-habit", "no YAML list; write 'name: command'"
    colon = line.find(":")
    yield (end + 1 if colon > end else 0), "invalid-name", "a name is made of letters, digits, _ and -"
    yield int(colon == 0), "not-an-entry", "no name before the colon"


def _shown(line: str, width: int = 60) -> str:
    """The line as one printable, quoted word of at most ``width`` characters."""
    return repr(line if len(line) <= width else line[: width - 1] + "…")
