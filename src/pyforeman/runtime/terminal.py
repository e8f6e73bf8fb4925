"""The only writer to our stdout: back-pressure without O_NONBLOCK, and a reader that may leave.

O_NONBLOCK belongs to the open file description: set on our stdout it would be set on the user's
shell too. A blocking write in the main thread could not be ended by a signal while the reader is
stalled (PEP 475 retries it). So one daemon thread writes what cannot be written at once, and a
bounded queue stands before it. What can is written without the thread, where the kernel lets a
single write say that it must not block: a hand-over costs as much as a write.
"""

import contextlib
import errno
import os
import select
import signal
import stat
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from pyforeman.errors import PyforemanError
from pyforeman.output.render import Buffer
from pyforeman.runtime.buffers import MOST_BUFFERS, lines, pieces, rest
from pyforeman.runtime.posix import make_room

HAND_OVER = 128 * 1024
"""Bytes gathered within one wake-up before they are written, or the thread gets them."""
FULL = 512 * 1024
"""Bytes on their way at which reading from the children pauses. Twice as many bring nothing, and a line
beside a flood would wait twice as long."""
FULL_CLOSING = 32 * 1024 * 1024
"""Bytes on their way at which more is dropped, once a stop has begun: then nothing pauses."""
_ROOM = 512 * 1024
"""Bytes that our stdout is to hold if it is a pipe, once it was full. With the usual 64 KiB, its reader and
we wake each other so often that both sleep a third of the time; more than this brings nothing."""
INTERRUPT = signal.SIGURG
"""Ends a write of the thread, which then tells how much it wrote. Ignored by default, used by nobody else."""
_WITHOUT_WAITING = getattr(os, "RWF_NOWAIT", 0)  # Linux
_MET_AGAIN = frozenset(
    {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.ESPIPE, errno.ENOSPC, errno.EDQUOT}
)
"""What has the thread write all: a terminal, most files, a named pipe, an older kernel; and a full disk."""
_INTERRUPTED_WITHIN = 0.1  # seconds in which an interrupted write returns
_RETRY_AFTER = 0.2  # seconds between tries to write to a full disk


