"""Variables that have no value."""

import re
from collections.abc import Collection, Iterator

from pyforeman.check.finding import Found, Place
from pyforeman.check.references import Reference, references
from pyforeman.check.repeats import Repeats
from pyforeman.check.rule import Rule, rule
from pyforeman.check.subject import EnvFile, Subject
from pyforeman.plan.formation import NEIGHBOUR

# What the shell sets by itself, and what a login sets and a lint job has not.
_OF_THE_SHELL = frozenset(
    """
    HOME PWD OLDPWD IFS PPID OPTIND OPTARG HOSTNAME RANDOM SECONDS LINENO UID EUID SHLVL REPLY BASH
    BASH_VERSION PS1 PS2 PS4 PATH USER LOGNAME SHELL TERM LANG TMPDIR
    """.split()
)
# Unquoted, these are meant to be nothing at all where nobody sets them.
_USED = r"\$\{?([A-Za-z_]\w*)"
_OPTIONS = ("OPTS", "OPT", "ARGS", "FLAGS", "OPTIONS", "PARAMS")
# What others set, and what does the same here.
_ELSEWHERE = {
    name: f"here $PS names the process: write ${{{name}:-$PS}}" for name in ("DYNO", "HONCHO_PROCESS_NAME")
}


@rule("PF203", "warning", bad="web: serve --db $DATABSE_URL", good="web: serve --db $DATABASE_URL")
def unset_variable(subject: Subject) -> Iterator[Found]:
    """A variable is used, and nothing sets it.

    The shell puts nothing in its place: the option before it takes the next word for its value. It is
    looked for in the env files, in the environment and among what pyforeman sets (PORT, PS,
    PYTHONUNBUFFERED, PYFOREMAN_PROCESS_*). In an env file, a ${VAR} that is set nowhere is empty, too.
    A=1 in front of a program does not count for $A in its arguments: the shell expands them before.
    Silent are: a default (${VAR:-x}, ${VAR-}, ${VAR:?}), single quotes, what the command sets itself
    before, what the shell sets, and unquoted options ($JAVA_OPTS, $EXTRA_ARGS), which may be nothing.
    Write ${VAR:-} where nothing is meant.
    """
    known = _known(subject)
    yield from _in_commands(subject, known)
    yield from _in_env_files(subject)


def _in_commands(subject: Subject, known: set[str]) -> Iterator[Found]:
    found: Repeats[Reference] = Repeats()
    for entry in subject.entries:
        # Most commands use what is known, and need no closer look.
        if "$" not in entry.command or known.issuperset(re.findall(_USED, entry.command)):
            continue
        for reference in references(entry):
            name = reference.name
            if name in known or name in _OF_THE_SHELL or (reference.unquoted and name.endswith(_OPTIONS)):
                continue
            found.add(name, entry, reference)
    for entry, reference, also_on in found.all():
        span = (reference.start, reference.end)
        message = f"${reference.name} has no value{also_on}"
        yield entry.found(message, span, help=_way_out(reference.name, known))


def _in_env_files(subject: Subject) -> Iterator[Found]:
    assigned: dict[str, int] = {}
    for file in subject.env_files:
        for assignment in file.assignments:
            assigned[assignment.key] = assigned.get(assignment.key, 0) + 1
    for file in subject.env_files:
        for assignment in file.assignments:
            if assignment.literal or "${" not in assignment.value:
                continue
            for name in _bare_references(assignment.value):
                # ${A} in the value of A is the A from before.
                if name in subject.real or assigned.get(name, 0) > (name == assignment.key):
                    continue
                message = f"${{{name}}} has no value, so {assignment.key} has nothing in its place"
                place = _place(file, assignment.line, name)
                yield Found(message, place, _way_out(name, {*subject.real, *assigned} - {assignment.key}))


def _bare_references(value: str) -> Iterator[str]:
    """The names in ``${NAME}`` without a default, each once."""
    parts = (part.partition("}") for part in value.split("${")[1:])
    yield from dict.fromkeys(name for name, end, _ in parts if end and ":" not in name)


def _place(file: EnvFile, line: int, name: str) -> Place:
    written = f"${{{name}}}"
    for number, text in enumerate(file.source.lines[line - 1 :], start=line):
        column = text.find(written) + 1
        if column:
            return Place(file.source.path, number, column, column + len(written))
    return Place(file.source.path, line)


def _known(subject: Subject) -> set[str]:
    """What children have in their environment."""
    known = {*subject.environment, "PS", "PYTHONUNBUFFERED"}
    if subject.instances and not subject.refusal:  # where start refuses, they are without their ports
        first = subject.instances[0]
        return known | first.environment.keys() | ({"PORT"} if first.port is not None else set())
    neighbours = (f"{NEIGHBOUR}{entry.name.upper().replace('-', '_')}_PORT" for entry in subject.entries)
    return known | {"PORT", *neighbours}


def _way_out(name: str, known: Collection[str]) -> str:
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    if name == "PORT":
        return "leave out --no-port, or write ${PORT:-5000}"
    from difflib import get_close_matches

    # The closest of all: of two variables that differ in one letter, neither is meant for sure.
    near = get_close_matches(name, known, n=1, cutoff=0.8)
    meant = f"did you mean {near[0]}? Else " if near else ""
    return f"{meant}set it in .env, or write ${{{name}:-default}}"


RULES: tuple[Rule, ...] = (unset_variable,)
