"""The last lines of every process, bounded in bytes: for the line of a crash, and for ``logs``."""

from collections import deque

PER_PROCESS = 256 * 1024
IN_ALL = 16 * 1024 * 1024
_COALESCE = 4096


class History:
    """What each process wrote last.

    Each process keeps at most ``per_process`` bytes, all together ``in_all``; the largest gives way
    first. Blocks go whole, so a process may keep less than its share, never more.
    """

    def __init__(self, per_process: int = PER_PROCESS, in_all: int = IN_ALL) -> None:
        self._per_process = per_process
        self._in_all = in_all
        self._blocks: dict[str, deque[bytes | bytearray]] = {}
        self._sizes: dict[str, int] = {}
        self._total = 0

    def add(self, process: str, block: bytes) -> None:
        """Remember a block of whole lines."""
        blocks = self._blocks.get(process)
        if blocks is None:
            blocks = self._blocks[process] = deque()
            self._sizes[process] = 0
        if len(block) > self._per_process:
            block = block[-self._per_process :]
        size = len(block)
        # Small blocks are gathered: 13,000 objects of 20 bytes would take five times their bytes.
        if size < _COALESCE and blocks and isinstance(blocks[-1], bytearray) and len(blocks[-1]) < _COALESCE:
            blocks[-1] += block
        else:
            blocks.append(bytearray(block) if size < _COALESCE else block)
        self._sizes[process] += size
        self._total += size
        while self._sizes[process] > self._per_process:
            self._drop_oldest(process)
        while self._total > self._in_all:
            self._drop_oldest(max(self._sizes, key=self._sizes.__getitem__))

    def last_lines(self, process: str, count: int) -> list[bytes]:
        """Its last ``count`` lines, oldest first, without their newlines."""
        found: list[bytes] = []
        for block in reversed(self._blocks.get(process, ())):
            found = bytes(block).split(b"\n")[:-1][-(count - len(found)) :] + found
            if len(found) >= count:
                break
        return found

    def _drop_oldest(self, process: str) -> None:
        size = len(self._blocks[process].popleft())
        self._sizes[process] -= size
        self._total -= size
