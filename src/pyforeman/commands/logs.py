"""``pyforeman logs``: what the processes have written, and what they write."""

from typing import TYPE_CHECKING, Any

import click

from pyforeman.commands.options import appearance
from pyforeman.commands.running import SETTINGS, RunningCommand, connect, formation, writers

if TYPE_CHECKING:
    from pyforeman.commands.log_view import LogView
    from pyforeman.control.client import Client
    from pyforeman.control.protocol import Message


_MOST_DIGITS = 18  # more lines than any history has; Python has no deque for 20 digits, and no int of 5000


class Lines(click.ParamType):  # type: ignore[type-arg]  # generic only in newer versions of click
    """A number of lines; ``all`` is -1."""

    name = "lines"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Of more digits than fit, all: they are less."""
        if isinstance(value, int):
            return value
        text = str(value)
        if text.lower() == "all":
            return -1
        if text.isascii() and text.isdigit():
            return int(text) if len(text) <= _MOST_DIGITS else -1
        raise click.BadParameter(f"{value!r} is no number of lines; write 100, or all", ctx, param)


@click.command("logs", cls=RunningCommand, context_settings=SETTINGS, short_help="Show what processes wrote.")
@formation
@click.option(
    "-n",
    "--lines",
    type=Lines(),
    metavar="N|all",
    default=100,
    show_default=True,
    help="The last so many lines, or all.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until the formation ends.")
@click.option("--since", metavar="TIME", help="Not what is older: 30s, 5m, 2h, 1d, 14:30, or ISO 8601.")
@click.option("--grep", metavar="REGEX", help="Only lines in which this is found (as Python has them).")
@click.option("--json", "as_json", is_flag=True, help="One object a line, for programs.")
@appearance
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=writers)
def command(
    root: str | None,
    name: str | None,
    lines: int,
    follow: bool,
    since: str | None,
    grep: str | None,
    as_json: bool,
    timestamps: Any,
    color: str,
    names: tuple[str, ...],
) -> int:
    """Show the last lines of processes of the running formation: types, instances or patterns; without
    names of all. What pyforeman itself says is from "system".

    It keeps 256 KiB of each process, and 16 MiB in all. start --log-dir keeps everything.

    \b
    Examples:
      pyforeman logs
      pyforeman logs web -f
      pyforeman logs --since 5m --grep 'ERROR|WARN'
      pyforeman logs system -n all
    """
    import time

    from pyforeman.commands.display import Look
    from pyforeman.plan.moment import moment

    look = Look(timestamps=timestamps, colour=color, output_format="json" if as_json else "text")
    view = _view(look, grep, None if lines < 0 else lines)
    request = {
        "command": "logs",
        "processes": list(names),
        "lines": None if lines < 0 or grep is not None else lines,  # which lines fit is known here only
        "since": None if since is None else moment(since, time.time()),
        "follow": follow,
    }
    client = connect(root, name)
    client.send(request)
    return _copy(client, view)


def _view(look: Any, grep: str | None, lines: int | None) -> "LogView":
    """Raises UsageError for an expression that is none."""
    import os
    import re

    from pyforeman.commands.display import stdout_renderer
    from pyforeman.commands.log_view import LogView
    from pyforeman.errors import UsageError

    try:
        pattern = None if grep is None else re.compile(grep)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f"--grep: {grep!r} is no regular expression: {error}") from None
    return LogView(
        lambda types, names, began: stdout_renderer(look, types, names, began, os.environ), pattern, lines
    )


def _copy(client: "Client", view: "LogView") -> int:
    """Write what comes, at once, until the formation has no more or our reader leaves."""
    import select
    import sys

    from pyforeman.runtime.terminal import is_pipe

    poll = select.poll()
    poll.register(client.fileno(), select.POLLIN)
    if is_pipe(1):
        poll.register(1, 0)  # only a write would tell that nobody reads, and there may be none for hours
    while True:
        if any(fd == 1 for fd, _ in poll.poll()):
            return 141
        for message in client.read():
            if _is_last(message, view):
                return 0
        sys.stdout.buffer.flush()


def _is_last(message: "Message", view: "LogView") -> bool:
    """Write what one message says; whether nothing comes after it."""
    import sys

    sys.stdout.buffer.write(view.show(message))
    if view.skipped:
        sys.stdout.buffer.flush()  # on a terminal, it stands where the bytes are missing
        click.echo(f"… {view.skipped:,} bytes were skipped: this reader was too slow", err=True)
    if "ok" not in message:
        return False
    sys.stdout.buffer.flush()
    return True
