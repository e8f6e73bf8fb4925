"""The last lines of every process, bounded in bytes: for the line of a crash, and for ``logs``.

What is given is in the order in which it came. That is the order of time, too, unless the clock was set
back: then it is still the order in which things happened.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import NamedTuple
from weakref import WeakSet

from pyforeman.output.gathering import (
    GATHERING,
    MARK,
    Chunk,
    Gathering,
    counted_backwards,
    first_number,
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
_PIECE = 64 * 1024  # bytes that are read at once, about
_ALWAYS = float("-inf")  # since then
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
        self._readings: WeakSet[_Reading] = WeakSet()  # those that somebody goes on with

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
    ) -> Iterator[Entry | int]:
        """What the chosen processes have written until now, in the order in which it came.

        ``lines``: the last so many of all, exactly (all, where there are fewer); ``since``: what came then
        or later, in seconds since the epoch, and maybe some ms before. What is added while the entries are
        taken does not change them; a number stands for so many bytes that were dropped meanwhile. Those of
        one process which follow each other within 5 ms come as one.
        """
        self._latest = None  # what comes from now on gets a number of its own
        names = frozenset(filter(chosen, self._chunks))
        reading = _Reading(names, self._number, _ALWAYS if since is None else since - TOGETHER)
        too_many = 0
        if lines is not None:
            reading.next, too_many = self._last(reading, lines)
        self._readings.add(reading)
        return _together(self._read(reading), too_many)

    def _last(self, reading: "_Reading", lines: int) -> tuple[int, int]:
        """The number with which the last so many lines begin, and how many lines of it are too many."""
        from heapq import merge

        counted = (reading.backwards(self._chunks[name]) for name in reading.names)
        for number, there in merge(*counted, reverse=True):
            lines -= there
            if lines <= 0:
                return number, -lines
        return 0, 0

    def _read(self, reading: "_Reading") -> Iterator[Entry | int]:
        """A piece at a time: a client that takes nothing keeps one of them alive, and not 16 MiB."""
        while True:
            missed, reading.missed = reading.missed, 0
            piece = self._piece(reading)
            if missed:
                yield missed
            if not piece:
                return
            yield from piece

    def _piece(self, reading: "_Reading") -> list[Entry]:
        from heapq import merge

        piece: list[Entry] = []
        size = 0
        for number, entry in merge(*(reading.forwards(name, self._chunks[name]) for name in reading.names)):
            piece.append(entry)
            size += len(entry.text)
            if size >= _PIECE:
                reading.next = number + 1
                break
        else:
            reading.next = reading.last + 1
        return piece

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
        if self._readings:
            for reading in self._readings:
                if first_number(chunk) <= reading.last:
                    reading.dropped(process, chunk)


class _Reading:
    """How far somebody has read of what these had when he began, up to the number ``last``."""

    def __init__(self, names: Collection[str], last: int, since: float) -> None:
        self.names = names
        self.next = 0
        self.last = last
        self.missed = 0  # bytes that were dropped before he had read them
        self._since = since

    def dropped(self, process: str, chunk: Chunk) -> None:
        """The history keeps this no longer."""
        if process in self.names:
            self.missed += sum(len(entry.text) for _, entry in self.forwards(process, (chunk,)))

    def forwards(self, process: str, chunks: Sequence[Chunk]) -> Iterator[tuple[int, Entry]]:
        """What is still to be read of a process, with the numbers."""
        first = bisect_left(chunks, self.next, key=last_number)
        for chunk in islice(chunks, first, None):
            if last_time(chunk) < self._since:
                continue
            for number, time, pid, text in marked(chunk, self.next):
                if number > self.last:
                    return
                if time >= self._since:
                    yield number, Entry(time, process, pid, text)

    def backwards(self, chunks: Sequence[Chunk]) -> Iterator[tuple[int, int]]:
        """The numbers of what is to be read of a process, and how many lines each has."""
        for chunk in reversed(chunks):
            for number, time, lines in counted_backwards(chunk):
                if time >= self._since:
                    yield number, lines


def _together(entries: Iterator[Entry | int], too_many: int) -> Iterator[Entry | int]:
    """Those of one run that follow each other at once become one; the first one loses lines."""
    held: Entry | None = None
    texts: list[bytes] = []
    size = 0
    for whole in entries:
        if isinstance(whole, int):
            if held is not None:
                yield _joined(held, texts)
            held, too_many = None, 0  # what was too much is among what was missed
            yield whole
            continue
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
            yield _joined(held, texts)
        held, texts, size = entry, [entry.text], len(entry.text)
    if held is not None:
        yield _joined(held, texts)


def _joined(first: Entry, texts: list[bytes]) -> Entry:
    return first._replace(text=b"".join(texts)) if len(texts) > 1 else first
