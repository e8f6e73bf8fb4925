"""``pyforeman export``: the same formation, run by another process manager."""

from typing import Any

import click
from click.core import ParameterSource

from pyforeman.commands import completion
from pyforeman.commands.options import (
    SETTINGS,
    ProjectCommand,
    chosen_files,
    counts,
    ports,
    project,
    settings,
)
from pyforeman.errors import UsageError

_PER_TYPE = "VALUE[,TYPE=VALUE]"
_ACCOUNT_OR_UNITS = "--user"


class _Export(ProjectCommand):
    """``--user`` may stand without a name, as for systemctl: before what cannot be an account's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with a bare ``--user`` as the flag that it is."""
        for place, word in enumerate(args):
            if word == "--":
                break
            if word == _ACCOUNT_OR_UNITS and not _is_account(args[place + 1 : place + 2]):
                args[place] = "--user-units"
        return super().parse_args(ctx, args)


def _is_account(words: list[str]) -> bool:
    return any(not word.startswith(("-", ".", "~")) and not set(word) & set("/=") for word in words)


@click.command(
    "export", cls=_Export, context_settings=SETTINGS, short_help="Write the configuration of another engine."
)
@project
@counts
@ports
@click.option(
    "-a", "--app", metavar="NAME", help="What the application is called.  [default: the root's name]"
)
@click.option(
    "-u",
    "--user",
    metavar="[NAME]",
    help="The account to run as; without a name: units for systemctl --user.",
)
@click.option("--user-units", is_flag=True, hidden=True)
@click.option(
    "-l",
    "--log",
    metavar="DIR",
    shell_complete=completion.folders,
    help="Log to files there.  [default: the engine's way]",
)
@click.option(
    "-t",
    "--template",
    metavar="DIR",
    shell_complete=completion.folders,
    help="Templates of your own: those that are there win over ours.",
)
@click.option("--image", metavar="IMAGE", help="What containers run.  [default: the application's name]")
@click.option("--health", metavar="PATH", help="What is asked of web to see whether it is well: /up.")
@click.option(
    "--listen",
    metavar="[ADDRESS:]PORT",
    default="80",
    show_default=True,
    help="Where a load balancer listens.",
)
@click.option("--timeout", metavar=_PER_TYPE, help="Seconds from SIGTERM to SIGKILL.  [default: 5]")
@click.option("--restart", metavar=_PER_TYPE, help="What ends is started again, as for start.")
@click.option("--dry-run", is_flag=True, help="Say what would be written and removed, and do nothing.")
@click.option("--force", is_flag=True, help="Overwrite what somebody has changed since the last export.")
@click.argument("format_name", metavar="FORMAT", required=False, shell_complete=completion.formats)
@click.argument(
    "words", metavar="[DEST] [TYPE=N]...", nargs=-1, shell_complete=completion.destination_and_formation
)
def command(format_name: str | None, words: tuple[str, ...], **options: Any) -> int:
    """Write what runs the same formation without pyforeman: FORMAT is systemd, compose, kubernetes,
    supervisord, runit, nginx or haproxy.

    The files go to DEST, - prints them; by default the folder export/FORMAT. What the last export wrote and
    is not needed any more is removed; nothing else is. Values of env files stand in one file that only its
    owner can read.

    \b
    Examples:
      pyforeman export systemd web=2 worker=3
      pyforeman export systemd ~/.config/systemd/user --user
      pyforeman export compose deploy --image shop:1.4
      pyforeman export kubernetes - --app shop web=10
    """
    import gc

    from pyforeman.commands.exporting import Request, export

    gc.disable()  # thousands of files are kept until all are written, and looked through again and again
    if format_name is None:
        from pyforeman.export.formats import FORMATS

        raise UsageError(f"which format? there are {', '.join(FORMATS)}")
    destination, formation = _taken_apart(words)
    given = _given()
    # A variable of a deploy script that is not set: without --user, all would run as root.
    for name in sorted(given.intersection(_OF_THE_TARGET)):
        if options[name] == "":
            raise UsageError(f"--{name}: an empty value; say which, or leave it out")
    request = Request(
        format_name=format_name,
        destination=destination,
        settings=settings(formation, options)._replace(
            timeout=options["timeout"], restart=options["restart"]
        ),
        procfile=options["procfile"],
        root=options["root"],
        env_files=chosen_files(options["env_files"], options["no_env"]),
        app=options["app"],
        templates=options["template"],
        wanted={
            name: options[name] for name in _OF_THE_TARGET if options[name] and name not in _undone(given)
        },
        asked=given & {*_OF_THE_TARGET, "template"},
        dry_run=options["dry_run"],
        force=options["force"],
    )
    return export(request)


_OF_THE_TARGET = ("user", "user_units", "log", "image", "health", "listen")
"""The options that not every format has a use for."""


def _given() -> frozenset[str]:
    """The parameters that the command line has."""
    context = click.get_current_context()
    return frozenset(
        name for name in context.params if context.get_parameter_source(name) == ParameterSource.COMMANDLINE
    )


def _undone(given: frozenset[str]) -> frozenset[str]:
    """A bare ``--user`` wins over the account that ``.foreman`` names, and the other way round."""
    alternatives = {"user", "user_units"}
    return frozenset(alternatives - given if alternatives & given else ())


def _taken_apart(words: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The destination, if the first word is one, and the words of the formation. Raises UsageError for a
    destination that comes later."""
    first, rest = words[:1], words[1:]
    for word in rest:
        if word in {"-", ".", ".."} or "/" in word:
            raise UsageError(f"{word}: DEST is one folder, and stands before TYPE=N")
    if first and ("=" not in first[0] or "/" in first[0]):
        return first[0], rest
    return None, words
