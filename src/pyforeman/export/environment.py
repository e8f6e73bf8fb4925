"""The environment that is exported: the keys of the env files, with the files' values, and nothing of the
shell that the export was made in."""

import re
from collections.abc import Sequence

from pyforeman.errors import InputError
from pyforeman.plan.environment import Assignment, resolve
from pyforeman.plan.problem import Problem

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS = "PYFOREMAN_"


def values(assignments: Sequence[Assignment]) -> dict[str, str]:
    """The variables that every process is given on another machine.

    Raises InputError for a ``${VAR}`` without a default that no file defines (``start`` would take it from
    the shell), and for a key that is no identifier of the shell: some engines read keys as shell code, and
    others drop such a line in silence.
    """
    problems = [
        _problem(one, f"{one.key!r} cannot be exported: a key is made of letters, digits and _")
        for one in assignments
        if not _KEY.fullmatch(one.key)
    ]

    def undefined(assignment: Assignment, name: str) -> None:
        message = f"{assignment.key} refers to ${{{name}}}, which no env file defines"
        problems.append(_problem(assignment, f"{message}; an export takes nothing from your shell"))

    resolved = resolve({}, assignments, undefined=undefined)
    if problems:
        files = list(dict.fromkeys(one.path for one in assignments))
        problems.sort(key=lambda problem: (files.index(problem.path), problem.line))
        raise InputError(tuple(dict.fromkeys(str(problem) for problem in problems)))
    ours = {key: value for key, value in resolved.items() if not key.startswith(_OURS)}
    return {"PYTHONUNBUFFERED": "1", **ours}


def _problem(assignment: Assignment, message: str) -> Problem:
    return Problem(assignment.path, assignment.line, 0, "not-exportable", message)
