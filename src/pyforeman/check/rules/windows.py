"""PF110, PF111 and PF208: what Windows and its editors leave in the files."""

import re
from collections.abc import Iterator

from pyforeman.check.finding import Edit, Found, Place
from pyforeman.check.rule import Rule, rule
from pyforeman.check.subject import Source, Subject
from pyforeman.plan.text import MARK


@rule("PF110", "note", bad="\ufeffweb: python app.py", good="web: python app.py", fixable=True)
def byte_order_mark(subject: Subject) -> Iterator[Found]:
    """A file begins with a byte order mark.

    Some editors on Windows write three bytes before the text. We skip them. Foreman, Overmind and
    heroku local take them for a part of the first name, and lose or refuse that line; so does a shell that
    reads an env file.
    """
    for source, _ in _sources(subject):
        if source.text.startswith(MARK):
            # A second one is text to us: with the first one gone, it would be skipped instead.
            edits = () if source.text[1:2] == MARK else (Edit(source.path, 0, 1, ""),)
            place = Place(source.path, 1)
            yield Found("the file begins with a byte order mark", place, "save it without", edits)


@rule("PF111", "note", bad="web: python app.py\r\n", good="web: python app.py\n", fixable=True)
def windows_line_ends(subject: Subject) -> Iterator[Found]:
    """Lines end as on Windows (CRLF).

    We cut them off, as most tools do. But heroku local fails at a blank line that has one, and a shell that
    reads an env file has it at the end of each value.
    """
    for source, is_safe in _sources(subject):
        if "\r\n" not in source.text:
            continue
        edits, end = [], source.text.find("\r\n")
        line = source.text.count("\n", 0, end) + 1
        while end >= 0:
            edits.append(Edit(source.path, end, end + 1, ""))
            end = source.text.find("\r\n", end + 1)
        # The values of an env file may hold line ends: then they would change.
        yield Found(
            f"{len(edits)} line{'s end' if len(edits) > 1 else ' ends'} in CRLF, as on Windows",
            Place(source.path, line),
            "save the file with LF alone",
            tuple(edits) if is_safe else (),
        )


@rule(
    "PF208",
    "warning",
    bad="web: java -Dserver.port=%PORT% -jar app.jar",
    good="web: java -Dserver.port=$PORT -jar app.jar",
)
def windows_variable(subject: Subject) -> Iterator[Found]:
    """A variable is written as on Windows.

    sh, which runs the commands, knows no %PORT%: the program is given these six characters, percent signs
    and all. Write $PORT.
    Only names that the environment has are taken for variables: date +%H%M%S is none.
    """
    known = {"PORT", "PS", *subject.environment}
    for entry in subject.entries:
        if "%" not in entry.command:
            continue
        for match in re.finditer(r"%([A-Za-z_]\w*)%", entry.command):
            if match[1] in known:
                yield entry.found(
                    f"{match[0]} is no variable: sh leaves it as it is",
                    match.span(),
                    help=f"write ${match[1]}",
                )


def _sources(subject: Subject) -> Iterator[tuple[Source, bool]]:
    """All files that are text, and whether no value in them has a line end."""
    if not any(problem.kind == "unreadable-text" for problem in subject.problems):
        yield subject.procfile, True
    for file in subject.env_files:
        if not file.problems:
            yield file.source, not any("\r" in one.key + one.value for one in file.assignments)


RULES: tuple[Rule, ...] = (byte_order_mark, windows_line_ends, windows_variable)
