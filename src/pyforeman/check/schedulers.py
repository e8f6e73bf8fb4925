"""Which programs are schedulers: of those, a second one does everything twice."""

from pyforeman.check.invocation import Invocation
from pyforeman.check.orders import ANYTHING, Phrases, option, told
from pyforeman.check.shell import Word
from pyforeman.check.work import BEAT, WITH_BEAT

_SCHEDULERS: Phrases = {
    "apscheduler": ANYTHING,
    "artisan": frozenset(("schedule:work",)),
    "celery": frozenset(("beat",)),
    "celerybeat": ANYTHING,
    "clock.js": ANYTHING,
    "clock.py": ANYTHING,
    "clock.rb": ANYTHING,
    "clockwork": ANYTHING,
    "cron": ANYTHING,
    "crond": ANYTHING,
    "go-cron": ANYTHING,
    "manage.py": frozenset(("celery beat", "celerybeat", "runapscheduler", "rqscheduler")),
    "rq": frozenset(("scheduler",)),
    "rqscheduler": ANYTHING,
    "supercronic": ANYTHING,
}
_TYPES = frozenset("scheduler clock beat cron".split())
_HINTS = ("schedul", "clock", "cron")
"""What a program of one's own has in its name when it is the scheduler that its type is called after."""
_CELERY = frozenset("celery celerybeat celeryd manage.py django-admin.py".split())
_WITHOUT_LOCK = ("django", "djcelery", "celery.", "PersistentScheduler")


def scheduler(run: Invocation, process_type: str) -> tuple[str, Word] | None:
    """What the program of a process type is as a scheduler, and the word that says so; None if it is none."""
    asked = run.program in _SCHEDULERS or run.program in WITH_BEAT
    return (_scheduler(run) if asked else None) or _own_scheduler(run, process_type)


def _scheduler(run: Invocation) -> tuple[str, Word] | None:
    """What a program is as a scheduler, and the word that says so; None if it is none, or has a lock."""
    if run.program in WITH_BEAT:
        word = option(run, BEAT)
        if word is not None and told(run, WITH_BEAT) and not _has_lock(run):
            return f"{run.program} {word.value}", word
    task = told(run, _SCHEDULERS)
    if not task or _has_lock(run) or (run.program in ("cron", "crond") and run.is_own):
        return None
    verb = task.rpartition(" ")[2]
    return task, next((word for word in run.arguments if word.value == verb), run.word)


def _own_scheduler(run: Invocation, process_type: str) -> tuple[str, Word] | None:
    """The same of a program that nobody else has: it says so by its name, and its type by its own."""
    name = run.program.lower()
    is_one = process_type in _TYPES and any(hint in name for hint in _HINTS)
    return (run.program, run.word) if is_one or "apscheduler" in name else None


def _has_lock(run: Invocation) -> bool:
    """Whether Celery is given a scheduler that may hold a lock, such as redbeat."""
    if run.program not in _CELERY:
        return False
    # A worker's -S is another option: where it keeps its state.
    names = ("--scheduler",) if told(run, WITH_BEAT) else ("-S", "--scheduler")
    value = run.value_of(*names)
    return value is not None and not value.value.startswith(_WITHOUT_LOCK)
