"""What a process has written to its terminal last, byte by byte: for whoever comes to look later."""

from collections import deque

from pyforeman.output.standing import Standing

KEPT = 64 * 1024
"""Bytes that are kept for sure; of those before them, less than the largest chunk."""
_MOST_CHUNKS = 64
_RESET = b"\x1b[0m"


class Backlog:
    """The last 64 KiB, and what the terminal was asked for however long ago: another screen, the mouse.

    A chunk is kept as it came: a flood costs an append, and no copy.
    """

    __slots__ = ("_chunks", "_is_cut", "_standing", "size")

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self.size = 0
        self._is_cut = False
        self._standing = Standing()

    def add(self, chunk: bytes) -> None:
        """There is more."""
        self._standing.skim(chunk)
        self._keep(chunk)

    def new_run(self) -> bytes:
        """What comes now is another run's: it begins on a line of its own, and in no colour. Gives what
        switches off what the one before has left on: a killed vim has left its screen, and the mouse."""
        undone = b""
        if self._standing.again():
            undone, self._standing = self._standing.undo(), Standing()
            self._keep(undone)
        if self._chunks:
            self._keep(_RESET if self._chunks[-1].endswith(b"\n") else _RESET + b"\n")
        return undone

    def screenful(self, rows: int) -> bytes:
        """The last ``rows`` lines, with the one that is not ended (``(Pdb) ``); it begins at the start of a
        line, and in no colour, on the screen that was asked for."""
        from pyforeman.output.replay import replayed

        data = b"".join(self._chunks)
        start = len(data)
        for _ in range(max(1, rows)):
            start = data.rfind(b"\n", 0, start)
            if start < 0:
                break
        if start < 0 and self._is_cut:
            start = data.find(b"\n")  # the first one is not whole; -1 where there is no other
        return self._standing.again() + replayed(_RESET + data[start + 1 :])

    def _keep(self, chunk: bytes) -> None:
        chunks = self._chunks
        chunks.append(chunk)
        self.size += len(chunk)
        while self.size - len(chunks[0]) >= KEPT:
            self.size -= len(chunks.popleft())
            self._is_cut = True
        if len(chunks) > _MOST_CHUNKS:  # letters one by one: each would cost the memory of an object
            joined = b"".join(chunks)
            chunks.clear()
            chunks.append(joined[-KEPT:])
            self._is_cut = self._is_cut or len(joined) > KEPT
            self.size = len(chunks[0])
