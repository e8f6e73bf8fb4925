"""``pyforeman run``: one-off admin commands in the environment of the formation."""

import click

from pyforeman.commands import completion
from pyforeman.commands.options import SETTINGS, ProjectCommand, chosen_files, project


@click.command(
    "run",
    cls=ProjectCommand,
    context_settings={**SETTINGS, "allow_interspersed_args": False},
    short_help="Run a one-off command with the project's environment.",
)
@project
@click.argument(
    "words",
    metavar="COMMAND [ARGS]...",
    nargs=-1,
    required=True,
    type=click.UNPROCESSED,
    shell_complete=completion.one_off,
)
def command(
    procfile: str | None,
    root: str | None,
    env_files: tuple[list[str], ...],
    env_override: bool,
    no_env: bool,
    words: tuple[str, ...],
) -> None:
    """Load the environment, change into the root, and become COMMAND.

    A single word that names a process type runs its line, with ARGS appended. The command has the
    real terminal, and its exit code is ours; 127 when there is no such command.

    \b
    Examples:
      pyforeman run python manage.py migrate
      pyforeman run web --reload
      pyforeman run sh -c 'echo $DATABASE_URL'
    """
    import os

    from pyforeman.errors import MissingFileError
    from pyforeman.plan.command import SHELL, one_off_line
    from pyforeman.plan.formation import base_port, one_off_environment, port_plan
    from pyforeman.runtime.posix import become
    from pyforeman.runtime.project import locate, read_environment, read_procfile

    place = locate(procfile, root)
    files = chosen_files(env_files, no_env)
    environment = read_environment(place.root, files, os.environ, override=env_override)
    arguments = list(words)
    try:
        known = read_procfile(place.procfile)
    except MissingFileError:
        if procfile is not None:
            raise
        # A one-off needs no Procfile, only the environment.
    else:
        ports = port_plan(known, base_port(None, environment))
        environment = one_off_environment(environment, ports, words[0])
        for entry in known.types:
            if entry.name == words[0]:
                line = one_off_line(entry.command, arguments=len(words) > 1)
                arguments = [SHELL, "-c", line, entry.name, *words[1:]]
    os.chdir(place.root)
    environment["PWD"] = place.root  # a shell would correct it, other programs trust it
    become(arguments, environment)
