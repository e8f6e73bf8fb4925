"""``pyforeman version``."""

import click

from pyforeman import __version__


def version_line() -> str:
    """``pyforeman 1.2.3 (Python 3.12.1, linux)``: what a bug report needs."""
    import sys

    python = ".".join(map(str, sys.version_info[:3]))
    return f"pyforeman {__version__} (Python {python}, {sys.platform})"


@click.command("version", short_help="Show the version.")
def command() -> None:
    """Show the version, Python's and the system.

    \b
    Examples:
      pyforeman version
    """
    click.echo(version_line())
