"""The scripts that engines start which know nothing but a path: supervisord and runit.

There is one for each type, which is given the number of its instance, and with them ``env.sh``, which has
all values. What an engine's own file says is then a path and a number: no text of the user is in it.
"""

import re
from collections.abc import Iterator, Sequence

from pyforeman.errors import UsageError
from pyforeman.export.application import Application, Process, Target, host_environment
from pyforeman.export.env_sh import env_sh, quoted
from pyforeman.export.file import PROGRAM, SECRET, File
from pyforeman.export.numbering import number_check, numbered
from pyforeman.export.template import Templates
from pyforeman.plan.command import is_simple, shell_line
from pyforeman.plan.signals import name_of

TEMPLATES = (
    "launcher/env.sh",
    "launcher/process",
    "launcher/release",
    "launcher/gate.sh",
    "launcher/group.sh",
)
"""For the TEMPLATES of a format that uses them. No process type has a dot in its name, so its launcher is
never one of the other files."""

_ACCOUNT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_LOCK = "# The release has a lock on this file while the others may start.\n"


def files(
    application: Application, target: Target, templates: Templates, format_name: str, folder: str
) -> Iterator[File]:
    """The launchers of all types, below ``folder`` (relative to the destination), and what they need.

    Raises UsageError for an account that no shell knows the home of.
    """
    if target.user and not _ACCOUNT.fullmatch(target.user):
        raise UsageError(f"--user: {target.user!r} is not the name of an account")
    where = f"{target.folder}/{folder}"
    gate = f". {quoted(f'{where}/gate.sh')}"
    shared: dict[str, str | Sequence[str]] = {
        "format": format_name,
        "root": quoted(application.root),
        "environment": quoted(f"{where}/env.sh"),
        "lock": quoted(f"{where}/release.lock"),
        "account": _account(target),
    }
    given = {path.removeprefix("launcher/"): templates[path].given(shared) for path in TEMPLATES}
    values = {"values": env_sh(host_environment(application, target))}
    yield File(f"{folder}/env.sh", given["env.sh"].fill(values), SECRET, owned=True)
    if any(map(is_group, application.everything)):
        yield File(f"{folder}/group.sh", given["group.sh"].fill({}), PROGRAM)
    if application.release:
        yield File(f"{folder}/gate.sh", given["gate.sh"].fill({}))
        yield File(f"{folder}/release.lock", _LOCK, SECRET, owned=True)
        text = given["release"].fill({**_values(application.release), "gate": gate})
        yield File(f"{folder}/{application.release.name}", text, PROGRAM)
    for process in application.processes:
        wait = [gate, f'pass_gate "{process.name}.$1"'] if application.release else []
        text = given["process"].fill({**_values(process), "gate": wait})
        yield File(f"{folder}/{process.name}", text, PROGRAM)


def is_group(process: Process) -> bool:
    """Whether it is run by ``group.sh``: a shell passes no signal on to what it waits for."""
    return process.is_release or not is_simple(process.command)


def command(process: Process, folder: str) -> tuple[str, ...]:
    """The words that start an instance, whose number comes behind them. ``folder`` is where the launchers
    stand, absolute."""
    launcher = f"{folder}/{process.name}"
    if not is_group(process):
        return (launcher,)
    return f"{folder}/group.sh", name_of(process.policy.stop_signal), str(process.whole_grace), launcher


def patience(process: Process) -> int:
    """The seconds after which its engine may kill what it has started.

    That is group.sh for a group, which must have killed the others by then: it counts tenths of a second that
    take a little longer each, and looks for one second more whether all have ended.
    """
    grace = process.whole_grace
    return grace + 2 + grace // 10 if is_group(process) else grace


def _values(process: Process) -> dict[str, str | Sequence[str]]:
    return {
        "type": process.name,
        "check": number_check(process),
        "numbered": numbered(process),
        "line": quoted(shell_line(process.command)),
    }


def _account(target: Target) -> str:
    """The variables of a login: an engine that changes the account leaves root's."""
    user = target.user
    return f"HOME=~{user} USER={user} LOGNAME={user}; export HOME USER LOGNAME" if user else ""
