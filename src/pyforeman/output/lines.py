"""Chunks as they were read become blocks of whole lines, in bounded memory."""

LONGEST_LINE = 1024 * 1024
"""Bytes after which a line is shown in pieces of this size: nothing else ever breaks a line."""


class LineBuffer:
    """The bytes of one child that are no whole line yet."""

    __slots__ = ("_limit", "_tail")

    def __init__(self, limit: int = LONGEST_LINE) -> None:
        self._limit = limit
        self._tail = bytearray()

    @property
    def unfinished(self) -> bytearray:
        """What came after the last newline. The buffer's own: it changes with the next ``feed``."""
        return self._tail

    def feed(self, chunk: bytes) -> bytes:
        """Take what was read; give all whole lines there are now, each with its newline, or ``b""``.

        Without long lines this costs one search and one copy for a whole read, however many lines.
        """
        tail = self._tail
        if len(tail) + len(chunk) > self._limit:
            return self._feed_long(chunk)
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            tail += chunk
            return b""
        if tail:
            block = b"".join((tail, memoryview(chunk)[:cut]))
            tail.clear()
        else:
            block = chunk[:cut]
        if cut < len(chunk):
            tail += memoryview(chunk)[cut:]
        return block

    def flush(self) -> bytes:
        """The last line, which had no newline, with one; ``b""`` if there is none."""
        block = bytes(self._tail) + b"\n" if self._tail else b""
        self._tail.clear()
        return block

    def _feed_long(self, chunk: bytes) -> bytes:
        """The same where a line may be longer than the limit: line by line."""
        whole = bytearray()
        lines = (bytes(self._tail) + chunk).split(b"\n")
        last = lines.pop()
        for line in lines:
            for start in range(0, max(1, len(line)), self._limit):
                whole += line[start : start + self._limit] + b"\n"
        # A line that is exactly as long as the limit is whole, should its newline be the next byte.
        while len(last) > self._limit:
            whole += last[: self._limit] + b"\n"
            last = last[self._limit :]
        self._tail = bytearray(last)
        return bytes(whole)
