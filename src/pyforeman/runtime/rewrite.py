"""Puts new content in the place of a file: all of it, or none. A full disk or a kill leaves the old one."""

import contextlib
import os
import shutil
import tempfile

from pyforeman.errors import PyforemanError


def rewrite(path: str, data: bytes) -> None:
    """Give the file new content; its mode stays, and a link stays a link. Raises PyforemanError."""
    target = os.path.realpath(path)
    new = ""
    try:
        fd, new = tempfile.mkstemp(dir=os.path.dirname(target), prefix=f".{os.path.basename(target)}.")
        with open(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(fd)
        shutil.copymode(target, new)
        os.replace(new, target)
    except OSError as error:
        if new:
            with contextlib.suppress(OSError):
                os.unlink(new)
        raise PyforemanError(f"{path}: {error.strerror}; it is as it was") from None
