"""One-off tasks in the place of long-running processes."""

from collections.abc import Iterator

from pyforeman.check import foreground
from pyforeman.check.finding import Found
from pyforeman.check.orders import told
from pyforeman.check.rule import Rule, rule
from pyforeman.check.subject import Entry, Subject
from pyforeman.check.work import LONG_RUNNING, belongs, one_off

_HELP = {
    "build": "do it once, when the app is built",
    "release": "make it the release, which runs once",
}
_HOOKS = frozenset("postdeploy predeploy".split())
"""Types that some platforms run once with each deployment, and do not keep."""


@rule(
    "PF309",
    "warning",
    bad="migrate: python manage.py migrate",
    good="release: python manage.py migrate",
)
def one_off_kept_running(subject: Subject) -> Iterator[Found]:
    """A task that ends by itself stands there as a process to keep running.

    start runs all process types side by side: the migration races the server that needs it, and its end is
    taken for the end of a process. With --stop-on exit it ends all, with --restart always it migrates over
    and over. Platforms take the end for a crash and start it again.
    It fires on tasks that are known to end (migrate, collectstatic, db:seed, npm install), where they are the
    end of the command; not on release, and not on a type that the formation has no instance of.
    A release runs before the others. For what you do by hand there is pyforeman run
    (12factor.net: "Admin processes").
    """
    for entry in subject.entries:
        if entry.is_release or entry.name in _HOOKS or not subject.counts.get(entry.name, 1):
            continue
        if any(map(one_off, entry.runs)):
            last = foreground.last(entry)
            task = one_off(last[0]) if last else ""
            if task:
                yield entry.found(
                    f"{task} ends by itself, and is kept as a process to run",
                    last[0],
                    help="make it the release, or do it with pyforeman run",
                )


@rule(
    "PF310",
    "note",
    bad="web: python manage.py migrate && gunicorn app:app",
    good="release: python manage.py migrate",
)
def one_off_before_server(subject: Subject) -> Iterator[Found]:
    """A one-off task runs in front of a server, each time that it starts.

    Each instance does it, all at the same time: two that migrate one database wait for each other's locks,
    or fail. Each restart after a crash does it again, and the server comes up later.
    It fires on known tasks (migrate, assets:precompile, npm install) in front of a known server, or in web.
    What changes a database is for the release: pyforeman and Heroku run that once, before the others start.
    What makes files for the server (collectstatic, npm run build) is for the build, where the image or the
    slug is made. (12factor.net: "Build, release, run".)
    """
    for entry in subject.entries:
        if len(entry.runs) < 2 or entry.is_release:
            continue
        tasks = [(run, task) for run in entry.runs if (task := one_off(run)) and belongs(task)]
        if tasks and _serves(entry):
            for run, task in tasks:
                yield entry.found(
                    f"each start of {entry.name} does {task} first", run, help=_HELP[belongs(task)]
                )


def _serves(entry: Entry) -> bool:
    """Whether the command ends with a server."""
    last = foreground.last(entry)
    if not last or one_off(last[-1]):
        return False
    return entry.name == "web" or bool(told(last[0], LONG_RUNNING))


RULES: tuple[Rule, ...] = (one_off_kept_running, one_off_before_server)
