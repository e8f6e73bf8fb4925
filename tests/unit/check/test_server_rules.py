"""Two in one type, and servers for development."""

import pytest

from pyforeman.check.rules.servers import development_server, two_in_one
from subjects import found, subject


def two(command: str, name: str = "web") -> list[str]:
    return [text for _, text, _ in found(two_in_one, subject(f"{name}: {command}\n"))]


def development(command: str) -> list[str]:
    judged = subject(f"web: {command}\n", profile="production")
    return [text for _, text, _ in found(development_server, judged)]


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


@pytest.mark.parametrize(
    ("command", "marked"),
    [
        ("python manage.py runserver 0.0.0.0:$PORT", "manage.py"),
        ("flask --app shop run", "flask"),
        ("uvicorn app.main:app --host 0.0.0.0 --port $PORT --reload", "--reload"),
        ("gunicorn --reload app:app", "--reload"),
        ("python -m uvicorn app:app --reload", "--reload"),
        ("fastapi dev main.py", "fastapi"),
        ("python -m http.server $PORT", "http.server"),
        ("cd web && npm run dev", "npm"),
        ("pnpm --filter web dev", "pnpm"),
        ("yarn dev", "yarn"),
        ("npx next dev -p $PORT", "next"),
        ("bin/vite dev", "bin/vite"),
        ("npx vite --port $PORT", "vite"),
        ("./bin/webpack-dev-server", "./bin/webpack-dev-server"),
        ("npx nodemon server.js", "nodemon"),
        ("npx tsx watch src/server.ts", "tsx"),
        ("ng serve --host 0.0.0.0", "ng"),
        ("react-scripts start", "react-scripts"),
        ("php -S 0.0.0.0:$PORT -t public", "-S"),
        ("php artisan serve --port=$PORT", "artisan"),
        ("air -c .air.toml", "air"),
        ("bundle exec jekyll serve --port $PORT", "jekyll"),
        ("npx tailwindcss -i a.css -o b.css --watch", "--watch"),
    ],
)
def test_servers_for_development(command: str, marked: str) -> None:
    assert development(command) == [marked]


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app --bind 0.0.0.0:$PORT",
        "uvicorn app:app --port $PORT",
        "fastapi run main.py",
        "python app.py",
        "python manage.py migrate",
        "flask db upgrade",
        "npm start",
        "npm run start",
        "next start -p $PORT",
        "vite preview --port $PORT",
        "vite build",
        "node server.js",
        "node -- --reload",
        "bin/rails s -e production -p $PORT",
        "bundle exec puma -C config/puma.rb",
        "vendor/bin/heroku-php-apache2 public/",
        "php -d memory_limit=512M artisan queue:work",
        "mix phx.server",
        "java -jar target/app.jar",
        "./bin/server",
        "tsx src/server.ts",
        "webpack --mode production",
        "react-scripts build",
    ],
)
def test_servers_for_production(command: str) -> None:
    assert development(command) == []


def test_without_the_profile_nothing_is_said() -> None:
    assert found(development_server, subject("web: flask run")) == []
