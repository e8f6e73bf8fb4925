"""What a shell completes beyond commands and options: names in the Procfile, files and folders.

click asks these functions, and writes what the shells need (``_PYFOREMAN_COMPLETE=bash_source
pyforeman``). What cannot be read completes nothing: an error would land in the line being typed.
"""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def formation(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The process types that are not on the line yet, and ``all``."""
    there = {word.partition("=")[0] for word in ctx.params.get("words") or ()}
    types = _types(ctx)
    offered = (*types, "all") if types else ()
    return [name for name in offered if name.startswith(incomplete) and name not in there]


def formats(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The formats of an export."""
    from pyforeman.export.formats import FORMATS

    return [name for name in FORMATS if name.startswith(incomplete)]


def destination_and_formation(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[str] | list[CompletionItem]":
    """For ``export``: a folder as the first word, process types after it."""
    return formation(ctx, param, incomplete) if ctx.params.get("words") else folders(ctx, param, incomplete)


def names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Process types, after the last comma."""
    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in _types(ctx) if name.startswith(last)]


def one_off(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> "list[str] | list[CompletionItem]":
    """For ``run``: a process type as the first word, files after it."""
    if ctx.params.get("words"):
        return files(ctx, param, incomplete)
    return [name for name in _types(ctx) if name.startswith(incomplete)]


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Files: the shell knows best."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def folders(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Folders: the shell knows best."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def _types(ctx: click.Context) -> tuple[str, ...]:
    """The process types of the Procfile that the line names so far."""
    from pyforeman.errors import PyforemanError
    from pyforeman.runtime.project import STANDARD_INPUT, locate, read_procfile

    try:
        place = locate(ctx.params.get("procfile"), ctx.params.get("root"))
        return () if place.procfile == STANDARD_INPUT else read_procfile(place.procfile).names
    except (PyforemanError, OSError):
        return ()
