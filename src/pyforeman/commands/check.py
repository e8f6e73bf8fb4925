"""``pyforeman check``: does the Procfile parse, for people and for CI."""

import click

from pyforeman.commands.options import SETTINGS, ProjectCommand, chosen_files, project
from pyforeman.errors import InputError, MissingFileError, UsageError


@click.command(
    "check", cls=ProjectCommand, context_settings=SETTINGS, short_help="Check the Procfile and the env files."
)
@project
def command(
    procfile: str | None, root: str | None, env_files: tuple[list[str], ...], env_override: bool, no_env: bool
) -> int:
    """Check that the Procfile and the env files parse: what check passes, start runs.

    \b
    Exit code: 0 valid, 1 a problem (each on a line of stderr), 2 a file could not be read.

    \b
    Examples:
      pyforeman check
      pyforeman check -f Procfile.dev -e .env.dev
    """
    import os

    from pyforeman.plan.formation import base_port
    from pyforeman.runtime.project import locate, read_environment, read_procfile

    place = locate(procfile, root)
    names: tuple[str, ...] = ()

    def judge_procfile() -> None:
        nonlocal names
        names = read_procfile(place.procfile).names

    def judge_environment() -> None:
        files = chosen_files(env_files, no_env)
        base_port(None, read_environment(place.root, files, os.environ, override=env_override))

    problems: list[str] = []
    exit_code = 1
    for judge in (judge_procfile, judge_environment):
        try:
            judge()
        except InputError as error:
            problems += error.problems
        except MissingFileError as error:
            problems.append(str(error))
            exit_code = 2  # what could not be read could not be judged
        except UsageError as error:
            problems.append(str(error))
    for problem in problems:
        click.echo(f"pyforeman: {problem}", err=True)
    if problems:
        return exit_code
    click.echo(f"valid procfile detected ({', '.join(names)})")
    return 0
