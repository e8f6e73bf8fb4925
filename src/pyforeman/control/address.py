"""Where the socket of a running formation is: a folder of the user's, and a name made of root and name.

The folder is the first that is ours of ``$XDG_RUNTIME_DIR``, ``/run/user/UID`` and ``/tmp``. A shell that
came by ``su`` or ``cron`` has not the first one in its environment, so a client looks in all of them.
"""

import os
import stat
from _blake2 import blake2b  # hashlib, around it, loads OpenSSL: 3.5 ms of each start

LONGEST_PATH = 103
"""Bytes of a path that fit into sun_path, with its NUL, on macOS; Linux has 4 more."""
SUFFIX = ".sock"


def folders() -> list[str]:
    """The folders that may hold our sockets, the best one first. None of them needs to exist."""
    uid = os.geteuid()
    parents = [os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{uid}"]
    private = [os.path.join(parent, "pyforeman") for parent in parents if _is_private(parent)]
    return [*dict.fromkeys(private), f"/tmp/pyforeman-{uid}"]


def file_name(root: str, name: str) -> str:
    """The socket of the formation ``name`` in ``root``: hashes, for a path may be longer than sun_path."""
    return f"{prefix(root)}{_hash(name)}{SUFFIX}"


def prefix(root: str) -> str:
    """How the names of all sockets of ``root`` begin, by whichever links one has come there."""
    return f"{_hash(os.path.realpath(root))}-"


def make_folder(folder: str) -> bool:
    """Make a folder of ``folders``, if need be; whether nobody but us can put anything there.

    Raises OSError where it cannot be made.
    """
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        return is_ours(folder)
    return True


def is_ours(folder: str) -> bool:
    """Whether it is a folder (not a link to one) that belongs to us, and to nobody else.

    Anybody may have made ``/tmp/pyforeman-1000`` before us, to answer in our place.
    """
    try:
        status = os.lstat(folder)
    except OSError:
        return False
    is_private = stat.S_ISDIR(status.st_mode) and status.st_mode & 0o077 == 0
    return is_private and status.st_uid == os.geteuid()


def _is_private(parent: str) -> bool:
    """Whether our folder may be made there: no other user can put it aside."""
    if not os.path.isabs(parent):  # the XDG specification: relative ones are to be ignored
        return False
    try:
        status = os.stat(parent)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _hash(text: str) -> str:
    return blake2b(os.fsencode(text), digest_size=8).hexdigest()
