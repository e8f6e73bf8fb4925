"""Files, folders and modules that a command names: which they are, and which are missing."""

import pytest

from pyforeman.check.facts import Facts
from pyforeman.check.questions import questions
from pyforeman.check.rules.files import missing_file
from pyforeman.check.subject import Subject
from subjects import found, subject


def without(text: str, *there: str) -> Subject:
    """A project that has these paths, and nothing else."""
    judged = subject(text)
    paths = dict.fromkeys(questions(judged.entries).paths, False) | dict.fromkeys(there, True)
    return judged._replace(facts=Facts(paths=paths))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python sevre.py", ["sevre.py"]),
        ("python3 -u manage.py runserver", ["manage.py"]),
        ("exec python manage.py rqworker", ["manage.py"]),
        ("ruby ./clock.rb $PORT", ["./clock.rb"]),
        ("node dist/server", ["dist/server"]),
        ("node --inspect server.js", ["server.js"]),
        ("php artisan queue:work", ["artisan"]),
        ("php -d memory_limit=1G bin/console messenger:consume", ["bin/console"]),
        ("java $JAVA_OPTS -jar target/shop.jar", ["target/shop.jar"]),
        ("bundle exec puma -C config/puma.rb", ["config/puma.rb"]),
        ("bundle exec sidekiq -C config/sidekiq.yml", ["config/sidekiq.yml"]),
        ("bundle exec clockwork lib/clock.rb", ["lib/clock.rb"]),
        ("gunicorn --config=conf.py shop", ["conf.py"]),
        ("python -m gunicorn -c conf.py shop", ["conf.py"]),
        ("bash scripts/start", ["scripts/start"]),
        ("sh start.sh", ["start.sh"]),
        ("npx nodemon app.js", ["app.js"]),
        ("streamlit run app.py", ["app.py"]),
        ("uv run python seed.py", ["seed.py"]),
        ("uv run main.py", ["main.py"]),
        ("vendor/bin/heroku-php-nginx -C nginx.conf public/", ["nginx.conf", "public/"]),
        ("redis-server config/redis.conf", ["config/redis.conf"]),
        (". ./env.sh && web", ["./env.sh"]),
        ("psql < seed.sql", ["seed.sql"]),
        ("cd api && python app.py", ["api"]),
        ("rm -f web.pid && python app.py", ["app.py"]),
        ("python manage.py migrate && gunicorn -c conf.py shop", ["manage.py", "conf.py"]),
    ],
)
def test_these_are_missing(command: str, expected: list[str]) -> None:
    assert [text for _, text, _ in found(missing_file, without(f"web: {command}"))] == expected


@pytest.mark.parametrize(
    "command",
    [
        "python -c 'print(1)'",
        "python $SCRIPT",
        "python -m http.server",
        "python --check-hash-based-pycs always app.py",
        "node --loader ts-node/esm app.ts",
        "node -e 'x.js'",
        "node --max-old-space-size 512 x.js",
        "java -jar build/*.jar",
        "java -cp x.jar Main",
        "php -S 0.0.0.0:$PORT -t public",
        "gunicorn -c python:shop.conf shop",
        "gunicorn --chdir src -c conf.py shop",
        "env -C src python app.py",
        "gunicorn shop.wsgi",
        "celery -A shop.tasks worker",
        "bundle exec puma -C -",
        "npm run build && node dist/server.js",
        "make && cd build && ./web",
        "mkdir -p tmp && cd tmp",
        "cd $APP && python app.py",
        "cd api || exit 1",
        "[ -f app.py ] && python app.py",
        "python app.py || true",
        ". .env",
        "streamlit run https://example.com/app.py",
        "bash -c 'echo x.sh'",
        "bash run x.sh",
        "nodemon -x 'node x.js'",
        "rails server -p $PORT",
        "go run main.go",
    ],
)
def test_these_are_silent(command: str) -> None:
    assert found(missing_file, without(f"web: {command}")) == []


def test_nothing_is_said_of_what_nobody_has_asked() -> None:
    assert found(missing_file, subject("web: cd api && python app.py < x")) == []


@pytest.mark.parametrize(
    ("command", "there"),
    [
        ("node dist/server", "dist/server.js"),
        ("node .", "."),
        ("node ./workers", "workers/index.js"),
        ("cd api && python app.py", "api/app.py"),
        ("python app/", "app"),
    ],
)
def test_where_it_may_be(command: str, there: str) -> None:
    judged = without(f"web: {command}", there, "api")
    assert found(missing_file, judged) == []


@pytest.mark.parametrize(
    ("command", "there", "expected"),
    [
        ("gunicorn shop.wsgi:app", ["shop/__init__.py"], ["shop.wsgi:app"]),
        ("gunicorn shop.wsgi:app", ["shop/__init__.py", "shop/wsgi.py"], []),
        ("gunicorn shop.wsgi:app", ["shop/__init__.py", "shop/wsgi"], []),
        pytest.param("gunicorn shop.wsgi:app", ["shop"], [], id="no package: it may be installed"),
        ("uvicorn --reload api.main:app --port $PORT", ["api/__init__.py"], ["api.main:app"]),
        ("uvicorn --app-dir src api.main:app", ["api/__init__.py"], []),
        ("gunicorn -k uvicorn.workers.UvicornWorker shop.asgi", ["shop/__init__.py"], ["shop.asgi"]),
        ("gunicorn --log-level info -b :$PORT shop.wsgi", ["shop/__init__.py"], ["shop.wsgi"]),
        ("python -m shop.migrate", ["shop/__init__.py"], ["shop.migrate"]),
        ("cd api && python -m shop.migrate", ["api", "api/shop/__init__.py"], ["shop.migrate"]),
        pytest.param("celery -A shop.app worker", ["shop/__init__.py"], [], id="app may be an attribute"),
        ("celery -A shop.tasks.app worker", ["shop/__init__.py"], ["shop.tasks.app"]),
        ("celery --app=shop.tasks:app worker", ["shop/__init__.py"], ["shop.tasks:app"]),
    ],
)
def test_a_module_is_judged_below_a_package_that_is_there(
    command: str, there: list[str], expected: list[str]
) -> None:
    judged = without(f"web: {command}", *there)
    assert [text for _, text, _ in found(missing_file, judged)] == expected


def test_a_file_is_said_once() -> None:
    text = "a: php artisan x\nb: php artisan y\nc: cd z && php artisan z"
    assert found(missing_file, without(text)) == [
        (1, "artisan", "there is no file 'artisan' (and on 1 more line)"),
        (3, "z", "there is no folder 'z'"),
    ]


@pytest.mark.parametrize(
    ("command", "there", "expected"),
    [
        (
            "python x.py",
            [],
            "is the name right, and is it built? It is looked for from the root of the project",
        ),
        ("cd api && python x.py", ["api"], "is the name right, and is it built? It is looked for from api"),
        ("python /app/x.py", [], "is the name right on this machine?"),
        ("java -jar target\\x.jar", [], "the shell takes \\ for a quote: write /"),
        (
            "gunicorn shop.wsgi",
            ["shop/__init__.py"],
            "is the name right? The package shop has nothing of that name",
        ),
    ],
)
def test_the_help_says_where_it_was_looked_for(command: str, there: list[str], expected: str) -> None:
    (one,) = missing_file.judge(without(f"web: {command}", *there))
    assert one.help == expected
