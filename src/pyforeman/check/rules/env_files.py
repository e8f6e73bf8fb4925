"""PF120 to PF123: the env files, and the environment that results from them. A place is that of a key, and
never of a value: reports show no value that nobody points at."""

from collections.abc import Iterator

from pyforeman.check.finding import Edit, Found, Place
from pyforeman.check.rule import Rule, rule
from pyforeman.check.rules.procfile import without_line
from pyforeman.check.subject import EnvFile, Subject
from pyforeman.errors import UsageError
from pyforeman.plan.environment import Assignment
from pyforeman.plan.formation import NEIGHBOUR, port_number
from pyforeman.plan.text import MARK


@rule("PF120", "error", bad="SECRET_KEY", good="SECRET_KEY=…", always=True)
def env_syntax(subject: Subject) -> Iterator[Found]:
    """A line of an env file cannot be read, or resolved.

    Each line is KEY=value, a comment that begins with #, or blank. A value of several lines, or with a #
    after a blank, stands in quotes. A value may refer to others as ${KEY}, not more than 100 deep.
    The line is not shown: it may be one of a key that was pasted without quotes.
    """
    for file in subject.env_files:
        for problem in file.problems:
            message, _, advice = problem.message.partition("; ")
            yield Found(message, Place(file.source.path, problem.line), advice, secret=True)


@rule("PF121", "warning", bad="DEBUG=1\nDEBUG=0", good="DEBUG=1", fixable=True)
def duplicate_key(subject: Subject) -> Iterator[Found]:
    """A key is set twice in the same file.

    The last line counts, and the one before has no effect; who changes that one wonders why.
    A line that refers to the one before, as in OPTIONS="${OPTIONS} -v", is none of these; nor is a key that
    two files set: that is what the second file is for.
    """
    for file in subject.env_files:
        last: dict[str, Assignment] = {}
        for one in reversed(file.assignments):
            later = last.get(one.key)
            if later is not None and not _refers(later):
                is_same = (one.value, one.literal) == (later.value, later.literal)
                yield Found(
                    f"{_shown(one.key)} is set again on line {later.line}: this line has no effect",
                    _key(file, one),
                    "remove one of them",
                    _without(file, one) if is_same else (),
                )
            if later is None or _refers(later):
                last[one.key] = one


@rule("PF122", "note", bad="PS=app", good="APP=app")
def shadowed_key(subject: Subject) -> Iterator[Found]:
    """A key of an env file has no effect: something else sets it.

    The environment that pyforeman is started in wins over env files, so that FOO=x pyforeman start works;
    a key that it has with another value keeps that one. PATH and HOME are always there.
    --env-override turns that round. PS and PYFOREMAN_PROCESS_… are set for each process, whatever a file
    says.
    """
    ours = {}
    for file in subject.env_files:
        ours.update({one.key: (file, one) for one in file.assignments})
    for key, (file, one) in ours.items():
        if key == "PS" or key.startswith(NEIGHBOUR):
            message = f"{_shown(key)} has no effect: pyforeman sets it for each process"
            yield Found(message, _key(file, one), "choose another name")
        elif _differs(one, subject):
            message = f"{_shown(key)} has no effect: the environment has another one"
            yield Found(message, _key(file, one), "unset it there, or use --env-override")


@rule("PF123", "error", bad="PORT=http", good="PORT=5000", always=True)
def invalid_port(subject: Subject) -> Iterator[Found]:
    """PORT is no port.

    PORT, in an env file or in the environment, is the port of the first process; the others get theirs from
    it. It is a number from 1 to 65535. start refuses another one, unless -p or --no-port says otherwise.
    """
    text = subject.environment.get("PORT", "")
    if not text or not subject.reads_port:
        return
    try:
        port_number(text, "PORT")
    except UsageError as error:
        ours = [(file, one) for file in subject.env_files for one in file.assignments if one.key == "PORT"]
        if ours and subject.real.get("PORT") != text:
            yield Found(str(error), _key(*ours[-1]), "write PORT=5000")
        else:
            yield Found(str(error), Place(subject.procfile.path), "it is in the environment: unset PORT")


def _key(file: EnvFile, one: Assignment) -> Place:
    """Where the key stands; the whole line where it has line ends in it."""
    start = file.source.lines[one.line - 1].find(one.key) + 1
    return Place(one.path, one.line, start, start + len(one.key) if start else 0)


def _refers(one: Assignment) -> bool:
    """Whether it may mean the assignments before it."""
    return "${" in one.value and not one.literal


def _differs(one: Assignment, subject: Subject) -> bool:
    """Whether the real environment has another value, and keeps it: certainly so."""
    key = one.key
    if key not in subject.real or subject.environment.get(key) != subject.real[key]:
        return False
    if _refers(one):  # PATH=${PATH}:bin is another one, and of ${OTHER} we cannot tell
        return (
            one.value.startswith(f"${{{key}}}") and one.value != f"${{{key}}}" and "${" not in one.value[2:]
        )
    return one.value != subject.real[key]


def _without(file: EnvFile, one: Assignment) -> tuple[Edit, ...]:
    """What removes an assignment that has a line of its own."""
    text = file.source.lines[one.line - 1]
    if file.problems or any(sign in one.key + one.value + text for sign in ("\n", "\r", "${")):
        return ()
    if MARK in file.source.text[1:]:  # at the beginning of what is left, it would be skipped
        return ()
    return (without_line(file.source, one.line),)


def _shown(key: str) -> str:
    """The key as one printable word."""
    return key if key.isidentifier() and key.isascii() else ascii(key)


RULES: tuple[Rule, ...] = (env_syntax, duplicate_key, shadowed_key, invalid_port)
