"""What a user should know before they rely on an export: what runs, and yet does not do what it seems to."""

import re
from collections.abc import Iterator

from pyforeman.export.application import Application

_LOOPBACK = re.compile(r"\b127\.0\.0\.1\b|\blocalhost\b")
_MOST_BYTES = 131_072
"""Of a variable, with its name and the byte that ends it: execve(2), MAX_ARG_STRLEN."""


def remarks(wanted: Application, format_name: str, *, in_containers: bool) -> Iterator[str]:
    """One line each. ``in_containers``: its processes have addresses of their own."""
    for process in wanted.everything:
        count = process.count
        if process.is_scheduler and count > 1 and format_name == "kubernetes":
            yield f"{process.name}: a scheduler, so it is 1 pod, and not {count}"
        elif process.is_scheduler and count > 1:
            yield f"{process.name}: {count} of a scheduler do everything {count} times"
        if "PYFOREMAN_" in process.command:
            yield f"{process.name}: its command uses a PYFOREMAN_ variable, which only start sets"
        if in_containers and process.uses_port and (found := _LOOPBACK.search(process.command)):
            yield f"{process.name}: nobody reaches {found[0]} in a container from outside; bind to 0.0.0.0"
    for key, value in wanted.environment.items():
        if (size := len(f"{key}={value}".encode()) + 1) > _MOST_BYTES:
            yield f"{key}: {size} bytes; Linux starts nothing with a variable of more than {_MOST_BYTES}"
