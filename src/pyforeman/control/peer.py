"""Who is at the other end of a socket: the kernel says it, not they."""

import struct
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from _socket import socket

_SOL_LOCAL, _LOCAL_PEERCRED, _LOCAL_PEERPID = 0, 1, 2  # sys/un.h of macOS; Python has no names for them


class Peer(NamedTuple):
    """Its effective user when it connected or listened, and its pid, 0 where the kernel does not say."""

    uid: int
    pid: int


def peer(connection: "socket") -> Peer:
    """Of a connected AF_UNIX socket. Raises OSError."""
    if sys.platform == "darwin":
        credentials = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, 76)  # struct xucred
        _, uid = struct.unpack_from("II", credentials)
        return Peer(uid, connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID))
    from _socket import SO_PEERCRED, SOL_SOCKET

    credentials = connection.getsockopt(SOL_SOCKET, SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _ = struct.unpack("3i", credentials)
    return Peer(uid, pid)
