"""What a load balancer has to know: where it listens, and the servers behind it, ``web.1`` to ``web.N``."""

import re
from typing import NamedTuple

from pyforeman.errors import UsageError
from pyforeman.export.application import Application
from pyforeman.plan.formation import HIGHEST_PORT

WEB = "web"
_LISTEN = re.compile(r"(?:(\*|[0-9.]+|\[[0-9A-Fa-f:.]+\]):)?([0-9]{1,5})")


class Server(NamedTuple):
    """An instance of ``web`` as others reach it on its machine."""

    name: str
    address: str


class Listen(NamedTuple):
    """An address (in brackets if it is one of IPv6; empty: any) and a port."""

    address: str
    port: int


def servers(application: Application, listen: Listen) -> tuple[Server, ...]:
    """All instances of ``web``. Raises UsageError where there is none, where they have no port, and where
    the balancer would listen on the port of a process."""
    web = next((process for process in application.processes if process.name == WEB), None)
    if web is None:
        raise UsageError("no web process to export: a load balancer stands in front of web.1, web.2 …")
    for process in application.processes:
        for index in range(1, process.count + 1):
            if process.port(index) == listen.port:
                raise UsageError(f"--listen: {process.name}.{index} has port {listen.port}")
    if not web.ranges:
        raise UsageError("--no-port: a load balancer has to know the ports of web")
    return tuple(
        Server(f"{WEB}.{index}", f"127.0.0.1:{web.port(index)}") for index in range(1, web.count + 1)
    )


def read_listen(text: str) -> Listen:
    """Read ``80``, ``127.0.0.1:8080`` or ``[::1]:80``. Raises UsageError."""
    found = _LISTEN.fullmatch(text)
    if found is None or not 0 < int(found[2]) <= HIGHEST_PORT or not _is_address(found[1] or "*"):
        raise UsageError(f"--listen: {text!r} is neither a port nor ADDRESS:PORT, such as 127.0.0.1:8080")
    return Listen(found[1] or "", int(found[2]))


def _is_address(text: str) -> bool:
    from ipaddress import ip_address

    if text == "*":
        return True
    try:
        return ip_address(text.strip("[]")).version == (6 if text.startswith("[") else 4)
    except ValueError:
        return False
