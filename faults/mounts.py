"""A small disk that can be filled: a tmpfs in a namespace of mounts that only this process has."""

import ctypes
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rows import SkippedError

_CLONE_NEWNS = 0x20000


@contextmanager
def small_disk(kilobytes: int) -> Iterator[Path]:
    """A folder on a disk of that size."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS):
        raise SkippedError(f"no namespace of mounts here: {os.strerror(ctypes.get_errno())}")
    folder = Path(tempfile.mkdtemp(prefix="disk-"))
    try:
        _run("mount", "--make-rprivate", "/")
        _run("mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=700", "faults", str(folder))
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)
        folder.rmdir()


def fill(folder: Path) -> Path:
    """Take all the room that is left; gives the file to remove."""
    path = folder / "ballast"
    with open(path, "ab", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return path


def _run(*command: str) -> None:
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        raise SkippedError(f"cannot mount here: {told.stderr.strip()}")
