"""The formation of a scheduler: one is enough."""

from collections.abc import Iterator

from pyforeman.check.finding import Found
from pyforeman.check.rule import Rule, rule
from pyforeman.check.schedulers import scheduler
from pyforeman.check.subject import Subject


@rule(
    "PF308",
    "warning",
    bad="beat: celery -A app beat",
    good="beat: celery -A app beat -S redbeat.RedBeatScheduler",
)
def several_schedulers(subject: Subject) -> Iterator[Found]:
    """The formation runs a scheduler more than once.

    Each instance of a scheduler has its own clock and knows nothing of the others: with three of celery beat,
    each periodic task is sent three times. Those that hold a lock (redbeat, resque-scheduler) are silent;
    where a lock is switched on by configuration (rq-scheduler's newer versions have one), one instance
    works and the others wait.
    A program of your own counts where it and its type are called so: clock: ./bin/clock.
    It asks the formation: "pyforeman check web=2 beat=2", or the one that start is given by default.
    Give the scheduler one instance, in a process type of its own.
    """
    if all(count < 2 for count in subject.counts.values()):
        return
    for entry in subject.entries:
        count = subject.counts.get(entry.name, 1)
        if count < 2:
            continue
        for run in entry.runs:
            found = scheduler(run, entry.name)
            if found is not None:
                name, word = found
                yield entry.found(
                    f"{count} instances of {name}: each runs every job on its own",
                    word,
                    help=f"run one: {entry.name}=1",
                )


RULES: tuple[Rule, ...] = (several_schedulers,)
