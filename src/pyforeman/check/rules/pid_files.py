"""PID files: the notes of daemons."""

from collections.abc import Iterator

from pyforeman.check.finding import Found
from pyforeman.check.invocation import Invocation
from pyforeman.check.orders import option
from pyforeman.check.rule import Rule, rule
from pyforeman.check.subject import Entry, Subject

_PID_FILES: dict[str, frozenset[str]] = {
    "celery": frozenset(("--pidfile",)),
    "celerybeat": frozenset(("--pidfile",)),
    "circusd": frozenset(("--pidfile",)),
    "clockworkd": frozenset(("--pid-dir",)),
    "delayed_job": frozenset(("--pid-dir",)),
    "gunicorn": frozenset(("-p", "--pid")),
    "hypercorn": frozenset(("-p", "--pid")),
    "manage.py": frozenset(("--pidfile",)),
    "memcached": frozenset(("-P", "--pidfile")),
    "mongod": frozenset(("--pidfilepath",)),
    "mysqld": frozenset(("--pid-file",)),
    "passenger": frozenset(("--pid-file",)),
    "php-fpm": frozenset(("-g", "--pid")),
    "puma": frozenset(("--pidfile",)),
    "rackup": frozenset(("-P", "--pid")),
    "rails": frozenset(("-P", "--pid")),
    "redis-server": frozenset(("--pidfile",)),
    "resque-pool": frozenset(("-p", "--pidfile")),
    "sidekiq": frozenset(("-P", "--pidfile")),
    "supervisord": frozenset(("-j", "--pidfile")),
    "thin": frozenset(("-P", "--pid")),
    "twistd": frozenset(("--pidfile",)),
    "unicorn": frozenset(("-P", "--pid")),
    "uwsgi": frozenset(("--pidfile", "--pidfile2")),
}
_OF_ANY = frozenset(("--pidfile", "--pid-file"))
# These read one.
_READERS = frozenset("pgrep pkill start-stop-daemon".split())
_PROPERTY = "-Dpidfile.path"  # of the Play framework, whose start script may have any name
# Those that write one by default.
_WITHOUT_PID_FILE = {"celery": "write --pidfile=", "rails": "write --pid /dev/null"}


@rule(
    "PF303",
    "warning",
    bad="web: gunicorn app:app --pid /tmp/web.pid",
    good="web: gunicorn app:app",
)
def pid_file(subject: Subject) -> Iterator[Found]:
    """The process writes a PID file.

    PID files are for daemons, which nobody else knows the number of. start knows its processes. A file that
    outlives a crash keeps some programs from starting ("A server is already running"), and two instances of
    a type write the same one. (12factor.net: "Concurrency" has processes neither daemonize nor write PID
    files.)
    Leave the option out. Where a program writes one by default, switch it off: celery --pidfile= and
    rails server --pid /dev/null.
    """
    for entry in subject.entries:
        has_property = _PROPERTY in entry.command
        has_option = "--pid" in entry.command
        for run in entry.runs:
            if run.program in _PID_FILES:
                yield from _by_option(entry, run, _PID_FILES[run.program])
            elif run.program in ("echo", "printf"):
                yield from _by_the_shell(entry, run)
            elif has_option and run.program not in _READERS:
                yield from _by_option(entry, run, _OF_ANY)
            elif has_property:
                yield from _by_option(entry, run, frozenset((_PROPERTY,)))


def _by_option(entry: Entry, run: Invocation, names: frozenset[str]) -> Iterator[Found]:
    word = option(run, names)
    if word is None or (run.program == "rails" and run.subcommand not in ("s", "server")):
        return
    name = word.value.partition("=")[0]
    value = run.value_of(name)
    if value is not None and not _is_nothing(value.value):
        instead = f"write {_PROPERTY}=/dev/null" if name == _PROPERTY else "leave the option out"
        yield entry.found(
            f"{run.program} writes a PID file: {value.value}",
            value,
            help=_WITHOUT_PID_FILE.get(run.program, instead),
        )


def _by_the_shell(entry: Entry, run: Invocation) -> Iterator[Found]:
    """``echo $$ > web.pid``"""
    if not any(word.value in ("$$", "$!") for word in run.arguments):
        return
    for redirection in run.command.redirections:
        if redirection.operator in (">", ">|") and not _is_nothing(redirection.target.value):
            yield entry.found(
                f"the shell writes a PID file: {redirection.target.value}",
                redirection,
                help="remove it: start knows its processes",
            )


def _is_nothing(path: str) -> bool:
    """Whether an option's value says that no file is to be written, or may say so."""
    return path == "" or path.startswith(("/dev/", "-")) or (path.startswith("$") and "/" not in path)


RULES: tuple[Rule, ...] = (pid_file,)
