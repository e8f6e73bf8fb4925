"""A line of a file with a caret under a part of it, as a terminal may show it."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from pyforeman.check.secrecy import Span, masked
from pyforeman.plan.secrets import is_secret_name

WIDEST = 100
"""As many characters of a line are shown; a longer one is cut around the place."""

_KEY = r"\s*(?:export\s+)?(?P<name>[A-Za-z_][\w.-]*)\s*="


class Excerpt(NamedTuple):
    """What is drawn: the text, and the columns of a terminal before and of what is marked (0: nothing is)."""

    text: str
    before: int = 0
    marked: int = 0


def excerpt(line: str, place: Span | None, hidden: Sequence[Span] = ()) -> Excerpt:
    """Draw a line. ``place`` is what is marked and ``hidden`` what is not shown, counted from 0.

    What is hidden and touches the place is marked as a whole, so that its length is not told.
    """
    start, end = place or (0, 0)
    for first, last in hidden:
        if first < end and start < last:
            start, end = min(start, first), max(end, last)
    before, marked, after = (
        harmless(masked(line, span, hidden)) for span in ((0, start), (start, end), (end, len(line)))
    )
    before, marked, after = _cut(before, marked, after)
    text = f"{before}{marked}{after}".rstrip()
    return Excerpt(text, columns(before), max(columns(marked), 1)) if place else Excerpt(text)


def value_of(line: str, place: Span | None) -> list[Span]:
    """What is hidden of a line of an env file: the value, unless the place is just in it; all where there is
    no key. Values of env files are passwords more often than not."""
    key = re.match(_KEY, line)
    start = key.end() if key else 0
    is_asked = place is not None and place[0] >= start
    return [] if key and is_asked and not is_secret_name(key["name"]) else [(start, len(line))]


def columns(text: str) -> int:
    """How many columns a terminal needs for a printable text (Unicode, annex 11)."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        2 if east_asian_width(letter) in "WF" else category(letter) not in ("Mn", "Me") for letter in text
    )


def harmless(text: str) -> str:
    """What would do something to a terminal, or not be seen, as ``\\x1b``; a tab as blanks, or the caret
    stood wrong."""
    if text.isprintable():
        return text
    text = text.replace("\t", "    ")
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _cut(before: str, marked: str, after: str) -> tuple[str, str, str]:
    """As much of the three as there is room for, the marked part first."""
    if len(before) + len(marked) + len(after) <= WIDEST:
        return before, marked, after
    marked = _beginning(marked, WIDEST - 20)
    room = WIDEST - len(marked)
    behind = min(len(after), max(room // 2, room - len(before)))
    return _ending(before, room - behind), marked, _beginning(after, behind)


def _beginning(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _ending(text: str, length: int) -> str:
    return text if len(text) <= length else "…" + text[len(text) - length + 1 :]