class Writer:
    """Writes to ``fd``, at once or from a thread. All methods but the thread's own are for the main thread.

    ``wake`` is called from the thread when the main one waits for something: room, the end of the
    queue, or news of an error.
    """

    def __init__(self, fd: int, wake: Callable[[], None]) -> None:
        self._fd = fd
        self._wake = wake
        self._batch: list[Buffer] = []
        self._batch_size = 0
        self._batches: SimpleQueue[list[Buffer]] = SimpleQueue()
        # Counters that are written by one thread only need no lock: += is not atomic. The thread counts what
        # it has taken when that is in the kernel, and only we give: while both are equal, it has nothing.
        self._given = 0
        self._taken = 0
        self._taken_at_once = 0
        self._writes_at_once = bool(_WITHOUT_WAITING)
        self._has_room = False
        self._pieces_left: list[list[Buffer]] = []
        self._written = 0  # bytes of the first of them
        self._giving_up = False
        self._returned = threading.Event()  # a write did, since it was interrupted
        self._awaited = False
        self._thread: threading.Thread | None = None
        self.dropped_bytes = 0
        self.dropped_lines = 0
        self.closing = False
        """Set once a stop has begun: from then on the children are read whatever the reader does."""
        self.error = 0
        """The errno that ended all writing, EPIPE where the reader left; 0 while all is well."""
        self.disk_full = False
        self._told_full = False

    # What the engine asks

    @property
    def pending(self) -> int:
        """Bytes that were put and not written."""
        return self._given - self._taken + self._batch_size

    @property
    def taken(self) -> int:
        """Bytes written so far: while it grows, the reader is not stalled."""
        return self._taken + self._taken_at_once

    @property
    def full(self) -> bool:
        """Whether reading should pause; if so, ``wake`` is called when there is room again."""
        if self.closing or self.error or self.pending <= FULL:
            return False
        self._awaited = True
        # The thread may have written the last byte just before it could see that it is awaited.
        return not self.error and self.pending > FULL

    def await_end(self) -> bool:
        """Whether there is nothing more to wait for; if not, ``wake`` is called when all is written."""
        self._awaited = True
        return bool(self.error) or self.pending == 0

    # What the engine does

    def put(self, buffers: Sequence[Buffer]) -> None:
        """Queue lines, or what draws an open one. While closing, what exceeds 32 MiB is dropped and
        counted."""
        size = sum(map(len, buffers))
        if self.error:
            return
        if self.closing and self.pending + size > FULL_CLOSING:
            self.dropped_bytes += size
            self.dropped_lines += lines(buffers)
            return
        self._batch += buffers
        self._batch_size += size
        if self._batch_size >= HAND_OVER:
            self.hand_over()

    def hand_over(self) -> None:
        """Write what was gathered, as far as that can be done at once; the rest is the thread's. At the
        end of every wake-up."""
        if not self._batch:
            return
        batch, size = self._batch, self._batch_size
        self._batch, self._batch_size = [], 0
        if self._writes_at_once and self._given == self._taken:
            written = self._write_at_once(batch)
            self._taken_at_once += written
            if written == size:
                return
            size -= written
            batch = rest(batch, written)
            if not self._has_room:
                self._has_room = True
                make_room(self._fd, _ROOM)
        self._given += size
        self._batches.put(batch)

    def _write_at_once(self, batch: list[Buffer]) -> int:
        """Write without waiting; gives the number of bytes."""
        written = 0
        for start in range(0, len(batch), MOST_BUFFERS):
            part = batch[start : start + MOST_BUFFERS]
            try:
                count = os.pwritev(self._fd, part, -1, _WITHOUT_WAITING)
            except BlockingIOError:
                break
            except NotImplementedError:  # a Python that was built for older systems
                self._writes_at_once = False
                break
            except OSError as error:
                self._writes_at_once = False
                if error.errno not in _MET_AGAIN:  # a socket tells it only once
                    self.error = error.errno or errno.EIO
                    self._wake()
                break
            written += count
            if count < sum(map(len, part)):
                break
        return written

    def stalled(self) -> bool:
        """Whether the reader takes nothing of what the thread writes now: a slow one has taken some."""
        before = self.taken
        self._interrupt()
        return self.taken == before

    def wait(self, seconds: float) -> None:
        """Wait until all is written, but no longer than that."""
        deadline = time.monotonic() + seconds
        while self.pending and not self.error and (left := deadline - time.monotonic()) > 0:
            self._returned.clear()
            if self.pending:
                self._returned.wait(left)

    def drop_rest(self) -> None:
        """Count what the reader has not taken as lost: it has been stalled for too long."""
        self._giving_up = True
        self._interrupt()
        self.dropped_bytes += self.pending
        for number, piece in enumerate(self._pieces_left):
            self.dropped_lines += b"".join(piece).count(b"\n", 0 if number else self._written)
        with contextlib.suppress(Empty):  # unless it was interrupted, the thread still takes its share
            while True:
                self.dropped_lines += lines(self._batches.get_nowait())

    def became_full(self) -> bool:
        """Whether the disk has become full since this was last asked."""
        news = self.disk_full and not self._told_full
        self._told_full = self.disk_full
        return news

    def loss(self) -> str:
        """What was dropped, in words; "" if nothing was."""
        if not self.dropped_bytes:
            return ""
        why = "no space left on device" if self.disk_full else "nobody read it"
        return f"stdout: {why}: {self.dropped_lines} lines ({self.dropped_bytes} bytes) are lost"

    def _interrupt(self) -> None:
        """End a blocked write, so that what it has written is counted. Takes up to 0.1 s."""
        if self._thread is None or self._thread.ident is None:
            return
        signal.signal(INTERRUPT, lambda *_: None)
        self._returned.clear()
        signal.pthread_kill(self._thread.ident, INTERRUPT)
        self._returned.wait(_INTERRUPTED_WITHIN)  # in vain if nothing was written: PEP 475 then goes on

    # The thread

    def start(self) -> None:
        """Start the thread, before there are children that may take the last slot in the process table.

        Raises PyforemanError where there is none for us.
        """
        # A thread inherits the signal mask: every signal but ours must go to the main thread.
        before = signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals() - {INTERRUPT})
        self._thread = threading.Thread(target=self._write_batches, name="stdout", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            raise PyforemanError("no more processes or threads are allowed; see ulimit -u") from None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _write_batches(self) -> None:
        while not self.error:
            self._pieces_left = pieces(self._batches.get())
            while self._pieces_left and not self.error:
                self._write(self._pieces_left[0])
                if self._giving_up:
                    return
                self._pieces_left.pop(0)
                self._written = 0
            if self._awaited and self._given - self._taken <= FULL // 2:
                self._awaited = False
                self._wake()

    def _write(self, piece: list[Buffer]) -> None:
        """Write all of it, unless nobody will ever read it."""
        size = sum(map(len, piece))
        while self._written < size and not self.error and not self._giving_up:
            try:
                if self._written == 0:
                    count = os.writev(self._fd, piece)
                else:  # a nearly full disk, an fd that somebody else made non-blocking, our interrupt
                    count = os.write(self._fd, memoryview(b"".join(piece))[self._written :])
            except BlockingIOError:
                select.select((), (self._fd,), ())
            except OSError as error:
                self._failed(error.errno or errno.EIO)
            else:
                self._written += count
                self._taken += count
                self.disk_full = False
                self._returned.set()

    def _failed(self, number: int) -> None:
        if number not in (errno.ENOSPC, errno.EDQUOT):
            self.error = number
            self._wake()
            return
        # A full disk is a stalled reader: nothing is lost, and ^C works, until there is room.
        if not self.disk_full:
            self.disk_full = True
            self._wake()
        time.sleep(_RETRY_AFTER)


def reader_left(fd: int) -> bool:
    """Whether ``fd`` is a pipe that nobody reads any more, found without writing to it."""
    poll = select.poll()
    poll.register(fd, 0)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))


def is_pipe(fd: int) -> bool:
    """Whether ``fd`` is a pipe: the one kind of stdout that tells when its reader leaves."""
    return stat.S_ISFIFO(os.fstat(fd).st_mode)
