"""Carries out ``check``: reads the files, asks the machine, has the rules judge, and mends what they can."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyforeman import __version__
from pyforeman.check.configuration import Configuration, parse
from pyforeman.check.judgement import Judgement
from pyforeman.check.selection import Selection
from pyforeman.check.subject import Profile, Subject
from pyforeman.errors import MissingFileError, UsageError
from pyforeman.plan import procfile
from pyforeman.runtime.project import (
    Place,
    env_file_bytes,
    environment_files,
    is_pipe,
    nearest,
    procfile_bytes,
    read,
)
from pyforeman.runtime.shell_syntax import Syntax

if TYPE_CHECKING:
    from pyforeman.plan.settings import Settings

_MOST_ROUNDS = 10  # of edits that make room for others
_NOT_JUDGED = 2
"""The exit code where a file could not be read."""

File = tuple[str, bytes]
"""What the user calls a file, and its bytes."""


class Request(NamedTuple):
    """What is to be judged. ``env_files`` None: those that are there by themselves."""

    place: Place
    env_files: Sequence[str] | None
    override: bool
    settings: "Settings"
    selection: Selection
    profile: Profile


class Texts(NamedTuple):
    """The files as they were read; ``unread`` has a line for each env file that could not be."""

    procfile: File
    env_files: tuple[File, ...]
    unread: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[File, ...]:
        """All of them, in their order."""
        return (self.procfile, *self.env_files)

    def replaced(self, path: str, data: bytes) -> "Texts":
        """The same with another content of one file."""
        first, *others = ((name, data if name == path else old) for name, old in self.files)
        return self._replace(procfile=first, env_files=tuple(others))


def read_texts(request: Request) -> Texts:
    """Read what ``start`` would read. Raises MissingFileError where there is no Procfile."""
    try:
        of_procfile = procfile_bytes(request.place.procfile)
    except MissingFileError as error:
        raise MissingFileError(str(error), _NOT_JUDGED) from None
    env_files: list[File] = []
    unread: list[str] = []
    for path in environment_files(request.place.root, request.env_files):
        try:
            env_files.append(env_file_bytes(path))
        except MissingFileError as error:
            unread.append(str(error))
    return Texts(of_procfile, tuple(env_files), tuple(unread))


def configuration(root: str) -> Configuration:
    """``[tool.pyforeman.check]`` of the nearest pyproject.toml, from the root upwards. Raises UsageError."""
    path = nearest("pyproject.toml", root)
    if path is None:
        return Configuration()
    return parse(read(path, "make it readable"), os.path.relpath(path))


def plan(request: Request, *, as_json: bool) -> str:
    """The plan of what ``start`` would start. Raises what ``start`` raises."""
    from pyforeman.check.plan_view import plan_json, plan_text
    from pyforeman.plan import environment
    from pyforeman.plan.plan import make_plan

    texts = read_texts(request)
    if texts.unread:
        raise MissingFileError(texts.unread[0], _NOT_JUDGED)
    path, data = texts.procfile
    known = procfile.parse(data, path)
    assignments = [one for name, data in texts.env_files for one in environment.parse(data, name)]
    resolved = environment.resolve(os.environ, assignments, override=request.override)
    origins = environment.origins(os.environ, assignments, override=request.override)
    view = plan_json if as_json else plan_text
    return view(make_plan(known, resolved, request.settings), origins, request.place.root)


def judgement(texts: Texts, request: Request, *, strict: bool, colour: bool) -> Judgement:
    """What the rules say, with all that the machine knows. Raises UsageError for a formation that does not
    fit the Procfile."""
    read = _read(texts)
    # The shell reads the commands while we import the rules and read the commands ourselves.
    syntax = Syntax([one.command for one in read.procfile.types])

    from pyforeman.check.judge import judge
    from pyforeman.check.questions import questions
    from pyforeman.check.rules import RULES
    from pyforeman.commands.facts import gather, shell_errors

    subject = _subject(read, texts, request)
    asked = questions(subject.entries)
    facts = gather(asked, request.place.root, subject.environment, subject.instances)
    facts = facts._replace(shell_errors=shell_errors(syntax, read.procfile.types))
    subject = subject._replace(facts=facts)
    findings = judge(subject, RULES, request.selection)
    return Judgement(subject, findings, RULES, strict=strict, colour=colour, version=__version__)


def _read(texts: Texts) -> procfile.Reading:
    path, data = texts.procfile
    return procfile.read(data, path)


def _subject(read: procfile.Reading, texts: Texts, request: Request) -> Subject:
    from pyforeman.check.reading import subject

    return subject(
        read,
        texts.env_files,
        os.environ,
        request.settings,
        override=request.override,
        profile=request.profile,
    )


def mended(texts: Texts, request: Request) -> Texts:
    """The files after all edits that need no judgement; nothing is written."""
    from pyforeman.check import fixes
    from pyforeman.check.judge import judge
    from pyforeman.check.rules import RULES

    for _ in range(_MOST_ROUNDS):
        subject = _subject(_read(texts), texts, request)
        findings = judge(subject, RULES, request.selection)
        before = texts
        for source in subject.sources:
            after = fixes.fixed(source, findings)
            if after != source.text:
                texts = texts.replaced(source.path, after.encode())
        if texts == before:
            break
    return texts


def write(before: Texts, after: Texts) -> list[str]:
    """Write the files that have changed; gives their names. Raises UsageError for what is no file."""
    from pyforeman.runtime.rewrite import rewrite

    written = []
    for (path, old), (_, new) in zip(before.files, after.files, strict=True):
        if old == new:
            continue
        if path == "<stdin>" or is_pipe(path):
            raise UsageError(f"--fix: {path} cannot be written; --diff shows what would change")
        rewrite(path, new)
        written.append(path)
    return written


def diff(before: Texts, after: Texts) -> str:
    """What ``write`` would change, as a unified diff; "" for nothing."""
    from pyforeman.check import fixes

    pairs = zip(before.files, after.files, strict=True)
    return "".join(
        fixes.diff(path, old.decode(), new.decode()) for (path, old), (_, new) in pairs if old != new
    )
