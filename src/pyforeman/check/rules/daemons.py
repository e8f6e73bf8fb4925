"""Processes that leave, or that are left: daemons, and what runs in the background."""

from collections.abc import Iterator

from pyforeman.check import foreground
from pyforeman.check.daemons import DAEMONS, leaving
from pyforeman.check.finding import Found
from pyforeman.check.invocation import Invocation
from pyforeman.check.orders import told
from pyforeman.check.rule import Rule, rule
from pyforeman.check.shell import Word
from pyforeman.check.subject import Entry, Subject
from pyforeman.check.work import LONG_RUNNING
from pyforeman.plan.command import is_simple


@rule(
    "PF301",
    "error",
    bad="web: gunicorn app:app --daemon",
    good="web: gunicorn app:app",
)
def daemonizes(subject: Subject) -> Iterator[Found]:
    """The program leaves for the background, and there is nothing to supervise.

    A daemon forks, and the process that was started ends at once. start takes that for the end of the
    process: it shows no more of its output, cannot restart it when it crashes, and ends what was left behind.
    The same becomes of a command that ends in "&", and of setsid, which forks where it leads a group.
    It fires on options and programs that are known to do this, where they are the end of the command.
    Write the command so that it stays in the foreground: without --daemon, -D or --detach, docker run
    without -d, pm2-runtime for pm2 start.
    """
    for entry in subject.entries:
        if entry.is_release:
            continue
        left = foreground.leaves(entry) if foreground.has_sign(entry.command) else None
        if left is not None:
            yield entry.found(
                f"the shell leaves {left.program} in the background, and ends",
                foreground.sign(left),
                help="remove the &",
            )
            continue
        is_service = "/init.d/" in entry.command
        for run in entry.runs:
            if is_service or run.program in DAEMONS:
                found = leaving(run)
                if found is not None and run in foreground.last(entry):
                    word, instead = found
                    how = "" if word is run.word else f": {word.value}"
                    yield entry.found(f"{run.program} leaves for the background{how}", word, help=instead)
            if "setsid" in run.before and _forks(entry, run):
                yield entry.found(
                    f"setsid leaves {run.program} in the background, and ends",
                    _in_front(run, "setsid"),
                    help="remove setsid",
                )


def _forks(entry: Entry, run: Invocation) -> bool:
    """Whether setsid is what ``start`` starts: a leader of a group can only fork to leave it, and ends."""
    return is_simple(entry.command) and not any(word.value in ("-w", "--wait") for word in run.command.words)


def _in_front(run: Invocation, name: str) -> Word:
    """The word of a program that stands in front of another one."""
    return next(word for word in run.command.words if word.value.rpartition("/")[2] == name)


_MEAN_OTHERWISE = frozenset("artisan gradle gradlew mvnd".split())
"""Their --daemon is a worker that does not end between two jobs, or a helper beside them."""
_SOON_OVER = frozenset("sleep open xdg-open curl wget kill pkill touch rm mkdir".split()) | foreground.AT_ONCE
"""Nobody needs to supervise these."""


@rule(
    "PF302",
    "warning",
    bad="web: ./metrics & ./server",
    good="metrics: ./metrics",
)
def background(subject: Subject) -> Iterator[Found]:
    """A program runs in the background, where nobody supervises it.

    Of "a & b", start sees the shell and b. That a crashes is seen by nobody, and nobody starts it anew. When
    the shell is told to stop, a is not told by it. "a & b & wait -n" and a trap are taken as meant; a bare
    wait is not: it goes on until both have ended.
    nohup lets a program ignore SIGHUP and setsid gives it a session of its own: both are for what should
    outlive a terminal, and what start runs should not outlive start.
    "&>" is bash's: sh, which runs the commands, reads "&" and then ">".
    A program that we do not know, and that is told --daemon, is taken to leave, too.
    Give each program a process type of its own.
    """
    for entry in subject.entries:
        if entry.is_release:
            continue
        command = entry.command
        if foreground.has_sign(command):
            if foreground.leaves(entry) is not None:
                continue
            yield from _beside_the_shell(entry)
        if "nohup" in command or "setsid" in command:
            yield from _taken_away(entry)
        for run in entry.runs[:-1]:
            if run.program in LONG_RUNNING and run.program in DAEMONS:
                yield from _left_in_front(entry, run)
        if "--daemon" in command:
            yield from _told_to_leave(entry)


def _beside_the_shell(entry: Entry) -> Iterator[Found]:
    """``a & b``, unless both are servers: then it is two types in one. And ``a &> file``."""
    behind = foreground.background(entry)
    if behind and not all(told(run, LONG_RUNNING) for run in foreground.beside(entry)):
        for run in behind:
            if run.program not in _SOON_OVER and not _starts_late(entry, run):
                yield entry.found(
                    f"{run.program} runs in the background: nobody sees it crash",
                    foreground.sign(run),
                    help="give it a process type of its own",
                )
    if "&>" in entry.command and not any(run.program in ("bash", "zsh") for run in entry.runs):
        for run in entry.runs:
            for redirection in run.command.redirections:
                if redirection.operator.startswith("&>"):
                    yield entry.found(
                        f"{redirection.operator} is bash's: sh puts {run.program} into the background",
                        (redirection.start, redirection.start + len(redirection.operator)),
                        help="write > FILE 2>&1",
                    )


def _told_to_leave(entry: Entry) -> Iterator[Found]:
    """``./server --daemon``, of a program that we know nothing of."""
    for run in entry.runs:
        if run.program in DAEMONS or run.program in _MEAN_OTHERWISE:
            continue
        for word in run.arguments:
            if word.value.partition("=")[0] in ("--daemon", "--daemonize"):
                yield entry.found(
                    f"{run.program} is told to leave for the background: {word.value}",
                    word,
                    help=f"remove {word.value}, or ignore this here if it means something else",
                )


def _taken_away(entry: Entry) -> Iterator[Found]:
    """``nohup a``, ``setsid a``"""
    for run in entry.runs:
        for name in run.before:
            if name == "nohup" or (name == "setsid" and not _forks(entry, run)):
                yield entry.found(
                    f"{name} takes {run.program} away from whoever supervises it",
                    _in_front(run, name),
                    help=f"remove {name}",
                )


def _left_in_front(entry: Entry, run: Invocation) -> Iterator[Found]:
    """``memcached -d && ./server``. What has a supervisor of its own (docker, systemd) is not meant."""
    found = leaving(run)
    if found is not None and run not in foreground.last(entry) and foreground.is_read(entry):
        yield entry.found(
            f"{run.program} leaves for the background: nobody sees it crash",
            found[0],
            help="give it a process type of its own",
        )


def _starts_late(entry: Entry, run: Invocation) -> bool:
    """Whether the run is the end of ``sleep 5 && open …``."""
    place = entry.runs.index(run)
    return place > 0 and entry.runs[place - 1].program == "sleep"


RULES: tuple[Rule, ...] = (daemonizes, background)
