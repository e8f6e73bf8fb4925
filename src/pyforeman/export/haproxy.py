"""HAProxy in front of ``web``: one file that it runs with as it is. It asks whether each server is well."""

import shlex
from collections.abc import Iterator
from typing import Final

from pyforeman.export.application import Application, Target
from pyforeman.export.balancer import read_listen, servers
from pyforeman.export.file import File
from pyforeman.export.template import Templates

TEMPLATES = ("app.cfg",)
RUNS_IN: Final = "nothing"
OPTIONS = frozenset({"health", "listen"})


def default_folder(target: Target) -> str:
    """Where its configuration stands on most systems."""
    return "/etc/haproxy"


def files(application: Application, target: Target, templates: Templates) -> Iterator[File]:
    """``APP.cfg``. Raises UsageError where there is no ``web`` with a port."""
    listen = read_listen(target.listen)
    values = {
        "app": application.name,
        "listen": f"{listen.address}:{listen.port}",
        "check": _check(target.health),
        "servers": [f"server {server.name} {server.address}" for server in servers(application, listen)],
    }
    yield File(f"{application.name}.cfg", templates["app.cfg"].fill(values))


def next_steps(application: Application, target: Target, *, again: bool) -> Iterator[str]:
    """It is judged before it runs."""
    path = shlex.quote(f"{target.folder}/{application.name}.cfg")
    yield f"haproxy -c -f {path}"
    yield f"haproxy -W -f {path}"


def quoted(word: str) -> str:
    """A word of its configuration, in which nothing has a meaning: strong quotes, as in a shell
    (HAProxy's configuration manual, 2.2)."""
    return "'" + word.replace("'", "'\\''") + "'"


def _check(health: str | None) -> list[str]:
    """Without a path it is asked whether somebody listens. HTTP/1.1, for many servers want a Host."""
    if health is None:
        return []
    return [
        "option httpchk",
        f"http-check send meth GET uri {quoted(health)} ver HTTP/1.1 hdr Host localhost",
    ]
