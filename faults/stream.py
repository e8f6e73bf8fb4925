"""What a scene writes to its stdout: a pipe, read by a thread into memory, or not read for a while."""

import os
import re
import select
import threading
import time

PATIENCE = 30.0
"""Seconds after which something that should have happened has not."""
_WINDOW = 1 << 16
"""No pattern matches more bytes: so a flood is not searched from its start each time."""


class Stream:
    """The reading end of a pipe. Nothing is read before ``read_on``."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe
        """The fd, for who reads it by hand; -1 once it is closed."""
        self._data = bytearray()
        self._more = threading.Condition()
        self._at_end = pipe < 0
        self._reading = threading.Event()
        self._lock = threading.Lock()
        if pipe >= 0:
            threading.Thread(target=self._read, daemon=True).start()

    @property
    def data(self) -> bytes:
        """All that was read so far."""
        with self._more:
            return bytes(self._data)

    def stall(self) -> None:
        """Read no more until ``read_on``; when this returns, no read is under way."""
        self._reading.clear()
        with self._lock:
            pass

    def read_on(self) -> None:
        """Read all that comes."""
        self._reading.set()

    def close(self) -> None:
        """Leave, as ``head`` does."""
        self._reading.clear()
        with self._lock:
            if self.pipe >= 0:
                os.close(self.pipe)
                self.pipe = -1
        self._reading.set()  # so that the thread sees it
        with self._more:
            self._at_end = True
            self._more.notify_all()

    def until(self, pattern: str, after: int, patience: float) -> re.Match[str]:
        """Wait until ``pattern`` is in the data, from byte ``after`` on; gives the match."""
        expression = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + patience
        with self._more:
            while True:
                if found := expression.search(self._data[after:].decode(errors="replace")):
                    return found
                after = max(after, self._data.rfind(b"\n", 0, max(0, len(self._data) - _WINDOW)) + 1)
                if self._at_end:
                    raise AssertionError(f"{pattern!r} never came")
                if not self._more.wait(max(0.0, deadline - time.monotonic())):
                    raise AssertionError(f"{pattern!r} did not come within {patience:g} s")

    def until_end(self, patience: float) -> bytes:
        """All there is, once nobody can write to the pipe any more."""
        deadline = time.monotonic() + patience
        with self._more:
            while not self._at_end:
                if not self._more.wait(max(0.0, deadline - time.monotonic())):
                    raise AssertionError(f"somebody still holds stdout open after {patience:g} s")
        return self.data

    def _read(self) -> None:
        while True:
            self._reading.wait()
            with self._lock:
                if self.pipe < 0:
                    return
                if not self._reading.is_set() or not select.select([self.pipe], [], [], 0.05)[0]:
                    continue
                data = os.read(self.pipe, 1 << 18)
            with self._more:
                self._data += data
                self._at_end = not data
                self._more.notify_all()
            if not data:
                return
