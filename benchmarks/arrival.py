"""Whether all lines arrived: whole, once, in order, and under the name of who wrote them."""

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.writers import Writers

_PIECE = 32 << 20
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_WRITTEN = re.compile(rb"([a-p]) (\d{7}) x+")


class Arrived:
    """What a manager printed, compared with what its children wrote."""

    def __init__(self, out: Path, writers: Writers) -> None:
        self._writers = writers
        self._expected = {ord(name): (out.parent / f"{name}.txt").read_bytes() for name in writers.names}
        self._next = dict.fromkeys(self._expected, 0)
        """The line of each writer that is to come next."""
        self.whole = 0
        """Lines that are there with all their bytes, in the order in which they were written."""
        self.cut = 0
        """Lines of which the beginning is there, alone or with something else behind it."""
        self.misplaced = 0
        """Whole lines that came twice, or after a later one."""
        self.misnamed = 0
        """Whole lines whose prefixes do not name who wrote them."""
        self._filling = 0
        self._run = 2
        self._prefixes: dict[tuple[bytes, int], bool] = {}
        for data in _pieces(out):
            self._filling += data.count(b"x")
            self._take(data.replace(b"\r\n", b"\n"))

    def problem(self) -> str | None:
        """What is wrong, in a few words; None if all is as it should be."""
        total = self._writers.total
        found = []
        lost = 1 - self._filling / (total * (self._writers.size - 11))
        if self.whole < total and lost <= 0:
            found.append(f"cuts {_percent(1 - self.whole / total)} of the lines")
        elif self.whole < total:
            found.append(f"loses {_percent(lost)}")
            if self.cut:
                found.append(f"cuts {_percent(self.cut / total)} of the lines")
        if self.misplaced:
            found.append("mixes up the order")
        if self.misnamed:
            found.append("names the wrong process")
        return ", ".join(found) or None

    def _take(self, data: bytes) -> None:
        position = 0
        while position < len(data):
            followed = self._follow(data, position)
            if followed == position:
                followed = data.index(b"\n", position) + 1
                self._take_other(data[position : followed - 1])
            position = followed

    def _follow(self, data: bytes, position: int) -> int:
        """Where the lines end that come next of a writer, one after the other, behind the same prefix.

        A manager prints what it has read of a child, some hundred lines. To compare them at once takes a
        tenth of the time that a look at each takes.
        """
        size = self._writers.size
        end = data.index(b"\n", position) + 1
        start, length = end - size, end - position
        if start < position or data[start] not in self._expected:
            return position
        key, prefix = data[start], data[position:start]
        begin = self._next[key] * size
        texts = self._expected[key][begin : begin + 2 * self._run * size]
        lines = prefix + texts.replace(b"\n", b"\n" + prefix)
        low, high = 0, len(texts) // size  # so many at least are as expected, and so many at most
        middle = high
        while low < high:
            if data.startswith(lines[: middle * length], position):
                low = middle
            else:
                high = middle - 1
            middle = (low + high + 1) // 2
        self._run = max(1, min(512, low))
        self.whole += low
        self._next[key] += low
        if low and not self._prefixes.setdefault((prefix, key), _names(prefix, chr(key))):
            self.misnamed += low
        return position + low * length

    def _take_other(self, line: bytes) -> None:
        """A line that is not the next one of its writer: of the manager itself, or cut, or misplaced."""
        match = _WRITTEN.search(line)
        if match is None or (key := match[1][0]) not in self._expected:
            return
        if len(match[0]) != self._writers.size - 1 or match.end() != len(line):
            self.cut += 1
        elif int(match[2]) > self._next[key]:  # others before it are missing
            self.whole += 1
            self._next[key] = int(match[2]) + 1
        else:
            self.misplaced += 1


def _pieces(out: Path) -> Iterator[bytes]:
    """The file by whole lines, some hundred thousand at a time; what ends without one gets an end."""
    with open(out, "rb") as file:
        while piece := file.read(_PIECE):
            piece += file.readline()
            yield piece if piece.endswith(b"\n") else piece + b"\n"


def _names(prefix: bytes, name: str) -> bool:
    """Whether a prefix names this process: ``12:00:00 a.1 |``, with colours or without."""
    return (
        re.search(rf"(?<![A-Za-z]){name}(?:[.]?1)?(?![A-Za-z0-9])".encode(), _ESCAPES.sub(b"", prefix))
        is not None
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.095 else f"{share:.1%}" if share >= 0.00095 else "< 0.1%"
