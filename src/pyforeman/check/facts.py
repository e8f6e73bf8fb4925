"""What is read of the machine before the rules run: one value, so that the rules stay pure."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Executable = Literal["found", "missing", "not executable", "unknown"]


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
    with their holder in words. ``shell_errors`` is empty also where there is no ``sh``.
    """

    programs: Mapping[Program, Executable] = {}
    paths: Mapping[str, bool] = {}
    ports: Mapping[int, str] = {}
    shell_errors: tuple[ShellError, ...] = ()
