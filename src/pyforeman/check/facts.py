"""What is read of the machine before the rules run: one value, so that the rules stay pure."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Executable = Literal["found", "missing", "not executable", "a folder", "unknown"]


class Program(NamedTuple):
    """A program as a command names it, with the folder that the command runs in (from the root)."""

    folder: str
    name: str


class ShellError(NamedTuple):
    """What ``sh -n`` says about one command: the name of its process type, and its words."""

    type: str
    message: str


class Facts(NamedTuple):
    """``programs`` and ``paths`` answer just what :mod:`pyforeman.check.questions` asks; what is not in them
    was not asked, and a rule says nothing about it.

    ``paths`` has paths from the root, and whether there is something. ``ports`` has those that are taken,
    with their holder in words ("is held by nginx, pid 7"). ``shell_errors`` is empty also where there is no
    ``sh``. ``elsewhere`` has what would do for a missing program: a path from the root, or another name.
    ``interpreters`` has what the first line of a program names, where that is not there.
    """

    programs: Mapping[Program, Executable] = {}
    paths: Mapping[str, bool] = {}
    ports: Mapping[int, str] = {}
    shell_errors: tuple[ShellError, ...] = ()
    elsewhere: Mapping[Program, str] = {}
    interpreters: Mapping[Program, str] = {}
