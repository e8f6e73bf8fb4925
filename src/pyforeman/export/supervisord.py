"""supervisord: one file with a program for each type, whose instances are its processes.

``shop-web:web.2`` is web.2. Each type is a group of its own, so that ``supervisorctl update`` restarts after
a change only the types that have changed, and not a worker because web was scaled.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from pyforeman.errors import UsageError
from pyforeman.export import launcher
from pyforeman.export.application import Application, Process, Target
from pyforeman.export.file import File
from pyforeman.export.template import Templates
from pyforeman.plan.signals import name_of

TEMPLATES = ("app.conf", "program.conf", "release.conf", *launcher.TEMPLATES)
RUNS_IN: Final = "host"
OPTIONS = frozenset({"user", "log"})

_INCLUDED = "/etc/supervisor/conf.d"
"""What Debian's supervisord reads; others have ``[include]`` in theirs, too."""
_COMMENT = re.compile(r"\s[;#]")
_INSTANCE = "%(process_num)d"
_RESTARTS = {"on-failure": "unexpected", "always": "true", "never": "false"}


def default_folder(target: Target) -> str:
    """Where supervisord looks for programs."""
    return _INCLUDED


def files(application: Application, target: Target, templates: Templates) -> Iterator[File]:
    """The launchers and the programs. Raises UsageError for a path that its file cannot hold."""
    app = application.name
    for path in (target.folder, target.log or ""):
        if found := _COMMENT.search(path):
            raise UsageError(f"{path}: {found[0]!r} begins a comment for supervisord; choose another folder")
    yield from launcher.files(application, target, templates, "supervisord", app)
    programs = []
    for process in application.everything:
        template = "release.conf" if process.is_release else "program.conf"
        programs.append(templates[template].fill({"app": app, **_values(process, app, target)}))
    yield File(f"{app}.conf", templates["app.conf"].fill({"programs": "\n".join(programs).rstrip("\n")}))


def next_steps(application: Application, target: Target, *, again: bool) -> Iterable[str]:
    """The commands that make the programs known and start them, or start them anew."""
    if target.log:
        yield f"mkdir -p {shlex.quote(target.log)}"
    if target.folder != _INCLUDED:
        yield f"ln -sf {shlex.quote(f'{target.folder}/{application.name}.conf')} {_INCLUDED}/"
    yield "supervisorctl reread"
    yield "supervisorctl update"
    if not again:
        return
    # One type after the other: several in one command are stopped first, each waiting for the one before.
    types = " ".join(process.name for process in application.everything)
    restart = f'supervisorctl restart "{application.name}-$type:*"'
    yield f"for type in {types}; do {restart}; done"


def _values(process: Process, app: str, target: Target) -> dict[str, str]:
    words = shlex.join(launcher.command(process, f"{target.folder}/{app}"))
    return {
        "type": process.name,
        "count": str(process.count),
        "command": f"{_escaped(words)} {_INSTANCE}",
        "user": f"user={target.user}" if target.user else "",
        "restart": _RESTARTS[process.policy.restart],
        # An end within that time is always a failed start, which is tried again.
        "seconds": "0" if process.policy.restart == "never" else "1",
        "signal": name_of(process.policy.stop_signal),
        "grace": str(launcher.patience(process)),
        "log": _log(process, target),
    }


def _log(process: Process, target: Target) -> str:
    if not target.log:
        return "AUTO"
    return f"{_escaped(target.log.rstrip('/'))}/{process.name}.{_INSTANCE}.log"


def _escaped(text: str) -> str:
    """A text as it stands in its file, in which ``%(here)s`` and the like are filled in."""
    return text.replace("%", "%%")
