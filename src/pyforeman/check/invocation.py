"""Which program a command runs in the end: without ``exec``, ``env A=1``, ``bundle exec``, ``python -m``."""

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from pyforeman.check.shell import Script, SimpleCommand, Word, read

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PYTHON = re.compile(r"(?:python|pypy)[0-9.]*\Z")
SHELLS = frozenset("sh bash dash ash zsh ksh".split())

# Each program that becomes or runs the one behind it, with those of its options that take a value, and how
# many words stand before that program. What these run is looked up on PATH as they are.
_TRANSPARENT: dict[str, tuple[frozenset[str], int]] = {
    "exec": (frozenset(("-a",)), 0),
    "command": (frozenset(), 0),
    "env": (frozenset(("-u", "-C", "--unset", "--chdir")), 0),
    "nohup": (frozenset(), 0),
    "setsid": (frozenset(), 0),
    "time": (frozenset(("-f", "-o")), 0),
    "nice": (frozenset(("-n",)), 0),
    "ionice": (frozenset(("-c", "-n")), 0),
    "stdbuf": (frozenset(("-i", "-o", "-e")), 0),
    "timeout": (frozenset(("-k", "-s", "--kill-after", "--signal")), 1),
    "dumb-init": (frozenset(("-r", "--rewrite")), 0),
    "tini": (frozenset(("-p",)), 0),
}
# Those that look elsewhere than on our PATH: in a bundle, a virtual environment, as another user.
_ELSEWHERE: dict[str, tuple[frozenset[str], int]] = {
    "sudo": (frozenset(("-u", "-g", "-C", "--user", "--group")), 0),
    "doas": (frozenset(("-u", "-C")), 0),
    "gosu": (frozenset(), 1),
    "su-exec": (frozenset(), 1),
    "npx": (frozenset(("-p", "--package")), 0),
    "bunx": (frozenset(), 0),
    "ddtrace-run": (frozenset(), 0),
    "opentelemetry-instrument": (frozenset(), 0),
    "xvfb-run": (frozenset(("-s", "-n", "-e", "--server-args", "--server-num", "--error-file")), 0),
    "unbuffer": (frozenset(), 0),
    "start-nginx": (frozenset(), 0),
    "start-nginx-solo": (frozenset(), 0),
    "start-pgbouncer": (frozenset(), 0),
    "start-pgbouncer-stunnel": (frozenset(), 0),
    "start-stunnel": (frozenset(), 0),
}
# The same, where a second word says so.
_SUBCOMMANDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "bundle": (frozenset(("exec",)), frozenset()),
    "bundler": (frozenset(("exec",)), frozenset()),
    "uv": (frozenset(("run",)), frozenset(("--with", "--env-file", "--extra", "--group", "--python", "-p"))),
    "poetry": (frozenset(("run",)), frozenset()),
    "pipenv": (frozenset(("run",)), frozenset()),
    "pdm": (frozenset(("run",)), frozenset()),
    "hatch": (frozenset(("run",)), frozenset()),
    "rye": (frozenset(("run",)), frozenset()),
    "pixi": (frozenset(("run",)), frozenset(("-e", "--environment"))),
    "conda": (frozenset(("run",)), frozenset(("-n", "-p", "--name", "--prefix"))),
    "pnpm": (frozenset(("exec", "dlx")), frozenset()),
    "yarn": (frozenset(("exec", "dlx")), frozenset()),
    "rbenv": (frozenset(("exec",)), frozenset()),
    "pyenv": (frozenset(("exec",)), frozenset()),
    "nodenv": (frozenset(("exec",)), frozenset()),
    "asdf": (frozenset(("exec",)), frozenset()),
    "mise": (frozenset(("exec", "x")), frozenset()),
    "doppler": (frozenset(("run",)), frozenset(("-p", "-c", "--project", "--config"))),
    "op": (frozenset(("run",)), frozenset(("--env-file",))),
    "infisical": (frozenset(("run",)), frozenset(("--env", "--path"))),
    "dotenv": (frozenset(("run",)), frozenset(("-f", "--file"))),
    "newrelic-admin": (frozenset(("run-program",)), frozenset()),
}
# Programs that are given a script: which of their options take a value, and which mean that there is none.
_INTERPRETERS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "python": (frozenset(("-W", "-X")), frozenset(("-c", "-"))),
    "ruby": (frozenset(("-I", "-r", "-C")), frozenset(("-e", "-S"))),
    "node": (frozenset(("-r", "--require", "--import", "--env-file")), frozenset(("-e", "--eval", "-p"))),
    "php": (frozenset(("-d", "-c")), frozenset(("-r", "-S"))),
    "perl": (frozenset(("-I",)), frozenset(("-e",))),
}
# What else needs a closer look than a name that says it all.
_BY_THE_LONG_WAY = {"cd"} | SHELLS | _TRANSPARENT.keys() | _ELSEWHERE.keys() | _SUBCOMMANDS.keys()
_BY_THE_LONG_WAY |= _INTERPRETERS.keys()
_BEGINNINGS = ("python", "pypy", "wait-for", "dockerize")


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
        if name not in _BY_THE_LONG_WAY and not name.startswith(_BEGINNINGS):
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
        if name in _TRANSPARENT:
            words = _behind(rest, *_TRANSPARENT[name])
            is_ours = is_ours and not any(w.value.startswith(("-C", "--chdir")) for w in rest[:2])
        elif name in _ELSEWHERE:
            words, is_ours = _behind(rest, *_ELSEWHERE[name]), False
        elif name in _SUBCOMMANDS and rest and rest[0].value in _SUBCOMMANDS[name][0]:
            words, is_ours = _behind(rest[1:], _SUBCOMMANDS[name][1], 0), False
        elif name.startswith(("wait-for", "dockerize")) and any(w.value == "--" for w in rest):
            words = rest[[w.value for w in rest].index("--") + 1 :]
        else:
            program, at, arguments = name, word, rest
            interpreter = "python" if name.startswith("py") and _PYTHON.match(name) else name
            if interpreter in _INTERPRETERS:
                found = _script_of(rest, *_INTERPRETERS[interpreter])
                if found is not None:
                    before.append(interpreter)
                    program, at, arguments = found
            return Invocation(
                program, at, arguments, tuple(before), tuple(looked_up), folder, command, nested
            )
        before.append(name)
    return None


def _behind(words: tuple[Word, ...], with_value: frozenset[str], skipped: int) -> tuple[Word, ...]:
    """The words behind a program's options, assignments and as many others as ``skipped``."""
    place = 0
    while place < len(words):
        value = words[place].value
        if value == "--":
            return words[place + 1 :]
        if value in with_value:
            place += 1
        elif not (value.startswith("-") or _ASSIGNMENT.match(value)):
            if not skipped:
                return words[place:]
            skipped -= 1
        place += 1
    return ()


def _script_of(
    words: tuple[Word, ...], with_value: frozenset[str], without_script: frozenset[str]
) -> tuple[str, Word, tuple[Word, ...]] | None:
    """The script or module that an interpreter is given: its name, its place, its arguments."""
    place = 0
    while place < len(words):
        value = words[place].value
        if value in without_script or value == "-jar":
            return None
        if value == "-m" and place + 1 < len(words):
            module = words[place + 1]
            return module.value.removesuffix(".__main__"), module, words[place + 2 :]
        if value in with_value:
            place += 1
        elif not value.startswith("-"):
            return value.rpartition("/")[2], words[place], words[place + 1 :]
        place += 1
    return None
