"""Blocks of lines as the history keeps them: large ones as they came, small ones gathered."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

# What a gathering takes beside its text, with its four parts (sys.getsizeof, rounded up), and one more mark
# in it: 8 + 8 + 4 bytes, and an eighth that is allocated ahead.
GATHERING, MARK = 640, 23

Marked = tuple[int, float, int, bytes]
"""A number, counted over all processes; the time; the pid; lines. A large block is kept as it is."""

Counted = tuple[int, float, int]
"""A number, the time, and how many lines."""


class Gathering:
    """Small blocks of one run in one text, with a mark where another moment begins.

    13,000 objects of 20 bytes would take five times their bytes.
    """

    __slots__ = ("numbers", "pid", "process", "starts", "text", "time", "times")

    def __init__(self, process: str, pid: int) -> None:
        from array import array  # a shared library: not before the first process runs

        self.process = process
        self.pid = pid
        self.text = bytearray()
        self.time = 0.0  # of the last mark
        self.numbers = array("Q")
        self.times = array("d")
        self.starts = array("I")

    @property
    def size(self) -> int:
        """Bytes that it takes in all."""
        return len(self.text) + GATHERING + MARK * len(self.times)

    def marked(self, first: int) -> Iterator[Marked]:
        """Its parts from a number on, each of one moment."""
        place = bisect_left(self.numbers, first)
        starts = self.starts[place:]
        ends = [*starts[1:], len(self.text)]
        for number, time, start, end in zip(
            self.numbers[place:], self.times[place:], starts, ends, strict=True
        ):
            yield number, time, self.pid, bytes(self.text[start:end])

    def counted_backwards(self) -> Iterator[Counted]:
        """How many lines each part has, the last one first."""
        end = len(self.text)
        for place in range(len(self.numbers) - 1, -1, -1):
            start = self.starts[place]
            yield self.numbers[place], self.times[place], self.text.count(b"\n", start, end)
            end = start


Chunk = Marked | Gathering


def marked(chunk: Chunk, first: int) -> Iterable[Marked]:
    """Its parts from a number on, each of one moment."""
    return (chunk,) if isinstance(chunk, tuple) else chunk.marked(first)


def counted_backwards(chunk: Chunk) -> Iterable[Counted]:
    """How many lines each part has, the last one first."""
    if isinstance(chunk, tuple):
        return ((chunk[0], chunk[1], chunk[3].count(b"\n")),)
    return chunk.counted_backwards()


def last_time(chunk: Chunk) -> float:
    """The latest: the clock may have been set back in between."""
    return chunk[1] if isinstance(chunk, tuple) else max(chunk.times)


def first_number(chunk: Chunk) -> int:
    """The number of its first part."""
    return chunk[0] if isinstance(chunk, tuple) else chunk.numbers[0]


def last_number(chunk: Chunk) -> int:
    """The number of its last part."""
    return chunk[0] if isinstance(chunk, tuple) else chunk.numbers[-1]
