"""runit: a service folder for each instance, to be linked into the folder that runsvdir looks after."""

import shlex
from collections.abc import Iterable, Iterator
from signal import SIGTERM
from typing import Final

from pyforeman.export import launcher
from pyforeman.export.application import Application, Process, Target
from pyforeman.export.file import PROGRAM, File
from pyforeman.export.template import Templates
from pyforeman.plan.signals import name_of

TEMPLATES = ("run", "log", "finish-on-failure", "finish-never", "control", *launcher.TEMPLATES)
RUNS_IN: Final = "host"
OPTIONS = frozenset({"user", "log"})

_SCANNED = "/etc/service"
"""What Debian's runsvdir looks after; Void has it in /var/service."""
_FINISH = {"on-failure": "finish-on-failure", "never": "finish-never"}


def default_folder(target: Target) -> str:
    """Where services stand that are not run yet."""
    return "/etc/sv"


def files(application: Application, target: Target, templates: Templates) -> Iterator[File]:
    """The launchers, in a folder that runsvdir does not look into, and the service folders."""
    folder = f".{application.name}"
    yield from launcher.files(application, target, templates, "runit", folder)
    launchers = f"{target.folder}/{folder}"
    for process, index in _instances(application):
        service = _service(application, process, index)
        yield from _folder(process, index, service, target, templates, launchers)


def next_steps(application: Application, target: Target, *, again: bool) -> Iterable[str]:
    """The commands that have runsvdir start the services, let go of those that are no more, and restart."""
    names = [_service(application, process, index) for process, index in _instances(application)]
    if target.folder != _SCANNED:
        folders = " ".join(shlex.quote(f"{target.folder}/{name}") for name in names)
        yield f"ln -sf {folders} {_SCANNED}/"
        if again:
            left = f"{_SCANNED}/{application.name}-*"
            yield f'for s in {left}; do [ -e "$s/run" ] || rm -f "$s"; done  # what is no more'
    if not again:
        return
    patience = max(map(launcher.patience, application.everything))
    services = " ".join(f"{_SCANNED}/{name}" for name in names)
    yield f"sv -w {patience} force-restart {services}"


def _instances(application: Application) -> Iterator[tuple[Process, int]]:
    """All instances, the release first."""
    for process in application.everything:
        for index in range(1, process.count + 1):
            yield process, index


def _service(application: Application, process: Process, index: int) -> str:
    return f"{application.name}-{process.name}-{index}"


def _folder(
    process: Process, index: int, service: str, target: Target, templates: Templates, launchers: str
) -> Iterator[File]:
    """What runsv finds in the folder of a service. ``run`` comes last: what is there is then complete."""
    log = shlex.quote(f"{target.log.rstrip('/')}/{process.name}.{index}") if target.log else "./main"
    yield File(f"{service}/log/run", templates["log"].fill({"log": log}), PROGRAM)
    finish = "finish-never" if process.is_release else _FINISH.get(process.policy.restart)
    if finish:
        yield File(f"{service}/finish", templates[finish].fill({}), PROGRAM)
    if finish or process.policy.stop_signal != SIGTERM:
        text = templates["control"].fill({"signal": name_of(process.policy.stop_signal)})
        yield File(f"{service}/control/t", text, PROGRAM)
    account = ("chpst", "-u", target.user) if target.user else ()
    words = (*account, *launcher.command(process, launchers), str(index))
    yield File(f"{service}/run", templates["run"].fill({"command": shlex.join(words)}), PROGRAM)
