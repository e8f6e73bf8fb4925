"""The Procfile: which process types there are, and the command of each.

One parser serves every command, so what ``check`` passes ``start`` runs. The peers drop lines that
they do not understand in silence; here each of them is a problem with its place and a way out.
"""

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

from pyforeman.errors import InputError

_ENTRY = re.compile(r"([A-Za-z0-9_-]+):\s*(.+)")  # Foreman's own rule
_NAME = re.compile(r"[A-Za-z0-9_-]+")

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


def parse(data: bytes, path: str) -> Procfile:
    """Read a Procfile: UTF-8 with or without BOM, LF or CRLF, ``#`` lines and blank lines skipped.

    Raises InputError with one problem, ``path:line:column: …``, for each line that is neither an
    entry nor a comment, for a name that comes twice, and for a file without any entry.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode().split("\n")
        place = f"{path}:{len(before)}:{len(before[-1]) + 1}"
        raise InputError((f"{place}: not UTF-8; save the file as UTF-8",)) from None

    entries: dict[str, ProcessType] = {}
    problems: list[str] = []
    # Split at \n alone: str.splitlines() would also cut a command at \f or U+2028.
    for number, raw in enumerate(text.split("\n"), start=1):
        line_text = raw.rstrip()
        if not line_text or line_text.lstrip().startswith("#"):
            continue
        entry = _ENTRY.fullmatch(line_text)
        if entry is None or "\0" in line_text:
            column, advice = _diagnose(line_text)
            problems.append(f"{path}:{number}:{column}: {advice}: {_shown(line_text)}")
        elif (name := entry[1]) in entries:
            first = entries[name].line
            problems.append(
                f"{path}:{number}:1: {name} is already defined on line {first}; "
                f"rename or remove one of them: {_shown(line_text)}"
            )
        else:
            entries[name] = ProcessType(name, entry[2], number, entry.start(2) + 1)
    if not entries and not problems:
        problems.append(f"{path}:1:1: no process type; write lines like 'web: python app.py'")
    if problems:
        raise InputError(tuple(problems))
    return Procfile(path, tuple(entries.values()))


def _diagnose(line: str) -> tuple[int, str]:
    """Where an unreadable line goes wrong (column, from 1), and what to do about it."""
    for column, advice in _near_misses(line):
        if column:
            return column, advice
    return 1, "not 'name: command'; start a comment with #"


def _near_misses(line: str) -> Iterator[tuple[int, str]]:
    """Every usual mistake with its column; 0 where the line does not make that one."""
    yield line.find("\0") + 1, "a NUL byte cannot be part of a command; remove it"
    yield int(line[0].isspace()), "no blank before the name"
    name = _NAME.match(line)
    end = name.end() if name else 0
    rest = line[end:]
    yield (
        (end + 1 if name and rest.lstrip().startswith(":") and rest[0] != ":" else 0),
        ("no blank before the colon"),
    )
    yield (end + 1 if name and rest == ":" else 0), "no command after the colon"
    yield (end + 1 if name and rest.lstrip().startswith("=") else 0), "a colon, not =, stands after the name"
    yield (int(line.startswith("- "))), "no YAML list; write 'name: command'"
    colon = line.find(":")
    yield (end + 1 if colon > end else 0), "a name is made of letters, digits, _ and -"
    yield int(colon == 0), "no name before the colon"


def _shown(line: str, width: int = 60) -> str:
    """The line as one printable, quoted word of at most ``width`` characters."""
    return repr(line if len(line) <= width else line[: width - 1] + "…")
