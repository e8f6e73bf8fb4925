"""A client of a running formation that does what no client of ours would do."""

import json
import os
import socket
from pathlib import Path
from typing import Any

from harness import PATIENCE
from pyforeman.control.address import file_name, folders


def socket_path(root: Path, name: str = "Procfile") -> str:
    """Where the formation listens."""
    paths = [os.path.join(folder, file_name(str(root), name)) for folder in folders()]
    (path,) = filter(os.path.exists, paths)
    return path


class Dial:
    """A connection to the formation in ``root``."""

    def __init__(self, root: Path, name: str = "Procfile") -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        # Without a timeout: else connect fails at once where some wait already to be accepted.
        self.socket.connect(socket_path(root, name))
        self.socket.settimeout(PATIENCE)
        self._lines = self.socket.makefile("rb")

    def send(self, data: bytes | dict[str, Any]) -> bool:
        """Send bytes or a request; whether the other side has taken it."""
        if isinstance(data, dict):
            data = json.dumps(data).encode() + b"\n"
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def next(self) -> dict[str, Any] | None:
        """The next line; None at the end."""
        try:
            line = self._lines.readline()
        except ConnectionResetError:
            line = b""
        return dict(json.loads(line)) if line else None

    def ask(self, command: str, **arguments: object) -> dict[str, Any] | None:
        """Send a request after the greeting; gives the first line of its reply."""
        self.send({"command": command, **arguments})
        return self.next()

    def close(self) -> None:
        self._lines.close()
        self.socket.close()
