"""nginx in front of ``web``: one file for its ``http {}``. It asks no path, but notices who is gone."""

import re
import shlex
from collections.abc import Iterator
from typing import Final

from pyforeman.export.application import Application, Target
from pyforeman.export.balancer import read_listen, servers
from pyforeman.export.file import File
from pyforeman.export.template import Templates

TEMPLATES = ("app.conf", "server.conf")
RUNS_IN: Final = "nothing"
OPTIONS = frozenset({"listen"})
_INCLUDED = "/etc/nginx/conf.d"


def default_folder(target: Target) -> str:
    """What the distributions' nginx.conf includes in its ``http {}``."""
    return _INCLUDED


def files(application: Application, target: Target, templates: Templates) -> Iterator[File]:
    """``APP.conf``. Raises UsageError where there is no ``web`` with a port."""
    listen = read_listen(target.listen)
    behind = servers(application, listen)
    values = {
        "app": application.name,
        "variable": re.sub(r"\W", "_", application.name, flags=re.ASCII).lower(),
        "listen": f"{listen.address}:{listen.port}" if listen.address else str(listen.port),
        # What the workers know together of each server is less than 1 KiB; 64 KiB are usual for a few.
        "zone": f"{64 + len(behind)}k",
        "servers": [templates["server.conf"].fill(server._asdict()) for server in behind],
    }
    yield File(f"{application.name}.conf", templates["app.conf"].fill(values))


def next_steps(application: Application, target: Target, *, again: bool) -> Iterator[str]:
    """Where nginx does not look by itself, a link leads it there."""
    name = f"{application.name}.conf"
    if target.folder != _INCLUDED:
        yield f"ln -sf {shlex.quote(f'{target.folder}/{name}')} {_INCLUDED}/"
    yield "nginx -t"
    yield "nginx -s reload"
