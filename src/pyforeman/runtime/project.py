"""Reads a project's files: the Procfile and the layers of its environment."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyforeman.errors import InputError, MissingFileError, UsageError
from pyforeman.plan import environment, procfile
from pyforeman.plan.procfile import Procfile

if TYPE_CHECKING:
    from pyforeman.plan.defaults import Default

ENV_FILES = (".env", ".env.local")
"""Read when no other files are asked for, each only if it is there; the later one wins."""
STANDARD_INPUT = "-"
DEFAULTS = ".foreman"


class Place(NamedTuple):
    """Where a project is: its root (absolute) and its Procfile (as the user would name it)."""

    root: str
    procfile: str

    @property
    def name(self) -> str:
        """What a formation is called unless somebody says otherwise: the Procfile's file name."""
        return "Procfile" if self.procfile == STANDARD_INPUT else os.path.basename(self.procfile)


def locate(procfile_path: str | None, root: str | None) -> Place:
    """The root is the Procfile's folder unless given; the Procfile is ``Procfile`` in the root.

    Raises UsageError when the root is no folder.
    """
    if procfile_path == "":
        raise UsageError("-f: an empty name; leave it out for ./Procfile")
    if root is None:
        from_stdin = procfile_path in (None, STANDARD_INPUT)
        folder = os.getcwd() if from_stdin else os.path.dirname(os.path.abspath(procfile_path or ""))
    else:
        folder = os.path.abspath(root)
        if not os.path.isdir(folder):
            raise UsageError(f"--root: {root} is not a folder")
    default = "Procfile" if root is None else os.path.join(root, "Procfile")
    return Place(folder, procfile_path or default)


def read_defaults() -> "tuple[Default, ...]":
    """What ``.foreman`` in the current folder says; nothing where there is none, as for Foreman.

    Raises MissingFileError, InputError.
    """
    if not os.path.isfile(DEFAULTS):
        return ()
    from pyforeman.plan import defaults

    return defaults.parse(read(DEFAULTS, "make it readable, or remove it"), DEFAULTS)


def read_procfile(path: str) -> Procfile:
    """Read and parse; ``-`` is standard input. Raises MissingFileError, InputError."""
    name, data = procfile_bytes(path)
    return procfile.parse(data, name)


def procfile_bytes(path: str) -> tuple[str, bytes]:
    """What the Procfile is called in messages, and what is in it. Raises MissingFileError."""
    if path == STANDARD_INPUT:
        return "<stdin>", sys.stdin.buffer.read() if sys.stdin else b""
    return path, read(path, "name one with --procfile, or write lines like 'web: python app.py' into it")


def read_environment(
    root: str, files: Sequence[str] | None, real: Mapping[str, str], *, override: bool = False
) -> dict[str, str]:
    """The real environment with the env files over it.

    ``files`` None: those of ENV_FILES that are there, in the root; otherwise exactly these. Raises
    MissingFileError, InputError (with the problems of all files).
    """
    return environment.resolve(real, read_assignments(root, files), override=override)


def read_assignments(root: str, files: Sequence[str] | None) -> list[environment.Assignment]:
    """What the env files assign, in their order; ``files`` as for :func:`read_environment`. Raises
    MissingFileError, InputError (with the problems of all files)."""
    assignments: list[environment.Assignment] = []
    problems: list[str] = []
    for path in environment_files(root, files):
        try:
            name, data = env_file_bytes(path)
            assignments += environment.parse(data, name)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(tuple(problems))
    return assignments


def environment_files(root: str, files: Sequence[str] | None) -> list[str]:
    """The paths of the env files: ``files``, or those of ENV_FILES that are there, in the root."""
    if files is not None:
        return list(files)
    # .env may be a FIFO (password managers mount one), and is a virtual environment in some projects.
    there = [os.path.join(root, name) for name in ENV_FILES]
    return [path for path in there if os.path.exists(path) and not os.path.isdir(path)]


def env_file_bytes(path: str) -> tuple[str, bytes]:
    """What an env file is called in messages, and what is in it. Raises MissingFileError."""
    return os.path.relpath(path), read(path, "name another with --env, or read none with --no-env")


def is_pipe(path: str) -> bool:
    """Whether ``path`` is no file that can be read twice: standard input, a FIFO, ``<(…)`` of a shell."""
    return path == STANDARD_INPUT or (os.path.exists(path) and not os.path.isfile(path))


def nearest(name: str, folder: str) -> str | None:
    """The path of the file of that name in the folder, or in the first one above it that has one."""
    while not os.path.isfile(path := os.path.join(folder, name)):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return path


def read(path: str, hint: str) -> bytes:
    """The bytes of a file. Raises MissingFileError, with a hint what else can be done."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise MissingFileError(f"{path}: {error.strerror}; {hint}") from None
