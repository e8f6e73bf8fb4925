"""Waiting: fds, signals, a deadline, and what may happen within one list of ready fds."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from pyforeman.runtime.loop import Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGUSR2)}
    yield loop
    loop.close()
    for number, handler in handlers.items():
        signal.signal(number, handler)


class Source:
    """A pipe with something to read in it."""

    def __init__(self) -> None:
        self.fd, self.writer = os.pipe()
        os.write(self.writer, b"x")

    def close(self) -> None:
        os.close(self.fd)
        os.close(self.writer)


@pytest.fixture
def sources() -> Iterator[list[Source]]:
    sources = [Source(), Source()]
    yield sources
    for source in sources:
        source.close()


def test_all_that_is_ready_is_served_once(loop: Loop, sources: list[Source]) -> None:
    served = []
    for source in sources:
        loop.watch(source.fd, lambda fd=source.fd: served.append(fd))  # type: ignore[misc]  # a bound default
    loop.wait(None)
    assert sorted(served) == sorted(source.fd for source in sources)


def test_control_only_leaves_the_rest_where_it_is(loop: Loop, sources: list[Source]) -> None:
    served = []
    loop.watch(sources[0].fd, lambda: served.append("output"))
    loop.watch(sources[1].fd, lambda: served.append("control"), control=True)
    loop.wait(None, control_only=True)
    assert served == ["control"]
    loop.wait(None)
    assert sorted(served) == ["control", "control", "output"]


def test_a_deadline_ends_the_wait(loop: Loop) -> None:
    deadline = time.monotonic() + 0.01
    loop.wait(deadline)
    assert time.monotonic() >= deadline
    loop.wait(time.monotonic() - 1)  # one that has passed is no error


def test_an_fd_closed_by_an_earlier_callback_is_not_served(loop: Loop, sources: list[Source]) -> None:
    served = []

    def first_come(mine: Source, other: Source) -> None:
        served.append(mine.fd)
        loop.unwatch(other.fd)

    loop.watch(sources[0].fd, lambda: first_come(sources[0], sources[1]))
    loop.watch(sources[1].fd, lambda: first_come(sources[1], sources[0]))
    loop.wait(None)
    assert len(served) == 1


def test_a_number_used_again_is_not_served_for_its_former_owner(loop: Loop, sources: list[Source]) -> None:
    served = []

    def replace(mine: Source, other: Source) -> None:
        served.append("old")
        loop.unwatch(mine.fd)
        loop.unwatch(other.fd)
        loop.watch(other.fd, lambda: served.append("new"))

    loop.watch(sources[0].fd, lambda: replace(sources[0], sources[1]))
    loop.watch(sources[1].fd, lambda: replace(sources[1], sources[0]))
    loop.wait(None)
    assert served == ["old"]
    loop.wait(None)
    assert served == ["old", "new"]


def test_signals_are_called_from_wait(loop: Loop) -> None:
    seen: list[int] = []
    loop.catch_signals([signal.SIGUSR1, signal.SIGUSR2], seen.append)
    os.kill(os.getpid(), signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR2)
    os.kill(os.getpid(), signal.SIGUSR1)
    while len(seen) < 2:
        loop.wait(None)
    assert set(seen) == {signal.SIGUSR1, signal.SIGUSR2}


def test_signals_that_were_blocked_when_we_started_are_let_in(loop: Loop) -> None:
    seen: list[int] = []
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    loop.catch_signals([signal.SIGUSR1], seen.append)
    os.kill(os.getpid(), signal.SIGUSR1)
    loop.wait(None, control_only=True)
    assert seen == [signal.SIGUSR1]


def test_another_thread_can_wake_it(loop: Loop) -> None:
    thread = threading.Thread(target=loop.wake)
    thread.start()
    loop.wait(None, control_only=True)
    thread.join()


def test_more_wake_ups_than_a_pipe_holds_do_not_block(loop: Loop) -> None:
    for _ in range(100_000):
        loop.wake()
    loop.wait(None)


def test_what_comes_after_the_end_is_ignored() -> None:
    loop = Loop()
    before = signal.getsignal(signal.SIGUSR1)
    loop.catch_signals([signal.SIGUSR1], lambda number: None)
    loop.close()
    os.kill(os.getpid(), signal.SIGUSR1)  # its default action is to kill
    loop.wake()  # from a thread that is late
    signal.signal(signal.SIGUSR1, before)


def test_a_deadline_may_lie_years_ahead(loop: Loop, sources: list[Source]) -> None:
    served = []
    loop.watch(sources[0].fd, lambda: served.append("x"))
    loop.wait(time.monotonic() + 1e9)
    assert served == ["x"]
