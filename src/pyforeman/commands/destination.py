"""The folder that an export writes to: looks at what is there, and puts new files in its place."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from pyforeman.errors import PyforemanError
from pyforeman.export.changes import Change, Written, changes, manifest, read_manifest
from pyforeman.export.file import SECRET, File


class Content(NamedTuple):
    """A file as it is to be: ``data`` with its digest, and who it belongs to (None: to whoever writes it)."""

    data: bytes
    digest: str
    mode: int
    owner: int | None


class Destination:
    """The files below ``folder`` (absolute) that exports of one format of one application write.

    Which ones these are is kept in a file there, ``.pyforeman-NAME.sha256``: of all others, none is touched.
    """

    def __init__(self, folder: str, name: str) -> None:
        self.folder = folder
        self._prefix = os.path.join(folder, "")
        self._manifest = f".pyforeman-{name}.sha256"
        self._modes: dict[str, int] = {}

    def changes(self, contents: Mapping[str, Content]) -> tuple[Change, ...]:
        """What an export of these files would do. Raises PyforemanError for what cannot be read."""
        wanted = {path: content.digest for path, content in contents.items()}
        written = self._written()
        there = dict(self._digests({**wanted, **written}))
        return tuple(changes(wanted, there, written))

    def apply(self, contents: Mapping[str, Content], found: Sequence[Change]) -> None:
        """Write and remove. Raises PyforemanError; whatever was written by then counts as ours."""
        digests = {path: content.digest for path, content in contents.items()}
        before = os.umask(0o022)  # modes are as the files say, whatever the user's shell has
        try:
            os.makedirs(self.folder, exist_ok=True)
            if any(change.kind != "same" for change in found):
                self._replace(self._manifest, manifest(digests, self._written()).encode(), SECRET, None)
            for folder in dict.fromkeys(path.rpartition("/")[0] for path in contents):
                os.makedirs(os.path.join(self.folder, folder), exist_ok=True)
            for change in found:
                if change.kind == "removed":
                    self._remove(change.path)
                else:
                    self._write(change, contents[change.path])
            self._replace(self._manifest, manifest(digests, {}).encode(), SECRET, None)
        except OSError as error:
            where = error.filename or self.folder
            raise PyforemanError(f"{where}: {error.strerror}; mend that, and export again") from None
        finally:
            os.umask(before)

    def _write(self, change: Change, content: Content) -> None:
        if change.kind == "same":
            if self._modes[change.path] != content.mode:
                os.chmod(self._path(change.path), content.mode)
        elif change.kind == "new":
            self._create(change.path, content)
        else:
            self._replace(change.path, content.data, content.mode, content.owner)

    def _create(self, path: str, content: Content) -> None:
        """Write a file that is not there. There is nothing to keep, so no temporary one is needed."""
        where = self._path(path)
        fd = os.open(where, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, content.mode)
        try:
            _fill(fd, content.data, content.owner)
        except OSError as error:
            os.unlink(where)
            raise OSError(error.errno, error.strerror, where) from None

    def _replace(self, path: str, data: bytes, mode: int, owner: int | None) -> None:
        """Put another file in the place of one: all of it, or none."""
        where = self._path(path)
        fd, new = tempfile.mkstemp(dir=os.path.dirname(where), prefix=f".{os.path.basename(where)}.")
        try:
            os.fchmod(fd, mode)
            _fill(fd, data, owner)
            os.replace(new, where)
        except OSError as error:
            os.unlink(new)
            raise OSError(error.errno, error.strerror, where) from None

    def _remove(self, path: str) -> None:
        """Remove a file, and the folders that it leaves empty."""
        os.unlink(self._path(path))
        folder = os.path.dirname(path)
        with contextlib.suppress(OSError):  # not empty: somebody else's files are in it, or ours
            while folder:
                os.rmdir(self._path(folder))
                folder = os.path.dirname(folder)

    def _written(self) -> Written:
        try:
            with open(self._path(self._manifest), encoding="utf-8", errors="replace") as file:
                return read_manifest(file.read())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise PyforemanError(f"{error.filename}: {error.strerror}; make it readable") from None

    def _digests(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Each path that is there, with the digest of its content; "" for what is no plain file."""
        if not os.path.isdir(self.folder):  # a first export
            return
        for path in paths:
            try:
                # A link is not followed, and a FIFO not waited for.
                fd = os.open(self._path(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                if not os.path.islink(self._path(path)):
                    raise PyforemanError(f"{error.filename}: {error.strerror}; move it away") from None
                yield path, ""
                continue
            try:
                status = os.fstat(fd)
                if stat.S_ISDIR(status.st_mode):
                    raise PyforemanError(f"{self._path(path)}: a folder stands where a file belongs; move it")
                self._modes[path] = stat.S_IMODE(status.st_mode)
                digest = _digest(fd, status.st_size) if stat.S_ISREG(status.st_mode) else ""
            finally:
                os.close(fd)
            yield path, digest

    def _path(self, path: str) -> str:
        return self._prefix + path


def contents(files: Iterable[File], owner: int | None) -> dict[str, Content]:
    """The files as they are written, by their paths. ``owner`` is the uid of who must read those that belong
    to the application's account, where only root can give them away."""
    found: dict[str, Content] = {}
    for file in files:
        data = file.text.encode()
        found[file.path] = Content(data, sha256(data).hexdigest(), file.mode, owner if file.owned else None)
    return found


# An export may have thousands of files: a file object for each takes longer than its system calls.


def _digest(fd: int, size: int) -> str:
    """That of all that can be read; ``size`` is what there should be."""
    found = sha256()
    while chunk := os.read(fd, size + 1):
        found.update(chunk)
    return found.hexdigest()


def _fill(fd: int, data: bytes, owner: int | None) -> None:
    """Write all of it, and close."""
    try:
        while data:
            data = data[os.write(fd, data) :]
        if owner is not None:
            os.fchown(fd, owner, -1)
    finally:
        os.close(fd)
