"""Answers the clients of a running formation. Imported when the first one comes."""

import errno
import os
import time
from contextlib import suppress
from functools import partial
from socket import socket
from typing import NamedTuple

from pyforeman import __version__
from pyforeman.control.connection import Connection
from pyforeman.control.formation import RunningFormation
from pyforeman.control.peer import peer
from pyforeman.control.protocol import VERSION, Message
from pyforeman.control.requests import answer
from pyforeman.errors import PyforemanError
from pyforeman.runtime.limits import most_open_files
from pyforeman.runtime.loop import Loop

MOST_CONNECTIONS = 64
_A_TURN = 0.005  # seconds for all clients in one turn of the loop: the lines of the processes wait so long
_ACCEPTED = 8  # connections in one turn
_TAKEN_WITHIN = 0.5  # seconds without progress, at the end, after which a client's rest is dropped
_TAKEN_AT_MOST = 5.0  # seconds in all: one that takes a byte now and then must not keep us here
_KEPT_FREE = 12  # fds that no client gets: a process that is started again needs some, and a look at /proc


class Identity(NamedTuple):
    """What the greeting says: the name, the root, and the pid of what the user has started."""

    name: str
    root: str
    pid: int


class FormationServer:
    """Serves ``fd``, a listening socket that somebody else closes."""

    def __init__(self, fd: int, loop: Loop, formation: RunningFormation, identity: Identity) -> None:
        self._fd = fd
        self._listening = socket(fileno=os.dup(fd))
        self._loop = loop
        self._formation = formation
        self._identity = identity
        self._connections: dict[Connection, None] = {}  # the oldest first
        self._news: dict[Connection, None] = {}
        self._seen = (-1, False)
        # For the moment in which no file may be opened any more: a connection that is not accepted stays
        # readable, and we would turn for ever.
        self._spare_fd = os.open(os.devnull, os.O_RDONLY)
        loop.watch(fd, self._accept_some, control=True)

    def turn_ended(self) -> None:
        """Begin what was asked for, and send what is new to those who wait for it; also what the next request
        of one of them changes. One after the other, and the rest in the next turn: some requests read
        files, and a client may send a hundred of them at once."""
        latest = time.monotonic() + _A_TURN
        is_late = False
        while True:
            now = (self._formation.changes, self._formation.closing)
            if now != self._seen:
                self._seen = now
                self._news |= self._connections
            if not self._news:
                return
            if is_late:
                self._loop.wake()
                return
            connection = next(iter(self._news))
            del self._news[connection]
            connection.pump()
            is_late = time.monotonic() > latest

    def close(self, exit_code: int) -> None:
        """Tell everybody that it is over, and wait for those who take what is theirs."""
        for connection in list(self._connections):
            connection.end(exit_code)
        latest = time.monotonic() + _TAKEN_AT_MOST
        deadline = time.monotonic() + _TAKEN_WITHIN
        taken = self._taken
        while self._connections and time.monotonic() < deadline:
            self._loop.wait(deadline, control_only=True)
            self.turn_ended()
            if taken != (taken := self._taken):
                deadline = min(latest, time.monotonic() + _TAKEN_WITHIN)
        for connection in list(self._connections):
            connection.close()
        self._listening.close()
        if self._spare_fd >= 0:
            os.close(self._spare_fd)

    @property
    def _taken(self) -> tuple[int, ...]:
        return tuple(connection.sent for connection in self._connections)

    def _accept_some(self) -> None:
        """More than one: where many have come, a turn of the loop takes its time."""
        for _ in range(_ACCEPTED):
            if not self._accept():
                return

    def _accept(self) -> bool:
        """Whether there was somebody, and may be more."""
        try:
            connection, _ = self._listening.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._turn_away()
            return False
        self._welcome(connection)
        return True

    def _welcome(self, connection: socket) -> None:
        connection.setblocking(False)
        client = Connection(
            connection, self._loop, partial(answer, self._formation), self._has_news, self._left
        )
        self._connections[client] = None
        try:
            uid = peer(connection).uid
        except OSError:
            client.close()
            return
        if uid != os.geteuid():
            client.refuse(PyforemanError(f"this formation is another user's (uid {os.geteuid()})"))
            return
        if len(self._connections) > MOST_CONNECTIONS or _few_files_left():
            self._make_room(client)
        client.send(self._greeting())

    def _make_room(self, newcomer: Connection) -> None:
        """Hang up on who has been silent for longest; else on who came first."""
        others = [connection for connection in self._connections if connection is not newcomer]
        silent = [connection for connection in others if not connection.has_asked]
        for connection in (silent or others)[:1]:
            connection.refuse(PyforemanError("too many connections; this one was silent for longest"))
            connection.close()  # also one that takes nothing: it would have its place for ever

    def _turn_away(self) -> None:
        """No file may be opened any more. With the spare one we accept somebody, and hang up."""
        if self._spare_fd >= 0:
            os.close(self._spare_fd)
            self._spare_fd = -1
        # It may have left meanwhile; ENFILE: another process was faster. Then we try again.
        with suppress(OSError):
            self._listening.accept()[0].close()
        with suppress(OSError):
            self._spare_fd = os.open(os.devnull, os.O_RDONLY)

    def _greeting(self) -> Message:
        return {
            "pyforeman": __version__,
            "protocol": VERSION,
            "name": self._identity.name,
            "root": self._identity.root,
            "pid": self._identity.pid,
            "stopping": self._formation.closing,
        }

    def _has_news(self, connection: Connection) -> None:
        if connection in self._connections:
            self._news[connection] = None

    def _left(self, connection: Connection) -> None:
        self._connections.pop(connection, None)
        self._news.pop(connection, None)


def _few_files_left() -> bool:
    """Whether we may hardly open any more files."""
    try:
        return len(os.listdir("/dev/fd")) + _KEPT_FREE > most_open_files()
    except OSError:
        return True
