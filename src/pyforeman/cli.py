"""The command line: finds the command, and knows what click's errors come to."""

import importlib
import sys

import click

from pyforeman.outcome import fail, one_line, outcome

COMMANDS = (
    "start",
    "run",
    "check",
    "export",
    "ps",
    "restart",
    "stop",
    "scale",
    "signal",
    "reload",
    "wait",
    "logs",
    "attach",
    "version",
)
"""The commands there are; each is ``command`` in the module of its name, imported when it is called."""


class _Commands(click.Group):
    """The commands by name. ``pyforeman start`` must not pay for importing the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            if ctx.resilient_parsing:  # a line that is still being typed
                return None
            ctx.fail(f"no command {cmd_name!r}; there are {', '.join(COMMANDS)}")
        command = importlib.import_module(f"pyforeman.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """As click does. Its parser does not say whose option it was that needs a value."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            error.ctx = error.ctx or click.Context(self, ctx, ctx.invoked_subcommand)
            raise


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from pyforeman.commands.version import version_line

        click.echo(version_line())
        context.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Options also work as variables: PYFOREMAN_PORT=6000 pyforeman start.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Run what a Procfile says: its processes side by side, until ^C.

    \b
    Examples:
      pyforeman start web=2 worker=3
      pyforeman run python manage.py migrate
      pyforeman check
    """


def main(arguments: list[str] | None = None, obj: object = None) -> int:
    """Run a command line; gives the exit code. Errors of the user become one line on stderr.

    ``obj`` is what the command is given: to ``start``, its guardian.

    Exit codes: 2 for wrong usage, 1 for what went wrong, 141 when the reader of our stdout left,
    130 for ^C; ``start`` has more (docs/exit-codes.md).
    """
    if sys.platform == "win32":
        return fail("Windows has no POSIX sessions and signals; use pyforeman in WSL (wsl --install)", 1)
    return outcome(lambda: _run(arguments, obj))


def _run(arguments: list[str] | None, obj: object) -> object:
    try:
        return cli.main(arguments, prog_name="pyforeman", standalone_mode=False, obj=obj)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "pyforeman"
        return fail(f"{one_line(error.format_message())} (see {command} --help)", 2)
    except click.ClickException as error:
        return fail(error.format_message(), error.exit_code)
    except click.Abort:
        return 130
    except SystemExit as error:
        # click has told a shell what to complete, or it has met EPIPE: the reader of --help left.
        return 0 if error.code == 0 else 141
