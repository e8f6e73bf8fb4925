"""``pyforeman check``: does the Procfile parse, for people and for CI."""

import click

from pyforeman.commands.options import SETTINGS, flat, project
from pyforeman.errors import InputError, MissingFileError


@click.command("check", context_settings=SETTINGS, short_help="Check the Procfile and the env files.")
@project
def command(
    procfile: str | None, root: str | None, env_files: tuple[list[str], ...], env_override: bool, no_env: bool
) -> int:
    """Check that the Procfile and the env files parse: what check passes, start runs.

    \b
    Exit code: 0 valid, 1 a problem (each on a line of stderr), 2 a file could not be read.

    Example: pyforeman check -f Procfile.dev
    """
    import os

    from pyforeman.runtime.project import locate, read_environment, read_procfile

    problems: list[str] = []
    names: tuple[str, ...] = ()
    try:
        place = locate(procfile, root)
        try:
            names = read_procfile(place.procfile).names
        except InputError as error:
            problems += error.problems
        if not no_env:
            try:
                read_environment(place.root, flat(env_files) or None, os.environ, override=env_override)
            except InputError as error:
                problems += error.problems
    except MissingFileError as error:
        error.exit_code = 2
        raise
    for problem in problems:
        click.echo(f"pyforeman: {problem}", err=True)
    if problems:
        return 1
    click.echo(f"valid procfile detected ({', '.join(names)})")
    return 0
