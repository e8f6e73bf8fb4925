"""Log files: one per process, and ``all.log`` in the terminal's order. A full disk never ends a run."""

import errno
import os
import stat
from collections.abc import Callable, Sequence

from pyforeman.core.notices import Notice
from pyforeman.errors import PyforemanError
from pyforeman.output.render import Buffer, Origin, PlainRenderer, Renderer


class _LogFile:
    """One file, appended. ``complain`` is told once when writing fails, and once when it works again."""

    def __init__(self, path: str, renderer: Renderer, complain: Callable[[Notice], None]) -> None:
        self._path = path
        self._complain = complain
        self._missing = 0
        self._cut = False
        self.renderer = renderer
        # Only the user may read it: children print tokens.
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, buffers: Sequence[Buffer]) -> None:
        # After a full disk cut a line short, the next one begins on a line of its own.
        ends_a_cut_line = self._cut
        data = b"".join((b"\n" * ends_a_cut_line, *buffers))
        written = 0
        try:
            while written < len(data):
                written += os.write(self._fd, memoryview(data)[written:])
        except OSError as error:
            self._cut = self._cut if not written else data[written - 1 : written] != b"\n"
            first = not self._missing
            self._missing += max(1, data.count(b"\n", max(written, ends_a_cut_line)))
            if first:  # counted before it is said: the complaint comes back here, for all.log
                text = f"{self._path}: {error.strerror}; lines will be missing there"
                self._complain(Notice("log_failed", "", text, {"path": self._path}))
            return
        self._cut = False
        if self._missing:
            text = f"{self._path}: written again; {self._missing} lines are missing there"
            self._missing = 0
            self._complain(Notice("log_recovered", "", text, {"path": self._path}))

    def close(self) -> None:
        os.close(self._fd)


class LogDirectory:
    """The log files of a formation. The folder is made (0700) if it is not there, the files are 0600.

    ``together`` renders ``all.log``. A process that is not one of ``names`` gets its file with its first
    block; if that fails, it is told once, and the lines are in ``all.log`` only. Raises PyforemanError when
    a file cannot be opened at first, or when others can write to the folder: they would choose what we
    write to, and who reads it.
    """

    def __init__(
        self, folder: str, names: Sequence[str], together: Renderer, complain: Callable[[Notice], None]
    ) -> None:
        self._folder = folder
        self._complain = complain
        self._plain = PlainRenderer()
        try:
            _make_folder(folder)
            self._all = _LogFile(os.path.join(folder, "all.log"), together, complain)
            self._files: dict[str, _LogFile | None] = {name: self._open(name) for name in names}
        except OSError as error:
            raise PyforemanError(f"--log-dir: {error.filename}: {error.strerror}") from None

    def block(self, origin: Origin, block: bytes, now: float) -> None:
        """Append a block to both files that it belongs to."""
        if origin.process not in self._files:
            self._open_late(origin.process)
        for file in (self._files[origin.process], self._all):
            if file is not None:
                file.write(file.renderer.block(origin, block, now))

    def notice(self, notice: Notice, last_lines: Sequence[bytes], now: float) -> None:
        """Append a message of our own to ``all.log``."""
        self._all.write((self._all.renderer.notice(notice, last_lines, now),))

    def close(self) -> None:
        """Close all files."""
        for file in (*self._files.values(), self._all):
            if file is not None:
                file.close()

    def _open(self, name: str) -> _LogFile:
        return _LogFile(os.path.join(self._folder, f"{name}.log"), self._plain, self._complain)

    def _open_late(self, name: str) -> None:
        """A process that was added while the formation runs: now nothing may end us."""
        try:
            self._files[name] = self._open(name)
        except OSError as error:
            self._files[name] = None  # before it is said: the complaint comes back here, for all.log
            text = f"{error.filename}: {error.strerror}; the lines of {name} are in all.log only"
            self._complain(Notice("log_failed", "", text, {"path": error.filename}))


def _make_folder(folder: str) -> None:
    """Make it, if need be. Raises OSError if another user could put files or links of theirs into it."""
    before = os.umask(0o077)  # what makedirs makes on the way gets no mode of its own
    try:
        os.makedirs(folder, exist_ok=True)
    finally:
        os.umask(before)
    status = os.stat(folder)
    if status.st_uid != os.geteuid():
        raise OSError(errno.EPERM, "belongs to another user; choose a folder of your own", folder)
    if status.st_mode & stat.S_IWOTH:
        raise OSError(errno.EPERM, "everybody can write there; chmod o-w, or choose another one", folder)
