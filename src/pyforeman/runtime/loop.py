"""Waits for fds, signals and one deadline, and calls who is concerned. Nothing else.

Two selectors, everything and control only: while the reader of our stdout is stalled, choosing the
second one leaves the children's output where it is, in their pipes, and costs nothing per child.
"""

import os
import selectors
import signal
import threading
import time
from collections.abc import Callable, Iterable
from types import FrameType

_LONGEST_WAIT = 86_400.0  # seconds; epoll refuses more than 24 days, and waking up early does no harm

Callback = Callable[[], object]


class Loop:
    """One select at a time. Times are seconds of ``time.monotonic``."""

    def __init__(self) -> None:
        self._everything = selectors.DefaultSelector()
        self._control = selectors.DefaultSelector()
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_reader, False)
        os.set_blocking(self._wake_writer, False)
        self._on_signal: Callable[[int], None] = lambda number: None
        self._caught: list[int] = []
        self._closing = threading.Lock()
        self._closed = False
        self.watch(self._wake_reader, self._read_wake_ups, control=True)

    def watch(self, fd: int, callback: Callback, *, control: bool = False) -> None:
        """Call ``callback`` whenever ``fd`` is readable; ``control``: also while output is paused."""
        self._everything.register(fd, selectors.EVENT_READ, callback)
        if control:
            self._control.register(fd, selectors.EVENT_READ, callback)

    def watch_writable(self, fd: int, callback: Callback) -> None:
        """Call ``callback`` whenever ``fd`` can be written to, also while output is paused. Who reads from
        the same file needs a duplicate for this: an fd is watched for one thing only."""
        self._everything.register(fd, selectors.EVENT_WRITE, callback)
        self._control.register(fd, selectors.EVENT_WRITE, callback)

    def unwatch(self, fd: int) -> None:
        """Forget ``fd``; to be called before it is closed."""
        self._everything.unregister(fd)
        if fd in self._control.get_map():
            self._control.unregister(fd)

    def catch_signals(self, numbers: Iterable[int], on_signal: Callable[[int], None]) -> None:
        """Turn signals into calls of ``on_signal`` from ``wait``; the handlers themselves do nothing."""
        self._on_signal = on_signal
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, _ignore)
            self._caught.append(number)
        # A mask is inherited across exec: whoever started us may have blocked what we wait for.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._caught)

    def wake(self) -> None:
        """End the current or the next ``wait``; from any thread."""
        with self._closing:  # the thread may be late, and the fd another file's by then
            if self._closed:
                return
            try:
                os.write(self._wake_writer, b"\0")
            except BlockingIOError:
                pass  # 64 KiB of wake-ups are waiting already

    def wait(self, deadline: float | None, *, control_only: bool = False) -> None:
        """Wait until something is readable or the deadline is reached; serve all that is ready, once.

        The ready list is always served to its end: epoll would name the same fds first the next
        time, and those at the end of the list would starve beside a flood.
        """
        timeout = None if deadline is None else min(max(0.0, deadline - time.monotonic()), _LONGEST_WAIT)
        selector = self._control if control_only else self._everything
        for key, _ in selector.select(timeout):
            # A callback may have closed a later fd of this list, and a spawn may have got its number.
            if selector.get_map().get(key.fd) is key:
                key.data()

    def close(self) -> None:
        """Close what is ours, and ignore the signals from now on.

        A ^C often comes twice, and the second one must not kill us on the way out: the exit code is
        decided. Python gives its own handlers back to the kernel before it has ended, but leaves alone
        what is ignored.
        """
        if self._caught:
            signal.set_wakeup_fd(-1)
        for number in self._caught:
            signal.signal(number, signal.SIG_IGN)
        self._everything.close()
        self._control.close()
        with self._closing:
            self._closed = True
            os.close(self._wake_reader)
            os.close(self._wake_writer)

    def _read_wake_ups(self) -> None:
        try:
            numbers = os.read(self._wake_reader, 65536)
        except BlockingIOError:
            return
        # Several of one kind at once are one fact: SIGCHLD coalesces anyway, and so does a ^C sent twice.
        for number in dict.fromkeys(numbers):
            if number:
                self._on_signal(number)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Only there so that the kernel interrupts us and Python writes to the wake-up fd."""
