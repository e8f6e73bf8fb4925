"""The last lines of every process, bounded in bytes: for the line of a crash, and for ``logs``.

What is given is in the order in which it came. That is the order of time, too, unless the clock was set
back: then it is still the order in which things happened.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pyforeman.output.gathering import (
    GATHERING,
    MARK,
    Chunk,
    Gathering,
    counted_backwards,
    last_number,
    last_time,
    marked,
)

PER_PROCESS = 256 * 1024
IN_ALL = 16 * 1024 * 1024
TOGETHER = 0.005
"""Seconds within which blocks are kept under one time, and again given under one: a time is right to twice
this."""
_SMALL = 4096  # bytes of a block that is kept by itself, and of a text to which no more is added
_MOST_MARKS = 256
_BLOCK = 160  # what a block kept by itself takes beside its text: a tuple, a float (sys.getsizeof)


class Entry(NamedTuple):
    """Whole lines that a process wrote at ``time`` (seconds since the epoch), or some ms after it."""

    time: float
    process: str
    pid: int
    text: bytes


class History:
    """What each process wrote last, and when.

    Each process keeps at most ``per_process`` bytes, all together ``in_all``, what the objects take beside
    the text included; the largest gives way first. Blocks go whole, and small ones by about 4 KiB, so a
    process may keep less than its share, never more.
    """

    def __init__(self, per_process: int = PER_PROCESS, in_all: int = IN_ALL) -> None:
        self._per_process = per_process
        self._in_all = in_all
        self._small = min(_SMALL, per_process // 16)
        self._chunks: dict[str, deque[Chunk]] = {}
        self._sizes: dict[str, int] = {}
        self._total = 0
        self._number = 0  # of the last mark, counted over all processes
        self._latest: Gathering | None = None  # what took the last block of all

    def add(self, process: str, pid: int, block: bytes, now: float) -> None:
        """Remember a block of whole lines that came ``now``, in seconds since the epoch."""
        size = len(block)
        latest = self._latest
        if size >= self._small:
            size = self._add_large(process, pid, block, now)
        # Nobody has written anything in between, so a mark would tell nothing that matters.
        elif (
            latest is not None
            and now - latest.time < TOGETHER
            and latest.process == process
            and latest.pid == pid
            and now >= latest.time
            and len(latest.text) < self._small
        ):
            latest.text += block
        else:
            size = self._add_small(process, pid, block, now)
        self._sizes[process] += size
        self._total += size
        while self._sizes[process] > self._per_process:
            self._drop_oldest(process)
        while self._total > self._in_all:
            self._drop_oldest(max(self._sizes, key=self._sizes.__getitem__))

    @property
    def names(self) -> list[str]:
        """The processes of which it has heard."""
        return list(self._chunks)

    def last_lines(self, process: str, count: int) -> list[bytes]:
        """Its last ``count`` lines, oldest first, without their newlines."""
        found: list[bytes] = []
        for chunk in reversed(self._chunks.get(process, ())):
            text = chunk[3] if isinstance(chunk, tuple) else bytes(chunk.text)
            found = text.split(b"\n")[:-1][-(count - len(found)) :] + found
            if len(found) >= count:
                break
        return found

    def entries(
        self, chosen: Callable[[str], bool], *, lines: int | None = None, since: float | None = None
    ) -> Iterator[Entry]:
        """What the chosen processes have written until now, in the order in which it came.

        ``lines``: the last so many of all, exactly (all, where there are fewer); ``since``: what came then
        or later, in seconds since the epoch, and maybe some ms before. What is added or dropped while the
        entries are taken does not change them. Those of one process which follow each other within 5 ms
        come as one.
        """
        kept = [_Kept(name, chunks, since) for name, chunks in self._chunks.items() if chosen(name)]
        too_many = 0
        if lines is not None:
            first, too_many = _last(kept, lines)
            for process in kept:
                process.skip(first)
        return _together(_in_order(kept), too_many)

    def _add_large(self, process: str, pid: int, block: bytes, now: float) -> int:
        """Keep a block as it is; gives the bytes that takes."""
        if len(block) + _BLOCK > self._per_process:
            block = block[_BLOCK - self._per_process :]
        self._number += 1
        self._latest = None
        (self._chunks.get(process) or self._begun(process)).append((self._number, now, pid, block))
        return len(block) + _BLOCK

    def _add_small(self, process: str, pid: int, block: bytes, now: float) -> int:
        """Gather a block under a mark of its own; gives the bytes that takes."""
        chunks = self._chunks.get(process) or self._begun(process)
        self._number += 1
        size = len(block) + MARK
        last = chunks[-1] if chunks else None
        if (
            not isinstance(last, Gathering)
            or last.pid != pid
            or len(last.text) >= self._small
            or len(last.times) >= _MOST_MARKS
        ):
            last = Gathering(process, pid)
            chunks.append(last)
            size += GATHERING
        last.numbers.append(self._number)
        last.times.append(now)
        last.starts.append(len(last.text))
        last.time = now
        last.text += block
        self._latest = last
        return size

    def _begun(self, process: str) -> deque[Chunk]:
        self._sizes.setdefault(process, 0)
        return self._chunks.setdefault(process, deque())

    def _drop_oldest(self, process: str) -> None:
        chunk = self._chunks[process].popleft()
        if isinstance(chunk, tuple):
            size = len(chunk[3]) + _BLOCK
        else:
            size = chunk.size
            if chunk is self._latest:
                self._latest = None
        self._sizes[process] -= size
        self._total -= size


class _Kept:
    """What one process had when it was asked for. It lets go of what it has given."""

    def __init__(self, process: str, chunks: deque[Chunk], since: float | None) -> None:
        self._process = process
        self._chunks = chunks.copy()
        self._since = None if since is None else since - TOGETHER
        self._first = 0
        if self._chunks and isinstance(last := self._chunks[-1], Gathering):
            self._chunks[-1] = last.copy()  # the only one that may still grow

    def skip(self, first: int) -> None:
        """Give nothing from before this number."""
        self._first = first
        while self._chunks and last_number(self._chunks[0]) < first:
            self._chunks.popleft()

    def forwards(self) -> Iterator[tuple[int, Entry]]:
        while self._chunks:
            chunk = self._chunks.popleft()
            if self._since is not None and last_time(chunk) < self._since:
                continue
            for number, time, pid, text in marked(chunk):
                if number >= self._first and (self._since is None or time >= self._since):
                    yield number, Entry(time, self._process, pid, text)

    def backwards(self) -> Iterator[tuple[int, int]]:
        """The numbers, and how many lines each has."""
        for chunk in reversed(self._chunks):
            for number, time, lines in counted_backwards(chunk):
                if self._since is None or time >= self._since:
                    yield number, lines


def _last(kept: list[_Kept], lines: int) -> tuple[int, int]:
    """The number with which the last so many lines begin, and how many lines of it are too many."""
    from heapq import merge

    for number, there in merge(*(process.backwards() for process in kept), reverse=True):
        lines -= there
        if lines <= 0:
            return number, -lines
    return 0, 0


def _in_order(kept: list[_Kept]) -> Iterator[tuple[int, Entry]]:
    from heapq import merge

    return merge(*(process.forwards() for process in kept))


def _together(entries: Iterator[tuple[int, Entry]], too_many: int) -> Iterator[Entry]:
    """Those of one run that follow each other at once become one; the first one loses lines."""
    held: Entry | None = None
    texts: list[bytes] = []
    size = 0
    for _, whole in entries:
        entry = whole
        if too_many:
            entry = whole._replace(text=whole.text.split(b"\n", too_many)[-1])
            too_many = 0
            if not entry.text:
                continue
        if (
            held is not None
            and size < _SMALL
            and held.process == entry.process
            and held.pid == entry.pid
            and 0 <= entry.time - held.time < TOGETHER
        ):
            texts.append(entry.text)
            size += len(entry.text)
            continue
        if held is not None:
            yield held._replace(text=b"".join(texts)) if len(texts) > 1 else held
        held, texts, size = entry, [entry.text], len(entry.text)
    if held is not None:
        yield held._replace(text=b"".join(texts)) if len(texts) > 1 else held
