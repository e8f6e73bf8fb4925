"""PF101 to PF108, PF112: the Procfile itself. What the parser refuses, and what other tools do."""

from collections import Counter
from collections.abc import Iterator

from pyforeman.check.finding import Edit, Found, Place
from pyforeman.check.rule import Rule, rule
from pyforeman.check.subject import Source, Subject
from pyforeman.plan.problem import Problem

_LONGEST_NAME = 63
_COMMENTS_ELSEWHERE = ("//", "/*", "*", ";", "%", "--", "<!--", "REM ")
_GO_BLANKS = " \t\f\r"  # what Go's \s is, of which Overmind and hivemind want one


@rule("PF101", "error", bad="Run the server", good="# Run the server\nweb: python app.py", always=True)
def not_an_entry(subject: Subject) -> Iterator[Found]:
    """A line is neither an entry nor a comment.

    Each line is 'name: command', a comment that begins with #, or blank.
    Foreman, honcho and others skip such a line in silence, and a process that you count on never runs.
    Here nothing starts until it is mended. A command has one line: a backslash at its end joins nothing.
    """
    for problem, line in _problems(subject, "not-an-entry"):
        end = 1 if line.startswith(":") else len(line)
        yield _found(subject, problem, 0, end, "write name: command")


@rule("PF102", "error", bad="web : python app.py", good="web: python app.py", always=True, fixable=True)
def stray_blank(subject: Subject) -> Iterator[Found]:
    """A blank stands before the name or before the colon.

    Nothing may stand before a name, and nothing between a name and its colon.
    Foreman drops 'web : python app.py' in silence; goreman runs it. Here it is an error, and nothing starts.
    """
    repairs = _repairs(subject)
    for problem, line in _problems(subject, "stray-blank"):
        start = end = problem.column - 1
        while line[end].isspace():
            end += 1
        edit = repairs.get(problem.line)
        # What is no entry without the blank either is the rest of a command, or of YAML.
        name = _name(line).strip()
        is_entry = name.replace("-", "").replace("_", "").isalnum() and not name.startswith("-")
        advice = "remove the blank" if is_entry else "write each command on one line, after its name"
        yield _found(subject, problem, start, end, advice, (edit,) if edit else ())


@rule("PF103", "error", bad="web.1: python app.py", good="web-1: python app.py", always=True)
def invalid_name(subject: Subject) -> Iterator[Found]:
    """A name has another character than letters, digits, _ and -.

    The name of a process type is made of A to Z, a to z, 0 to 9, _ and -.
    A dot would make web.1 both a type and the first instance of web; Foreman drops such lines in silence.
    """
    for problem, line in _problems(subject, "invalid-name"):
        # A name that is pasted text is not repeated.
        words = "".join(
            one if one.isascii() and (one.isalnum() or one == "_") else " " for one in _name(line)
        )
        better = "-".join(words.split())
        advice = f"write {better}: …" if 0 < len(better) <= _LONGEST_NAME else "write another name"
        if line.startswith(_COMMENTS_ELSEWHERE):
            advice = "start a comment with #"
        yield _found(subject, problem, problem.column - 1, problem.column, advice)


@rule("PF104", "error", bad="- cron: python cron.py", good="cron: python cron.py", always=True, fixable=True)
def yaml_habit(subject: Subject) -> Iterator[Found]:
    """A line is written as in YAML, or as in an env file.

    A Procfile looks like YAML and is none: it has no lists, and nothing is nested.
    Nor is it an env file: a colon stands after the name, and not =.
    """
    repairs = _repairs(subject)
    for problem, line in _problems(subject, "yaml-habit"):
        if line.startswith("- "):
            edit = repairs.get(problem.line)
            yield _found(subject, problem, 0, 2, "write name: command", (edit,) if edit else ())
        else:
            name = line[: problem.column - 1]
            yield _found(subject, problem, problem.column - 1, line.index("=") + 1, f"write {name}: …")


@rule("PF105", "error", bad="web:", good="web: python app.py", always=True)
def no_command(subject: Subject) -> Iterator[Found]:
    """A name has no command.

    The command stands on the line of its name; one on the next line is not seen.
    To keep a name for later, begin the line with #.
    """
    advice = "write the command after it, or remove the line"
    for problem, _ in _problems(subject, "no-command"):
        yield _found(subject, problem, problem.column - 1, problem.column, advice)


@rule(
    "PF106",
    "error",
    bad="web: python app.py\nweb: python other.py",
    good="web: python app.py\nother: python other.py",
    always=True,
    fixable=True,
)
def duplicate_type(subject: Subject) -> Iterator[Found]:
    """Two lines have the same name.

    heroku local takes the last of them, goreman starts both, Overmind and honcho refuse the file. For two of
    the same kind, write one line and start with web=2.
    """
    entries = {entry.name: entry for entry in subject.entries}
    for problem, line in _problems(subject, "duplicate-type"):
        name = _name(line)
        edits: tuple[Edit, ...] = ()
        if name in entries and line[len(name) + 1 :].strip() == entries[name].command:
            edits = (without_line(subject.procfile, problem.line),)
        yield _found(subject, problem, 0, len(name), edits=edits)


