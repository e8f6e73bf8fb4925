"""What Windows leaves in a Procfile. Byte order marks and line ends are in test_rules_procfile.py."""

import pytest

from pyforeman.check.rules.windows import windows_variable
from subjects import found, subject

REAL = {"HOME": "/home/me", "RAILS_ENV": "production"}


@pytest.mark.parametrize(
    ("command", "marked"),
    [
        ("java -Dserver.port=%PORT% -jar build/libs/app.jar", ["%PORT%"]),
        ("gunicorn app:app --bind 0.0.0.0:%PORT%", ["%PORT%"]),
        ("bin/rails server -p %PORT% -e %RAILS_ENV%", ["%PORT%", "%RAILS_ENV%"]),
        ("node server.js --port %PORT%", ["%PORT%"]),
        ("php -S 0.0.0.0:%PORT% -t public", ["%PORT%"]),
        ("./server -addr :%PORT% -data %HOME%/data", ["%PORT%", "%HOME%"]),
    ],
)
def test_a_variable_of_windows(command: str, marked: list[str]) -> None:
    assert [text for _, text, _ in found(windows_variable, subject(f"web: {command}", real=REAL))] == marked


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app --bind 0.0.0.0:$PORT",
        "celery -A shop worker -n w%i@%h -l info",
        "date +%H%M%S",
        "printf '%s %d%%' a 1",
        "uvicorn app:app --log-format %LEVEL%",
        "gunicorn app:app --access-logformat '%(h)s %(PORT)s'",
        "curl http://localhost/%20PORT%20",
    ],
)
def test_what_is_no_variable_of_windows(command: str) -> None:
    assert found(windows_variable, subject(f"web: {command}", real=REAL)) == []


def test_what_to_write() -> None:
    (one,) = windows_variable.judge(subject("web: serve %PORT%"))
    assert (one.message, one.help) == ("%PORT% is no variable: sh leaves it as it is", "write $PORT")
