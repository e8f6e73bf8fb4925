"""A connection to a running formation, from the side of who asks."""

import os
import time
from collections import deque
from typing import TYPE_CHECKING

from pyforeman.control.peer import Peer, peer
from pyforeman.control.protocol import LONGEST_REPLY, VERSION, LineReader, Message, decode, encode
from pyforeman.errors import PyforemanError

if TYPE_CHECKING:
    from _socket import socket

PATIENCE = 5.0
"""Seconds for the greeting. One that runs greets at once; one that is stopped (^Z) says nothing."""
_LONGEST_WAIT = 86_400.0  # seconds; poll refuses more than 24 days
_CHUNK = 256 * 1024


class EndedError(PyforemanError):
    """The formation ended before it had answered."""


class Client:
    """A connection. ``greeting`` is what the formation has said of itself, once ``greet`` was called.

    Each error of the formation's is a PyforemanError with the exit code that goes with it.
    """

    def __init__(self, connection: "socket", root: str, peer: Peer) -> None:
        self.greeting: Message = {}
        self.peer = peer
        self._connection = connection
        self._root = root
        self._reader = LineReader(LONGEST_REPLY)
        self._lines: deque[bytes] = deque()

    @property
    def root(self) -> str:
        """Where its processes run."""
        return str(self.greeting.get("root", self._root))

    @property
    def name(self) -> str:
        """What it is called among those of its root; "" before the greeting."""
        return str(self.greeting.get("name", ""))

    @property
    def pid(self) -> int:
        """Of what the user has started."""
        return int(self.greeting["pid"] if "pid" in self.greeting else _parent_of(self.peer.pid))

    def greet(self, patience: float = PATIENCE) -> None:
        """Wait for the greeting. Raises PyforemanError if none comes, or one we do not understand."""
        greeting = self.next(patience)
        if greeting is None:
            raise PyforemanError(
                f"the formation in {self.root}, pid {self.pid}, does not answer; it may be stopped (^Z)"
            )
        self.greeting = greeting
        if greeting.get("protocol") != VERSION:
            raise PyforemanError(
                f"the formation in {self.root}, pid {self.pid}, speaks protocol {greeting.get('protocol')}, "
                f"this pyforeman {VERSION}; use the pyforeman that started it"
            )

    def ask(self, request: Message) -> Message:
        """Send a request and wait for its reply, for as long as that takes."""
        self.send(request)
        reply = self.next()
        assert reply is not None  # without a deadline
        return reply

    def send(self, message: Message) -> None:
        """Send one line. Raises EndedError, or PyforemanError where nobody reads."""
        try:
            self._connection.sendall(encode(message))
        except BlockingIOError:  # SO_SNDTIMEO
            raise PyforemanError(f"the formation in {self.root}, pid {self.pid}, does not answer") from None
        except OSError:
            self.next(0)  # which raises what it has said when it hung up
            raise self._ended() from None

    @property
    def has_more(self) -> bool:
        """Whether messages have come that were not given yet: ``fileno`` does not tell of them."""
        return bool(self._lines)

    def next(self, patience: float | None = None) -> Message | None:
        """The next message; None if no whole one has come in so many seconds. Raises EndedError."""
        deadline = None if patience is None else time.monotonic() + patience
        while not self._lines:
            timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
            if _is_readable(self.fileno(), timeout):
                self._read()
            elif timeout is not None and timeout <= _LONGEST_WAIT:
                return None
        return self._decoded(self._lines.popleft())

    def read(self) -> list[Message]:
        """The messages that one read completes, for who waits on ``fileno``: it was readable. Raises
        EndedError once all that was sent has been given."""
        if not self._lines:
            self._read()
        messages: list[Message] = []
        while self._lines:
            try:
                messages.append(self._decoded(self._lines[0]))
            except PyforemanError:
                if messages:  # what was said before it counts
                    break
                raise
            self._lines.popleft()
        return messages

    def fileno(self) -> int:
        """For select, as long as there is not ``has_more``."""
        return self._connection.fileno()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _read(self) -> None:
        try:
            data = self._connection.recv(_CHUNK)
        except ConnectionError:
            data = b""
        if not data:
            raise self._ended()
        try:
            self._lines += self._reader.feed(data)
        except ValueError as error:
            raise self._nonsense(error) from None

    def _decoded(self, line: bytes) -> Message:
        """Raises PyforemanError where it says that something was refused."""
        try:
            message = decode(line)
        except ValueError as error:
            raise self._nonsense(error) from None
        if message.get("ok") is False:
            raise PyforemanError(str(message.get("error", "unknown error")), int(message.get("exit", 1)))
        return message

    def _nonsense(self, error: ValueError) -> PyforemanError:
        return PyforemanError(f"what answers for {self.root}, pid {self.pid}, is no formation: {error}")

    def _ended(self) -> EndedError:
        return EndedError("the formation ended" if self.greeting else f"the formation in {self.root} ended")


def connect(path: str, root: str) -> Client | None:
    """Connect to a socket; None where nobody listens. Raises PyforemanError if somebody else does.

    ``root`` is for messages, until the greeting says it.
    """
    import struct
    from _socket import AF_UNIX, SO_SNDTIMEO, SOCK_STREAM, SOL_SOCKET, socket

    connection = socket(AF_UNIX, SOCK_STREAM)
    # Where 64 wait already, connect waits, too: and for ever if the formation is stopped.
    connection.setsockopt(SOL_SOCKET, SO_SNDTIMEO, struct.pack("ll", int(PATIENCE), 0))
    try:
        connection.connect(path)
        who = peer(connection)
    except BlockingIOError:
        connection.close()
        raise PyforemanError(f"the formation in {root} does not answer; it may be stopped (^Z)") from None
    except OSError:  # nobody listens, or it was removed since it was listed
        connection.close()
        return None
    if who.uid != os.geteuid():
        connection.close()
        raise PyforemanError(f"{path}: another user answers there (uid {who.uid}); remove the socket")
    return Client(connection, root, who)


def _parent_of(pid: int) -> int:
    """Who listens is the child of what the user has started: that one is stopped (^Z), and in their list of
    jobs. ``pid`` itself where it cannot be told."""
    import psutil

    try:
        return psutil.Process(pid).ppid() or pid
    except psutil.Error:
        return pid


def _is_readable(fd: int, timeout: float | None) -> bool:
    import select

    # Not select.select: whoever started us may have left us fds beyond 1024.
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(None if timeout is None else min(timeout, _LONGEST_WAIT) * 1000))
