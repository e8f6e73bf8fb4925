"""``pyforeman stop``: end the running formation, or some of its processes."""

import click

from pyforeman.commands.running import SETTINGS, RunningCommand, connect, formation, processes, tell


@click.command(
    "stop", cls=RunningCommand, context_settings=SETTINGS, short_help="Stop the formation, or some of it."
)
@formation
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=processes)
def command(root: str | None, name: str | None, names: tuple[str, ...]) -> int:
    """Stop the running formation gracefully, as a ^C does; with names only these processes.

    It returns when they have ended. A process that was stopped stays so until it is restarted, and
    the others run on.

    Exit code: 0 when all have ended, 1 when no formation runs, 2 for a name there is not.

    \b
    Examples:
      pyforeman stop
      pyforeman stop worker
      pyforeman stop web.2 'w*'
    """
    client = connect(root, name)
    if names:
        from pyforeman.core.fates import AT_REST

        reply = client.ask({"command": "stop", "processes": names})
        return tell(reply["processes"], "runs again", AT_REST)
    from pyforeman.runtime.endings import Ending

    ending = Ending(client.pid)  # before it can have ended: its pid may be another's then
    client.ask({"command": "stop"})
    ending.wait()
    click.echo("stopped")
    return 0
