"""``pyforeman signal``: send processes of the running formation a signal."""

import re

import click

from pyforeman.commands.running import SETTINGS, RunningCommand, connect, formation, processes, signals

_AS_FOR_KILL = re.compile(r"-[A-Z0-9]+")


class _Signal(RunningCommand):
    """The signal may be written as for kill(1): ``-HUP``, ``-9``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As its parent does, without these dashes: no option of ours has upper-case letters or digits."""
        words = [word[1:] if _AS_FOR_KILL.fullmatch(word) else word for word in args]
        return super().parse_args(ctx, words)


@click.command("signal", cls=_Signal, context_settings=SETTINGS, short_help="Send processes a signal.")
@formation
@click.option("--group", is_flag=True, help="To all that a process has started, not to it alone.")
@click.argument("signal", metavar="SIGNAL", shell_complete=signals)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=processes)
def command(root: str | None, name: str | None, group: bool, signal: str, names: tuple[str, ...]) -> int:
    """Send processes that run a signal: HUP, SIGHUP, 1 or -HUP. What becomes of them is their own affair.

    Exit code: 0 sent, 1 if one of them does not run, 2 for a signal or a name there is not.

    \b
    Examples:
      pyforeman signal HUP web
      pyforeman signal USR1 web.1 worker
      pyforeman signal --group INT worker.2
    """
    from pyforeman.plan.signals import canonical

    word = canonical(signal)
    said = f"signal {word}" if word.isdecimal() else f"SIG{word}"
    request = {"command": "signal", "signal": word, "group": group, "processes": names}
    for row in connect(root, name).ask(request)["processes"]:
        click.echo(f"{row['name']}, pid {row['pid']}, was sent {said}")
    return 0
