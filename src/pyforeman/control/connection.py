"""One client of a running formation: what it sends, and what waits for it, both bounded."""

import os
from collections import deque
from collections.abc import Callable
from functools import partial
from socket import socket

from pyforeman.control.activity import Activity
from pyforeman.control.protocol import LONGEST_REQUEST, LineReader, Message, decode, encode
from pyforeman.control.requests import Answer, failed
from pyforeman.errors import PyforemanError, UsageError
from pyforeman.runtime.loop import Loop

ENOUGH = 48 * 1024
"""Bytes that wait for a client at which its activity is not asked for more."""
_READ_SIZE = 64 * 1024
_A_TURN = 48 * 1024  # bytes for one client in one turn of the loop; more, and a flood waits for who reads it
_MOST_REQUESTS = 100  # that wait for their turn


class Connection:
    """Reads requests, has them answered one after the other, and sends what comes of it.

    Whatever the client does, nothing here waits for it: what it does not take stays with its activity.
    ``answer`` carries out a request, and is given what its activity calls when it has something new.
    ``news`` asks for a ``pump``, when it is this connection's turn. ``left`` is told when it is closed.
    """

    def __init__(
        self,
        connection: socket,
        loop: Loop,
        answer: Callable[[Message, Callable[[], None]], Answer],
        news: Callable[["Connection"], None],
        left: Callable[["Connection"], None],
    ) -> None:
        self._socket = connection
        self._loop = loop
        self._answer = answer
        self._news = partial(news, self)
        self._left = left
        self._reader = LineReader(LONGEST_REQUEST)
        self._requests: deque[bytes] = deque()
        self._unsent = bytearray()
        self._activity: Activity | None = None
        self._write_fd = -1  # a duplicate that is watched while the client has to take something first
        self._closing = False
        self._reads = True
        self._hears = True  # the client has not closed its side
        self.has_asked = False
        """Whether it ever sent a whole request."""
        self.sent = 0
        """Bytes that it has taken."""
        loop.watch(connection.fileno(), self._read, control=True)

    @property
    def is_open(self) -> bool:
        """Whether it is still there."""
        return self._socket.fileno() >= 0

    def send(self, message: Message) -> None:
        """Send a line, as soon as the client takes it."""
        self._unsent += encode(message)
        self._flush()

    def pump(self) -> None:
        """Send what there is, as far as the client takes it; and begin with the next request. With one: who
        has sent a hundred gets in line again, or nobody else would be served meanwhile."""
        before = self.sent
        has_begun = False
        while self.is_open and not self._unsent:
            if self._activity is None:
                if not self._requests:
                    break
                if has_begun:
                    self._news()
                    break
                has_begun = True
                self._begin(self._requests.popleft())
                continue
            try:
                lines = self._activity.next_lines(ENOUGH)
            except Exception as error:
                self.refuse(_said_of(error))
                return
            if self._activity.finished:
                self._leave_activity()
            elif not lines:
                break
            self._unsent += b"".join(lines)
            if self.sent - before > _A_TURN:  # a client that is as fast as we are: others want to live, too
                self._wait_until_writable()
                return
            self._flush()
        if self._closing and not self._unsent and not self._requests and self._activity is None:
            self.close()
        self._mind_reading()

    def refuse(self, error: PyforemanError) -> None:
        """Say why, and hang up."""
        self._closing = True
        self._requests.clear()
        self._leave_activity()
        self.send(failed(error))
        self.pump()

    def end(self, exit_code: int) -> None:
        """The formation is over: send what is left, and hang up once it is taken."""
        self._closing = True
        self._requests.clear()
        if self._activity is not None:
            self._activity.end(exit_code)
        self.pump()

    def close(self) -> None:
        """Hang up."""
        if not self.is_open:
            return
        self._leave_activity()
        self._unwatch_writing()
        self._stop_reading()
        self._socket.close()
        self._left(self)

    def _leave_activity(self) -> None:
        if self._activity is not None:
            self._activity.close()
            self._activity = None

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._hear_no_more()
            return
        if self._closing:  # it was told why, and sends on
            return
        try:
            for line in filter(None, self._reader.feed(data)):
                self._take(line)
        except ValueError as error:
            self.refuse(UsageError(f"a request is {error}"))
        self._mind_reading()  # now: until it is our turn, more may come than there is room for
        self._news()

    def _hear_no_more(self) -> None:
        """The client has closed its side. It may still wait for a reply; a stream has nobody who reads it."""
        if self._activity is not None and not self._activity.is_reply:
            self.close()
            return
        self._closing = True
        self._hears = False
        self._stop_reading()
        self._news()

    def _take(self, line: bytes) -> None:
        """One line of the client: for its activity, or a request that waits for its turn."""
        self.has_asked = True
        if self._activity is not None and self._activity.listens:
            try:
                self._activity.receive(_message(line))
            except Exception as error:
                self.refuse(_said_of(error))
        elif len(self._requests) >= _MOST_REQUESTS:
            self.refuse(UsageError("too many requests at once; wait for the replies"))
        elif not self._closing:
            self._requests.append(line)

    def _begin(self, line: bytes) -> None:
        try:
            found = self._answer(_message(line), self._news)
        except Exception as error:
            self.send(failed(_said_of(error)))
            return
        if isinstance(found, dict):
            self.send({**found, "ok": True})
        elif not self._hears and not found.is_reply:
            found.close()  # it came behind a request that took its time; nobody would see the client go
            self.close()
        else:
            self._activity = found

    def _flush(self) -> None:
        if not self.is_open or self._write_fd >= 0:
            return
        try:
            while self._unsent:
                count = self._socket.send(self._unsent)
                del self._unsent[:count]
                self.sent += count
        except BlockingIOError:
            self._wait_until_writable()
        except OSError:  # it has gone
            self.close()

    def _wait_until_writable(self) -> None:
        if self._write_fd < 0:
            try:
                self._write_fd = os.dup(self._socket.fileno())
            except OSError:  # no file may be opened any more
                self.close()
                return
            self._loop.watch_writable(self._write_fd, self._writable)

    def _writable(self) -> None:
        self._unwatch_writing()
        self._flush()
        self._news()

    def _unwatch_writing(self) -> None:
        if self._write_fd >= 0:
            self._loop.unwatch(self._write_fd)
            os.close(self._write_fd)
            self._write_fd = -1

    def _mind_reading(self) -> None:
        """Leave what the client sends where it is, while its activity has no room for it."""
        wanted = self._activity is None or self._activity.may_receive
        if not wanted:
            self._stop_reading()
        elif self.is_open and self._hears and not self._reads:
            self._reads = True
            self._loop.watch(self._socket.fileno(), self._read, control=True)

    def _stop_reading(self) -> None:
        if self._reads:
            self._reads = False
            self._loop.unwatch(self._socket.fileno())


def _message(line: bytes) -> Message:
    try:
        return decode(line)
    except ValueError as error:
        raise UsageError(f"not a request: {error}") from None


def _said_of(error: Exception) -> PyforemanError:
    """What a client is told. Whatever goes wrong for one is no reason to end the formation: no file may be
    opened, or pyforeman was upgraded meanwhile, and what is imported late does not fit."""
    if isinstance(error, PyforemanError):
        return error
    return PyforemanError(f"cannot be answered: {type(error).__name__}: {error}")
