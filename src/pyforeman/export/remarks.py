"""What a user should know before they rely on an export: what runs, and yet does not do what it seems to."""

import re
from collections.abc import Collection, Iterator

from pyforeman.export.application import Application
from pyforeman.export.formats import RunsIn
from pyforeman.plan.command import is_simple

_LOOPBACK = re.compile(r"\b127\.0\.0\.1\b|\blocalhost\b")
_PROGRAM = re.compile(r"(?:exec\s+)?([A-Za-z0-9_.+-]+)(?=\s|$)")
_MOST_BYTES = 131_072
"""Of a variable, with its name and the byte that ends it: execve(2), MAX_ARG_STRLEN."""


def program(command: str) -> str:
    """The program of a simple command that is looked for on PATH; "" of any other."""
    found = _PROGRAM.match(command)
    return found[1] if found and is_simple(command) else ""


def remarks(wanted: Application, runs_in: RunsIn, missing: Collection[str]) -> Iterator[str]:
    """One line each. ``missing`` are the programs that are not on the PATH that processes will have."""
    in_containers = runs_in in ("containers", "pods")
    for process in wanted.everything:
        count = process.count
        if process.is_scheduler and count > 1 and runs_in == "pods":
            yield f"{process.name}: a scheduler, so it is 1 pod, and not {count}"
        elif process.is_scheduler and count > 1:
            yield f"{process.name}: {count} of a scheduler do everything {count} times"
        if "PYFOREMAN_" in process.command:
            yield f"{process.name}: its command uses a PYFOREMAN_ variable, which only start sets"
        if missing and (name := program(process.command)) in missing:
            yield f"{process.name}: {name} is not on its PATH; write PATH=… into an env file"
        if in_containers and process.uses_port and (found := _LOOPBACK.search(process.command)):
            yield f"{process.name}: nobody reaches {found[0]} in a container from outside; bind to 0.0.0.0"
    for key, value in wanted.environment.items():
        if (size := len(f"{key}={value}".encode()) + 1) > _MOST_BYTES:
            yield f"{key}: {size} bytes; Linux starts nothing with a variable of more than {_MOST_BYTES}"
