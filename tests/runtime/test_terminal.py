"""The writer: all bytes in order, back-pressure, a reader that leaves, a full disk."""

import errno
import fcntl
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from harness import PATIENCE
from pyforeman.runtime.posix import USUAL_ROOM, make_room
from pyforeman.runtime.terminal import FULL, FULL_CLOSING, Writer, is_pipe, reader_left

MORE_THAN_A_PIPE = 4 * FULL
"""Bytes that do not fit into the pipe, also once the writer has made it larger."""


class Pipe:
    """A writer with a pipe that the test reads."""

    def __init__(self) -> None:
        self.reader, self.fd = os.pipe()
        self.woken = threading.Event()
        self.writer = Writer(self.fd, self.woken.set)
        self.writer.start()

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += os.read(self.reader, size - len(data))
        return data

    def await_wake(self) -> None:
        assert self.woken.wait(PATIENCE)
        self.woken.clear()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    try:
        os.close(pipe.reader)
    except OSError:
        pass  # the test has closed it
    end(pipe.writer)
    os.close(pipe.fd)


def end(writer: Writer) -> None:
    """Let the thread find that its reader is gone, so that it ends."""
    writer.error = writer.error or errno.EPIPE
    writer._batches.put([])
    if writer._thread:
        writer._thread.join(PATIENCE)
        assert not writer._thread.is_alive()


def test_what_is_put_arrives_in_order(pipe: Pipe) -> None:
    pipe.writer.put([b"a\n", memoryview(b"b\nxxx")[:2]])
    pipe.writer.put([b"c\n"])
    pipe.writer.hand_over()
    assert pipe.read(6) == b"a\nb\nc\n"


def test_a_batch_of_more_buffers_than_writev_takes_arrives(pipe: Pipe) -> None:
    pipe.writer.put([b"%04d\n" % number for number in range(3000)])
    pipe.writer.hand_over()
    assert pipe.read(15000) == b"".join(b"%04d\n" % number for number in range(3000))


def test_it_is_full_until_the_reader_has_taken_half(pipe: Pipe) -> None:
    block = b"x" * 65535 + b"\n"
    while not pipe.writer.full:
        pipe.writer.put([block])
        pipe.writer.hand_over()
    assert FULL < pipe.writer.pending <= FULL + 3 * len(block)
    assert not pipe.woken.is_set()
    while not pipe.woken.is_set():
        pipe.read(len(block))
    assert pipe.writer.pending <= FULL // 2 + 2 * len(block)
    assert not pipe.writer.full


def test_while_closing_the_queue_is_larger_and_the_rest_is_counted(pipe: Pipe) -> None:
    block = (b"x" * 1023 + b"\n") * 1024
    pipe.writer.closing = True
    for _ in range(40):
        pipe.writer.put([block])
        pipe.writer.hand_over()
    assert pipe.writer.pending <= FULL_CLOSING
    assert not pipe.writer.full
    assert pipe.writer.dropped_bytes == 40 * len(block) - FULL_CLOSING
    assert pipe.writer.dropped_lines * 1024 == pipe.writer.dropped_bytes


def test_what_a_stalled_reader_has_not_taken_is_counted(pipe: Pipe) -> None:
    block = b"x" * 1023 + b"\n"
    for _ in range(2000):
        pipe.writer.put([block])
        pipe.writer.hand_over()
    assert not pipe.writer.await_end()
    pipe.writer.drop_rest()
    # what is in the pipe itself, up to 512 KiB, the reader can still take
    assert 2000 * 1024 - 512 * 1024 - 1024 <= pipe.writer.dropped_bytes <= 2000 * 1024
    assert pipe.writer.dropped_lines * 1024 <= pipe.writer.dropped_bytes + 1024


def test_the_end_is_awaited_and_told(pipe: Pipe) -> None:
    pipe.writer.put([b"x" * MORE_THAN_A_PIPE])
    pipe.writer.hand_over()
    assert not pipe.writer.await_end()
    pipe.read(MORE_THAN_A_PIPE)
    pipe.await_wake()
    assert pipe.writer.await_end()
    assert pipe.writer.taken == MORE_THAN_A_PIPE


def test_a_reader_that_leaves_is_told_and_nothing_is_queued_any_more(pipe: Pipe) -> None:
    os.close(pipe.reader)
    pipe.writer.put([b"x"])
    pipe.writer.hand_over()
    pipe.await_wake()
    assert pipe.writer.error == errno.EPIPE
    pipe.writer.put([b"x" * FULL * 2])
    assert not pipe.writer.full
    assert pipe.writer.await_end()


def test_a_reader_that_leaves_a_stalled_pipe_is_told(pipe: Pipe) -> None:
    pipe.writer.put([b"x" * MORE_THAN_A_PIPE])
    pipe.writer.hand_over()
    pipe.read(1)  # the thread cannot end its write now
    os.close(pipe.reader)
    pipe.await_wake()
    assert pipe.writer.error == errno.EPIPE


def test_it_never_sets_o_nonblock(pipe: Pipe) -> None:
    pipe.writer.put([b"x"])
    pipe.writer.hand_over()
    pipe.read(1)
    assert not fcntl.fcntl(pipe.fd, fcntl.F_GETFL) & os.O_NONBLOCK


