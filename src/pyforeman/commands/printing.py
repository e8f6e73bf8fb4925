"""What an export says: its files and its lines on stdout, remarks on stderr."""

import os
import stat
import sys
from collections.abc import Iterable

import click

from pyforeman.errors import PyforemanError
from pyforeman.export.file import File


def say(text: str) -> None:
    """To stdout, in UTF-8 as the files are, whatever the locale is."""
    click.echo(text.encode(), nl=False)


def warn(remarks: Iterable[str]) -> None:
    """To stderr, a line for each, whatever characters a path in it has."""
    for remark in remarks:
        shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in remark)
        click.echo(f"pyforeman: {shown}", err=True)


def print_files(files: Iterable[File]) -> None:
    """The files one after the other, as far as who else reads stdout may see them. Raises PyforemanError."""
    if sys.stdout is None:
        raise PyforemanError("stdout is closed; name a folder, or leave DEST out")
    say(_printed(files, with_secrets=_is_private(sys.stdout.fileno())))


def _is_private(fd: int) -> bool:
    """Whether what is written there stays with who asked for it: through a pipe it does, on a screen, and
    in a file or through a named pipe that others can read it does not."""
    mode = os.fstat(fd).st_mode
    is_readable = (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)) and mode & 0o077
    return not os.isatty(fd) and not is_readable


def _printed(files: Iterable[File], *, with_secrets: bool) -> str:
    """The files one after the other, each below its name."""
    withheld = "values of the environment; they are printed into a pipe or a file that only you can read\n"
    return "\n".join(
        f"# {file.path}\n{file.text}" if with_secrets or not file.is_secret else f"# {file.path}: {withheld}"
        for file in files
        if file.printed
    )
