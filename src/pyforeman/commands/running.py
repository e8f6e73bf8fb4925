"""What the commands share that talk to a running formation: where it is, and which processes are meant."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pyforeman.commands import completion
from pyforeman.commands.options import ProjectCommand

if TYPE_CHECKING:
    from pyforeman.control.client import Client
    from pyforeman.core.fates import Report
    from pyforeman.plan.defaults import Default

F = TypeVar("F", bound=Callable[..., Any])

SETTINGS: dict[str, Any] = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 110,
}
"""Without a prefix for variables: ``PYFOREMAN_TIMEOUT`` is for ``start``, and not for ``wait``."""
_SHORT_PATIENCE = 0.5  # seconds in which a formation answers to a <TAB>


class RunningCommand(ProjectCommand):
    """A command that looks into ``.foreman`` for the place only: ``timeout`` there is ``start``'s."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As its parent does, which has to import more where there is such a file."""
        if not os.path.exists(".foreman"):
            return click.Command.parse_args(self, ctx, args)
        return super().parse_args(ctx, args)

    def _defaults(self, ctx: click.Context) -> "Iterator[tuple[click.Option, Default]]":
        for option, default in super()._defaults(ctx):
            if option.name in {"root", "name"}:
                yield option, default


def processes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """For a shell: the types and the processes of the running formation that are not on the line yet."""
    rows = _answer(ctx).get("processes", ())
    offered = dict.fromkeys((*(row["type"] for row in rows), *(row["name"] for row in rows)))
    return _not_there(ctx, param, incomplete, offered)


def writers(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The same for ``logs``: pyforeman itself has lines, too."""
    from pyforeman.output.render import SYSTEM

    return [*processes(ctx, param, incomplete), *_not_there(ctx, param, incomplete, (SYSTEM,))]


def _not_there(
    ctx: click.Context, param: click.Parameter, incomplete: str, offered: Iterable[str]
) -> list[str]:
    """Those that begin so, and are not on the line yet."""
    there = ctx.params.get(str(param.name)) or ()
    return [name for name in offered if name.startswith(incomplete) and name not in there]


def signals(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """For a shell: the names of signals, in the spelling that was begun."""
    from signal import Signals

    names = [signal.name for signal in Signals]
    if not incomplete.upper().startswith("SIG"):
        names = [name.removeprefix("SIG") for name in names]
    return [name for name in names if name.startswith(incomplete.upper())]


def types(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """For a shell: the process types of its Procfile that are not on the line yet."""
    there = {word.rstrip("0123456789").rstrip("=+-") for word in ctx.params.get(str(param.name)) or ()}
    offered = _answer(ctx).get("types", ())
    return [name for name in offered if name.startswith(incomplete) and name not in there]


def _answer(ctx: click.Context) -> dict[str, Any]:
    """What a running formation says to ``ps``; nothing where there is none."""
    from pyforeman.control.search import find
    from pyforeman.errors import PyforemanError

    try:
        client = find(ctx.params.get("root"), ctx.params.get("name"), _SHORT_PATIENCE)
        client.send({"command": "ps"})
        return client.next(_SHORT_PATIENCE) or {}
    except (PyforemanError, OSError):  # an error would land in the line being typed
        return {}


def formation(command: F) -> F:
    """Add ``-d`` and ``--name``: which running formation is meant."""
    for option in reversed(
        (
            click.option(
                "-d",
                "--root",
                metavar="DIR",
                envvar="PYFOREMAN_ROOT",
                shell_complete=completion.folders,
                help="The formation that runs in DIR.  [default: here, or the nearest above]",
            ),
            click.option(
                "--name",
                metavar="NAME",
                envvar="PYFOREMAN_NAME",
                help="Its name, where several run.  [default: Procfile, or the only one]",
            ),
        )
    ):
        command = option(command)
    return command


def connect(root: str | None, name: str | None) -> "Client":
    """The running formation that is meant. Raises PyforemanError where there is none."""
    from pyforeman.control.search import find

    return find(root or None, name or None)


def tell(rows: "Sequence[Report]", done: str, good: Collection[str]) -> int:
    """One line for each process; gives 0 if all of them are in one of the ``good`` states, else 1."""
    from pyforeman.core.fates import fate

    for row in rows:
        click.echo(fate(row, done))
    return 0 if all(row["state"] in good for row in rows) else 1
