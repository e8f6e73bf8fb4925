"""The templates of a format: the user's own where there are some, else ours."""

import os

import pyforeman.export
from pyforeman.errors import PyforemanError, UsageError
from pyforeman.export.formats import Format
from pyforeman.export.template import Template, Templates
from pyforeman.plan.text import NOT_UTF8, decode
from pyforeman.runtime.project import read

_OURS = os.path.join(os.path.dirname(pyforeman.export.__file__), "templates")


def templates(
    format_name: str, engine: Format, own: str | None = None, *, is_asked: bool = False
) -> Templates:
    """All templates that the format names; those in the folder ``own`` win.

    Raises UsageError where that is no folder, or where it was asked for and has none of them; PyforemanError
    for a file that cannot be read.
    """
    if own is not None:
        if not os.path.isdir(own):
            raise UsageError(
                f"--template: {own} is not a folder; ours are in {os.path.join(_OURS, format_name)}"
            )
        is_of_use = any(os.path.exists(os.path.join(own, name)) for name in engine.TEMPLATES)
        if is_asked and not is_of_use:
            raise UsageError(
                f"--template: {own} has no template of {format_name}: {', '.join(engine.TEMPLATES)}"
            )
    return {name: _template(format_name, name, own) for name in engine.TEMPLATES}


def _template(format_name: str, name: str, own: str | None) -> Template:
    path = os.path.join(_OURS, name if "/" in name else os.path.join(format_name, name))
    if own is not None and os.path.exists(os.path.join(own, name)):
        path = os.path.join(own, name)
    text = decode(read(path, "make it readable"))
    if text.stray is not None:
        raise PyforemanError(f"{path}:{text.stray[0]}: {NOT_UTF8}")
    return Template(text.body.replace("\r\n", "\n"), path)
