"""``pyforeman start``: run the formation."""

import re
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pyforeman.commands import completion
from pyforeman.commands.options import (
    SETTINGS,
    Names,
    ProjectCommand,
    appearance,
    chosen_files,
    flat,
    formation,
    project,
    settings,
)
from pyforeman.plan.policy import RESTARTS, STOP_ONS

if TYPE_CHECKING:
    from pyforeman.commands.launch import Request
    from pyforeman.plan.settings import Settings
    from pyforeman.runtime.guardian import Guardian

_PER_TYPE = "VALUE[,TYPE=VALUE]"


# What makes the word after a bare --pty its value, and not a part of the formation.
_PTY_VALUE = re.compile(r"([^,=]+=)?(yes|no|auto)(,|$)")


class _Start(ProjectCommand):
    """``--pty`` may stand alone, and before words that are not its value: ``--pty web=2``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with ``=yes`` written out where it is left out."""
        for place, word in enumerate(args):
            if word == "--":
                break
            if word == "--pty" and not any(_PTY_VALUE.match(value) for value in args[place + 1 : place + 2]):
                args[place] = "--pty=yes"
        return super().parse_args(ctx, args)


@click.command(
    "start", cls=_Start, context_settings=SETTINGS, short_help="Run the processes of the Procfile."
)
@project
@formation
@click.option("-t", "--timeout", metavar=_PER_TYPE, help="Seconds from SIGTERM to SIGKILL.  [default: 5]")
@click.option(
    "--restart",
    metavar=_PER_TYPE,
    help=f"What ends is started again: {', '.join(RESTARTS)}.  [default: {RESTARTS[0]}]",
)
@click.option(
    "--max-restarts",
    metavar="N[,TYPE=N]",
    help="Restarts in a row, before it failed for good.  [default: no limit]",
)
@click.option(
    "--stop-on",
    metavar=_PER_TYPE,
    help=f"The end of a process that ends all: {', '.join(STOP_ONS)}.  [default: {STOP_ONS[0]}]",
)
@click.option(
    "--pty",
    metavar="[=yes|no|auto[,TYPE=…]]",
    help="Run processes on terminals of their own: colours, prompts.  [default: if this is a terminal]",
)
@click.option("--no-pty", is_flag=True, help="The same as --pty=no: run them on pipes.")
@appearance
@click.option(
    "--format",
    "output_format",
    envvar="PYFOREMAN_FORMAT",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="Lines for people, or one object a line for programs.",
)
@click.option(
    "-q",
    "--quiet",
    type=Names(),
    multiple=True,
    shell_complete=completion.names,
    help="Not to be shown: types, instances or patterns.",
)
@click.option(
    "--only",
    type=Names(),
    multiple=True,
    shell_complete=completion.names,
    help="Alone to be shown: types, instances or patterns.",
)
@click.option(
    "--log-dir",
    metavar="DIR",
    shell_complete=completion.folders,
    help="Also append each process to DIR/NAME.log, and all to DIR/all.log.",
)
@click.option(
    "--name",
    metavar="NAME",
    help="What this formation is called among those of its folder.  [default: the Procfile's name]",
)
@click.option(
    "--foreground",
    metavar="NAME",
    shell_complete=completion.names,
    help="Show one process alone, and type into it: for a debugger.",
)
@click.option(
    "--detach-key",
    metavar="KEY",
    default="^]",
    show_default=True,
    help="What lets go of it: ^X, ctrl-x, a character, or none.",
)
@click.pass_obj
def command(guardian: "Guardian | None", /, words: tuple[str, ...], **options: Any) -> int:
    """Run processes as the Procfile and the formation say, until ^C.

    Without arguments one of each type; with arguments just those: web=2 worker=3, web (one), or
    all=1. What crashes is restarted; ^C stops all, gracefully, and a second ^C kills.

    Exit code: 130 for ^C (128+N for a signal), the code of the first process that failed for good,
    else 0; 1 and 2 for errors before the start.

    \b
    Examples:
      pyforeman start
      pyforeman start web=2 worker=3 -t 5,worker=60
      pyforeman start all=2 --exclude worker -p 8000
      pyforeman start --release --only web
    """
    from pyforeman.commands.launch import launch
    from pyforeman.runtime.guardian import guard

    guardian = guardian or guard()  # where "start" was not the first word: pyforeman -- start
    return launch(request(words, options), guardian)


def request(words: tuple[str, ...], options: dict[str, Any]) -> "Request":
    """What the command line asks for, and the variables and ``.foreman``."""
    from pyforeman.commands.display import Look
    from pyforeman.commands.launch import Request

    return Request(
        settings=_settings(words, options),
        look=Look(
            timestamps=options["timestamps"],
            colour=options["color"],
            output_format=options["output_format"],
            only=tuple(flat(options["only"])),
            quiet=tuple(flat(options["quiet"])),
            log_dir=options["log_dir"],
        ),
        procfile=options["procfile"],
        root=options["root"],
        env_files=chosen_files(options["env_files"], options["no_env"]),
        env_override=options["env_override"],
        name=options["name"],
        foreground=options["foreground"],
        detach_key=options["detach_key"],
    )


def _settings(words: tuple[str, ...], options: dict[str, Any]) -> "Settings":
    """What decides which instances there are, and how they live."""
    return settings(words, options)._replace(
        timeout=options["timeout"],
        restart=options["restart"],
        max_restarts=options["max_restarts"],
        stop_on=options["stop_on"],
        pty=_pty(options),
    )


_STRENGTH = (ParameterSource.DEFAULT_MAP, ParameterSource.ENVIRONMENT, ParameterSource.COMMANDLINE)
"""Who wins, the strongest last: .foreman, a variable, the command line."""


def _pty(options: dict[str, Any]) -> str | None:
    """``--no-pty`` is ``--pty=no``: the stronger source wins, and no over yes where they are the same."""
    pty: str | None = options["pty"]
    if not options["no_pty"] or pty is None:
        return "no" if options["no_pty"] else pty
    source = click.get_current_context().get_parameter_source
    strength, of_no = (_STRENGTH.index(source(name) or _STRENGTH[0]) for name in ("pty", "no_pty"))
    if of_no > strength:
        return "no"
    return f"no,{pty}" if of_no < strength else f"{pty},no"
