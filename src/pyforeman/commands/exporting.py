"""Carries out ``export``: reads the project, has a format make files of it, and writes or prints them."""

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import click

from pyforeman.commands.destination import Destination, contents
from pyforeman.errors import InputError, PyforemanError, UsageError
from pyforeman.export.application import Application, Target, application
from pyforeman.export.changes import Change
from pyforeman.export.environment import values
from pyforeman.export.file import File
from pyforeman.export.formats import Format, find
from pyforeman.export.template import Template, Templates
from pyforeman.plan import environment
from pyforeman.plan.plan import Plan, make_plan
from pyforeman.plan.procfile import RELEASE, Procfile
from pyforeman.plan.settings import Settings
from pyforeman.runtime.project import Place, env_file_bytes, environment_files, locate, read, read_procfile

STANDARD_OUTPUT = "-"
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SIGNS = {"new": "new", "changed": "changed", "same": "same", "removed": "removed"}


class Request(NamedTuple):
    """What is to be exported. ``wanted`` are the fields of a Target that somebody asked for; ``asked`` those
    of them that the command line has, and not only ``.foreman``, which is for all formats."""

    format_name: str
    destination: str | None
    settings: Settings
    procfile: str | None
    root: str | None
    env_files: Sequence[str] | None
    app: str | None
    templates: str | None
    wanted: Mapping[str, Any]
    asked: frozenset[str]
    dry_run: bool
    force: bool


def export(request: Request) -> int:
    """Write, print or list the files; gives the exit code. Raises PyforemanError."""
    engine = find(request.format_name)
    place = locate(request.procfile, request.root)
    procfile = read_procfile(place.procfile)
    if request.destination in procfile.names and not os.path.isdir(str(request.destination)):
        name = request.destination
        raise UsageError(f"{name} is a process type; write {name}=1, or ./{name} for a folder")
    plan = _plan(request.settings, procfile, _values(request, place))
    wanted = _application(request, plan, place)
    target = _target(request, engine, place)
    templates = _templates(request, engine)
    _warn(_remarks(wanted))
    files = tuple(engine.files(wanted, target, templates))
    if request.destination == STANDARD_OUTPUT:
        click.echo(_printed(files, with_secrets=_is_private(sys.stdout.fileno())), nl=False)
        return 0
    return _write(request, engine, wanted, target, files)


def _values(request: Request, place: Place) -> dict[str, str]:
    """The variables of the env files. Raises InputError with the problems of all of them."""
    assignments: list[environment.Assignment] = []
    problems: list[str] = []
    for path in environment_files(place.root, request.env_files):
        name, data = env_file_bytes(path)
        try:
            assignments += environment.parse(data, name)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(tuple(problems))
    return values(assignments)


def _plan(settings: Settings, procfile: Procfile, variables: Mapping[str, str]) -> Plan:
    """The plan of ``start --release``: who exports an application wants its release, unless they say not."""
    words = [word for text in settings.formation for word in text.split(",")]
    named = any(word.strip().partition("=")[0] == RELEASE for word in words)
    plan = make_plan(procfile, variables, settings._replace(release=RELEASE in procfile.names and not named))
    if not any(count for name, count in plan.counts.items() if name != RELEASE):
        types = ", ".join(name for name in procfile.names if name != RELEASE) or "none but release"
        raise UsageError(f"nothing to export: every count is 0; the types in {procfile.path} are {types}")
    return plan


def _application(request: Request, plan: Plan, place: Place) -> Application:
    if (found := _CONTROL.search(place.root)) is not None:
        raise UsageError(f"--root: {found[0]!r} in a path, which no engine can hold")
    name = request.app or _NOT_IN_A_NAME.sub("-", os.path.basename(place.root)).strip("-._") or "app"
    return application(plan, name, place.root, _schedulers(plan, of_all=request.format_name == "kubernetes"))


def _schedulers(plan: Plan, *, of_all: bool) -> tuple[str, ...]:
    """The process types that are schedulers, as ``check`` sees them; without ``of_all`` only of those that
    have several instances."""
    least = 1 if of_all else 2
    asked = [entry for entry in plan.procfile.types if plan.counts.get(entry.name, 0) >= least]
    if not asked:
        return ()
    from pyforeman.check.invocation import invocations
    from pyforeman.check.schedulers import scheduler
    from pyforeman.check.shell import read as read_command

    return tuple(
        entry.name
        for entry in asked
        if any(scheduler(run, entry.name) for run in invocations(read_command(entry.command)))
    )


def _target(request: Request, engine: Format, place: Place) -> Target:
    """Where and how the application will run. Raises UsageError for an option that is of no use."""
    for name in request.asked - engine.OPTIONS:
        option = {"user_units": "--user without a name"}.get(name, f"--{name}")
        raise UsageError(f"{option}: {request.format_name} has no use for it")
    fields = {name: value for name, value in request.wanted.items() if name in engine.OPTIONS}
    if "log" in fields:
        fields["log"] = os.path.abspath(fields["log"])
    target = Target(folder="", path=_search_path(place.root), **fields)
    if request.destination == STANDARD_OUTPUT:
        folder = os.path.expanduser(engine.default_folder(target))
    else:
        folder = request.destination or os.path.join("export", request.format_name)
    target = target._replace(folder=os.path.abspath(folder))
    for text in (
        target.folder,
        target.log or "",
        target.path,
        target.user or "",
        target.image or "",
        target.health or "",
    ):
        if (found := _CONTROL.search(text)) is not None:
            raise UsageError(f"{text!r}: {found[0]!r} is nothing that an engine can hold")
    return target


