"""The comments that silence rules: ``# pyforeman: ignore[PF306, hard-coded-port]``, ``# pyforeman: ignore``.

On a line of its own such a comment is for the next entry, or the next key of an env file; comments may stand
in between, and a blank line ends it. Behind a command, where the shell reads a comment, and behind a value it
is for that line.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pyforeman.check.finding import Place
from pyforeman.check.rule import Rule
from pyforeman.check.selection import means
from pyforeman.check.subject import EnvFile, Source, Subject

_MARK = "pyforeman:"
# Compiled (by re) only where there is such a comment.
# A list that is not in brackets, or does not end, must not silence every rule: such a comment is none.
_COMMENT = r"(?:^|(?<=\s))#(?:.*\s)?pyforeman:\s*ignore(?:\s*\[(?P<words>[^\]]*)\]|\b(?!\s*[\[:=]|\s+PF\d))"
_MEANT = r"#\s*pyforeman:\s*(?:ignore|disable|noqa|skip)\b"
_WORD = r"[^\s,]+"


class Suppression(NamedTuple):
    """One comment: the lines of a file that it is for, and its words with their places; without, all."""

    path: str
    lines: frozenset[int]
    words: tuple[tuple[str, Place], ...] | None

    def silences(self, rule: Rule) -> bool:
        """Whether it is for what a rule finds there. What ``start`` refuses is never silenced."""
        if rule.always:
            return False
        return self.words is None or any(means(word, rule) for word, _ in self.words)


def suppressions(subject: Subject) -> tuple[Suppression, ...]:
    """Those of the Procfile and of the env files."""
    found: list[Suppression] = []
    # Nearly no file has one, and then no line of it is looked at.
    if _MARK in subject.procfile.text:
        found += _of_procfile(subject)
    for file in subject.env_files:
        if _MARK in file.source.text:
            found += _of_env_file(file)
    return tuple(found)


def misread(subject: Subject) -> Iterator[Place]:
    """The comments on lines of their own that are meant to silence something, and are none of these."""
    for source in subject.sources:
        for number, line in enumerate(source.lines if _MARK in source.text else (), 1):
            if _is_comment(line) and re.search(_MEANT, line) and not re.search(_COMMENT, line):
                yield Place(source.path, number, 1, len(line) + 1)


def _of_procfile(subject: Subject) -> Iterator[Suppression]:
    at_line = {entry.line: entry for entry in subject.entries}
    for number, comment, lines in _comments(subject.procfile):
        entry = at_line.get(number)
        if entry is not None:
            at = comment.start() + 1 - entry.column
            read = [word for one in entry.script.commands for word in (*one.assignments, *one.words)]
            if any(word.start <= at < word.end for word in read):
                continue  # in quotes: no comment for the shell
        yield Suppression(subject.procfile.path, lines, _words(subject.procfile.path, number, comment))


def _of_env_file(file: EnvFile) -> Iterator[Suppression]:
    for number, comment, lines in _comments(file.source):
        if not any(one.line <= number and comment[0] in one.value for one in file.assignments):
            yield Suppression(file.source.path, lines, _words(file.source.path, number, comment))


def _comments(source: Source) -> Iterator[tuple[int, re.Match[str], frozenset[int]]]:
    """Each comment with its line, and the lines that it is for."""
    lines, end = source.lines, 0
    for number, line in enumerate(lines, 1):
        if _MARK in line and (comment := re.search(_COMMENT, line)):
            if not _is_comment(line):
                yield number, comment, frozenset((number,))
                continue
            if end < number:  # the comments above have the same end
                end = _end_of_comments(lines, number)
            yield number, comment, frozenset((number, end))


def _end_of_comments(lines: list[str], number: int) -> int:
    """The line of the entry below a comment, other comments aside; where none is, the last comment."""
    while number < len(lines) and _is_comment(lines[number]):
        number += 1
    return number + 1 if number < len(lines) and lines[number].strip() else number


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _words(path: str, line: int, comment: re.Match[str]) -> tuple[tuple[str, Place], ...] | None:
    if comment["words"] is None:
        return None
    before = comment.start("words") + 1
    return tuple(
        (word[0], Place(path, line, before + word.start(), before + word.end()))
        for word in re.finditer(_WORD, comment["words"])
    )
