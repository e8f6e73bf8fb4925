"""Process types that are more than one."""

from collections.abc import Iterator

from pyforeman.check import foreground
from pyforeman.check.finding import Found
from pyforeman.check.invocation import Invocation
from pyforeman.check.orders import ANYTHING, Phrases, option, told, words
from pyforeman.check.rule import Rule, rule
from pyforeman.check.subject import Entry, Subject
from pyforeman.check.work import BEAT, LONG_RUNNING, WITH_BEAT

_START = frozenset(("start",))
_MANAGERS: Phrases = {
    "circusd": ANYTHING,
    "foreman": _START,
    "forego": _START,
    "goreman": _START,
    "hivemind": ANYTHING,
    "honcho": _START,
    "mprocs": ANYTHING,
    "nf": _START,
    "overmind": frozenset(("start", "s")),
    "process-compose": frozenset(("", "up")),
    "pyforeman": _START,
    "runsvdir": ANYTHING,
    "s6-svscan": ANYTHING,
    "shoreman": ANYTHING,
    "supervisord": ANYTHING,
}
_SEVERAL = frozenset("concurrently run-p npm-run-all npm-run-all2".split())
_PM2 = frozenset(("pm2", "pm2-runtime"))
_MANAGE = _SEVERAL | _PM2 | frozenset(_MANAGERS)
_PARALLEL = frozenset(("-p", "--parallel"))
_ECOSYSTEM = (".json", ".yml", ".yaml", ".config.js", ".config.cjs", ".config.mjs")


def _manager(run: Invocation) -> str:
    """What manages several processes, as it is known; "" if it manages one, or none."""
    if run.program in _SEVERAL:
        if run.program.startswith("npm-run-all") and option(run, _PARALLEL) is None:
            return ""
        jobs = words(run)
        return run.program if len(jobs) > 1 or any("*" in job for job in jobs) else ""
    if run.program in _PM2:
        given = [word for word in words(run) if word not in ("start", "startOrRestart")]
        return run.program if given and given[0].endswith(_ECOSYSTEM) else ""
    return told(run, _MANAGERS)


@rule(
    "PF305",
    "warning",
    bad="worker: celery -A app worker -B",
    good="worker: celery -A app worker",
)
def two_in_one(subject: Subject) -> Iterator[Found]:
    """One process type does the work of two.

    Its parts can neither be scaled nor restarted one by one: a second "celery worker -B" is a second
    scheduler, too. Of "a & b", and of a process manager in the command, start sees the shell or the manager:
    the end of a process behind it is not seen, its lines have another's name, and a stop goes through one
    more hand.
    "a & b & wait -n" and a trap are taken as meant, a bare wait is not. The workers of one server
    (gunicorn -w, puma -w) are one type.
    Give each its own line in the Procfile. (12factor.net: "Concurrency".)
    """
    for entry in subject.entries:
        if entry.is_release:
            continue
        for run in entry.runs:
            if run.program in WITH_BEAT:
                word = option(run, BEAT)
                if word is not None and told(run, WITH_BEAT):
                    yield entry.found(
                        f"a worker and a scheduler in one process type: {run.program} {word.value}",
                        word,
                        help=f"remove {word.value}; give celery beat a type of its own",
                    )
            elif run.program in _MANAGE:
                manager = _manager(run)
                if manager:
                    yield entry.found(
                        f"{manager} runs several processes in one process type",
                        run,
                        help="give each of them a process type in this Procfile",
                    )
        if foreground.has_sign(entry.command):
            yield from _side_by_side(entry)


def _side_by_side(entry: Entry) -> Iterator[Found]:
    """``a & b``, both of them servers or workers."""
    if foreground.leaves(entry) is not None or not foreground.last(entry):
        return
    programs = foreground.beside(entry)
    if all(told(run, LONG_RUNNING) for run in programs):
        for run in programs[:-1]:
            yield entry.found(
                f"{run.program} and {programs[-1].program} in one process type",
                foreground.sign(run),
                help="give each a process type of its own",
            )


RULES: tuple[Rule, ...] = (two_in_one,)
