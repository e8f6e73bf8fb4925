"""``pyforeman check``: does the Procfile parse, for people and for CI."""

from typing import Any

import click

from pyforeman.commands.options import SETTINGS, ProjectCommand, chosen_files, formation, project, settings
from pyforeman.errors import InputError, MissingFileError, UsageError


@click.command(
    "check", cls=ProjectCommand, context_settings=SETTINGS, short_help="Check the Procfile and the env files."
)
@project
@formation
def command(
    procfile: str | None,
    root: str | None,
    env_files: tuple[list[str], ...],
    env_override: bool,
    no_env: bool,
    words: tuple[str, ...],
    **options: Any,
) -> int:
    """Check that the Procfile and the env files parse: what check passes, start runs.

    A formation (web=2 worker=3) is judged as well: start would refuse the same words.

    \b
    Exit code: 0 valid, 1 a problem (each on a line of stderr), 2 a file could not be read.

    \b
    Examples:
      pyforeman check
      pyforeman check -f Procfile.dev -e .env.dev
      pyforeman check web=2 worker=3
    """
    import os

    from pyforeman.plan.formation import base_port
    from pyforeman.plan.plan import make_plan
    from pyforeman.plan.procfile import Procfile
    from pyforeman.runtime.project import locate, read_environment, read_procfile

    place = locate(procfile, root)
    read: list[Procfile] = []  # it, unless it does not parse
    environment: dict[str, str] = {}

    def judge_procfile() -> None:
        read.append(read_procfile(place.procfile))

    def judge_environment() -> None:
        nonlocal environment
        files = chosen_files(env_files, no_env)
        environment = read_environment(place.root, files, os.environ, override=env_override)
        base_port(None, environment)

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
    make_plan(read[0], environment, settings(words, options))
    click.echo(f"valid procfile detected ({', '.join(read[0].names)})")
    return 0
