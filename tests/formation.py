"""A formation that is none: it listens where a client looks, and says what the test wants it to say."""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from socket import AF_UNIX, SHUT_RDWR, SOCK_STREAM, socket
from types import TracebackType
from typing import Any

from pyforeman.control.address import file_name
from pyforeman.control.protocol import LONGEST_REQUEST, VERSION, LineReader, decode, encode

Message = dict[str, Any]
Answer = Callable[[Message], Iterable[Message | bytes]]
"""What is said to a request, as messages or as they are. After None it hangs up."""


class Formation:
    """Listens in ``runtime`` (an XDG_RUNTIME_DIR) for the formation ``name`` of ``root``, in a thread.

    ``requests`` has all that was asked. ``greeting`` replaces parts of the usual one; None says nothing.
    """

    def __init__(
        self,
        runtime: Path,
        root: Path,
        answer: Answer = lambda request: [{"ok": True}],
        *,
        name: str = "Procfile",
        greeting: Message | bytes | None = {},  # noqa: B006  # never changed
    ) -> None:
        folder = runtime / "pyforeman"
        folder.mkdir(mode=0o700, exist_ok=True)
        self.path = folder / file_name(str(root), name)
        self.requests: list[Message] = []
        self._answer = answer
        self._greeting = greeting
        if isinstance(greeting, dict):
            usual = {"pyforeman": "0.1.0", "protocol": VERSION, "name": name, "root": str(root)}
            self._greeting = {**usual, "pid": os.getpid(), "stopping": False, **greeting}
        self._listener = socket(AF_UNIX, SOCK_STREAM)
        self._listener.bind(str(self.path))
        self._listener.listen()
        self._connections: list[socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> "Formation":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listener.shutdown(SHUT_RDWR)
        for connection in self._connections:
            try:
                connection.shutdown(SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            thread.start()
            self._threads.append(thread)

    def _serve(self, connection: socket) -> None:
        reader = LineReader(LONGEST_REQUEST)
        with connection:
            try:
                if self._greeting is not None:
                    connection.sendall(_bytes(self._greeting))
                while data := connection.recv(65536):
                    for line in reader.feed(data):
                        self.requests.append(decode(line))
                        for message in self._answer(self.requests[-1]):
                            if message == HANG_UP:
                                return
                            connection.sendall(_bytes(message))
            except OSError:
                return


HANG_UP = b""


def _bytes(message: Message | bytes) -> bytes:
    return message if isinstance(message, bytes) else encode(message)


def row(name: str, state: str = "up", **facts: Any) -> Message:
    """What a formation says of one of its processes."""
    runs = state in {"up", "stopping"}
    usual = {
        "name": name,
        "type": name.rpartition(".")[0],
        "state": state,
        "pid": 4711 if runs else None,
        "port": 5000,
        "uptime": 12.3 if runs else None,
        "restarts": 0,
        "exit": None,
        "command": "python app.py",
        "uses_port": True,
        "pty": False,
    }
    return {**usual, **facts}


def said(*rows: Message, **more: Any) -> Message:
    """What ``watch`` says, and with ``ok`` also ``ps``."""
    usual = {"types": ["web", "worker"], "mark": "PYFOREMAN_MARK_0", "manager": os.getpid()}
    return {**usual, "processes": list(rows), "stopping": False, **more}
