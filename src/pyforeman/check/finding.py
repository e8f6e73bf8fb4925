"""A finding: what a rule has found, where, and how it can be mended."""

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


class Edit(NamedTuple):
    """A change of a file: the characters from ``start`` to ``end`` (from 0, of the whole text as it was read,
    its byte order mark and its ``\\r`` included) become ``text``."""

    path: str
    start: int
    end: int
    text: str


class Place(NamedTuple):
    """Where in a file. ``line`` and ``column`` count from 1; ``end_column`` is that after the last character.

    A column of 0 means the whole line; a line of 0 means the file, or what is in no file (the formation).
    """

    path: str
    line: int = 0
    column: int = 0
    end_column: int = 0


class Found(NamedTuple):
    """What a rule yields: a message of one line, its place, a way out of one line, and edits that mend it
    without judgement.

    ``secret``: the characters at the place must not be shown by any report.
    """

    message: str
    place: Place
    help: str = ""
    edits: tuple[Edit, ...] = ()
    secret: bool = False


class Finding(NamedTuple):
    """What a rule has found, with the rule's own ``id`` and ``severity``."""

    id: str
    severity: Severity
    found: Found
