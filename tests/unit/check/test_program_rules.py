"""Programs that are not there: which words of a command are looked for, and what is said of those missing."""

import pytest

from pyforeman.check.facts import Executable, Facts, Program
from pyforeman.check.rules.programs import missing_program, not_executable
from subjects import found, subject


def looked_for(command: str) -> list[Program]:
    (entry,) = subject(f"web: {command}").entries
    return [lookup.program for lookup in entry.lookups]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("gunicorn shop.wsgi", [("", "gunicorn")]),
        ("exec gunicorn shop.wsgi", [("", "gunicorn")]),
        ("env A=1 gunicorn shop.wsgi", [("", "env"), ("", "gunicorn")]),
        ("A=1 B=2 bin/rails server", [("", "bin/rails")]),
        ("cd api && ./manage.py runserver", [("api", "./manage.py")]),
        ("cd api && cd v2 && npm start", [("api/v2", "npm")]),
        ("bundle exec puma -C config/puma.rb", [("", "bundle")]),
        ("poetry run celery -A shop worker", [("", "poetry")]),
        ("sudo nginx", [("", "sudo")]),
        ("python manage.py migrate && gunicorn shop", [("", "python"), ("", "gunicorn")]),
        ("rm -f tmp/pids/server.pid && bin/rails s", [("", "rm"), ("", "bin/rails")]),
        ("nice -n 5 timeout 10 java -jar x.jar", [("", "nice"), ("", "timeout"), ("", "java")]),
        ("sh -c 'node server.js'", [("", "sh"), ("", "node")]),
        ("while true; do php artisan schedule:run; sleep 60; done", [("", "php"), ("", "sleep")]),
        ("source .venv/bin/activate && gunicorn x", [("", "source")]),
    ],
)
def test_these_are_looked_for(command: str, expected: list[tuple[str, str]]) -> None:
    assert looked_for(command) == expected


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("$HOME/bin/web", id="a variable"),
        pytest.param("~/bin/web", id="the home of somebody"),
        pytest.param("`npm bin`/coffee index.coffee", id="a substitution"),
        pytest.param("echo hello; cd x; true", id="the shell's own words"),
        pytest.param("PATH=node_modules/.bin:$PATH webpack", id="PATH in front"),
        pytest.param("export PATH=bin:$PATH; web", id="PATH exported"),
        pytest.param(". ./env.sh; web", id="a file that may set PATH"),
        pytest.param("cd $APP && ./web", id="a folder that nobody knows"),
        pytest.param("(cd api && true); ./web", id="brackets"),
        pytest.param("[ -x bin/web ] && bin/web", id="it asks by itself"),
        pytest.param("if command -v puma; then puma; fi", id="it asks the shell"),
        pytest.param("bin/fast || true", id="there is something else for when it fails"),
        pytest.param("time true", id="a word of some shells"),
    ],
)
def test_these_are_not_looked_for(command: str) -> None:
    assert looked_for(command) == []


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("make && ./server", [("", "make")]),
        ("npm ci && npx next start", [("", "npm")]),
        ("go build -o bin/web . && bin/web", [("", "go")]),
        ("bash -lc 'rvm use 3.3 && puma'", [("", "bash")]),
        ("sudo sh -c 'nginx'", [("", "sudo")]),
        ("bundle exec sh -c 'puma'", [("", "bundle")]),
        ("bash -c 'source env && puma'", [("", "bash")]),
    ],
)
def test_what_may_have_changed_by_then_is_not_looked_for(
    command: str, expected: list[tuple[str, str]]
) -> None:
    assert looked_for(command) == expected


def state(text: str, known: Executable) -> Facts:
    """The same for all programs that are looked for."""
    return Facts({one.program: known for entry in subject(text).entries for one in entry.lookups})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web: gunicron shop.wsgi", [(1, "gunicron", "'gunicron' is not on PATH")]),
        ("web: exec rials server", [(1, "rials", "'rials' is not on PATH")]),
        ("worker: A=1 bin/sidekiq -c 5", [(1, "bin/sidekiq", "'bin/sidekiq' is not there")]),
        ("web: cd api && ./web", [(1, "./web", "'./web' is not there in api")]),
        (
            "a: ruby a.rb\nb: node b.js\nc: ruby c.rb\nd: ruby d.rb",
            [
                (1, "ruby", "'ruby' is not on PATH (and on 2 more lines)"),
                (2, "node", "'node' is not on PATH"),
            ],
        ),
        (
            "a: cd x && npm start\nb: cd y && npm start",
            [(1, "npm", "'npm' is not on PATH (and on 1 more line)")],
        ),
        ("web: source bin/activate", [(1, "source", "'source' is a word of bash, and sh is none here")]),
        (
            "web: build\\web.bat",
            [(1, "build\\web.bat", "build\\web.bat is 'buildweb.bat' to the shell, which is not there")],
        ),
    ],
)
def test_a_missing_program_is_said_once(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert found(missing_program, subject(text, facts=state(text, "missing"))) == expected


@pytest.mark.parametrize("known", ["found", "unknown", "not executable", "a folder"])
def test_what_is_there_or_not_known_is_not_missing(known: Executable) -> None:
    text = "web: gunicorn shop.wsgi\nworker: bin/jobs"
    assert not found(missing_program, subject(text, facts=state(text, known)))
    assert not found(missing_program, subject(text))


def test_nothing_is_said_of_what_would_be_in_a_missing_folder() -> None:
    text = "web: cd api && ./web"
    assert not found(
        missing_program, subject(text, facts=state(text, "missing")._replace(paths={"api": False}))
    )


@pytest.mark.parametrize(
    ("folder", "elsewhere", "expected"),
    [
        ("", "", "install it, or activate the environment that has it"),
        ("", ".venv/bin/serve", "it is in .venv/bin: activate it, or write .venv/bin/serve"),
        ("", "node_modules/.bin/serve", "it is in node_modules/.bin: write node_modules/.bin/serve"),
        ("api", "api/bin/serve", "it is in api/bin: write bin/serve"),
        ("", "serve3", "write serve3, which is there"),
    ],
)
def test_the_help_names_what_would_do(folder: str, elsewhere: str, expected: str) -> None:
    text = f"web: cd {folder} && serve" if folder else "web: serve"
    there = {Program(folder, "serve"): elsewhere} if elsewhere else {}
    (one,) = missing_program.judge(subject(text, facts=state(text, "missing")._replace(elsewhere=there)))
    assert one.help == expected


@pytest.mark.parametrize(
    ("interpreter", "message"),
    [
        ("ruby", "'bin/web' needs ruby, which is not there"),
        ("/bin/sh\r", "the first line of 'bin/web' ends in CR and LF"),
    ],
)
def test_a_script_without_its_interpreter_is_missing_too(interpreter: str, message: str) -> None:
    text = "web: bin/web"
    facts = state(text, "found")._replace(interpreters={Program("", "bin/web"): interpreter})
    assert found(missing_program, subject(text, facts=facts)) == [(1, "bin/web", message)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ("not executable", [(1, "./web.sh", "'./web.sh' is not executable")]),
        ("a folder", [(1, "./web.sh", "'./web.sh' is a folder")]),
        ("found", []),
        ("missing", []),
        ("unknown", []),
    ],
)
def test_what_may_not_be_run_is_said_once(known: Executable, expected: list[tuple[int, str, str]]) -> None:
    text = "web: ./web.sh\nother: A=1 ./web.sh"
    assert found(not_executable, subject(text, facts=state(text, known))) == expected
