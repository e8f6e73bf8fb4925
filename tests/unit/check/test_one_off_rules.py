"""One-offs in the place of processes, and in front of them."""

import pytest

from pyforeman.check.rule import Rule
from pyforeman.check.rules.one_offs import one_off_before_server, one_off_kept_running
from subjects import found, subject


def marks(rule: Rule, command: str, name: str = "web") -> list[str]:
    return [text for _, text, _ in found(rule, subject(f"{name}: {command}\n"))]


KEPT = [
    ("python manage.py migrate --noinput", "manage.py"),
    ("python manage.py collectstatic --noinput", "manage.py"),
    ("./manage.py createsuperuser", "./manage.py"),
    ("uv run python manage.py loaddata seed.json", "manage.py"),
    ("django-admin compilemessages", "django-admin"),
    ("bundle exec rake db:migrate", "rake"),
    ("RAILS_ENV=production bundle exec rake db:migrate db:seed", "rake"),
    ("rake RAILS_ENV=production db:migrate", "rake"),
    ("bin/rails db:setup", "bin/rails"),
    ("bundle exec rails assets:precompile", "rails"),
    ("flask --app shop db upgrade", "flask"),
    ("alembic -c db/alembic.ini upgrade head", "alembic"),
    ("php artisan migrate --force", "artisan"),
    ("npx prisma migrate deploy", "prisma"),
    ("npx sequelize-cli db:migrate", "sequelize-cli"),
    ("npx knex migrate:latest", "knex"),
    ("flyway -url=$DB migrate", "flyway"),
    ("migrate -path db -database $DATABASE_URL up", "migrate"),
    ("mix ecto.migrate", "mix"),
    ("php bin/console doctrine:migrations:migrate", "bin/console"),
    ("npm install && npm run build", "npm"),
    ("npm --prefix client run build", "npm"),
    ("yarn build", "yarn"),
    ("pip install -r requirements.txt", "pip"),
    ("bundle install", "bundle"),
    ("bin/rails db:migrate && echo done", "bin/rails"),
    ("bin/rails db:migrate 2>&1 | tee log/migrate.log", "bin/rails"),
    ("cd api && npm ci", "npm"),
    ("sh -c 'cd api && alembic upgrade head'", "alembic"),
    ("go build -o bin/server ./cmd/server", "go"),
]


@pytest.mark.parametrize(("command", "marked"), KEPT)
def test_a_one_off_that_is_kept(command: str, marked: str) -> None:
    assert marks(one_off_kept_running, command, "task") == [marked]


@pytest.mark.parametrize(("command", "marked"), KEPT)
@pytest.mark.parametrize("name", ["release", "postdeploy"])
def test_where_a_one_off_belongs(command: str, marked: str, name: str) -> None:
    assert marks(one_off_kept_running, command, name) == []


@pytest.mark.parametrize(
    "command",
    [
        "python manage.py runserver 0.0.0.0:$PORT",
        "python manage.py migrate && gunicorn app:app",
        "python manage.py send_reminders",
        "python manage.py qcluster",
        "python manage.py rqworker default",
        "bundle exec rake jobs:work",
        "bundle exec rake environment resque:work",
        "bundle exec rake db:migrate jobs:work",
        "bin/rails console",
        "bin/rails s -p $PORT",
        "bin/rails tailwindcss:watch",
        "flask run",
        "flask db current",
        "php artisan queue:work",
        "php artisan serve --port=$PORT",
        "npm start",
        "npm run dev",
        "npm run build:watch",
        "npm run build -- --watch",
        "yarn build --watch",
        "yarn build --reload",
        "yarn build:css --watch",
        "webpack --config webpack.config.js",
        "npx tailwindcss -i a.css -o b.css --watch",
        "tsc --watch",
        "go run ./cmd/server",
        "mix phx.server",
        "java -jar target/app.jar",
        "while true; do python manage.py clearsessions; sleep 3600; done",
        "while sleep 3600; do python manage.py clearsessions; done",
        '[ -n "$SERVE" ] && ./server || bin/rails db:migrate',
        'if [ "$M" ]; then rake db:migrate; fi',
        "case $X in m) rake db:migrate;; esac",
        "migrate-watcher up",
        "./migrate",
    ],
)
def test_what_goes_on(command: str) -> None:
    assert marks(one_off_kept_running, command, "task") == []


def test_a_type_without_instances_is_not_kept() -> None:
    judged = subject("web: x\nmigrate: rake db:migrate", counts={"web": 1})
    assert found(one_off_kept_running, judged) == []


def test_the_message_names_the_task() -> None:
    (one,) = one_off_kept_running.judge(subject("m: python manage.py migrate"))
    assert one.message == "manage.py migrate ends by itself, and is kept as a process to run"
    assert one.help == "make it the release, or do it with pyforeman run"


@pytest.mark.parametrize(
    ("command", "marked"),
    [
        ("python manage.py migrate --noinput && gunicorn app:app -b 0.0.0.0:$PORT", ["manage.py"]),
        (
            "python manage.py migrate && python manage.py collectstatic --noinput && gunicorn app",
            ["manage.py", "manage.py"],
        ),
        ("bundle exec rake db:migrate && bundle exec puma -C config/puma.rb", ["rake"]),
        ("bin/rails db:migrate; exec bin/rails s", ["bin/rails"]),
        ("flask db upgrade && exec gunicorn app:app", ["flask"]),
        ("alembic upgrade head && uvicorn app.main:app --port $PORT", ["alembic"]),
        ("php artisan migrate --force && php artisan serve --port=$PORT", ["artisan"]),
        ("npx prisma migrate deploy && node dist/main.js", ["prisma"]),
        ("npm install && npm run build && npm start", ["npm", "npm"]),
        ("sh -c 'alembic upgrade head && exec uvicorn app:app'", ["alembic"]),
        ("mix ecto.migrate && mix phx.server", ["mix"]),
        ("./wait.sh; python manage.py migrate || true; gunicorn app:app", []),  # one of two branches
    ],
)
def test_a_one_off_in_front(command: str, marked: list[str]) -> None:
    assert marks(one_off_before_server, command) == marked


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("web", "gunicorn app:app"),
        ("web", "rm -f tmp/pids/server.pid && bin/rails s"),
        ("web", "cd client && npm start"),
        ("web", "bin/rails db:migrate"),
        ("release", "python manage.py migrate && gunicorn --check-config app:app"),
        ("release", "python manage.py migrate && python manage.py collectstatic"),
        ("task", "npm install && node import.js"),
        ("worker", "celery -A app worker && python manage.py migrate"),
        ("css", "yarn build:css --watch"),
        ("web", "sleep 2 && npm run dev"),
        ("web", "php artisan config:cache && php artisan serve --port=$PORT"),
        ("web", "java -jar app.jar db migrate && java -jar app.jar server"),
    ],
)
def test_nothing_in_front(name: str, command: str) -> None:
    assert marks(one_off_before_server, command, name) == []


def test_what_is_said_of_it() -> None:
    (one,) = one_off_before_server.judge(subject("api: rake db:migrate && puma"))
    assert one.message == "each start of api does rake db:migrate first"
    assert one.help == "make it the release, which runs once"


def test_files_are_made_by_the_build() -> None:
    judged = subject("web: python manage.py collectstatic && npm run build && gunicorn a:b")
    assert {one.help for one in one_off_before_server.judge(judged)} == {"do it once, when the app is built"}
