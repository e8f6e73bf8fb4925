"""The options that several commands share: where the project is, its environment, and the formation."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from pyforeman.commands import completion
from pyforeman.errors import InputError, PyforemanError

if TYPE_CHECKING:
    from pyforeman.plan.defaults import Default
    from pyforeman.plan.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

SETTINGS: dict[str, Any] = {
    "auto_envvar_prefix": "PYFOREMAN",
    "help_option_names": ["-h", "--help"],
    "max_content_width": 110,
}
"""For every command: its options also work from PYFOREMAN_* variables."""


# What Foreman's export has and ours has not: a file that both tools read may name it.
_FOR_EXPORT = frozenset({"run"})
_READERS = ("start", "check", "export")
"""The commands whose options the file may have, whoever reads it."""


class ProjectCommand(click.Command):
    """A command whose options may have defaults in ``.foreman``; the command line and variables win."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with the defaults. Raises InputError for an option that there is not."""
        from pyforeman.runtime.project import DEFAULTS

        lines: dict[str, int] = {}
        values: dict[str, str | tuple[str]] = {}
        problem = None
        try:
            for option, default in self._defaults(ctx):
                name = str(option.name)
                lines[name] = default.line
                values[name] = (default.value,) if option.multiple else default.value
        except PyforemanError as error:
            problem = error
        ctx.default_map = values
        try:
            rest = super().parse_args(ctx, args)
        except click.BadParameter as error:
            name = str(error.param.name) if error.param else ""
            if ctx.get_parameter_source(name) != ParameterSource.DEFAULT_MAP:
                raise
            message = f"{error.message.rstrip('.')} ({DEFAULTS}:{lines[name]})"
            raise click.BadParameter(message, error.ctx, error.param) from None
        # Not before --help has had its turn; and a line that is still being typed completes what it can.
        if problem and not ctx.resilient_parsing:
            raise problem
        return rest

    def _defaults(self, ctx: click.Context) -> "Iterator[tuple[click.Option, Default]]":
        """The lines of the file that are for this command, with their options.

        The file is for all commands, so what ``start``, ``check`` or an export knows is no mistake elsewhere.
        """
        from pyforeman.runtime.project import DEFAULTS, read_defaults

        for default in read_defaults():
            if option := _option(self, default.option):
                yield option, default
                continue
            group = ctx.parent.command if ctx.parent else None
            others = (
                (group.get_command(ctx, name) for name in _READERS) if isinstance(group, click.Group) else ()
            )
            if default.option not in _FOR_EXPORT and not any(
                other and _option(other, default.option) for other in others
            ):
                where, what = f"{DEFAULTS}:{default.line}", f"no option {default.option!r}"
                raise InputError((f"{where}: {what}; pyforeman start --help lists them",))


def _option(command: click.Command, name: str) -> click.Option | None:
    """The option of a command by its long name, ``_`` for ``-``."""
    for parameter in command.params:
        if isinstance(parameter, click.Option) and f"--{name.replace('_', '-')}" in parameter.opts:
            return parameter
    return None


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


def _with(command: F, *parameters: Callable[[F], F]) -> F:
    """Add options, in the order in which the help lists them."""
    for parameter in reversed(parameters):
        command = parameter(command)
    return command


def project(command: F) -> F:
    """Add ``-f``, ``-d``, ``-e``, ``--env-override`` and ``--no-env``."""
    return _with(
        command,
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


def counts(command: F) -> F:
    """Add ``-m`` and ``-x``: how many of each type there are."""
    return _with(
        command,
        click.option(
            "-m", "--formation", metavar="TYPE=N[,TYPE=N]", multiple=True, help="The same as arguments."
        ),
        click.option(
            "-x",
            "--exclude",
            type=Names(),
            multiple=True,
            shell_complete=completion.names,
            help="Types to leave out, after all counts.",
        ),
    )


def ports(command: F) -> F:
    """Add ``-p``, ``--port-step`` and ``--no-port``."""
    return _with(
        command,
        click.option(
            "-p",
            "--port",
            type=click.IntRange(1, 65535),
            metavar="N",
            help="The first port.  [default: PORT, or 5000]",
        ),
        click.option(
            "--port-step",
            type=click.IntRange(0, 65535),
            metavar="N",
            default=100,
            show_default=True,
            help="From one type's first port to the next one's; 0: the same for all.",
        ),
        click.option("--no-port", is_flag=True, help="Set no PORT."),
    )


def formation(command: F) -> F:
    """Add the words (``web=2``), ``--release``, and the options of :func:`counts` and :func:`ports`: what
    :func:`settings` is made of."""
    release = click.option(
        "--release", is_flag=True, help="Run the release process first, and start nothing if it fails."
    )
    words = click.argument("words", metavar="[TYPE=N]...", nargs=-1, shell_complete=completion.formation)
    return counts(release(ports(words(command))))


def settings(words: tuple[str, ...], options: Mapping[str, Any]) -> "Settings":
    """Which instances there are, from the options of :func:`counts` and :func:`ports`, and ``--release``."""
    from pyforeman.plan.settings import Settings

    asked = options["formation"]
    if words and click.get_current_context().get_parameter_source("formation") != ParameterSource.COMMANDLINE:
        asked = ()  # as with Foreman: what is asked for replaces the formation of .foreman
    return Settings(
        formation=(*asked, *words),
        exclude=tuple(flat(options["exclude"])),
        release=options.get("release", False),
        port=options["port"],
        port_step=options["port_step"],
        no_port=options["no_port"],
    )


def appearance(command: F) -> F:
    """Add ``--timestamps`` and ``--color``: how lines look."""
    timestamps = click.option(
        "--timestamps",
        type=click.Choice(("time", "ms", "iso", "delta", "off")),
        envvar="PYFOREMAN_TIMESTAMPS",
        default="time",
        show_default=True,
        help="What stands before each line.",
    )
    return timestamps(colour(command))


def colour(command: F) -> F:
    """Add ``--color``."""
    option = click.option(
        "--color",
        type=click.Choice(("auto", "always", "never")),
        envvar="PYFOREMAN_COLOR",
        default="auto",
        show_default=True,
        help="auto: on a terminal, unless NO_COLOR is set.",
    )
    return option(command)
