"""Which program runs in the end, with which arguments, and what has to be found on PATH for it."""

import pytest

from pyforeman.check.invocation import Invocation, invocations
from pyforeman.check.shell import read


def runs(command: str) -> tuple[Invocation, ...]:
    return invocations(read(command))


@pytest.mark.parametrize(
    ("command", "program", "arguments", "looked_up"),
    [
        ("gunicorn app:app", "gunicorn", "app:app", "gunicorn"),
        ("exec gunicorn app:app", "gunicorn", "app:app", "exec gunicorn"),
        ("./bin/web -v", "web", "-v", "./bin/web"),
        ("A=1 B=2 npm start", "npm", "start", "npm"),
        ("env A=1 -u X nice -n 5 node x.js", "x.js", "", "env nice node"),
        ("timeout -s INT 30 sleep 9", "sleep", "9", "timeout sleep"),
        ("nohup setsid stdbuf -oL tail -f x", "tail", "-f x", "nohup setsid stdbuf tail"),
        ("dumb-init -- java -jar a.jar", "java", "-jar a.jar", "dumb-init java"),
        ("bundle exec puma -C config/puma.rb", "puma", "-C config/puma.rb", "bundle"),
        ("exec bundle exec rails s", "rails", "s", "exec bundle"),
        ("bundle install", "bundle", "install", "bundle"),
        ("uv run --with x gunicorn a:b", "gunicorn", "a:b", "uv"),
        ("poetry run python -m celery -A x worker", "celery", "-A x worker", "poetry"),
        ("npx -y -p serve serve -l 3000", "serve", "-l 3000", "npx"),
        ("newrelic-admin run-program gunicorn a", "gunicorn", "a", "newrelic-admin"),
        ("sudo -u www nginx -g x", "nginx", "-g x", "sudo"),
        ("gosu www nginx", "nginx", "", "gosu"),
        ("bin/start-nginx bundle exec unicorn", "unicorn", "", "bin/start-nginx"),
        ("./wait-for-it.sh db:5432 -- ./run x", "run", "x", "./wait-for-it.sh ./run"),
        ("python manage.py runserver 8000", "manage.py", "runserver 8000", "python"),
        ("python3.11 -u -W ignore src/manage.py x", "manage.py", "x", "python3.11"),
        ("python -m http.server", "http.server", "", "python"),
        ("python -c 'print()' x", "python", "-c print() x", "python"),
        ("python", "python", "", "python"),
        ("php artisan serve", "artisan", "serve", "php"),
        ("php -S 0.0.0.0:80", "php", "-S 0.0.0.0:80", "php"),
        ("node --require x --inspect server.js a", "server.js", "a", "node"),
        ("ruby -Ilib script/worker", "worker", "", "ruby"),
        ("java -Xmx1g -jar target/x.jar", "java", "-Xmx1g -jar target/x.jar", "java"),
    ],
)
def test_what_runs(command: str, program: str, arguments: str, looked_up: str) -> None:
    (run,) = runs(command)
    assert run.program == program
    assert " ".join(word.value for word in run.arguments) == arguments
    assert " ".join(word.value for word in run.looked_up) == looked_up
    assert command[run.word.start : run.word.end].endswith(program)


@pytest.mark.parametrize("command", ["", "A=1", "exec", "cd x", "env A=1", "timeout 30", "> x"])
def test_what_runs_nothing(command: str) -> None:
    assert runs(command) == ()


@pytest.mark.parametrize(
    ("command", "before"),
    [
        ("x", ()),
        ("exec env A=1 x", ("exec", "env")),
        ("bundle exec x", ("bundle",)),
        ("nohup python -m x", ("nohup", "python")),
        ("python3 x.py", ("python",)),
    ],
)
def test_what_stood_in_front_is_known(command: str, before: tuple[str, ...]) -> None:
    assert runs(command)[0].before == before


@pytest.mark.parametrize(
    ("command", "folders"),
    [
        ("a && b", ["", ""]),
        ("cd web && a", ["web"]),
        ("cd web; cd ../api && a", ["api"]),
        ("cd /srv && a", ["/srv"]),
        ("a && cd web && b", ["", "web"]),
        ("cd $DIR && a", [None]),
        (f"cd {'a/' * 3000} && a", [None]),
        ("cd && a", [None]),
        ("cd - && a", [None]),
        ("cd ~/x && a", [None]),
        ("(cd web && a); b", [None, None]),
        ("sh -c 'cd web && a' && b", ["", "web", ""]),
    ],
)
def test_the_folder_follows_cd(command: str, folders: list[str | None]) -> None:
    assert [run.folder for run in runs(command)] == folders


@pytest.mark.parametrize(
    ("command", "programs"),
    [
        ("sh -c 'a && b x'", ["sh", "a", "b"]),
        ('bash -lc "exec a"', ["bash", "a"]),
        ("sh -e -c 'a'", ["sh", "a"]),
        ("exec sh -c 'nohup a &'", ["sh", "a"]),
        ("sh script.sh -c x", ["sh"]),
        ("bash --norc script", ["bash"]),
        ('sh -c "a \\"b\\""', ["sh"]),
        ("sh -c $X", ["sh"]),
        ("python -c 'a && b'", ["python"]),
    ],
)
def test_what_is_nested_in_a_shell_is_read_too(command: str, programs: list[str]) -> None:
    found = runs(command)
    assert [run.program for run in found] == programs
    for run in found:
        assert command[run.word.start : run.word.end] == run.word.text
        assert run.nested is (run is not found[0])


@pytest.mark.parametrize(
    ("command", "names", "value"),
    [
        ("x --bind a", ("--bind", "-b"), "a"),
        ("x --bind=a", ("--bind", "-b"), "a"),
        ("x -b a", ("--bind", "-b"), "a"),
        ("x -ba", ("--bind", "-b"), "a"),
        ("x --bind 'a b'", ("--bind",), "a b"),
        ("x -Dserver.port=80", ("-Dserver.port",), "80"),
        ("x --binding=a", ("--bind",), None),
        ("x --bind", ("--bind",), None),
        ("x y", ("--bind",), None),
    ],
)
def test_the_value_of_an_option(command: str, names: tuple[str, ...], value: str | None) -> None:
    found = runs(command)[0].value_of(*names)
    assert (found and found.value) == value
    if found:
        assert command[found.start : found.end] == found.text


@pytest.mark.parametrize(
    ("command", "expected"),
    [("python manage.py runserver 80", "runserver"), ("rails -v s", "s"), ("x --all", ""), ("x", "")],
)
def test_the_subcommand(command: str, expected: str) -> None:
    assert runs(command)[0].subcommand == expected
