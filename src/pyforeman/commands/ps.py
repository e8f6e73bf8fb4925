"""``pyforeman ps``: what runs, how it is, and what it uses."""

import click

from pyforeman.commands.running import SETTINGS, RunningCommand, connect, formation, processes


@click.command("ps", cls=RunningCommand, context_settings=SETTINGS, short_help="Show the processes that run.")
@formation
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
@click.option("--watch", is_flag=True, help="Show it again each second, and at each change, until ^C.")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=processes)
def command(root: str | None, name: str | None, as_json: bool, watch: bool, names: tuple[str, ...]) -> int:
    """Show the processes of the running formation: types, instances or patterns; without names all.

    CPU and memory are those of a process and all that it has started: percent of one CPU since it
    began (with --watch: since the last look), and bytes in memory.

    \b
    Examples:
      pyforeman ps
      pyforeman ps web worker.2
      pyforeman ps --json
    """
    import sys

    from pyforeman.commands.figures import Figures

    if watch:
        from pyforeman.commands.frames import watch_lines, watch_screen
        from pyforeman.errors import UsageError

        if not as_json and not sys.stdout.isatty():
            raise UsageError("--watch shows it on a terminal, and stdout is none; use --watch --json")
        follow = watch_lines if as_json else watch_screen
        return follow(connect(root, name), names)
    figures = Figures(connect(root, name).ask({"command": "ps", "processes": names}))
    if as_json:
        click.echo(figures.json())
        return 0
    for line in figures.table(_width()):
        click.echo(line)
    return 0


def _width() -> int | None:
    """Columns of the terminal; None where stdout is none: what reads a pipe gets it all."""
    import os

    try:
        return os.get_terminal_size(1).columns or None
    except OSError:
        return None
