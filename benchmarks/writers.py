"""Children that write numbered lines, all from the same instant on, and tell when they have written them."""

import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.managers import Job
from benchmarks.scene import Gate, Run

NAMES = "abcdefghijklmnop"
_BLOCK = 10_000


@dataclass(frozen=True)
class Writers:
    """``count`` writers, each of ``lines`` lines of ``size`` bytes, newline included."""

    count: int
    size: int
    lines: int

    @property
    def names(self) -> str:
        """A letter for each, which is its process type and the first of its lines."""
        return NAMES[: self.count]

    @property
    def total(self) -> int:
        """Lines of all of them."""
        return self.count * self.lines

    @property
    def volume(self) -> int:
        """Bytes of all of them."""
        return self.total * self.size

    def text(self, name: str) -> bytes:
        """What this writer writes. Made from blocks: a line at a time would take longer than to measure."""
        if self.lines >= _BLOCK * 1000:
            raise ValueError("the number of a line has seven digits")
        filling = b"x" * (self.size - 11)
        low = [b"", *(b"%04d %b\n" % (number, filling) for number in range(min(_BLOCK, self.lines)))]
        blocks = -(-self.lines // _BLOCK)
        text = b"".join((b"%b %03d" % (name.encode(), high)).join(low) for high in range(blocks))
        return text[: self.lines * self.size]


class Stage:
    """The writers in a folder: their files, their script, and the gates at which they wait.

    They are there before the clock runs, so a manager that is still starting costs nothing here; and they
    stay after they have written, because managers end when a child ends, and lose what is on its way.
    """

    def __init__(self, place: Path, writers: Writers) -> None:
        for name in writers.names:
            (place / f"{name}.txt").write_bytes(writers.text(name))
        (place / "writer.sh").write_text(_SCRIPT)
        self._writers = writers
        self._ready, self._go = Gate(place / "ready"), Gate(place / "go")
        self._done, self._end = Gate(place / "done"), Gate(place / "end")
        self.job = Job({name: f"sh writer.sh {name}" for name in writers.names}, {})

    def await_writers(self, run: Run) -> list[int]:
        """All of them wait for the start now; their pids."""
        return [int(pid) for pid in self._ready.arrivals(self._writers.count, of=run)]

    def go(self) -> int:
        """Let all of them begin: when that was, in nanoseconds of the system's clock."""
        began = time.time_ns()
        self._go.open(self._writers.count)
        return began

    def await_end(self, run: Run, patience: float) -> None:
        """All of them have written all, which is not yet printed."""
        self._done.arrivals(self._writers.count, patience, run)

    def close(self) -> None:
        """The stage is not used again."""
        for gate in (self._ready, self._go, self._done, self._end):
            gate.close()


_SCRIPT = """\
echo $$ >ready
read _ <go
cat $1.txt
echo $1 >done
read _ <end
"""
