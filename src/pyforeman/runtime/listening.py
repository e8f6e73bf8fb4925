"""Whether a process listens on its port, seen from outside."""

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


def stranger(port: int, pid: int) -> str:
    """Who answers on this port in the place of process ``pid``: ``python3, pid 612``; "" if that is nobody,
    or not known.

    It is somebody who was there before the process was. What it has started is younger, and so is a server
    that it has others start (a container's proxy), which is no child of it. Raises ProcessLookupError if one
    of them has just ended: then it is another question.
    """
    import psutil

    from pyforeman.runtime.ports import listeners

    try:
        began = psutil.Process(pid).create_time()
        found = [psutil.Process(holder) for holder in listeners(port)]
        if found and all(process.create_time() < began for process in found):
            return f"{found[0].name()}, pid {found[0].pid}"
    except psutil.NoSuchProcess:
        raise ProcessLookupError from None
    except psutil.AccessDenied:
        pass
    return ""
