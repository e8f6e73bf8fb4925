"""The formats there are: one module each, imported when it is asked for."""

from collections.abc import Iterable
from importlib import import_module
from typing import Literal, Protocol, cast

from pyforeman.errors import UsageError
from pyforeman.export.application import Application, Target
from pyforeman.export.file import File
from pyforeman.export.template import Templates

FORMATS = {
    "systemd": "pyforeman.export.systemd",
    "compose": "pyforeman.export.compose",
    "kubernetes": "pyforeman.export.kubernetes",
    "supervisord": "pyforeman.export.supervisord",
    "runit": "pyforeman.export.runit",
    "nginx": "pyforeman.export.nginx",
    "haproxy": "pyforeman.export.haproxy",
}
"""The name of each format, and of its module."""

NOT_MADE = {
    "upstart": "no distribution starts with upstart any more",
    "bluepill": "bluepill has had no release since 2014",
    "inittab": "an inittab knows no stop timeout, no environment and four letters of a name",
    "daemon": "it is for upstart, which no distribution starts with any more",
}
"""What Foreman exports, and we do not: why."""


RunsIn = Literal["host", "containers", "pods", "nothing"]
"""Where an engine has its processes: it may look at a folder of this machine, at an image, at a cluster that
has an address for each; or it runs none."""


class Format(Protocol):
    """What a module of a format has."""

    @property
    def RUNS_IN(self) -> RunsIn:
        """Where the processes will be."""

    @property
    def TEMPLATES(self) -> tuple[str, ...]:
        """The file names of its templates, in ``templates/NAME/``; with a folder before it, one that several
        formats share."""

    @property
    def OPTIONS(self) -> frozenset[str]:
        """The fields of a Target that it understands, beside ``folder`` and ``path``."""

    def default_folder(self, target: Target) -> str:
        """Where its files usually stand, for who prints them: a path that may begin with ``~``."""

    def files(self, application: Application, target: Target, templates: Templates) -> Iterable[File]:
        """All files, in the order to read them in. Raises UsageError for what the engine cannot hold."""

    def next_steps(self, application: Application, target: Target, *, again: bool) -> Iterable[str]:
        """What to do with them: the commands of a shell that bring the application up. ``again``: an export
        was there before, so it may be running."""


def find(name: str) -> Format:
    """The format of that name. Raises UsageError, which says what there is instead."""
    if name in NOT_MADE:
        raise UsageError(f"{name}: not made: {NOT_MADE[name]}; use systemd")
    if name not in FORMATS:
        raise UsageError(f"no format {name!r}; there are {', '.join(FORMATS)}")
    return cast(Format, import_module(FORMATS[name]))
