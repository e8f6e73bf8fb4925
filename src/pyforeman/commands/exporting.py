"""Carries out ``export``: reads the project, has a format make files of it, and writes or prints them."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pyforeman.commands.destination import Destination, contents
from pyforeman.commands.printing import print_files, say, warn
from pyforeman.commands.target import STANDARD_OUTPUT, check_text, shown_folder, target
from pyforeman.commands.templates import templates
from pyforeman.errors import InputError, PyforemanError, UsageError
from pyforeman.export.application import Application, Target, application
from pyforeman.export.changes import Change
from pyforeman.export.environment import values
from pyforeman.export.file import File
from pyforeman.export.formats import Format, find
from pyforeman.export.remarks import program, remarks
from pyforeman.plan.plan import Plan, make_plan
from pyforeman.plan.procfile import RELEASE, Procfile
from pyforeman.plan.settings import Settings
from pyforeman.runtime.project import Place, locate, read_assignments, read_procfile

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


class Request(NamedTuple):
    """What is to be exported. ``wanted`` are the fields of a Target that somebody asked for; ``asked`` those
    options that the command line has, and not only ``.foreman`` or a variable, which are for all formats."""

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
    if request.destination == "":
        raise UsageError(f"DEST: an empty name; leave it out for {shown_folder(request.format_name, None)}")
    if request.destination in procfile.names and not os.path.isdir(str(request.destination)):
        name = request.destination
        raise UsageError(f"{name} is a process type; write {name}=1, or ./{name} for a folder")
    plan = _plan(request.settings, procfile, _told(request, place))
    wanted = _application(request, engine, plan, place)
    where = target(
        request.format_name,
        engine,
        place.root,
        request.destination,
        request.wanted,
        request.asked - {"template"},
    )
    found = templates(request.format_name, engine, request.templates, is_asked="template" in request.asked)
    missing = _missing(wanted, where.path) if engine.RUNS_IN == "host" else ()
    warn(remarks(wanted, engine.RUNS_IN, missing))
    files = tuple(engine.files(wanted, where, found))
    if request.destination == STANDARD_OUTPUT:
        print_files(files)
        return 0
    return _write(request, engine, wanted, where, files)


def _told(request: Request, place: Place) -> dict[str, str]:
    """The variables of the env files; of several problems each is told on a line of its own."""
    try:
        return values(read_assignments(place.root, request.env_files))
    except InputError as error:
        *others, last = error.problems
        warn(others)
        raise PyforemanError(last) from None


def _plan(settings: Settings, procfile: Procfile, variables: Mapping[str, str]) -> Plan:
    """The plan of ``start --release``: who exports an application wants its release, unless they say not."""
    words = [word for text in settings.formation for word in text.split(",")]
    named = any(word.strip().partition("=")[0] == RELEASE for word in words)
    plan = make_plan(procfile, variables, settings._replace(release=RELEASE in procfile.names and not named))
    if not any(count for name, count in plan.counts.items() if name != RELEASE):
        types = ", ".join(name for name in procfile.names if name != RELEASE)
        if not types:
            raise UsageError(f"nothing to export: {procfile.path} has no process type but {RELEASE}")
        raise UsageError(f"nothing to export: every count is 0; the types in {procfile.path} are {types}")
    return plan


def _application(request: Request, engine: Format, plan: Plan, place: Place) -> Application:
    check_text(place.root, place.root)
    name = request.app
    if name is None:
        name = _NOT_IN_A_NAME.sub("-", os.path.basename(place.root)).strip("-._") or "app"
    return application(plan, name, place.root, _schedulers(plan, of_all=engine.RUNS_IN == "pods"))


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


def _missing(wanted: Application, path: str) -> frozenset[str]:
    """The programs that processes look for on PATH, and that are not there."""
    folders = wanted.environment.get("PATH", path).split(os.pathsep)
    programs = {program(process.command) for process in wanted.everything} - {""}
    return frozenset(
        name
        for name in programs
        if not any(os.access(os.path.join(wanted.root, folder, name), os.X_OK) for folder in folders)
    )


def _write(
    request: Request, engine: Format, wanted: Application, where: Target, files: Sequence[File]
) -> int:
    owner, by_hand = _owner(where, files)
    destination = Destination(where.folder, f"{wanted.name}-{request.format_name}")
    to_write = contents(files, owner)
    found = destination.changes(to_write)
    foreign = [change.path for change in found if change.is_foreign]
    if foreign and not request.force and not request.dry_run:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise PyforemanError(
            f"{os.path.join(where.folder, foreign[0])}{more}: not as an export wrote it; "
            "nothing is written; --force overwrites, --dry-run lists"
        )
    if not request.dry_run:
        destination.apply(to_write, found)
    say("".join(_listed(found, shown_folder(request.format_name, request.destination))))
    if not request.dry_run:
        warn(by_hand)
        again = any(change.kind != "new" for change in found)
        say("".join(f"next: {step}\n" for step in engine.next_steps(wanted, where, again=again)))
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


def _owner(where: Target, files: Sequence[File]) -> tuple[int | None, tuple[str, ...]]:
    """The uid of who must read the files of the account; and what is left to do by hand."""
    owned = [os.path.join(where.folder, file.path) for file in files if file.owned]
    if where.user is None or not owned:
        return None, ()
    import pwd
    from shlex import quote

    try:
        uid = pwd.getpwnam(where.user).pw_uid
    except KeyError:
        uid = None
    if uid is not None and os.geteuid() in (0, uid):
        return uid, ()
    return None, tuple(
        f"{path} must belong to {where.user}: chown {quote(where.user)} {quote(path)}" for path in owned
    )
