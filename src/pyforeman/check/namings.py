"""Which files, folders and modules a command names: those that must be there before it begins."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pyforeman.check.invocation import LONGEST_PATH, Invocation
from pyforeman.check.lookups import is_plain
from pyforeman.check.shell import Script, Word
from pyforeman.check.turns import Turn, leaves_no_traces


class Naming(NamedTuple):
    """``word`` names what has to be at one of ``paths`` (from the root), be it a "file", a "folder" or a
    "module". ``within``: only where this is there, too; else it may be found elsewhere. ``shown`` is what a
    user calls it, ``folder`` where it is looked for."""

    kind: str
    word: Word
    shown: str
    paths: tuple[str, ...]
    folder: str
    within: str = ""

    @property
    def asked(self) -> tuple[str, ...]:
        """Every path that must be known to judge it."""
        return (*self.paths, self.within) if self.within else self.paths


# The options by which a program is given a file, and how its first argument ends where that is a file ("/*":
# or has a folder in front).
_CONFIG = ("-c", "--config")
_SCRIPT_ENDS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx")
_FILES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "gunicorn": (_CONFIG, ()),
    "hypercorn": (_CONFIG, ()),
    "uvicorn": (("--env-file", "--log-config", "--ssl-keyfile", "--ssl-certfile"), ()),
    "uwsgi": (("--ini", "--yaml"), (".ini", ".yaml", ".yml")),
    "puma": (("-C", "--config"), (".ru",)),
    "unicorn": (("-c", "--config-file"), (".ru",)),
    "thin": (("-C", "-R"), ()),
    "rackup": ((), (".ru",)),
    "sidekiq": (("-C", "--config"), ()),
    "clockwork": ((), (".rb",)),
    "streamlit": ((), (".py",)),
    "fastapi": ((), (".py",)),
    "supervisord": (_CONFIG, ()),
    "caddy": (("--config",), ()),
    "redis-server": ((), (".conf",)),
    "pgbouncer": ((), (".ini",)),
    "prometheus": (("--config.file",), ()),
    "java": (("-jar",), ()),
    "dotnet": ((), (".dll",)),
    "Rscript": ((), (".R", ".r")),
    "sh": ((), (".sh", "/*")),
    "bash": ((), (".sh", "/*")),
    "nodemon": ((), _SCRIPT_ENDS),
    "ts-node": ((), _SCRIPT_ENDS),
    "tsx": ((), _SCRIPT_ENDS),
    "bun": ((), _SCRIPT_ENDS),
    "deno": ((), _SCRIPT_ENDS),
    "heroku-php-apache2": (("-C", "-F", "-i", "-l"), ("/",)),
    "heroku-php-nginx": (("-C", "-F", "-i", "-l"), ("/",)),
}
# The servers that are given a Python module.
_MODULE_SERVERS = frozenset(("gunicorn", "uvicorn", "hypercorn", "daphne", "waitress-serve", "granian"))
# Programs that work in another folder, or look for modules there, when they are told so.
_MOVES = frozenset(
    """
    --chdir --app-dir --pythonpath --python-path --directory --project --cwd --prefix --workdir --root
    --project-dir --working-directory --rootdir --dir
    """.split()
)
_MOVED_BY_C = frozenset(("env", "sudo", "doas", "make"))
# Options that stand alone, so what comes behind them is the script.
_FLAGS = frozenset(
    """
    -u -O -OO -B -E -I -s -S -b -bb -d -i -q -v -w -W0 -W1 -W2 --inspect --inspect-brk --harmony --watch
    --enable-source-maps --trace-warnings --trace-deprecation --expose-gc --expose_gc --no-deprecation
    --no-warnings --preserve-symlinks --yjit --jit --verbose --reload -jar
    """.split()
)
# Words that may stand before the file: streamlit run app.py.
_BEFORE_A_FILE = frozenset(("run", "watch", "dev", "start"))
_NODE_ENDS = ("", ".js", ".json", ".node", ".mjs", ".cjs", "/index.js", "/package.json", "/index.json")


def namings(
    command: str, script: Script, runs: Sequence[Invocation], turns: Sequence[Turn]
) -> Iterator[Naming]:
    """What a command names, as far as it can be known; nothing where it asks by itself what there is."""
    if not turns:
        return
    if "cd " in command or "<" in command:
        yield from _of_the_shell(command, script, runs)
    may_move = "-C" in command or any(option in command for option in _MOVES)
    for turn in turns:
        run = turn.run
        if run.folder is None or not turn.as_found or (may_move and _is_moved(run)):
            continue
        if run.before:
            yield from _script(run, run.folder)
        if run.program in _FILES:
            yield from _files(run, run.folder)
        elif run.program in (".", "source"):
            yield from _sourced(run, run.folder)
        if run.program in _MODULE_SERVERS:
            yield from _served(run, run.folder)
        elif run.program == "celery":
            yield from _celery_app(run, run.folder)


def _of_the_shell(text: str, script: Script, runs: Sequence[Invocation]) -> Iterator[Naming]:
    """Where ``cd`` goes, and what stands behind ``<``."""
    if "mkdir" in text or "touch" in text:
        return
    end = next((run.word.start for run in runs if not leaves_no_traces(run)), len(text))
    folder = ""
    for command in script.commands:
        first = (*command.words, *command.assignments)[:1]
        if not first or first[0].start > end:
            return
        for redirection in command.redirections:
            target = redirection.target
            if redirection.operator == "<" and is_plain(target.value):
                yield _naming("file", target, target.value, folder)
        if command.words[:1] and command.words[0].value == "cd":
            if script.groups or len(command.words) != 2 or command.operator == "||":
                return
            target = command.words[1]
            if not is_plain(target.value) or target.value.startswith("-"):
                return
            yield _naming("folder", target, target.value, folder)
            folder = posixpath.join(folder, target.value)
            if len(folder) >= LONGEST_PATH:
                return


def _script(run: Invocation, folder: str) -> Iterator[Naming]:
    """The script or module that an interpreter is given."""
    interpreter, word = run.before[-1], run.word
    before = _word_before(run, word)
    if interpreter == "python" and before == "-m":
        yield from _module(word, folder)
    elif not is_plain(word.value) or not _stands_alone(before):
        return
    elif interpreter == "node":
        if not word.value.isdigit():
            yield _naming("file", word, word.value, folder, _NODE_ENDS)
    elif interpreter in ("python", "ruby", "php", "perl") or (
        interpreter == "uv" and word.value.endswith(".py")
    ):
        yield _naming("file", word, word.value, folder)


def _files(run: Invocation, folder: str) -> Iterator[Naming]:
    """What stands behind an option for a file, and the first argument where that is one."""
    options, ends = _FILES[run.program]
    value = run.value_of(*options) if options else None
    if (
        value is not None
        and value.value not in ("", "-")
        and is_plain(value.value)
        and ":" not in value.value
    ):
        yield _naming("file", value, value.value, folder)
    before = run.word.value
    for word in run.arguments if ends else ():
        text = word.value
        if not text.startswith("-") and before not in options:
            if not _stands_alone(before) or not is_plain(text) or ":" in text or " " in text:
                return
            if text.endswith(ends) or ("/*" in ends and "/" in text):
                yield _naming("folder" if text.endswith("/") else "file", word, text, folder)
            if text not in _BEFORE_A_FILE or "/*" in ends:
                return
        before = text


def _sourced(run: Invocation, folder: str) -> Iterator[Naming]:
    """``. ./env.sh``; without a "/", the shell looks on PATH."""
    if run.arguments and "/" in run.arguments[0].value and is_plain(run.arguments[0].value):
        yield _naming("file", run.arguments[0], run.arguments[0].value, folder)


def _served(run: Invocation, folder: str) -> Iterator[Naming]:
    """``shop.wsgi:application``, which stands among the arguments."""
    before = run.word.value
    for word in run.arguments:
        if "." in word.value and len(_parts(word)) > 1 and _stands_alone(before):
            yield from _module(word, folder)
            return
        before = word.value


def _celery_app(run: Invocation, folder: str) -> Iterator[Naming]:
    """``-A shop.tasks``, where ``tasks`` may also be an attribute of the module ``shop``."""
    word = run.value_of("-A", "--app")
    if word is not None:
        yield from _module(word, folder, last_may_be_attribute=":" not in word.value)


def _module(word: Word, folder: str, *, last_may_be_attribute: bool = False) -> Iterator[Naming]:
    """A dotted module, judged only below a package that is in the folder: anything else may be installed."""
    parts = _parts(word)
    if last_may_be_attribute:
        parts = parts[:-1]
    if len(parts) > 1:
        naming = _naming("module", word, ".".join(parts), folder, ("", ".py"), "/".join(parts))
        yield naming._replace(within=posixpath.join(folder, parts[0], "__init__.py"))


def _parts(word: Word) -> list[str]:
    """``shop`` and ``wsgi`` of ``shop.wsgi:application``; nothing of what is no module."""
    parts = word.value.partition(":")[0].split(".")
    return parts if all(map(str.isidentifier, parts)) else []


def _naming(
    kind: str, word: Word, shown: str, folder: str, ends: tuple[str, ...] = ("",), path: str = ""
) -> Naming:
    whole = posixpath.join(folder, path or word.value) if folder else path or word.value
    if "./" in whole or "//" in whole or whole[-1:] in ("/", "."):
        whole = posixpath.normpath(whole)
    return Naming(kind, word, shown, tuple(whole + end for end in ends), folder)


def _word_before(run: Invocation, word: Word) -> str:
    before = ""
    for one in run.command.words:
        if one is word:
            break
        before = one.value
    return before


def _stands_alone(before: str) -> bool:
    """Whether a word behind this one is no value of an option."""
    return not before.startswith("-") or "=" in before or before in _FLAGS


def _is_moved(run: Invocation) -> bool:
    """Whether it was told to work in another folder."""
    by_c = not _MOVED_BY_C.isdisjoint(run.before)
    for word in run.command.words:
        value = word.value
        if value[:2] == "--":
            if value.partition("=")[0] in _MOVES:
                return True
        elif by_c and value == "-C":
            return True
    return False
