"""``pyforeman restart``: stop processes of the running formation gracefully, and start them anew."""

import click

from pyforeman.commands.running import SETTINGS, RunningCommand, connect, formation, processes, tell


@click.command(
    "restart", cls=RunningCommand, context_settings=SETTINGS, short_help="Restart processes that run."
)
@formation
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=processes)
def command(root: str | None, name: str | None, names: tuple[str, ...]) -> int:
    """Restart processes of the running formation: types, instances or patterns; without names all.

    Each stops as at a ^C, and starts with what the Procfile and the env files say now. What has
    finished, crashed or was stopped is started again.

    Exit code: 0 when all run again (or have finished since), 1 if one does not, 2 for a name there is
    not.

    \b
    Examples:
      pyforeman restart
      pyforeman restart web
      pyforeman restart worker.2 'w*'
    """
    reply = connect(root, name).ask({"command": "restart", "processes": names})
    for change in reply.get("changes", ()):
        click.echo(change)
    return tell(reply["processes"], "restarted", ("up", "finished"))
