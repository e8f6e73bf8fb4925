"""``pyforeman reload``: let the running formation follow what the Procfile and the env files say now."""

import click

from pyforeman.commands.running import SETTINGS, RunningCommand, connect, formation

_WORDS = ("added", "removed", "restarted")


@click.command(
    "reload", cls=RunningCommand, context_settings=SETTINGS, short_help="Follow what the Procfile says now."
)
@formation
def command(root: str | None, name: str | None) -> int:
    """Read the Procfile and the env files again, and do what has changed: what is new starts, what is
    gone stops, and what is different restarts. The rest runs on.

    Exit code: 0 done, 1 if the files do not parse (nothing changes then) or a process does not run.

    \b
    Examples:
      pyforeman reload
    """
    from pyforeman.core.fates import FAILING, fate
    from pyforeman.errors import PyforemanError

    reply = connect(root, name).ask({"command": "reload"})
    lines = [*reply.get("changes", ())]
    lines += [f"{process} {word}" for word in _WORDS for process in reply.get(word, ())]
    for line in lines or ("nothing has changed",):
        click.echo(line)
    touched = {*reply.get("added", ()), *reply.get("restarted", ())}
    for row in reply.get("processes", ()):
        if row["state"] in FAILING and touched & {row["name"], row["type"]}:
            raise PyforemanError(fate(row))
    return 0
