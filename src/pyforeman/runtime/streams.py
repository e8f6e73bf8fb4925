"""Reads what the children write, and publishes it as blocks of whole lines."""

import errno
import os
from functools import partial

from pyforeman.output.lines import LineBuffer
from pyforeman.output.render import Origin
from pyforeman.runtime.loop import Loop
from pyforeman.runtime.posix import USUAL_ROOM, make_room
from pyforeman.runtime.publisher import Publisher
from pyforeman.runtime.taps import Tap
from pyforeman.runtime.terminal import FULL, Writer

READ_SIZE = 128 * 1024
"""Bytes of one read. Half of it costs a fifth more processor time, twice as much is late for the others."""
_PTY_READ, _PTY_READS = 4095, 16
_LARGE = 4 * 1024 * 1024
_MOST_DRAIN_READS = 32  # a grandchild may write for ever: draining must end


class Stream:
    """What one run of a process writes. It owns its fd, and closes it once (then it is -1)."""

    __slots__ = ("fd", "has_room", "lines", "origin", "tap")

    def __init__(self, origin: Origin, fd: int) -> None:
        self.origin = origin
        self.fd = fd
        self.has_room = False
        self.lines = LineBuffer()
        self.tap: Tap | None = None
        """Who gets each chunk before it is cut into lines; only that of a pty has one."""


class Streams:
    """All streams that are open: those of the runs, and those that outlive their run.

    Each ready fd is read once in a turn of the loop, so a flood never keeps another child waiting. When
    the writer is full in the middle of a turn, those that come later are passed over, and are the first
    in the next one.
    """

    def __init__(self, loop: Loop, publisher: Publisher, writer: Writer) -> None:
        self._loop = loop
        self._publisher = publisher
        self._writer = writer
        self._open: set[Stream] = set()
        self._passed_over: dict[Stream, None] = {}  # in order, each once
        # glibc gives the kernel back what is freed at the top of the heap, and asks for it again at the next
        # read: a page fault for each page of it. Once it has seen a large piece freed, it keeps that much.
        bytes(_LARGE)

    def open(self, origin: Origin, fd: int) -> Stream:
        """Read ``fd``, which does not block, until it is at EOF; from now on it is the stream's."""
        stream = Stream(origin, fd)
        self._open.add(stream)
        self._loop.watch(fd, partial(self._serve, stream))
        return stream

    def serve_passed_over(self) -> None:
        """Read those that had to wait in the last turn: epoll may name the same others first again."""
        waiting, self._passed_over = self._passed_over, {}
        for stream in waiting:
            if stream.fd >= 0:
                self._serve(stream)

    def drain(self, stream: Stream) -> None:
        """Read what is there: the end of a process must not be shown before its last words."""
        for _ in range(_MOST_DRAIN_READS):
            if stream.fd < 0 or not self._read(stream):
                return

    def close_all(self) -> None:
        """Publish what is there, and close: whoever still holds the other end has escaped."""
        for stream in list(self._open):
            self.drain(stream)
            self._close(stream)

    def _serve(self, stream: Stream) -> None:
        if self._writer.pending > FULL and not self._writer.closing:
            self._passed_over[stream] = None
        else:
            self._read(stream)

    def _read(self, stream: Stream) -> bool:
        """Read once; False when there was nothing to read, now or for ever."""
        chunk = _read_chunk(stream.fd)
        if chunk is None:
            return False
        if not chunk:
            self._close(stream)
            return False
        if len(chunk) >= USUAL_ROOM and not stream.has_room:
            # Only for who fills its pipe: what all pipes of a user hold is limited (pipe-user-pages-soft).
            # A pty, of which less is read at once, has no such thing.
            stream.has_room = True
            make_room(stream.fd, READ_SIZE)
        if stream.tap is not None:
            stream.tap.feed(chunk)
        if block := stream.lines.feed(chunk):
            self._publisher.block(stream.origin, block)
        if stream.lines.unfinished:
            self._publisher.unfinished(stream.origin, stream.lines.unfinished)
        return True

    def _close(self, stream: Stream) -> None:
        if stream.fd < 0:
            return
        if block := stream.lines.flush():  # a last line without newline
            self._publisher.block(stream.origin, block, unended=True)
        if stream.tap is not None:
            stream.tap.closed(stream.fd)
        self._open.discard(stream)
        self._publisher.ended(stream.origin)
        self._loop.unwatch(stream.fd)
        os.close(stream.fd)
        stream.fd = -1


def _read_chunk(fd: int) -> bytes | None:
    """What is there, up to 128 KiB of a pipe and 64 KiB of a pty; None: nothing yet, ``b""``: at its end.

    One read of a pty gives 4095 bytes, however many wait (Linux). To go round the loop for each of
    them costs a sixth of the throughput.
    """
    chunk = _read(fd)
    if chunk is None or len(chunk) != _PTY_READ:
        return chunk
    chunks = [chunk]
    while chunk and len(chunk) == _PTY_READ and len(chunks) < _PTY_READS:
        chunk = _read(fd)
        chunks.append(chunk or b"")
    return b"".join(chunks)


def _read(fd: int) -> bytes | None:
    try:
        return os.read(fd, READ_SIZE)
    except BlockingIOError:
        return None
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return b""  # Linux: nobody has the other side of the pty open any more
