"""Process types that are more than one."""

import pytest

from pyforeman.check.rules.combinations import two_in_one
from subjects import found, subject


def two(command: str, name: str = "web") -> list[str]:
    return [text for _, text, _ in found(two_in_one, subject(f"{name}: {command}\n"))]


@pytest.mark.parametrize(
    ("command", "marked"),
    [
        ("celery -A app worker -B -l info", "-B"),
        ("celery -A app.celery:app worker -Q default --concurrency=2 -B -l $LEVEL", "-B"),
        ("bin/start-pgbouncer newrelic-admin run-program celery -A a worker -B", "-B"),
        ("celery worker --app=redash.worker --beat -Q queries,celery", "--beat"),
        ("python manage.py celery worker -B", "-B"),
        ("django-admin.py celeryd --beat --purge", "--beat"),
        ("celery -A app worker & celery -A app beat", "&"),
        ("gunicorn app:app & celery -A app worker -l info", "&"),
        ("sh -c 'bundle exec sidekiq & exec bundle exec puma'", "&"),
        ("php artisan queue:work & php artisan serve --port=$PORT", "&"),
        ("ngrok http 3000 & npm start", "&"),
        ("bundle exec sidekiq & bundle exec puma & wait", "&"),
        ("bundle exec foreman start -f Procfile.heroku", "foreman"),
        ("honcho -f Procfile.dev start", "honcho"),
        ("overmind s -f Procfile.web", "overmind"),
        ("hivemind Procfile.web", "hivemind"),
        ("goreman -f Procfile.local start", "goreman"),
        ("npx nf start", "nf"),
        ("supervisord -n -c supervisord.conf", "supervisord"),
        ("supervisord -c supervisord.conf", "supervisord"),
        ("pm2-runtime start ecosystem.config.js", "pm2-runtime"),
        ("pm2-runtime ecosystem.config.js --env production", "pm2-runtime"),
        ("npx concurrently 'npm:dev:*'", "concurrently"),
        ('concurrently -k "npm run server" "npm run client"', "concurrently"),
        ("npx npm-run-all --parallel server client", "npm-run-all"),
        ("run-p watch:css watch:js", "run-p"),
        ("circusd circus.ini", "circusd"),
    ],
)
def test_two_in_one(command: str, marked: str) -> None:
    assert two(command) == [marked]


@pytest.mark.parametrize(
    "command",
    [
        "celery -A app worker -l info --concurrency=4 --max-tasks-per-child=100",
        "celery -A app beat -l info",
        "celery -A app worker -E -Ofair",
        "celery -A app worker -- -B",
        "gunicorn app:app -w 4 --threads 2 --bind 0.0.0.0:$PORT",
        "bundle exec puma -w 3 -t 8:32 -p $PORT",
        "bin/start-nginx bundle exec unicorn -c config/unicorn.rb",
        "celery -A app worker & celery -A app beat & wait -n",
        "trap 'kill 0' TERM; gunicorn app:app & celery -A app worker",
        "gunicorn app:app &",
        "./metrics & ./server",
        "sleep 5 & npm start",
        "foreman run rails console",
        "honcho run python manage.py shell",
        "pm2-runtime server.js -i max",
        "pm2-runtime start npm -- start",
        "npm-run-all clean build start",
        'concurrently --names web "npm start"',
        "npm run dev",
        "docker compose up",
        "supervisorctl status",
        "supervisor app.coffee",
        "uwsgi --ini app.ini --attach-daemon 'celery worker'",
        "java -jar app.jar",
    ],
)
def test_one_alone(command: str) -> None:
    assert two(command) == []


def test_a_release_may_do_several() -> None:
    assert two("npx npm-run-all -p lint test", "release") == []
