"""What stands in front of a program, and becomes or runs it: ``exec``, ``env A=1``, ``bundle exec``; and
interpreters, which run a script."""

import re
from typing import NamedTuple

from pyforeman.check.shell import Word

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PYTHON = re.compile(r"(?:python|pypy)[0-9.]*\Z")
# Each program that becomes or runs the one after it, with those of its options that take a value, and how
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
# What waits for something else, and has the program after "--".
_WAITING = ("wait-for", "dockerize")
_KNOWN = _TRANSPARENT.keys() | _ELSEWHERE.keys() | _SUBCOMMANDS.keys() | _INTERPRETERS.keys()


class Unwrapped(NamedTuple):
    """The words of the program that a wrapper runs, and whether it is looked for on our PATH."""

    words: tuple[Word, ...]
    on_path: bool


class ScriptRun(NamedTuple):
    """What an interpreter is given: a script (its name without the folder) or a module, and its arguments."""

    interpreter: str
    name: str
    word: Word
    arguments: tuple[Word, ...]


def may_wrap(name: str) -> bool:
    """Whether a program of this name needs a closer look: else it is what runs."""
    return name in _KNOWN or name.startswith(("python", "pypy", *_WAITING))


def unwrapped(name: str, arguments: tuple[Word, ...]) -> Unwrapped | None:
    """What a program of this name runs; None if that is itself."""
    if name in _TRANSPARENT:
        moves = any(word.value.startswith(("-C", "--chdir")) for word in arguments[:2])
        return Unwrapped(_rest(arguments, *_TRANSPARENT[name]), not moves)
    if name in _ELSEWHERE:
        return Unwrapped(_rest(arguments, *_ELSEWHERE[name]), False)
    if name in _SUBCOMMANDS and arguments and arguments[0].value in _SUBCOMMANDS[name][0]:
        return Unwrapped(_rest(arguments[1:], _SUBCOMMANDS[name][1], 0), False)
    if name.startswith(_WAITING):
        values = [word.value for word in arguments]
        if "--" in values:
            return Unwrapped(arguments[values.index("--") + 1 :], True)
    return None


def script(name: str, arguments: tuple[Word, ...]) -> ScriptRun | None:
    """What a program of this name interprets; None if it is no interpreter, or is given no script."""
    interpreter = "python" if name.startswith("py") and _PYTHON.match(name) else name
    if interpreter not in _INTERPRETERS:
        return None
    with_value, without_script = _INTERPRETERS[interpreter]
    place = 0
    while place < len(arguments):
        word, value = arguments[place], arguments[place].value
        if value in without_script or value == "-jar":
            return None
        if value == "-m" and place + 1 < len(arguments):
            module = arguments[place + 1]
            name = module.value.removesuffix(".__main__")
            return ScriptRun(interpreter, name, module, arguments[place + 2 :])
        if value in with_value:
            place += 1
        elif not value.startswith("-"):
            return ScriptRun(interpreter, value.rpartition("/")[2], word, arguments[place + 1 :])
        place += 1
    return None


def _rest(words: tuple[Word, ...], with_value: frozenset[str], skipped: int) -> tuple[Word, ...]:
    """The words after a program's options, assignments and as many others as ``skipped``."""
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
