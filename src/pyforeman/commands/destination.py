"""The folder that an export writes to: looks at what is there, and puts new files in its place."""

import fcntl
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from pyforeman.errors import PyforemanError
from pyforeman.export.changes import Change, Written, changes, manifest, read_manifest
from pyforeman.export.file import SECRET, File
from pyforeman.runtime.tree import Tree

_AT_ONCE = 4096
"""Bytes that are written whole or not at all: a kill comes between two pages."""


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
        self._manifest = f".pyforeman-{name}.sha256"
        self._new = f".pyforeman-{name}.new"
        self._there: dict[str, os.stat_result] = {}

    def changes(self, contents: Mapping[str, Content]) -> tuple[Change, ...]:
        """What an export of these files would do. Raises PyforemanError for what cannot be read, or stands
        in the way."""
        wanted = {path: content.digest for path, content in contents.items()}
        try:
            tree = Tree(self.folder)
        except FileNotFoundError:
            return tuple(changes(wanted, {}, {}))
        except OSError as error:
            raise PyforemanError(f"{self.folder}: {error.strerror}; name another folder") from None
        with tree:
            written = read_manifest(self._recorded(tree))
            there = dict(self._digests(tree, wanted, written))
        return tuple(changes(wanted, there, written))

    def apply(self, contents: Mapping[str, Content], found: Sequence[Change]) -> None:
        """Write and remove. Raises PyforemanError; whatever was written by then counts as ours."""
        wanted = {path: content.digest for path, content in contents.items()}
        before = os.umask(0o022)  # modes are as the files say, whatever the user's shell has
        where = ""
        try:
            os.makedirs(self.folder, exist_ok=True)
            with Tree(self.folder) as tree:
                self._lock(tree)
                recorded = self._recorded(tree)
                where = self._manifest
                if any(change.kind != "same" for change in found):
                    self._replace(tree, self._manifest, _listing(wanted, read_manifest(recorded)))
                for change in found:
                    where = change.path
                    if change.kind == "removed":
                        tree.remove(change.path)
                    else:
                        self._write(tree, change, contents[change.path])
                where = self._manifest
                last = _listing(wanted, {})
                if last.data != recorded.encode():
                    self._replace(tree, self._manifest, last)
        except OSError as error:
            path = self._path(where) if where else self.folder
            raise PyforemanError(f"{path}: {error.strerror}; mend that, and export again") from None
        finally:
            os.umask(before)

    def _lock(self, tree: Tree) -> None:
        """Two exports at once, of two deploys, would mix their files."""
        try:
            fcntl.flock(tree.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PyforemanError(f"{self.folder}: another export writes there; wait for it") from None
        except OSError:
            return  # a file system without locks

    def _write(self, tree: Tree, change: Change, content: Content) -> None:
        if change.kind == "same":
            self._mend(tree, change.path, content)
        elif change.kind == "new" and len(content.data) <= _AT_ONCE:
            self._create(tree, change.path, content)
        else:
            self._replace(tree, change.path, content)

    def _create(self, tree: Tree, path: str, content: Content) -> None:
        """Write a file that is not there. Where a kill leaves it empty, it counts as ours."""
        fd = tree.create(path, content.mode)
        try:
            _fill(fd, content)
        except OSError:
            tree.remove(path)
            raise

    def _mend(self, tree: Tree, path: str, content: Content) -> None:
        """Give a file with the right content the right mode and owner again."""
        there = self._there[path]
        owner = there.st_uid if content.owner is None else content.owner
        if (stat.S_IMODE(there.st_mode), there.st_uid) == (content.mode, owner):
            return
        fd = tree.open(path, os.O_RDONLY)
        try:
            os.fchmod(fd, content.mode)
            os.fchown(fd, owner, -1)
        finally:
            os.close(fd)

    def _replace(self, tree: Tree, path: str, content: Content) -> None:
        """Put another file in the place of one: all of it, or none."""
        try:
            fd = tree.create(self._new, content.mode)
        except FileExistsError:  # of an export that was killed
            os.unlink(self._new, dir_fd=tree.fd)
            fd = tree.create(self._new, content.mode)
        try:
            _fill(fd, content)
            tree.move(self._new, path)
        except BaseException:
            os.unlink(self._new, dir_fd=tree.fd)
            raise

    def _recorded(self, tree: Tree) -> str:
        """The text of the manifest; empty where there is none."""
        where = self._path(self._manifest)
        try:
            fd = tree.open(self._manifest, os.O_RDONLY)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise PyforemanError(f"{where}: {error.strerror}; move it away") from None
        with open(fd, encoding="utf-8", errors="replace") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise PyforemanError(f"{where}: not a file; move it away")
            return file.read()

    def _digests(self, tree: Tree, wanted: Mapping[str, str], written: Written) -> Iterator[tuple[str, str]]:
        """Each path that is there, with the digest of its content; "" for what is no plain file."""
        for path in {**wanted, **written}:
            try:
                fd = tree.open(path, os.O_RDONLY)
            except FileNotFoundError:
                continue
            except PyforemanError:  # a link where a folder was: what was there is not there any more
                if path not in wanted:
                    continue
                raise
            except OSError as error:
                if not tree.is_link(path):
                    raise PyforemanError(f"{self._path(path)}: {error.strerror}; move it away") from None
                yield path, ""
                continue
            try:
                status = os.fstat(fd)
                if stat.S_ISDIR(status.st_mode):
                    if path not in wanted:
                        continue
                    raise PyforemanError(f"{self._path(path)}: a folder stands where a file belongs; move it")
                self._there[path] = status
                digest = _digest(fd, status.st_size) if stat.S_ISREG(status.st_mode) else ""
            finally:
                os.close(fd)
            yield path, digest

    def _path(self, path: str) -> str:
        return os.path.join(self.folder, path)


def contents(files: Iterable[File], owner: int | None) -> dict[str, Content]:
    """The files as they are written, by their paths. ``owner`` is the uid of who must read those that belong
    to the application's account, where only root can give them away."""
    found: dict[str, Content] = {}
    for file in files:
        data = file.text.encode()
        found[file.path] = Content(data, sha256(data).hexdigest(), file.mode, owner if file.owned else None)
    return found


def _listing(digests: Mapping[str, str], before: Written) -> Content:
    """The manifest as a file. Whoever guesses a value would learn from a digest that it is right."""
    return Content(manifest(digests, before).encode(), "", SECRET, None)


# An export may have thousands of files: a file object for each takes longer than its system calls.


def _digest(fd: int, size: int) -> str:
    """That of all that can be read; ``size`` is what there should be."""
    found = sha256()
    while chunk := os.read(fd, size + 1):
        found.update(chunk)
    return found.hexdigest()


def _fill(fd: int, content: Content) -> None:
    """Write all of it, and close."""
    data = content.data
    try:
        while data:
            data = data[os.write(fd, data) :]
        if content.owner is not None:
            os.fchown(fd, content.owner, -1)
    finally:
        os.close(fd)
