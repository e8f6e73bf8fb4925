"""The options that several commands share: where the project is, and its environment."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from pyforeman.commands import completion

F = TypeVar("F", bound=Callable[..., Any])

SETTINGS: dict[str, Any] = {
    "auto_envvar_prefix": "PYFOREMAN",
    "help_option_names": ["-h", "--help"],
    "max_content_width": 110,
}
"""For every command: its options also work from PYFOREMAN_* variables."""


class Names(click.ParamType):  # type: ignore[type-arg]  # generic only in newer versions of click
    """One or more words with commas between them, on the command line and in a variable alike."""

    name = "name[,name]"
    envvar_list_splitter = ","

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """The words, without blanks around them."""
        if isinstance(value, list):
            return value
        return [part.strip() for part in str(value).split(",") if part.strip()]


def flat(values: tuple[list[str], ...]) -> list[str]:
    """The words of a repeated option, in order."""
    return [word for words in values for word in words]


def chosen_files(env_files: tuple[list[str], ...], no_env: bool) -> list[str] | None:
    """The env files that ``-e`` and ``--no-env`` ask for; None for those that are there by themselves."""
    return [] if no_env else flat(env_files) or None


def project(command: F) -> F:
    """Add ``-f``, ``-d``, ``-e``, ``--env-override`` and ``--no-env``."""
    for option in reversed(
        (
            click.option(
                "-f",
                "--procfile",
                metavar="FILE",
                shell_complete=completion.files,
                help="The Procfile; - is standard input.  [default: Procfile]",
            ),
            click.option(
                "-d",
                "--root",
                metavar="DIR",
                shell_complete=completion.folders,
                help="Where processes run.  [default: the Procfile's folder]",
            ),
            click.option(
                "-e",
                "--env",
                "env_files",
                metavar="FILE[,FILE]",
                type=Names(),
                multiple=True,
                envvar="PYFOREMAN_ENV",
                shell_complete=completion.files,
                help="Env files instead of .env and .env.local; repeatable, later ones win.",
            ),
            click.option("--env-override", is_flag=True, help="Env files win over the real environment."),
            click.option("--no-env", is_flag=True, help="Read no env file."),
        )
    ):
        command = option(command)
    return command
