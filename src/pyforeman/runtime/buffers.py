"""What waits to be written: many buffers, cut into pieces, or what is left of them after a short write."""

from collections.abc import Iterable, Sequence

from pyforeman.output.render import Buffer

PIECE = 64 * 1024
"""Bytes of one write, about: what a reader leaves is counted by the piece."""
MOST_BUFFERS = 512
"""writev takes at most IOV_MAX (1024) of them."""


def pieces(batch: Sequence[Buffer]) -> list[list[Buffer]]:
    """The buffers of a batch, grouped and cut into pieces of about 64 KiB, one for each write."""
    found: list[list[Buffer]] = []
    size = PIECE
    for buffer in batch:
        for start in range(0, len(buffer), PIECE):
            part = buffer if len(buffer) <= PIECE else memoryview(buffer)[start : start + PIECE]
            if size + len(part) > PIECE or len(found[-1]) == MOST_BUFFERS:
                found.append([])
                size = 0
            found[-1].append(part)
            size += len(part)
    return found


def rest(buffers: list[Buffer], written: int) -> list[Buffer]:
    """What is left of them after so many bytes, less than all."""
    for place, buffer in enumerate(buffers):
        if written < len(buffer):
            return [memoryview(buffer)[written:], *buffers[place + 1 :]]
        written -= len(buffer)
    return []


def lines(buffers: Iterable[Buffer]) -> int:
    """How many lines end in them."""
    return sum(bytes(buffer).count(b"\n") for buffer in buffers)
