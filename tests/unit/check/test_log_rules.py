"""Logs that go to files: what fires, where, and what stays silent."""

import pytest

from pyforeman.check.rules.logs import log_to_file
from subjects import found, subject


def marks(command: str, name: str = "web") -> list[str]:
    return [text for _, text, _ in found(log_to_file, subject(f"{name}: {command}\n"))]


@pytest.mark.parametrize(
    ("command", "marked"),
    [
        ("gunicorn app:app --log-file log/web.log", ["log/web.log"]),
        ("gunicorn app:app --access-logfile=access.log", ["access.log"]),
        ("gunicorn app:app --access-logfile - --error-logfile /var/log/e.log", ["/var/log/e.log"]),
        ("celery -A app worker -l info -f celery.log", ["celery.log"]),
        ("celery -A app beat --logfile=/var/log/beat.log", ["/var/log/beat.log"]),
        ("bundle exec sidekiq -L log/sidekiq.log", ["log/sidekiq.log"]),
        ("bundle exec clockworkd --log-dir=log -l -c config/clock.rb run", ["log"]),
        ("uwsgi --ini app.ini --logto /tmp/uwsgi.log", ["/tmp/uwsgi.log"]),
        ("mongod --dbpath db --logpath log/mongo.log", ["log/mongo.log"]),
        ("bundle exec rails s > log/web.log", ["> log/web.log"]),
        ("java -jar target/app.jar >> app.log 2>&1", [">> app.log"]),
        ("node server.js > out.log 2> err.log", ["> out.log", "2> err.log"]),
        ("./server 2>errors.log", ["2>errors.log"]),
        ("./server > $LOG_DIR/server.log", ["> $LOG_DIR/server.log"]),
        ("cd api && npm start 1>>../log/api.log", ["1>>../log/api.log"]),
        ("bash -c 'npm start &> log/web.log'", ["&> log/web.log"]),
        ("sh -c 'cd api && npm start' > api.log", ["> api.log"]),
        ("sh -c 'php artisan queue:work >> storage/logs/worker.log'", [">> storage/logs/worker.log"]),
        ("exec >> log/web.log 2>&1; ./server", [">> log/web.log"]),
        ("bundle exec rails s | tee log/web.log", ["log/web.log"]),
        ("bundle exec puma 2>&1 | tee -a log/puma.log", ["log/puma.log"]),
        ("./server | rotatelogs /var/log/web.%Y 86400", ["/var/log/web.%Y"]),
        ("./server | grep -v healthz > web.log", ["> web.log"]),
        ("./a > a.log & ./b", ["> a.log"]),
    ],
)
def test_what_logs_to_a_file(command: str, marked: list[str]) -> None:
    assert marks(command) == marked


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app --log-file -",
        "gunicorn app:app --access-logfile=- --error-logfile=-",
        "gunicorn app:app --access-logfile /dev/stdout --error-logfile /dev/stderr",
        "gunicorn app:app --log-level info --log-config logging.conf",
        "celery -A app worker -l info -c 4",
        "celery -A app worker -f -",
        "bundle exec puma -C config/puma.rb 2>&1",
        "node server.js > /dev/null",
        "node server.js 2>/dev/null",
        "./server > /dev/stdout 2> /dev/stderr",
        "./server > /proc/1/fd/1",
        "./server >&2",
        "./server 2>&1 | grep -v healthz",
        "npm start &> log/web.log",
        "echo ready > ready.txt; ./server",
        "env > .env && node server.js",
        'echo "$CONFIG" > config.json && exec java -jar app.jar',
        "php artisan config:show > x.json; php artisan serve --port=$PORT",
        "./server > $OUT",
        "./server < input.txt",
        "python manage.py dumpdata > dump.json",
        "tail -f log/production.log",
        "while true; do date > beat.txt; sleep 9; done",
        "while sleep 9; do date > beat.txt; done",
        "nginx -g 'error_log /dev/stderr;'",
        "./server '>' log.txt",
        "./server | tee /dev/stderr",
        "./server | tee",
    ],
)
def test_what_logs_to_stdout(command: str) -> None:
    assert marks(command) == []


def test_a_release_may_keep_a_log() -> None:
    assert marks("bundle exec rake db:migrate > log/migrate.log", "release") == []


def test_what_to_do_about_it() -> None:
    (one,) = log_to_file.judge(subject("web: ./server > log/web.log"))
    assert one.message == "the output goes to a file: log/web.log"
    assert one.help == "let it write to stdout; start --log-dir keeps files"
