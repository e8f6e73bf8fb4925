"""Logs that go where nobody who follows the process sees them."""

from collections.abc import Iterator

from pyforeman.check import foreground
from pyforeman.check.finding import Found
from pyforeman.check.invocation import Invocation
from pyforeman.check.orders import option
from pyforeman.check.rule import Rule, rule
from pyforeman.check.shell import Redirection, Word
from pyforeman.check.subject import Entry, Subject
from pyforeman.check.work import one_off

_HELP = "let it write to stdout; start --log-dir keeps files"
_LOG_FILES: dict[str, frozenset[str]] = {
    "celery": frozenset(("-f", "--logfile")),
    "celerybeat": frozenset(("-f", "--logfile")),
    "celeryd": frozenset(("-f", "--logfile")),
    "clockworkd": frozenset(("--log-dir",)),
    "daphne": frozenset(("--access-log",)),
    "dramatiq": frozenset(("--log-file",)),
    "gunicorn": frozenset(("--log-file", "--access-logfile", "--error-logfile")),
    "huey_consumer": frozenset(("-l", "--logfile")),
    "huey_consumer.py": frozenset(("-l", "--logfile")),
    "hypercorn": frozenset(
        ("--access-logfile", "--access-log", "--error-logfile", "--error-log", "--log-file")
    ),
    "manage.py": frozenset(("--logfile",)),
    "mongod": frozenset(("--logpath",)),
    "puma": frozenset(("--redirect-stdout", "--redirect-stderr")),
    "redis-server": frozenset(("--logfile",)),
    "sidekiq": frozenset(("-L", "--logfile")),
    "supervisord": frozenset(("-l", "--logfile")),
    "thin": frozenset(("-l", "--log")),
    "twistd": frozenset(("-l", "--logfile")),
    "uwsgi": frozenset(("--logto", "--logto2")),
}
_WRITERS = frozenset("tee rotatelogs cronolog multilog".split())


@rule(
    "PF304",
    "warning",
    bad="web: gunicorn app:app >> log/web.log 2>&1",
    good="web: gunicorn app:app",
)
def log_to_file(subject: Subject) -> Iterator[Found]:
    """The output of a process goes to a file, not to stdout.

    What start shows, keeps, filters and passes on is what a process writes to stdout and stderr. A log file
    hides it from start and from the platform; it grows without an end, is lost with the machine, and two
    instances of a type write the same one. Of a pipe into tee, the shell gives tee's exit code: a crash looks
    like success. (12factor.net: "Logs".)
    It fires on redirections of what the command ends with, on tee, and on the log options of known programs.
    "-", /dev/null, /dev/stdout and the like are silent, and so are one-offs and the release.
    Let the process write to stdout. start --log-dir FOLDER keeps a file of each process beside that.
    """
    for entry in subject.entries:
        if entry.is_release:
            continue
        for run in entry.runs:
            names = _LOG_FILES.get(run.program)
            if names is not None:
                value = _named(run, names)
                if value is not None:
                    yield entry.found(f"{run.program} logs to a file: {value.value}", value, help=_HELP)
        if ">" in entry.command.replace("2>&1", ""):
            yield from _redirected(entry)
        if "|" in entry.command and entry.runs and entry.runs[-1].program in _WRITERS:
            yield from _written(entry)


def _named(run: Invocation, names: frozenset[str]) -> Word | None:
    """The first file that one of the program's log options names."""
    if option(run, names) is not None:
        for name in sorted(names):
            value = run.value_of(name) if option(run, frozenset((name,))) is not None else None
            if value is not None and _is_file(value.value):
                return value
    return None


def _redirected(entry: Entry) -> Iterator[Found]:
    """What the shell sends to a file: of the programs that the command ends with, and of those behind."""
    last = foreground.last(entry)
    if not last or one_off(last[0]):
        return
    is_bash = any(run.program in ("bash", "zsh") for run in entry.runs)
    commands = [run.command for run in (*last, *foreground.background(entry))]
    commands += [run.command for run in entry.runs if run.program in ("sh", "bash") and last[-1].nested]
    commands += [command for command in entry.script.commands if _is_exec(command.words)]
    seen: list[Redirection] = []
    for command in commands:
        for redirection in command.redirections:
            if redirection not in seen and _is_log(redirection, is_bash):
                seen.append(redirection)
                yield entry.found(
                    f"the output goes to a file: {redirection.target.value}", redirection, help=_HELP
                )


def _written(entry: Entry) -> Iterator[Found]:
    """``| tee file``"""
    last = foreground.last(entry)
    if len(last) > 1 and not one_off(last[0]):
        for word in last[-1].arguments:
            if not word.value.startswith("-") and _is_file(word.value):
                yield entry.found(
                    f"{last[-1].program} writes the output to a file: {word.value}", word, help=_HELP
                )
                return


def _is_exec(words: tuple[Word, ...]) -> bool:
    """``exec > file``: it redirects all that follows."""
    return len(words) == 1 and words[0].value == "exec"


def _is_log(redirection: Redirection, is_bash: bool) -> bool:
    operator = redirection.operator.lstrip("12")
    if operator in ("&>", "&>>") and not is_bash:
        return False  # sh reads it as "&" and ">": another rule says so
    if operator == ">&" and (redirection.target.value.isdigit() or redirection.target.value == "-"):
        return False
    return operator in (">", ">>", ">|", ">&", "&>", "&>>") and _is_file(redirection.target.value)


def _is_file(path: str) -> bool:
    """Whether the word is certain to name a file that is not a stream."""
    if "$" in path or "`" in path:
        return path.endswith(".log")
    return path not in ("", "-") and not path.startswith(("/dev/", "/proc/", "-"))


RULES: tuple[Rule, ...] = (log_to_file,)
