"""Docker Compose: a service for each process type, and what they have in their environment in a file beside.

A container has a network of its own: every instance listens on the same port in there, and is published on
one of a range outside.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Final

from pyforeman.errors import UsageError
from pyforeman.export.application import Application, Process, Target
from pyforeman.export.container import arguments
from pyforeman.export.file import SECRET, File
from pyforeman.export.template import Templates
from pyforeman.export.yaml import quoted
from pyforeman.plan.procfile import RELEASE
from pyforeman.plan.signals import name_of

TEMPLATES = ("compose.yaml", "service.yaml", "app.env")
RUNS_IN: Final = "containers"
OPTIONS = frozenset({"user", "image"})

# Docker does not start again what ended well, with on-failure: after a reboot that told all to end, no server
# would be there. unless-stopped is the one that brings back what was running.
_RESTARTS = {"on-failure": "unless-stopped", "always": "always", "never": "no"}
_IMAGE = re.compile(r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r"})


def default_folder(target: Target) -> str:
    """The folder that one is in: its files find each other wherever they stand together."""
    return "."


def files(application: Application, target: Target, templates: Templates) -> Iterator[File]:
    """``compose.yaml``, and ``APP.env`` with the environment.

    Raises UsageError where the name makes no image, and where the ports of a type are not one range.
    """
    services = [
        templates["service.yaml"].fill(_service(application, process, target)).rstrip("\n")
        for process in application.everything
    ]
    project = {"project": quoted(_project(application)), "services": services}
    yield File("compose.yaml", templates["compose.yaml"].fill(project))
    variables = [f"{key}={env_value(value)}" for key, value in application.environment.items()]
    yield File(_env_file(application), templates["app.env"].fill({"variables": variables}), SECRET)


def next_steps(application: Application, target: Target, *, again: bool) -> Iterator[str]:
    """The image, if it is the user's own, and then all of it."""
    if target.image is None:
        yield f"docker build -t {_image(application, target)} {shlex.quote(application.root)}"
    # There Compose would read .env, which is python-dotenv's syntax and no value of which is needed.
    without = "--env-file /dev/null " if target.folder == application.root else ""
    file = shlex.quote(f"{target.folder.rstrip('/')}/compose.yaml")
    yield f"docker compose {without}-f {file} up -d"


def env_value(value: str) -> str:
    """A value in an ``env_file``: in double quotes, where Compose reads escapes and takes ``\\$`` for a ``$``
    that it does not expand."""
    return f'"{value.translate(_ESCAPES)}"'


def _service(application: Application, process: Process, target: Target) -> Mapping[str, str | list[str]]:
    waits = application.release is not None and not process.is_release
    return {
        "name": quoted(process.name),
        "image": _scalar(_image(application, target)),
        # Without --image it is an image of this machine: a stranger's of that name is not fetched.
        "pull_policy": "" if target.image else 'pull_policy: "never"',
        "user": f"user: {_scalar(target.user)}" if target.user else "",
        "command": _command(process),
        "env_file": quoted(f"./{_env_file(application)}"),
        "environment": list(_environment(process)),
        "scale": str(process.count),
        "ports": list(_ports(process)),
        "depends_on": list(_BEHIND_THE_RELEASE) if waits else "",
        "restart": quoted("no" if process.is_release else _RESTARTS[process.policy.restart]),
        "stop_signal": quoted(_signal(process.policy.stop_signal)),
        # A part of a second would be cut off (Compose 2.26), and no grace at all is SIGKILL at once.
        "stop_grace_period": quoted(f"{process.whole_grace}s"),
    }


def _signal(number: int) -> str:
    """Docker takes a name, and a number where there is none."""
    name = name_of(number)
    return name if name.isdecimal() else f"SIG{name}"


_BEHIND_THE_RELEASE = (
    "depends_on:",
    f"  {quoted(RELEASE)}:",
    "    condition: service_completed_successfully",
)


def _command(process: Process) -> str:
    """The command as a list. What is unique to a container is its name, which Docker writes to a file:
    HOSTNAME may be one of the env files' variables."""
    if process.is_release:
        name = f"PS={process.name}.1"
    else:
        name = f"read -r PS </etc/hostname; PS={process.name}.$PS"
    words = arguments(process.command, first=f"{name}; export PS; ")
    return f"[{', '.join(map(_scalar, words))}]"


def _environment(process: Process) -> Iterator[str]:
    """The port, which is the same in every container of a type; it wins over one of the env file."""
    if process.ranges:
        yield "environment:"
        yield f"  PORT: {quoted(str(process.port(1)))}"


def _ports(process: Process) -> Iterator[str]:
    """The ports outside, as many as there are instances: each takes one that is free."""
    if not process.uses_port:
        return
    if len(process.ranges) > 1:
        raise UsageError(
            f"{process.name}={process.count}: compose publishes the ports of a type as one range; "
            f"use --port-step {process.count}"
        )
    first, last = process.port(1), process.port(process.count)
    outside = f"{first}-{last}" if first != last else f"{first}"
    yield "ports:"
    yield f"  - {quoted(f'{outside}:{first}')}"


def _project(application: Application) -> str:
    """The name as Compose takes it: ``[a-z0-9][a-z0-9_-]*``."""
    return application.name.lower().replace(".", "-")


def _image(application: Application, target: Target) -> str:
    if target.image:
        return target.image
    if not _IMAGE.fullmatch(application.name.lower()):
        raise UsageError(f"{application.name}: not the name of an image; name one with --image")
    return application.name.lower()


def _env_file(application: Application) -> str:
    return f"{application.name}.env"


def _scalar(text: str) -> str:
    """Text as a value: Compose takes a ``$`` for a variable of the user's shell."""
    return quoted(text.replace("$", "$$"))
