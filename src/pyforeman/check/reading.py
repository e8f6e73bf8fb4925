"""From bytes to a subject: what was read of a project, as the rules look at it."""

from collections.abc import Mapping, Sequence

from pyforeman.check.subject import EnvFile, Profile, Source, Subject, entry
from pyforeman.errors import UsageError
from pyforeman.plan import environment, procfile
from pyforeman.plan.environment import TooManyReferences
from pyforeman.plan.formation import DEFAULT_BASE, base_port
from pyforeman.plan.plan import Plan, make_plan
from pyforeman.plan.procfile import Procfile
from pyforeman.plan.settings import Settings


def subject(
    read: procfile.Reading,
    env_files: Sequence[tuple[str, bytes]],
    real: Mapping[str, str],
    settings: Settings,
    *,
    override: bool = False,
    profile: Profile = "development",
) -> Subject:
    """The subject without its facts. ``env_files`` are what the user calls each, and its bytes. Problems of
    the files are in it, for rules to tell.

    Raises UsageError where the settings do not fit a Procfile that is all right: then nothing can be judged.
    """
    files = tuple(_env_file(*file) for file in env_files)
    assignments = [assignment for file in files for assignment in file.assignments]
    try:
        resolved = environment.resolve(real, assignments, override=override)
    except TooManyReferences as error:
        files = tuple(_with_problem(file, error) for file in files)
        resolved = dict(real)
    found = Subject(
        Source(read.procfile.path, read.text),
        tuple(entry(read.procfile.path, process_type) for process_type in read.procfile.types),
        read.problems,
        files,
        resolved,
        real,
        reads_port=settings.port is None and not settings.no_port,
        profile=profile,
    )
    plan = _plan(read.procfile, resolved, settings, is_broken=bool(read.problems))
    return _with_formation(found, plan) if plan else found


def _env_file(path: str, data: bytes) -> EnvFile:
    reading = environment.read(data, path)
    return EnvFile(Source(path, reading.text), reading.assignments, reading.problems)


def _with_problem(file: EnvFile, error: TooManyReferences) -> EnvFile:
    if error.problem.path != file.source.path:
        return file
    return file._replace(problems=(*file.problems, error.problem))


def _plan(read: Procfile, resolved: Mapping[str, str], settings: Settings, *, is_broken: bool) -> Plan | None:
    """The plan of what parses; None where there is none."""
    if not read.types:
        return None
    try:
        base_port(settings.port, resolved)
    except UsageError:  # which a rule tells
        settings = settings._replace(port=DEFAULT_BASE)
    try:
        return make_plan(read, resolved, settings)
    except UsageError:
        # The formation may name a type whose line does not parse: that line is what the user has to mend.
        if is_broken:
            return None
        raise


def _with_formation(found: Subject, plan: Plan) -> Subject:
    try:
        return found._replace(counts=plan.counts, instances=plan.outline())
    except UsageError as error:
        instances = plan._replace(ports=None).outline()
        return found._replace(counts=plan.counts, instances=instances, refusal=str(error))
