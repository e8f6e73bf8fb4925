"""The turns of a command line: what each program in it can count on when its turn comes."""

from typing import NamedTuple

from pyforeman.check.invocation import SHELLS, Invocation
from pyforeman.plan.command import SHELL_WORDS

# Who asks what there is knows that it may be missing.
_GUARDS = frozenset("test [ [[ which type hash".split())
# After these the machine has the files and programs that it had before. Anything else may have built them.
_WITHOUT_TRACES = (SHELL_WORDS - frozenset(("eval",))) | frozenset(
    "sleep echo cat date rm mkdir touch kill pkill killall manage.py django-admin alembic artisan".split()
)
_READS_MORE = frozenset((".", "source", "eval", "set", "alias", "hash"))


class Turn(NamedTuple):
    """A program and its turn. ``path_known``: PATH is still that of the environment. ``as_found``: files and
    programs are still those that the machine had before the line began."""

    run: Invocation
    path_known: bool
    as_found: bool


def turns(command: str, runs: tuple[Invocation, ...]) -> tuple[Turn, ...]:
    """The programs of a command, in order; none where the command itself asks what there is.

    Left out is what has another command behind it for when it fails (``a || b``).
    """
    for run in runs:
        if run.program in _GUARDS or ("command" in run.before and _asks(run)):
            return ()
    found = []
    path_known = "PATH=" not in command or not _sets_path(command)
    elsewhere, as_found = False, True
    for place, run in enumerate(runs):
        if not run.nested:
            elsewhere = False
        if run.command.operator != "||":
            found.append(Turn(run, path_known and not elsewhere, as_found))
        if place + 1 == len(runs):
            break
        # What stands in the quotes of a shell has turns of its own.
        opens = run.program in SHELLS and runs[place + 1].nested
        elsewhere = elsewhere or (opens and _has_another_path(run))
        path_known = path_known and run.program not in _READS_MORE
        as_found = as_found and (opens or leaves_no_traces(run))
    return tuple(found)


def leaves_no_traces(run: Invocation) -> bool:
    """Whether all files and programs that are missing before are missing behind it."""
    return run.program in _WITHOUT_TRACES


def _asks(run: Invocation) -> bool:
    """Whether it is ``command -v program``."""
    return any(word.value in ("-v", "-V") for word in run.command.words[1:3])


def _sets_path(command: str) -> bool:
    """Whether ``PATH=…`` stands in it, be it in front of a program or behind ``export`` or ``env``."""
    at = command.find("PATH=")
    while at >= 0:
        if not at or not (command[at - 1].isalnum() or command[at - 1] == "_"):
            return True
        at = command.find("PATH=", at + 1)
    return False


def _has_another_path(shell: Invocation) -> bool:
    """Whether what this shell runs has another PATH: it reads a profile (``bash -lc``), or runs in a bundle
    or as another user."""
    if shell.word not in shell.looked_up:
        return True
    flags = [word.value for word in shell.arguments if word.value.startswith("-")]
    return any(flag == "--login" or (not flag.startswith("--") and set("li") & set(flag)) for flag in flags)
