"""``pyforeman attach``: type into one process of the running formation."""

import click

from pyforeman.commands.running import SETTINGS, RunningCommand, connect, formation, processes


@click.command(
    "attach", cls=RunningCommand, context_settings=SETTINGS, short_help="Type into a process: a debugger."
)
@formation
@click.option(
    "--detach-key",
    metavar="KEY",
    envvar="PYFOREMAN_DETACH_KEY",
    default="^]",
    show_default=True,
    help="What lets go: ^X, ctrl-x, a character, or none.",
)
@click.argument("process", metavar="NAME", shell_complete=processes)
def command(root: str | None, name: str | None, detach_key: str, process: str) -> int:
    """Show one process of the running formation alone, and type into it, until ^].

    All else goes on, and so does the process when you let go. ^C is for the process. It needs a
    terminal of its own, which it has where start runs on one, or with --pty.

    Exit code: 0, also when the process ends; 1 if it does not run or has no terminal, 2 for a name
    there is not.

    \b
    Examples:
      pyforeman attach web.1
      pyforeman attach worker.2
      pyforeman attach --detach-key ctrl-a web.1
    """
    from pyforeman.commands.attached import Attached, check_terminal
    from pyforeman.plan.detach import parse_key

    key = parse_key(detach_key)
    check_terminal()
    return Attached(connect(root, name), process, key).run()
