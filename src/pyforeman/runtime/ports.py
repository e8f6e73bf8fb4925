"""Which ports are taken, and by whom."""

import contextlib
import errno
from _socket import AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket  # without the 2 ms of enums
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pyforeman.plan.formation import HIGHEST_PORT, Instance


class TakenPort(NamedTuple):
    """A port that an instance will want to listen on, while somebody else does.

    ``holder`` is empty where the system does not tell us who. ``advice`` is a way out.
    """

    instance: Instance
    holder: str
    pid: int
    advice: str

    def __str__(self) -> str:
        who = f"{self.holder}, pid {self.pid}" if self.holder else "another process"
        # On macOS the AirPlay receiver sits on 5000, and few know it by this name.
        return f"is held by {who}{' (macOS AirPlay)' if self.holder.startswith('ControlCe') else ''}"


def taken_ports(formation: Iterable[Instance], base: int) -> Iterator[TakenPort]:
    """The taken ports among those that the instances use, ``base`` being the formation's first port."""
    users = {instance.port: instance for instance in formation if instance.port and instance.uses_port}
    taken = [port for port in users if not is_free(port)]
    if not taken:
        return
    other = _free_base(base, users)
    advice = f"; try -p {other}" if other else "; choose other ports with -p"
    held = listeners(taken)
    for port in taken:
        name, pid = _first(held.get(port, ()))
        yield TakenPort(users[port], name, pid, advice)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port, on all addresses and on loopback alone.

    SO_REUSEADDR, as servers set it: connections that are still closing do not count. A port that we
    may not bind (below 1024) is not taken. macOS lets 127.0.0.1 be bound beside ``*``: hence both.
    """
    for address in ("127.0.0.1", "0.0.0.0"):  # probed, never listened on
        probe = socket(AF_INET, SOCK_STREAM)
        try:
            probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
        finally:
            probe.close()
    return True


def listeners(ports: Iterable[int]) -> dict[int, list[int]]:
    """The pids of those that listen on each port, as far as we may know; some may be gone by now."""
    import psutil

    wanted = frozenset(ports)
    found: dict[int, list[int]] = {}

    def note(pid: int | None, connections: Iterable[Any]) -> None:
        for one in connections:
            if one.status == psutil.CONN_LISTEN and one.laddr.port in wanted and (pid or one.pid):
                found.setdefault(one.laddr.port, []).append(pid or one.pid)

    try:
        note(None, psutil.net_connections("tcp"))
    except psutil.AccessDenied:  # macOS: the list of all is root's, so each process is asked
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):  # another user's, or gone
                note(process.pid, process.net_connections("tcp"))
    return found


def _free_base(base: int, ports: Iterable[int], step: int = 100, tries: int = 10) -> int | None:
    """The next base, in whole steps above ``base``, from which all of ``ports`` would be free."""
    offsets = [port - base for port in ports]
    for candidate in range(base + step, base + step * (tries + 1), step):
        if candidate + max(offsets) <= HIGHEST_PORT and all(
            is_free(candidate + offset) for offset in offsets
        ):
            return candidate
    return None


def _first(pids: Iterable[int]) -> tuple[str, int]:
    """The name and pid of the first that is still there; "" and 0 if there is none."""
    import psutil

    for pid in pids:
        with contextlib.suppress(psutil.Error):
            return psutil.Process(pid).name() or "?", pid
    return "", 0