def _search_path(root: str) -> str:
    """PATH on a host: that of the virtual environment that is active, or else stands in the root, and the
    system's. The rest of the shell's own PATH is the developer's."""
    folders = [os.environ.get("VIRTUAL_ENV", ""), os.path.join(root, ".venv"), os.path.join(root, "venv")]
    found = next(
        (
            os.path.join(folder, "bin")
            for folder in folders
            if folder and os.path.isdir(os.path.join(folder, "bin"))
        ),
        "",
    )
    return f"{found}:{_SYSTEM_PATH}" if found else _SYSTEM_PATH


def _templates(request: Request, engine: Format) -> Templates:
    """The templates of the format: the user's own where there are some, else ours."""
    own = request.templates
    if own is not None:
        if not os.path.isdir(own):
            raise UsageError(f"--template: {own} is not a folder")
        if not any(os.path.exists(os.path.join(own, name)) for name in engine.TEMPLATES):
            raise UsageError(
                f"--template: {own} has no template of {request.format_name}: {', '.join(engine.TEMPLATES)}"
            )
    return {name: _template(request.format_name, name, own) for name in engine.TEMPLATES}


def _template(format_name: str, name: str, own: str | None) -> Template:
    import pyforeman.export

    ours = os.path.join(os.path.dirname(pyforeman.export.__file__), "templates")
    path = os.path.join(ours, name if "/" in name else os.path.join(format_name, name))
    if own is not None and os.path.exists(os.path.join(own, name)):
        path = os.path.join(own, name)
    try:
        return Template(read(path, "make it readable").decode(), path)
    except UnicodeDecodeError:
        raise PyforemanError(f"{path}: not UTF-8; save it as UTF-8") from None


def _remarks(wanted: Application) -> Iterator[str]:
    """What a user should know before they rely on it."""
    for process in wanted.everything:
        if process.is_scheduler and process.count > 1:
            yield f"{process.name}: {process.count} of a scheduler do everything {process.count} times"
        if "PYFOREMAN_" in process.command:
            yield f"{process.name}: its command uses a PYFOREMAN_ variable, which only start sets"


def _warn(remarks: Iterable[str]) -> None:
    for remark in remarks:
        click.echo(f"pyforeman: {remark}", err=True)


def _is_private(fd: int) -> bool:
    """Whether what is written there stays with who asked for it: through a pipe it does, on a screen and
    in a file that others can read it does not."""
    mode = os.fstat(fd).st_mode
    return not os.isatty(fd) and not (stat.S_ISREG(mode) and mode & 0o077)


def _printed(files: Iterable[File], *, with_secrets: bool) -> str:
    """The files one after the other, each below its name."""
    parts = []
    for file in files:
        if file.printed and (with_secrets or not file.is_secret):
            parts.append(f"# {file.path}\n{file.text}")
        elif file.printed:
            parts.append(f"# {file.path}: has values of the environment; printed into a pipe only\n")
    return "\n".join(parts)


def _write(
    request: Request, engine: Format, wanted: Application, target: Target, files: Sequence[File]
) -> int:
    owner, remarks = _owner(target, files)
    destination = Destination(target.folder, f"{wanted.name}-{request.format_name}")
    to_write = contents(files, owner)
    found = destination.changes(to_write)
    foreign = [change.path for change in found if change.is_foreign]
    if foreign and not request.force and not request.dry_run:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise PyforemanError(
            f"{os.path.join(target.folder, foreign[0])}{more}: not as an export wrote it; "
            "nothing is written; --force overwrites, --dry-run lists"
        )
    if not request.dry_run:
        destination.apply(to_write, found)
    shown = request.destination or os.path.join("export", request.format_name)
    click.echo("".join(_listed(found, shown)), nl=False)
    if not request.dry_run:
        _warn(remarks)
        click.echo("".join(f"next: {step}\n" for step in engine.next_steps(wanted, target)), nl=False)
    return 0


def _listed(found: Sequence[Change], folder: str) -> Iterator[str]:
    """A line for each file that is written or removed, and the number of the others."""
    prefix = os.path.join(folder, "")
    for change in found:
        if change.kind != "same":
            foreign = ", though somebody else has written it" if change.is_foreign else ""
            yield f"{change.kind:8} {prefix}{change.path}{foreign}\n"
    if same := sum(change.kind == "same" for change in found):
        yield f"same     {same} file{'s' if same > 1 else ''}\n"


def _owner(target: Target, files: Sequence[File]) -> tuple[int | None, tuple[str, ...]]:
    """The uid of who must read the files of the account; and what is left to do by hand."""
    owned = [os.path.join(target.folder, file.path) for file in files if file.owned]
    if target.user is None or not owned:
        return None, ()
    import pwd

    try:
        uid = pwd.getpwnam(target.user).pw_uid
    except KeyError:
        uid = None
    if uid == os.geteuid():
        return None, ()
    if uid is None or os.geteuid() != 0:
        return None, tuple(
            f"{path} must belong to {target.user}: chown {target.user} {path}" for path in owned
        )
    return uid, ()
