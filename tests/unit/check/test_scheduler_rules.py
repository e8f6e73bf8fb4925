"""A scheduler that the formation runs more than once."""

import pytest

from pyforeman.check.rules.schedulers import several_schedulers
from subjects import found, subject


def marks(command: str, count: int = 3) -> list[str]:
    judged = subject(f"web: ./server\nclock: {command}\n", counts={"web": 2, "clock": count})
    return [text for _, text, _ in found(several_schedulers, judged)]


FIRES = [
    ("celery -A app beat -l info", "beat"),
    ("celery beat --app=betterself -l=INFO", "beat"),
    ("python -m celery -A app beat", "beat"),
    ("celery -A app beat --scheduler django_celery_beat.schedulers:DatabaseScheduler", "beat"),
    ("celery -A app beat -S django", "beat"),
    ("python manage.py celery beat -S djcelery.schedulers.DatabaseScheduler", "beat"),
    ("python manage.py celerybeat", "celerybeat"),
    ("celery -A app worker -B -l info", "-B"),
    ("celery worker --app=redash.worker --beat -Q queries", "--beat"),
    ("celery -A app worker -B -S worker.state", "-B"),
    ("django-admin.py celeryd --beat --purge", "--beat"),
    ("bundle exec clockwork config/clock.rb", "clockwork"),
    ("rqscheduler --url $REDIS_URL", "rqscheduler"),
    ("rq scheduler", "scheduler"),
    ("python clock.py", "clock.py"),
    ("node clock.js", "clock.js"),
    ("php artisan schedule:work", "schedule:work"),
    ("supercronic crontab", "supercronic"),
    ("crond -f", "crond"),
    ("./bin/scheduler", "./bin/scheduler"),
    ("bin/cron", "bin/cron"),
    ("python -m shop.apscheduler", "shop.apscheduler"),
    ("node dist/scheduler.js", "dist/scheduler.js"),
]


@pytest.mark.parametrize(("command", "marked"), FIRES)
def test_more_than_one_scheduler(command: str, marked: str) -> None:
    assert marks(command) == [marked]


@pytest.mark.parametrize("command", [command for command, _ in FIRES])
@pytest.mark.parametrize("count", [0, 1])
def test_one_is_enough(command: str, count: int) -> None:
    assert marks(command, count) == []


@pytest.mark.parametrize(
    "command",
    [
        "celery -A app worker -l info --concurrency 4",
        "celery -A app beat -S redbeat.RedBeatScheduler",
        "celery -A app beat --scheduler=redbeat.RedBeatScheduler",
        "celery -A app worker -B --scheduler redbeat.RedBeatScheduler",
        "celery -A app beat -S $SCHEDULER",
        "celery -A app flower --port=$PORT",
        "bundle exec rake resque:scheduler",
        "bundle exec sidekiq -C config/sidekiq.yml",
        "bundle exec good_job start --enable-cron",
        "php artisan queue:work",
        "python worker.py",
        "java -jar scheduler.jar",
        "go run ./cmd/scheduler",
    ],
)
def test_what_may_run_several_times(command: str) -> None:
    assert marks(command) == []


@pytest.mark.parametrize(
    ("process_type", "command", "fires"),
    [
        ("jobs", "python apscheduler_main.py", True),
        ("scheduler", "python scheduler.py", True),
        ("jobs", "python scheduler.py", False),
        ("scheduler", "python worker.py", False),
        ("worker", "./bin/clock", False),
    ],
)
def test_a_scheduler_of_ones_own_is_called_so(process_type: str, command: str, fires: bool) -> None:
    judged = subject(f"{process_type}: {command}", counts={process_type: 2})
    assert bool(found(several_schedulers, judged)) is fires


def test_the_message_has_the_count() -> None:
    judged = subject("web: x\nbeat: celery -A app beat", counts={"beat": 3})
    (one,) = several_schedulers.judge(judged)
    assert one.message == "3 instances of celery beat: each runs every job on its own"
    assert one.help == "run one: beat=1"


def test_one_of_each_is_the_formation_by_default() -> None:
    assert found(several_schedulers, subject("beat: celery -A app beat")) == []
