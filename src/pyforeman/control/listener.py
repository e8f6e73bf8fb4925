"""The socket of a formation, from its start on: claims the name, and waits for somebody to connect.

Every start pays for this module, so it loads next to nothing: ``socket``, JSON and what answers come with
the first client. Two starts at once are told apart by a lock on the folder, which needs no file of its own.
"""

import errno
import fcntl
import os
import time
from _socket import AF_UNIX, SOCK_DGRAM, SOCK_STREAM, socket  # the module around it takes 2 ms to import
from collections.abc import Callable
from typing import Protocol

from pyforeman.control.address import LONGEST_PATH, SUFFIX, file_name, folders, is_ours, make_folder
from pyforeman.errors import PyforemanError
from pyforeman.runtime.complaints import complain
from pyforeman.runtime.loop import Loop

_BACKLOG = 64
_LOCKED_WITHIN = 1.0  # seconds
_ENDS_WITHIN = 2.0  # seconds that a formation whose pyforeman was killed has to let go of its name
_AGAIN_AFTER = 0.01


class Server(Protocol):
    """What answers the clients of ``fd``, a listening socket that is its own."""

    def turn_ended(self) -> None:
        """Something may have happened."""

    def close(self, exit_code: int) -> None:
        """The formation is over: tell who waits for that, and close all connections."""


class Listener:
    """A claimed name: while it is open, every other claim of it fails. ``path`` is the socket's."""

    def __init__(self, path: str, fd: int) -> None:
        self.path = path
        self.fd = fd
        self._file = _file_at(path)

    def withdraw(self) -> None:
        """Let go of the name: it may be claimed again. In this order, or we would remove the next one's."""
        if self.fd >= 0:
            try:
                # Somebody may have emptied the folder, and another start claimed the name. An open socket
                # keeps its inode, so the number tells.
                if _file_at(self.path) == self._file:
                    os.unlink(self.path)
            except OSError:
                pass
            os.close(self.fd)
            self.fd = -1


class Entrance:
    """Watches the socket of a formation, and has ``make_server`` called when the first client comes.

    ``listener`` None: there is no socket, and nobody can come.
    """

    def __init__(self, listener: Listener | None, loop: Loop, make_server: Callable[[int], Server]) -> None:
        self._listener = listener
        self._loop = loop
        self._make_server = make_server
        self._server: Server | None = None
        if listener is not None:
            loop.watch(listener.fd, self._serve, control=True)

    def turn_ended(self) -> None:
        """Something may have happened."""
        if self._server is not None:
            self._server.turn_ended()

    def withdraw(self) -> None:
        """Nobody is to find this formation any more; who has found it may stay."""
        if self._listener is not None and self._listener.fd >= 0:
            self._loop.unwatch(self._listener.fd)
            self._listener.withdraw()

    def close(self, exit_code: int) -> None:
        """The formation is over. Who hears that may start it again at once."""
        self.withdraw()
        if self._server is not None:
            self._server.close(exit_code)

    def _serve(self) -> None:
        if self._listener is None:
            return
        fd = self._listener.fd
        self._loop.unwatch(fd)
        try:
            self._server = self._make_server(fd)
        except Exception as error:
            # No file may be opened, or pyforeman was upgraded meanwhile, and what is imported late does not
            # fit, in whichever way: no reason to end the formation.
            complain(f"no control socket any more: {error}")
            self._listener.withdraw()


def claim(root: str, name: str) -> Listener:
    """Claim the name ``name`` in ``root``. Raises PyforemanError if a formation has it, OSError if the
    socket cannot be made."""
    file = file_name(root, name)
    deadline = time.monotonic() + _ENDS_WITHIN
    while holder := next((path for path in _places(file) if is_alive(path)), None):
        # One whose pyforeman was killed is about to close it.
        if problem := _who(holder, root, name):
            raise PyforemanError(problem)
        if time.monotonic() > deadline:
            raise PyforemanError(_taken(root, name, "it does not answer"))
        time.sleep(_AGAIN_AFTER)
    refused = OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    for folder in folders():
        path = os.path.join(folder, file)
        if len(os.fsencode(path)) > LONGEST_PATH:
            continue
        try:
            if not make_folder(folder):
                raise OSError(errno.EPERM, "others can write there, or it is another user's", folder)
            if fd := _listen(folder, path):
                return Listener(path, fd)
        except OSError as error:
            refused = error
        else:
            return claim(root, name)  # two of us came at once, and the other one was first
    raise refused


def is_alive(path: str) -> bool:
    """Whether a socket is somebody's. One that a dead formation has left refuses.

    Asked with a datagram, which is never let in: so it wakes nobody, and needs no place in their backlog.
    Where that is full, a connection would wait on Linux; macOS refuses it, as if nobody were there.
    """
    with _Socket(SOCK_DGRAM) as asking:
        try:
            asking.connect(path)
        except OSError as error:
            return error.errno == errno.EPROTOTYPE
    return False


class _Socket(socket):
    """One that is closed at the end of a ``with``."""

    def __init__(self, kind: int) -> None:
        super().__init__(AF_UNIX, kind)

    def __enter__(self) -> "_Socket":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _file_at(path: str) -> tuple[int, int] | None:
    """Which file it is; None where there is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _places(file: str) -> list[str]:
    """Where a socket of this name is: an earlier start may have had another environment."""
    return [
        path for folder in folders() if is_ours(folder) and os.path.exists(path := os.path.join(folder, file))
    ]


def _listen(folder: str, path: str) -> int:
    """Listen at ``path``; 0 if somebody does already. Raises OSError where it is not possible."""
    folder_fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(folder_fd)
        if os.path.lexists(path):
            if is_alive(path):
                return 0
            os.unlink(path)  # a dead formation has left it
        before = os.umask(0o177)  # 0600 from the first moment
        try:
            with _Socket(SOCK_STREAM) as listening:
                listening.bind(path)
                listening.listen(_BACKLOG)
                listening.setblocking(False)
                _sweep(folder, path)
                return listening.detach()
        finally:
            os.umask(before)
    finally:
        os.close(folder_fd)


def _sweep(folder: str, ours: str) -> None:
    """Remove what formations have left that were killed."""
    paths = [os.path.join(folder, file) for file in os.listdir(folder) if file.endswith(SUFFIX)]
    for path in paths:
        if path != ours and not is_alive(path):
            try:
                os.unlink(path)
            except FileNotFoundError:  # it has just ended, and removed it: nobody locks for that
                continue


def _lock(fd: int) -> None:
    """Lock out other starts. Raises OSError where one of them keeps it: it may be stopped (^Z)."""
    deadline = time.monotonic() + _LOCKED_WITHIN
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_AFTER)
        else:
            return


def _who(path: str, root: str, name: str) -> str:
    """The line that says who has the name; "" if that is just ending."""
    from pyforeman.control.client import EndedError, connect

    client = connect(path, root)
    if client is None:
        return ""
    try:
        client.greet()
    except EndedError:
        return ""
    except PyforemanError:
        return _taken(root, name, f"pid {client.pid} does not answer; it may be stopped (^Z)")
    finally:
        client.close()
    doing = "is still stopping" if client.greeting.get("stopping") else "runs it"
    return _taken(root, name, f"pid {client.pid} {doing}")


def _taken(root: str, name: str, what: str) -> str:
    return f"{name!r} runs in {root} already: {what}; give this formation another name: --name NAME"
