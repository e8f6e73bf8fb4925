"""Whether a process listens on its port, seen from outside."""

from collections.abc import Mapping

_PATIENCE = 0.2  # seconds; on our own machine only a full queue makes one wait


def is_answered(port: int) -> bool:
    """Whether a connection to this port of our own machine is accepted; nothing is sent."""
    import socket

    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.settimeout(_PATIENCE)
                probe.connect((address, port))
                # The kernel may choose that very port for our side: then we have reached ourselves (RFC 9293,
                # simultaneous open).
                if probe.getsockname() != probe.getpeername():
                    return True
        except OSError:  # refused; its queue is full; or this machine knows no IPv6
            continue
    return False


def strangers(ports: Mapping[int, int]) -> dict[int, str]:
    """Who answers on the ports of these processes, given by pid, in their place: ``python3, pid 612``; "" if
    that is nobody, or not known. A process is left out if it, or who holds its port, has just ended: then it
    is another question.

    It is somebody who was there before the process was. What it has started is younger, and so is a server
    that it has others start (a container's proxy), which is no child of it.
    """
    import psutil

    from pyforeman.runtime.ports import listeners

    found = {}
    held = listeners(ports.values())  # one look for all: it is one at all that the machine runs
    for pid, port in ports.items():
        try:
            began = psutil.Process(pid).create_time()
            holders = [psutil.Process(holder) for holder in held.get(port, ())]
            is_held = bool(holders) and all(holder.create_time() < began for holder in holders)
            found[pid] = f"{holders[0].name()}, pid {holders[0].pid}" if is_held else ""
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            found[pid] = ""
    return found
