"""What several lines have, and is told once: at the first of them."""

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from pyforeman.check.subject import Entry

T = TypeVar("T")


class Repeats(Generic[T]):
    """Collects what the lines have, by a key that is the same where it would be told twice."""

    def __init__(self) -> None:
        self._first: dict[Hashable, tuple[Entry, T]] = {}
        self._lines: dict[Hashable, set[int]] = {}

    def add(self, key: Hashable, entry: Entry, one: T) -> None:
        """An entry has it, perhaps not as the first one."""
        self._first.setdefault(key, (entry, one))
        self._lines.setdefault(key, set()).add(entry.line)

    def all(self) -> Iterator[tuple[Entry, T, str]]:
        """Each once, with the entry that has it first, and how a message ends that stands for several lines:
        `` (and on 2 more lines)``, or ""."""
        for key, (entry, one) in self._first.items():
            more = len(self._lines[key]) - 1
            yield entry, one, f" (and on {more} more line{'s' if more > 1 else ''})" if more else ""
