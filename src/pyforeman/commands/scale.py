"""``pyforeman scale``: change how many of each process type run."""

import click

from pyforeman.commands.running import SETTINGS, RunningCommand, connect, formation, types


@click.command(
    "scale", cls=RunningCommand, context_settings=SETTINGS, short_help="Change how many processes run."
)
@formation
@click.argument("words", metavar="[TYPE=N]...", nargs=-1, shell_complete=types)
def command(root: str | None, name: str | None, words: tuple[str, ...]) -> int:
    """Start and stop processes until so many of a type run; what is not named stays as it is.

    TYPE=N is how many there are to be, TYPE+N how many more, TYPE-N how many less. It returns when that
    is done, and prints the formation, as start and scale take it; without arguments nothing changes.

    Exit code: 0 done, 1 if a process that was started does not run, 2 for a type there is not.

    \b
    Examples:
      pyforeman scale
      pyforeman scale web=2 worker=3
      pyforeman scale worker+1
    """
    from pyforeman.core.fates import FAILING, fate
    from pyforeman.errors import PyforemanError

    reply = connect(root, name).ask({"command": "scale", "words": words})
    click.echo(reply["formation"])
    for row in reply.get("processes", ()):
        if row["state"] in FAILING:
            raise PyforemanError(fate(row))
    return 0
