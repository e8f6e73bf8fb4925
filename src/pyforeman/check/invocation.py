"""Which program a command runs in the end: without ``exec``, ``env A=1``, ``bundle exec``, ``python -m``."""

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from pyforeman.check import wrappers
from pyforeman.check.shell import Script, SimpleCommand, Word, read

SHELLS = frozenset("sh bash dash ash zsh ksh".split())

LONGEST_PATH = 4096  # Linux's PATH_MAX: nothing is there, and a line of 80,000 cd takes a minute


class Invocation(NamedTuple):
    """A program with its arguments.

    ``program`` is its name without a folder: ``gunicorn`` also for ``python -m gunicorn``, ``manage.py`` for
    ``python manage.py``; ``word`` is where it stands. ``before`` has the names of what stood in front of it
    (``exec``, ``bundle``, ``python``). ``looked_up``: the words that the system looks for on PATH.
    ``folder`` is where it runs, from the root; None where that cannot be known. ``command`` is the simple
    command that it is the heart of, and ``nested`` says that this stands in the quotes of a ``sh -c``.
    """

    program: str
    word: Word
    arguments: tuple[Word, ...]
    before: tuple[str, ...]
    looked_up: tuple[Word, ...]
    folder: str | None
    command: SimpleCommand
    nested: bool = False

    @property
    def subcommand(self) -> str:
        """The first argument that is no option: ``runserver``, ``server``; "" if there is none."""
        return next((word.value for word in self.arguments if not word.value.startswith("-")), "")

    @property
    def is_own(self) -> bool:
        """Whether it is a script of the project (``bin/cron``): it may do anything."""
        return "/" in self.word.value and not self.word.value.startswith("/")

    def value_of(self, *names: str) -> Word | None:
        """What an option is given: ``--bind X``, ``--bind=X``, ``-b X``, ``-bX``. The word is the value
        alone, in its place."""
        for place, word in enumerate(self.arguments):
            value = word.value
            if not value.startswith("-"):
                continue
            if value in names:
                return self.arguments[place + 1] if place + 1 < len(self.arguments) else None
            for name in names:
                prefix = f"{name}=" if name.startswith("--") or len(name) > 2 else name
                if value.startswith(prefix) and word.text.startswith(prefix):
                    text = word.text[len(prefix) :]
                    return Word(text, value[len(prefix) :], word.start + len(prefix))
        return None


def invocations(script: Script) -> tuple[Invocation, ...]:
    """What each simple command of a script runs, with what is nested in ``sh -c '…'``; assignments alone and
    ``cd`` are none."""
    if len(script.commands) == 1:  # most are, and run what stands in front
        command = script.commands[0]
        word = command.words[0] if command.words else None
        if word is None:
            return ()
        name = word.value.rpartition("/")[2]
        if name != "cd" and name not in SHELLS and not wrappers.may_wrap(name):
            return (Invocation(name, word, command.words[1:], (), (word,), "", command),)
    return tuple(_invocations(script, "", nested=False))


def _invocations(script: Script, folder: str | None, *, nested: bool) -> Iterator[Invocation]:
    for command in script.commands:
        if not command.words:
            continue
        found = _invocation(command, folder, nested=nested)
        if found is None:
            continue
        if found.program == "cd":
            folder = _folder_after(found, folder, groups=script.groups)
            continue
        yield found
        inner = _inner_script(found)
        if inner is not None:
            yield from _invocations(inner, found.folder, nested=True)


def _folder_after(cd: Invocation, folder: str | None, *, groups: bool) -> str | None:
    """The folder that ``cd`` goes to, as far as it can be read."""
    target = cd.arguments[0].value if len(cd.arguments) == 1 else "$"
    if folder is None or groups or "$" in target or "`" in target or target.startswith(("~", "-")):
        return None
    after = posixpath.normpath(posixpath.join(folder, target))
    return after if len(after) < LONGEST_PATH else None


def _inner_script(shell: Invocation) -> Script | None:
    """The script that ``sh -c 'script'`` is given, its words where they stand in the whole; None without."""
    if shell.program not in SHELLS:
        return None
    for place, word in enumerate(shell.arguments):
        if word.value.startswith("-") and not word.value.startswith("--"):
            if word.value.endswith("c") and place + 1 < len(shell.arguments):
                given = shell.arguments[place + 1]
                # A backslash inside moves what follows: its place would be wrong.
                if given.text[:1] in "'\"" and given.text[1:-1] == given.value:
                    return _moved(read(given.value), given.start + 1)
                return None
        elif not word.value.startswith("-"):
            return None
    return None


def _moved(script: Script, by: int) -> Script:
    def word(one: Word) -> Word:
        return one._replace(start=one.start + by)

    commands = tuple(
        SimpleCommand(
            tuple(map(word, command.assignments)),
            tuple(map(word, command.words)),
            tuple(r._replace(target=word(r.target), start=r.start + by) for r in command.redirections),
            command.operator,
            command.operator_start + by,
        )
        for command in script.commands
    )
    return script._replace(commands=commands)


def _invocation(command: SimpleCommand, folder: str | None, *, nested: bool) -> Invocation | None:
    """What is left of a simple command without what stands in front; None if nothing is."""
    words = command.words
    before: list[str] = []
    looked_up: list[Word] = []
    is_ours = True  # found on our PATH, not in a bundle
    while words:
        word, rest = words[0], words[1:]
        name = word.value.rpartition("/")[2]
        if is_ours:
            looked_up.append(word)
        inner = wrappers.unwrapped(name, rest)
        if inner is not None:
            before.append(name)
            words, is_ours = inner.words, is_ours and inner.on_path
            continue
        program, at, arguments = name, word, rest
        script = wrappers.script(name, rest)
        if script is not None:
            before.append(script.interpreter)
            program, at, arguments = script.name, script.word, script.arguments
        return Invocation(program, at, arguments, tuple(before), tuple(looked_up), folder, command, nested)
    return None
