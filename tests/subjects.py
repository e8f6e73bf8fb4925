"""Subjects for the tests of rules: made of files as text, as ``check`` makes them."""

from collections.abc import Mapping

from pyforeman.check.facts import Facts
from pyforeman.check.finding import Found
from pyforeman.check.rule import Rule
from pyforeman.check.subject import EnvFile, Profile, Source, Subject, entry
from pyforeman.errors import UsageError
from pyforeman.plan import environment, procfile
from pyforeman.plan.environment import TooManyReferences
from pyforeman.plan.plan import make_plan
from pyforeman.plan.settings import Settings

PROCFILE = "Procfile"
ENV_FILE = ".env"


def subject(
    text: str | bytes,
    *,
    env: str | bytes | Mapping[str, str | bytes] = {},
    counts: Mapping[str, int] = {},
    facts: Facts = Facts(),  # noqa: B008  # it cannot be changed
    real: Mapping[str, str] = {},
    profile: Profile = "development",
    settings: Settings = Settings(),  # noqa: B008
) -> Subject:
    """What ``check`` judges of a Procfile. ``env`` is the text of ``.env``, or the texts of several env files
    by their paths; ``counts`` are the words of the formation (``{"web": 2}`` is that alone, as for start).

    ``instances`` are made only where all files parse, as ``start`` does it.
    """
    reading = procfile.read(_bytes(text), PROCFILE)
    texts = env if isinstance(env, Mapping) else {ENV_FILE: env}
    readings = {path: environment.read(_bytes(data), path) for path, data in texts.items()}
    assignments = [one for read in readings.values() for one in read.assignments]
    problems = [problem for read in readings.values() for problem in read.problems]
    inherited = dict(real)
    try:
        inherited = environment.resolve(real, assignments)
    except TooManyReferences as error:
        problems.append(error.problem)
    judged = Subject(
        procfile=Source(PROCFILE, reading.text),
        entries=tuple(entry(PROCFILE, one) for one in reading.procfile.types),
        problems=reading.problems,
        env_files=tuple(
            EnvFile(Source(path, read.text), read.assignments, tuple(p for p in problems if p.path == path))
            for path, read in readings.items()
        ),
        environment=inherited,
        real=real,
        profile=profile,
        facts=facts,
    )
    if reading.problems or problems:
        return judged
    words = tuple(f"{name}={count}" for name, count in counts.items())
    try:
        plan = make_plan(reading.procfile, inherited, settings._replace(formation=words))
        return judged._replace(counts=plan.counts, instances=plan.instances())
    except UsageError as error:
        return judged._replace(refusal=str(error))


def found(rule: Rule, judged: Subject) -> list[tuple[int, str, str]]:
    """What a rule finds: the line, the characters that are marked ("" for a whole line or file), and the
    message."""
    return [(one.place.line, marked(judged, one), one.message) for one in rule.judge(judged)]


def marked(judged: Subject, one: Found) -> str:
    """The characters at the place of a finding; the place must lie in its file."""
    sources = {judged.procfile.path: judged.procfile, **{e.source.path: e.source for e in judged.env_files}}
    path, line, column, end_column = one.place
    if not line:
        assert not column
        return ""
    text = sources[path].lines[line - 1]
    assert not column or 1 <= column < end_column <= len(text) + 2, (one, text)
    return text[column - 1 : end_column - 1] if column else ""


def mended(judged: Subject, *rules: Rule) -> str:
    """The text of the Procfile with all edits of these rules, the last one first."""
    text = judged.procfile.text
    edits = {edit for rule in rules for one in rule.judge(judged) for edit in one.edits}
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        assert edit.path == judged.procfile.path
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
