"""What is exported, as data: the plan that ``start`` runs, as it is wherever it runs, and where that will be.

The formats look at nothing else, so what one of them knows all of them know.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyforeman.errors import UsageError
from pyforeman.plan.formation import HIGHEST_PORT, Ports, wants_port
from pyforeman.plan.plan import Plan
from pyforeman.plan.policy import Policy
from pyforeman.plan.procfile import RELEASE

_LONGEST_GRACE = 10**9
"""Seconds. Docker and the kubelet count nanoseconds in 63 bits."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Process(NamedTuple):
    """A process type to export, with the number of its instances.

    ``ranges`` are the ports of instance 1, 2, 3 …, one range after the other; there is none where no PORT is
    set. ``is_scheduler``: two of it would do everything twice.
    """

    name: str
    command: str
    count: int  # type: ignore[assignment]  # tuples have a method of that name
    policy: Policy
    ranges: tuple[range, ...]
    is_scheduler: bool = False

    @property
    def most(self) -> int:
        """How many instances have a port of their own."""
        return sum(len(ports) for ports in self.ranges)

    @property
    def uses_port(self) -> bool:
        """Whether it will listen on its port."""
        return bool(self.ranges) and wants_port(self.name, self.command)

    @property
    def is_release(self) -> bool:
        """Whether it runs once, before the others."""
        return self.name == RELEASE

    @property
    def whole_grace(self) -> int:
        """The seconds from the first signal of a stop to SIGKILL, rounded up: most engines count in whole
        ones. No more than any engine can count."""
        return math.ceil(min(self.policy.grace, _LONGEST_GRACE))

    def port(self, index: int) -> int | None:
        """The port of instance ``index`` (from 1); None where no PORT is set."""
        offset = index - 1
        for ports in self.ranges:
            if offset < len(ports):
                return ports[offset]
            offset -= len(ports)
        return None


class Application(NamedTuple):
    """A project as it runs anywhere. ``root`` is its folder (absolute); ``processes`` are in the order of
    the Procfile, without the release. ``environment`` is that of the env files, the same for all."""

    name: str
    root: str
    processes: tuple[Process, ...]
    release: Process | None
    environment: Mapping[str, str]

    @property
    def everything(self) -> tuple[Process, ...]:
        """The release, if there is one, and all others."""
        return (*((self.release,) if self.release else ()), *self.processes)


class Target(NamedTuple):
    """Where and how it will run. Each format says in its OPTIONS which of the optional ones it understands.

    ``folder`` is where the files will stand (absolute), ``path`` the PATH of a process on a host, ``user``
    the account that it runs as. ``log`` is a folder, ``health`` a path such as ``/up``, ``listen`` a port or
    ``ADDRESS:PORT``.
    """

    folder: str
    path: str = "/usr/local/bin:/usr/bin:/bin"
    user: str | None = None
    user_units: bool = False
    log: str | None = None
    image: str | None = None
    health: str | None = None
    listen: str = "80"


def application(plan: Plan, name: str, root: str, schedulers: Sequence[str] = ()) -> Application:
    """The application that a plan runs. Raises UsageError for a name that no engine takes, and for a
    port past 65535."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"--app: {name!r} is not a name of letters, digits, '-', '_' and '.'")
    everything = tuple(
        Process(
            entry.name,
            entry.command,
            count,
            plan.policies[entry.name],
            _ranges(plan.ports, entry.name, count),
            entry.name in schedulers,
        )
        for entry in plan.procfile.types
        if (count := plan.counts.get(entry.name, 0))
    )
    return Application(
        name,
        root,
        tuple(process for process in everything if not process.is_release),
        next((process for process in everything if process.is_release), None),
        _environment(plan),
    )


def host_environment(application: Application, target: Target) -> dict[str, str]:
    """What every process is given by an engine that runs it on a host: engines start with a bare PATH."""
    return {"PATH": target.path, **application.environment}


def _environment(plan: Plan) -> dict[str, str]:
    """The variables of the env files without those that every process has of its own."""
    own = ("PS",) if plan.ports is None else ("PORT", "PS")
    return {key: value for key, value in plan.environment.items() if key not in own}


def _ranges(ports: Ports | None, name: str, count: int) -> tuple[range, ...]:
    """The ports that the instances of a type have, and may have."""
    if ports is None:
        return ()
    ports.of(name, count)  # the last one, or it says that there are too many
    if not ports.step:
        return (range(ports.number(name, 1), HIGHEST_PORT + 1),)
    firsts = (ports.number(name, index) for index in range(1, count + 1, ports.step))
    return tuple(range(first, min(first + ports.step, HIGHEST_PORT + 1)) for first in firsts)
