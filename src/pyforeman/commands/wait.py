"""``pyforeman wait``: until the running formation has come where it is to be."""

from typing import Any

import click

from pyforeman.commands.running import SETTINGS, RunningCommand, formation, processes
from pyforeman.core.goals import GOALS
from pyforeman.plan.policy import seconds


class Seconds(click.ParamType):  # type: ignore[type-arg]  # generic only in newer versions of click
    """A number of seconds, 0 or more; not nan, of which no deadline can be made, nor inf."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """As ``start`` reads its ``--timeout``."""
        try:
            return seconds(str(value))
        except ValueError as error:
            raise click.BadParameter(f"{value!r} is not {error}", ctx, param) from None


@click.command(
    "wait", cls=RunningCommand, context_settings=SETTINGS, short_help="Wait until processes are up, or done."
)
@formation
@click.option(
    "--for",
    "goal",
    type=click.Choice(GOALS),
    default=GOALS[0],
    show_default=True,
    help="What is to be so of all of them.",
)
@click.option(
    "--timeout",
    type=Seconds(),
    metavar="SECONDS",
    default=30,
    show_default=True,
    help="Give up after; 0: look once.",
)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=processes)
def command(root: str | None, name: str | None, goal: str, timeout: float, names: tuple[str, ...]) -> int:
    """Wait until processes of the formation are up: types, instances or patterns; without names all.

    The formation need not run yet. Listening: something accepts connections on the port of each, without
    names of those that use PORT. Finished: each has ended well. Stopped: none runs any more, or is started
    again by itself.

    Exit code: 0 it is so, 1 it can no longer become so, 124 it was not so in time, 2 for a name there
    is not.

    \b
    Examples:
      pyforeman wait
      pyforeman wait web --for listening --timeout 60
      pyforeman wait web 'w*' --timeout 5
    """
    from pyforeman.commands.waiting import Wait

    return Wait(root or None, name or None, goal, names, timeout).run()