def test_it_loses_nothing_where_somebody_else_has_set_o_nonblock(pipe: Pipe) -> None:
    os.set_blocking(pipe.fd, False)
    block = b"".join(b"%09d\n" % number for number in range(50_000))
    pipe.writer.put([block[:250_000], block[250_000:]])
    pipe.writer.hand_over()
    assert pipe.read(len(block)) == block


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_a_stalled_reader() -> None:
    fd = os.open("/dev/full", os.O_WRONLY)
    woken = threading.Event()
    writer = Writer(fd, woken.set)
    writer.start()
    writer.put([b"x\n"])
    writer.hand_over()
    assert woken.wait(PATIENCE)
    assert writer.disk_full
    assert not writer.error
    assert not writer.await_end()
    writer.drop_rest()
    assert (writer.dropped_lines, writer.dropped_bytes) == (1, 2)
    end(writer)
    os.close(fd)


def test_a_reader_that_left_is_seen_without_a_write(pipe: Pipe) -> None:
    assert is_pipe(pipe.fd)
    assert not reader_left(pipe.fd)
    os.close(pipe.reader)
    assert reader_left(pipe.fd)


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="reads /proc")
def test_the_thread_takes_no_signal(pipe: Pipe) -> None:
    pipe.writer.put([b"x"])
    pipe.writer.hand_over()
    pipe.read(1)
    assert pipe.writer._thread is not None
    with open(f"/proc/self/task/{pipe.writer._thread.native_id}/status") as file:
        (blocked,) = (int(line.split()[1], 16) for line in file if line.startswith("SigBlk"))
    wanted = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGTSTP, signal.SIGWINCH}
    assert all(blocked >> (number - 1) & 1 for number in wanted)


@pytest.fixture
def at_once() -> None:
    """Where the kernel does not write to a pipe without waiting, the thread writes all."""
    reader, fd = os.pipe()
    try:
        os.pwritev(fd, [b"x"], -1, getattr(os, "RWF_NOWAIT", 0))
    except OSError:
        pytest.skip("this kernel has no RWF_NOWAIT for pipes")
    finally:
        os.close(reader)
        os.close(fd)


@pytest.mark.usefixtures("at_once")
def test_what_fits_is_written_without_the_thread() -> None:
    reader, fd = os.pipe()
    writer = Writer(fd, lambda: None)  # its thread was never started
    writer.put([b"a\n", b"b\n"])
    writer.hand_over()
    assert (os.read(reader, 100), writer.pending, writer.taken) == (b"a\nb\n", 0, 4)
    os.close(reader)
    os.close(fd)


@pytest.mark.usefixtures("at_once")
def test_what_does_not_fit_comes_after_what_does(pipe: Pipe) -> None:
    # 800 KB: a pipe that was found full is made larger, to 512 KiB, and that may be done by now.
    numbered = [b"%07d\n" % number for number in range(100_000)]
    for start in range(0, len(numbered), 1000):
        pipe.writer.put(numbered[start : start + 1000])
        pipe.writer.hand_over()
    assert 0 < pipe.writer.taken < 800_000
    assert pipe.read(800_000) == b"".join(numbered)
    while not pipe.writer.await_end():
        pipe.await_wake()
    pipe.writer.put([b"more\n"])
    pipe.writer.hand_over()
    assert pipe.read(5) == b"more\n"


def test_a_terminal_gets_all_from_the_thread() -> None:
    ours, fd = os.openpty()
    writer = Writer(fd, lambda: None)
    writer.start()
    writer.put([b"x"])
    writer.hand_over()
    writer.put([b"y"])
    writer.hand_over()
    assert os.read(ours, 1) + os.read(ours, 1) == b"xy"
    os.close(ours)
    end(writer)
    os.close(fd)


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="Linux alone has pipes of another size")
@pytest.mark.usefixtures("at_once")
def test_a_pipe_is_given_room_once_it_was_full(pipe: Pipe) -> None:
    before = fcntl.fcntl(pipe.fd, fcntl.F_GETPIPE_SZ)
    pipe.writer.put([b"x" * before])
    pipe.writer.hand_over()
    assert fcntl.fcntl(pipe.fd, fcntl.F_GETPIPE_SZ) == before
    pipe.writer.put([b"x"])
    pipe.writer.hand_over()
    assert fcntl.fcntl(pipe.fd, fcntl.F_GETPIPE_SZ) > before
    pipe.read(before + 1)


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="Linux alone has pipes of another size")
def test_room_is_made_where_nobody_has_chosen_another_size(pipe: Pipe) -> None:
    make_room(pipe.fd, 4 * USUAL_ROOM)
    assert fcntl.fcntl(pipe.fd, fcntl.F_GETPIPE_SZ) == 4 * USUAL_ROOM
    make_room(pipe.fd, 2 * USUAL_ROOM)
    assert fcntl.fcntl(pipe.fd, fcntl.F_GETPIPE_SZ) == 4 * USUAL_ROOM
    chosen = fcntl.fcntl(pipe.fd, fcntl.F_SETPIPE_SZ, USUAL_ROOM // 2)
    make_room(pipe.fd, 4 * USUAL_ROOM)
    assert fcntl.fcntl(pipe.fd, fcntl.F_GETPIPE_SZ) == chosen
    with open(os.devnull) as other:
        make_room(other.fileno(), 4 * USUAL_ROOM)  # nothing happens
