"""The files below a folder, reached without following a link: root must not be led out of a folder that
somebody else may write to."""

import contextlib
import os
import stat
from types import TracebackType

from pyforeman.errors import PyforemanError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY


class Tree:
    """Opens, renames and removes what is below ``root``, by paths with ``/`` between their parts.

    Raises FileNotFoundError where there is no root, NotADirectoryError where it is none. A link to it is
    followed: the user has named it.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self.fd = os.open(root, _FOLDER)
        self._inside, self._folder = "", self.fd

    def __enter__(self) -> "Tree":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()
        os.close(self.fd)

    def open(self, path: str, flags: int, mode: int = 0) -> int:
        """An fd of the file. A FIFO is not waited for; for a link there is an OSError."""
        folder, name = self._entered(path)
        return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, mode, dir_fd=folder)

    def create(self, path: str, mode: int) -> int:
        """An fd of a file that was not there. Its folder is made, if need be."""
        folder, name = self._entered(path, make=True)
        return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=folder)

    def move(self, name: str, path: str) -> None:
        """Put the file ``name``, which is in the root, in the place of another one."""
        folder, last = self._entered(path, make=True)
        os.replace(name, last, src_dir_fd=self.fd, dst_dir_fd=folder)

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that it leaves empty."""
        folder, name = self._entered(path)
        os.unlink(name, dir_fd=folder)
        self._leave()
        above = os.path.dirname(path)
        with contextlib.suppress(OSError):  # not empty: somebody else's files are in it, or ours
            while above:
                folder, name = self._entered(above)
                os.rmdir(name, dir_fd=folder)
                self._leave()
                above = os.path.dirname(above)

    def is_link(self, path: str) -> bool:
        """Whether it is a link, wherever that leads."""
        folder, name = self._entered(path)
        try:
            return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
        except OSError:
            return False

    def _entered(self, path: str, *, make: bool = False) -> tuple[int, str]:
        """The fd of the folder of a path, and the last part of the path."""
        inside, _, name = path.rpartition("/")
        if inside != self._inside:
            self._leave()
            if inside:
                self._folder, self._inside = self._walked(inside, make), inside
        return self._folder, name

    def _walked(self, path: str, make: bool) -> int:
        """An fd of a folder, from the root on. Raises FileNotFoundError."""
        folder = self.fd
        walked = []
        for part in path.split("/"):
            walked.append(part)
            try:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, dir_fd=folder)
                below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            except FileNotFoundError:
                raise
            except OSError as error:
                # ENOTDIR is a file or a link, for which some systems say ELOOP.
                why = error.strerror if isinstance(error, PermissionError) else "no folder; move it away"
                raise PyforemanError(f"{os.path.join(self._root, *walked)}: {why}") from None
            finally:
                if folder != self.fd:
                    os.close(folder)
            folder = below
        return folder

    def _leave(self) -> None:
        if self._inside:
            os.close(self._folder)
        self._inside, self._folder = "", self.fd
