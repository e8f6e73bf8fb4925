"""A rule: a generator of findings, with what a user is told about it."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from pyforeman.check.finding import Found, Severity
from pyforeman.check.subject import Subject

Judge = Callable[[Subject], Iterator[Found]]


class Rule(NamedTuple):
    """``id`` is stable: it stands in people's files. ``name`` says the same in words (``missing-program``).

    ``summary`` and ``explanation`` are the first line and the rest of the function's docstring. ``bad`` and
    ``good`` are lines of a Procfile (or env file) that it fires on, and that it does not.
    ``always``: what ``start`` refuses; it cannot be switched off, or ``check`` would pass what does not run.
    ``fixable``: some of what it finds is mended by ``--fix``.
    """

    id: str
    name: str
    severity: Severity
    judge: Judge
    summary: str
    explanation: str
    bad: str
    good: str
    always: bool = False
    fixable: bool = False


def rule(
    id: str,
    severity: Severity,
    *,
    bad: str,
    good: str,
    always: bool = False,
    fixable: bool = False,
) -> Callable[[Judge], Rule]:
    """Make a rule of a generator of findings. It is in force once ``check/rules/__init__.py`` lists it."""

    def make(judge: Judge) -> Rule:
        summary, _, explanation = (judge.__doc__ or "").partition("\n\n")
        text = "\n".join(line.strip() for line in explanation.strip().splitlines())
        name = judge.__name__.replace("_", "-")
        return Rule(id, name, severity, judge, " ".join(summary.split()), text, bad, good, always, fixable)

    return make