@rule("PF107", "error", bad="# nothing but a comment", good="web: python app.py", always=True)
def no_process_type(subject: Subject) -> Iterator[Found]:
    """There is no entry in the file.

    Only comments and blank lines: there is nothing to start.
    Write a line for each process: a name, a colon, a command.
    """
    for problem, _ in _problems(subject, "no-process-type"):
        message, _, advice = problem.message.partition("; ")
        yield Found(message, Place(subject.procfile.path), advice)


@rule("PF108", "error", bad="web: echo a\0b", good="web: echo ab", always=True)
def unreadable_text(subject: Subject) -> Iterator[Found]:
    """The file is no UTF-8, or has a NUL byte.

    Editors on Windows may save files as UTF-16 or in a code page. A NUL byte ends an argument for the kernel,
    so no command can have one.
    """
    for problem, _ in _problems(subject, "unreadable-text"):
        yield _found(subject, problem, problem.column - 1, problem.column)


@rule("PF112", "note", bad="web:python app.py", good="web: python app.py", fixable=True)
def unportable_name(subject: Subject) -> Iterator[Found]:
    """Heroku, Overmind or another tool does not take this entry.

    Overmind and hivemind want a blank after the colon, and skip a line without one in silence.
    Heroku's buildpack for Procfiles wants names that begin and end with a letter or a digit, of 63 characters
    at most. It makes small letters of capitals and dashes of underscores, so that two names may become one,
    of which the last line counts; usual names, such as celery_beat, are not reported for that alone.
    Nor is a dash: releases of heroku local that refused it have been followed by one that does not.
    """
    lines = subject.procfile.lines
    heroku: dict[str, str] = {}
    for entry in subject.entries:
        name, line = entry.name, entry.line
        end = len(name) + 1
        place = Place(entry.path, line, 1, end)
        text = lines[line - 1]
        if text[end] not in _GO_BLANKS:
            start = subject.procfile.offset(line, end + 1)
            edit = Edit(entry.path, start, start + entry.column - 1 - end, " ")
            yield Found(
                "no blank after the colon: Overmind and hivemind skip this line",
                Place(entry.path, line, end, end + 1),
                "write one blank",
                (edit,),
            )
        if name[0] in "-_" or name[-1] in "-_":
            yield Found(f"Heroku refuses the name {name}", place, "begin and end it with a letter or a digit")
        elif len(name) > _LONGEST_NAME:
            yield Found(
                f"Heroku refuses a name of {len(name)} characters", place, f"{_LONGEST_NAME} are the most"
            )
        elif (first := heroku.setdefault(name.lower().replace("_", "-"), name)) != name:
            yield Found(f"{name} and {first} are one name for Heroku", place, "rename one of them")


def without_line(source: Source, line: int) -> Edit:
    """What removes a line of a file, with its end."""
    start = source.offset(line, 1)
    end = source.text.find("\n", start) + 1
    return Edit(source.path, start, end or len(source.text), "")


def _problems(subject: Subject, kind: str) -> Iterator[tuple[Problem, str]]:
    """Those of one kind, each with its line."""
    found = [problem for problem in subject.problems if problem.kind == kind]
    if found:
        lines = subject.procfile.lines
        for problem in found:
            yield problem, lines[problem.line - 1]


def _found(
    subject: Subject,
    problem: Problem,
    start: int,
    end: int,
    advice: str = "",
    edits: tuple[Edit, ...] = (),
) -> Found:
    """The problem as a finding, from one place of its line to another (from 0). Its message may have the
    advice in it."""
    message, _, own_advice = problem.message.partition("; ")
    place = Place(subject.procfile.path, problem.line, start + 1, max(end, start + 1) + 1)
    return Found(message, place, own_advice or advice, edits)


def _name(line: str) -> str:
    return line.partition(":")[0]


def _repairs(subject: Subject) -> dict[int, Edit]:
    """What mends a line with stray blanks or with a dash before it, by its number, where no judgement is
    needed: nothing nests it, it continues no other, and its name is free."""
    lines = subject.procfile.lines if subject.problems else []
    nearly: dict[int, tuple[str, int]] = {}
    for problem in subject.problems:
        if problem.kind not in ("stray-blank", "yaml-habit"):
            continue
        line, before = lines[problem.line - 1], lines[problem.line - 2] if problem.line > 1 else ""
        head, colon, command = line.partition(":")
        name = head.strip().removeprefix("- ").lstrip()
        is_name = name.isascii() and name.replace("-", "").replace("_", "").isalnum() and name[0] != "-"
        is_nested = before.rstrip().endswith(tuple(":\\|>&,{["))
        if colon and is_name and command.strip() and command.strip()[0] not in ":=" and not is_nested:
            nearly[problem.line] = name, len(line) - len(command.lstrip())
    taken = Counter([entry.name for entry in subject.entries] + [name for name, _ in nearly.values()])
    repairs = {}
    for number, (name, end) in nearly.items():
        if taken[name] == 1:
            start = subject.procfile.offset(number, 1)
            repairs[number] = Edit(subject.procfile.path, start, start + end, f"{name}: ")
    return repairs


RULES: tuple[Rule, ...] = (
    not_an_entry,
    stray_blank,
    invalid_name,
    yaml_habit,
    no_command,
    duplicate_type,
    no_process_type,
    unreadable_text,
    unportable_name,
)
