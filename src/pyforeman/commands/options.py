"""The options that several commands share: where the project is, and its environment."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from pyforeman.commands import completion
from pyforeman.errors import InputError, PyforemanError

if TYPE_CHECKING:
    from pyforeman.plan.defaults import Default

F = TypeVar("F", bound=Callable[..., Any])

SETTINGS: dict[str, Any] = {
    "auto_envvar_prefix": "PYFOREMAN",
    "help_option_names": ["-h", "--help"],
    "max_content_width": 110,
}
"""For every command: its options also work from PYFOREMAN_* variables."""


# Options that Foreman's export has: a file that both tools read may name them.
_FOR_EXPORT = frozenset({"app", "log", "run", "template", "user"})


class ProjectCommand(click.Command):
    """A command whose options may have defaults in ``.foreman``; the command line and variables win."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with the defaults. Raises InputError for an option that there is not."""
        from pyforeman.runtime.project import DEFAULTS, read_defaults

        try:
            defaults = read_defaults()
        except PyforemanError:
            if not ctx.resilient_parsing:  # else the line is still being typed, and completes what it can
                raise
            defaults = ()
        lines: dict[str | None, int] = {}
        ctx.default_map = {}
        for default in defaults:
            if parameter := _option(self, default.option):
                lines[parameter.name] = default.line
                value = (default.value,) if parameter.multiple else default.value
                ctx.default_map = {**ctx.default_map, str(parameter.name): value}
            elif not ctx.resilient_parsing:
                _check_known(default)
        try:
            return super().parse_args(ctx, args)
        except click.BadParameter as error:
            name = error.param.name if error.param else None
            if name in lines and ctx.get_parameter_source(str(name)) == ParameterSource.DEFAULT_MAP:
                where = f"{DEFAULTS}:{lines[name]}"
                raise click.BadParameter(
                    f"{error.message.rstrip('.')} ({where})", error.ctx, error.param
                ) from None
            raise


def _option(command: click.Command, name: str) -> click.Option | None:
    """The option of a command by its long name, ``_`` for ``-``."""
    for parameter in command.params:
        if isinstance(parameter, click.Option) and f"--{name.replace('_', '-')}" in parameter.opts:
            return parameter
    return None


def _check_known(default: "Default") -> None:
    """The file is for all commands, so what ``start`` or an export knows is no mistake elsewhere."""
    from pyforeman.commands.start import command as start
    from pyforeman.runtime.project import DEFAULTS

    if default.option not in _FOR_EXPORT and _option(start, default.option) is None:
        where, what = f"{DEFAULTS}:{default.line}", f"no option {default.option!r}"
        raise InputError((f"{where}: {what}; pyforeman start --help lists them",))


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
