"""Subjects for the tests of rules: made of files as text, as ``check`` makes them."""

from collections.abc import Mapping

from pyforeman.check import reading
from pyforeman.check.facts import Facts
from pyforeman.check.finding import Finding, Found
from pyforeman.check.fixes import fixed
from pyforeman.check.rule import Rule
from pyforeman.check.subject import Profile, Subject
from pyforeman.plan import procfile
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
    by their paths; ``counts`` are the words of the formation (``{"web": 2}`` is that alone, as for start)."""
    texts = env if isinstance(env, Mapping) else {ENV_FILE: env}
    words = tuple(f"{name}={count}" for name, count in counts.items())
    judged = reading.subject(
        procfile.read(_bytes(text), PROCFILE),
        [(path, _bytes(data)) for path, data in texts.items()],
        real,
        settings._replace(formation=words),
        profile=profile,
    )
    return judged._replace(facts=facts)


def found(rule: Rule, judged: Subject) -> list[tuple[int, str, str]]:
    """What a rule finds: the line, the characters that are marked ("" for a whole line or file), and the
    message."""
    return [(one.place.line, marked(judged, one), one.message) for one in rule.judge(judged)]


def marked(judged: Subject, one: Found) -> str:
    """The characters at the place of a finding; the place must lie in its file."""
    sources = {source.path: source for source in judged.sources}
    path, line, column, end_column = one.place
    if not line:
        assert not column
        return ""
    text = sources[path].lines[line - 1]
    assert not column or 1 <= column < end_column <= len(text) + 2, (one, text)
    return text[column - 1 : end_column - 1] if column else ""


def mended(judged: Subject, *rules: Rule) -> str:
    """The text of the Procfile as ``--fix`` leaves it, where these rules are asked."""
    findings = [Finding(rule.id, rule.severity, one) for rule in rules for one in rule.judge(judged)]
    return fixed(judged.procfile, findings)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
