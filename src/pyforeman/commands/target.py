"""Where an export goes and how it will run: the options of its format, judged before anything is made."""

import os
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from pyforeman.errors import UsageError
from pyforeman.export.application import Target
from pyforeman.export.formats import Format

STANDARD_OUTPUT = "-"
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Some systems have paths that are not UTF-8; Python has surrogates for their bytes.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_HEALTH = re.compile(r"/[!\"$-~]*")
# What each engine takes in detail is its own affair; a registry may be anywhere.
_IMAGE = re.compile(r"[\w.:/@-]+", re.ASCII)
_FLAGS = {"user_units": "--user without a name"}


def shown_folder(format_name: str, destination: str | None) -> str:
    """DEST as the user would name it."""
    return destination or os.path.join("export", format_name)


def target(
    format_name: str,
    engine: Format,
    root: str,
    destination: str | None,
    wanted: Mapping[str, Any],
    asked: AbstractSet[str],
) -> Target:
    """The target. ``wanted`` are its fields; those that are ``asked`` for must be of use to the format, the
    others may be for another one. Raises UsageError."""
    for name in sorted(asked - engine.OPTIONS):
        raise UsageError(f"{_FLAGS.get(name, f'--{name}')}: {format_name} has no use for it")
    fields = {name: value for name, value in wanted.items() if name in engine.OPTIONS}
    if "log" in fields:
        fields["log"] = os.path.abspath(fields["log"])
    if not _IMAGE.fullmatch(fields.get("image", "image")):
        raise UsageError(f"--image: {fields['image']!r} is no name of an image, such as shop:1.4")
    if not _HEALTH.fullmatch(fields.get("health", "/")):
        raise UsageError(f"--health: {fields['health']!r} is no path of a URL, such as /up")
    found = Target(folder="", path=search_path(root), **fields)
    if destination == STANDARD_OUTPUT:
        folder = os.path.expanduser(engine.default_folder(found))
    else:
        folder = shown_folder(format_name, destination)
    found = found._replace(folder=os.path.abspath(folder))
    for text in found:
        if isinstance(text, str):
            check_text(text, text)
    return found


def check_text(text: str, what: str) -> None:
    """Raises UsageError for what stands in no line of a file; ``what`` begins the message."""
    if (found := _UNWRITABLE.search(text)) is not None:
        raise UsageError(f"{what!r}: {found[0]!r} is nothing that an engine can hold")


def search_path(root: str) -> str:
    """PATH on a host: that of the virtual environment that is active, or else stands in the root, and the
    system's. The rest of the shell's own PATH is the developer's."""
    for folder in (
        os.environ.get("VIRTUAL_ENV", ""),
        os.path.join(root, ".venv"),
        os.path.join(root, "venv"),
    ):
        programs = os.path.join(folder, "bin")
        if folder and os.path.isdir(programs):
            return f"{os.path.abspath(programs)}:{_SYSTEM_PATH}"
    return _SYSTEM_PATH
