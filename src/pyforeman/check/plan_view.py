"""The plan of a formation for people and programs: each process, and where its variables come from.

A user asks "why does web have this value?". So the variables that the project decides stand before the many
that every shell has, and what is the same for all processes is said once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pyforeman.check.secrecy import without
from pyforeman.plan.formation import Instance, shared_environment
from pyforeman.plan.plan import Plan, to_start
from pyforeman.plan.secrets import HIDDEN, hidden, masked

_OURS = "pyforeman"
_REAL = "environment"


class Variable(NamedTuple):
    """A variable as it may be shown: a secret is masked. ``origin`` is the layer that it came from."""

    key: str
    value: str
    origin: str


def plan_text(plan: Plan, origins: Mapping[str, str], root: str) -> str:
    """The processes that ``start`` would start, as lines: where each runs, what, and its own variables; then
    the variables that all of them have.

    ``origins`` is that of :func:`pyforeman.plan.environment.origins` for the plan's environment, ``root`` the
    folder that processes run in. Raises UsageError where ``start`` would start nothing.
    """
    views = _views(plan, origins)
    common = _common([variables for _, variables in views])
    known = set(common)
    parts = [
        (
            _heading(instance, root),
            f"  {_harmless(hidden(instance.command))}",
            *_lines(variable for variable in variables if variable not in known),
        )
        for instance, variables in views
    ]
    if common:
        parts.append(("every process", *_lines(common)))
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts)


def plan_json(plan: Plan, origins: Mapping[str, str], root: str) -> str:
    """The same as a list of objects, one for each process, with all its variables. Raises UsageError."""
    import json

    objects = [
        {
            "process": instance.name,
            "type": instance.type,
            "release": instance.is_release,
            "port": instance.port,
            "folder": root,
            "command": hidden(instance.command),
            "environment": {
                variable.key: {"value": variable.value, "from": variable.origin} for variable in variables
            },
        }
        for instance, variables in _views(plan, origins)
    ]
    return f"{json.dumps(objects, indent=2)}\n"


def _views(plan: Plan, origins: Mapping[str, str]) -> list[tuple[Instance, list[Variable]]]:
    """Each process with its variables, those first that the project decides."""
    layers = _layers(plan, origins)
    return [(instance, _variables(instance.environment, layers)) for instance in to_start(plan)]


def _layers(plan: Plan, origins: Mapping[str, str]) -> dict[str, str]:
    """The layer of each variable that a process may have, in the order in which they are shown."""
    ours = {*shared_environment({}, plan.ports), "PS", *(("PORT",) if plan.ports else ())}
    ours -= {"PYTHONUNBUFFERED"} & origins.keys()  # the only one that we leave as it is
    decided = {key: layer for key, layer in origins.items() if layer != _REAL and key not in ours}
    rest = sorted(origins.keys() - decided.keys() - ours)
    return decided | dict.fromkeys(sorted(ours), _OURS) | dict.fromkeys(rest, _REAL)


def _variables(environment: Mapping[str, str], layers: Mapping[str, str]) -> list[Variable]:
    shown = [
        Variable(key, masked(key, environment[key]), origin)
        for key, origin in layers.items()
        if key in environment
    ]
    # ${DB_PASSWORD} in the value of another key. Not postgres or 5432: these are names and ports as well.
    values = {environment[variable.key] for variable in shown if variable.value == HIDDEN}
    secrets = [value for value in values if not (value.isalpha() or value.isdigit())]
    return [variable._replace(value=without(variable.value, secrets)) for variable in shown]


def _common(of_each: Sequence[Sequence[Variable]]) -> list[Variable]:
    """What all have, but for what is made for one of them even where it is the only one."""
    others = [set(variables) for variables in of_each]
    return [
        variable
        for variable in of_each[0]
        if all(variable in other for other in others)
        and not (variable.key in ("PORT", "PS") and variable.origin == _OURS)
    ]


def _heading(instance: Instance, root: str) -> str:
    first = ", before the others," if instance.is_release else ""
    port = f" on port {instance.port}" if instance.port is not None else ""
    return f"{instance.name}{first}{port} in {_harmless(root)}"


def _lines(variables: Iterable[Variable]) -> list[str]:
    """The layers in a column: values are of any length, so they stand last."""
    rows = [(_harmless(origin), _harmless(f"{key}={value}")) for key, value, origin in variables]
    width = max((len(origin) for origin, _ in rows), default=0)
    return [f"  {origin.ljust(width)}  {assignment}" for origin, assignment in rows]


def _harmless(text: str) -> str:
    """On one line, and nothing in it that would do something to a terminal: ``\\n``, ``\\x1b``."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
