"""Applications to export: a shop as a user would have it, and values that break configuration files."""

import shutil
from collections.abc import Mapping
from typing import Any

from pyforeman.commands.templates import templates as installed_templates
from pyforeman.export.application import Application, Target, application
from pyforeman.export.formats import find
from pyforeman.export.template import Templates
from pyforeman.plan import procfile
from pyforeman.plan.plan import make_plan
from pyforeman.plan.settings import Settings

SHOP = """\
web: gunicorn shop.web:app --bind 0.0.0.0:$PORT --name "its 100% $PS" --date %h --bs 'c:\\n'
worker: cd jobs && exec celery -A shop.tasks worker -n $PS@%h
clock-1: celery -A shop.tasks beat
release: python -m shop.migrate
"""
"""A simple command with all that engines read in a line, a compound one, a scheduler, and a release."""

ENVIRONMENT = {
    "PYTHONUNBUFFERED": "1",
    "DATABASE_URL": "postgres://shop:p%40ss$word@db/shop",
    "GREETING": 'say "hello" to $HOME\nand more',
}

NASTY: Mapping[str, str] = {
    f"V{number:02}": value
    for number, value in enumerate(
        (
            "plain",
            "",
            "with blanks within",
            " leading and trailing ",
            'say "hi"',
            "it's",
            "\"'\"'",
            "$HOME ${PATH} $$ $(id) $((1+1))",
            "50%d %h %% %(here)s %i %",
            "a # b",
            "#lead",
            "a ; b",
            ";lead",
            "back\\slash \\n \\\\ \\x41",
            "ends in a backslash\\",
            "\\",
            "two\nlines",
            "ends in newlines\n\n",
            "\nbegins with one",
            "x\nINJECTED=1\n[Service]\nExecStartPre=/bin/false",
            'x"\nExecStartPre=/bin/false\n#',
            "tab\there\t",
            "Grüße, 世界 🎉",
            "a,b,'c',\"d\"",
            "`id`",
            "{{x}} ${{y}} {% z %}",
            '{"json": ["a", {"b": null}], "c": "\\"d\\""}',
            "<&>]]>",
            "yes",
            "null",
            "0123",
            "1e3",
            "postgres://u:p%40ss@host:5432/db?x=1&y=%2F",
            "-----BEGIN KEY-----\nMIIB+/=\n-----END KEY-----\n",
            "\x1b[31mred\x1b[0m",
            "carriage\rreturn\r\n",
            "delete\x7f",
            "\x01start of heading",
        )
    )
}
"""Values by their keys: each must arrive in a process byte for byte, whatever files an engine reads."""

NASTY_ARGUMENTS = (
    "app:app --name \"its 100% $PORT\" --x=%h --bs='c:\\n' --uni=é --d='$HOME' "
    "--hash '#1' --semi ' ; ' --pct '%%(x)s' --brace '{{x}}'"
)
"""The arguments of a simple command, as they stand in a Procfile."""


def nasty_argv(port: int) -> list[str]:
    """What a program is given that was run with NASTY_ARGUMENTS."""
    return [
        "app:app",
        "--name",
        f"its 100% {port}",
        "--x=%h",
        "--bs=c:\\n",
        "--uni=é",
        "--d=$HOME",
        "--hash",
        "#1",
        "--semi",
        " ; ",
        "--pct",
        "%%(x)s",
        "--brace",
        "{{x}}",
    ]


def env_file(values: Mapping[str, str]) -> str:
    """The text of an env file in which python-dotenv reads these values."""
    return "".join(f"{key}={_quoted(value)}\n" for key, value in values.items())


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\")
    if "\r" in value:  # which a file cannot have as it is
        return '"' + escaped.replace('"', '\\"').replace("\r", "\\r") + '"'
    return "'" + escaped.replace("'", "\\'") + "'"


def shop(
    text: str = SHOP,
    *,
    counts: str = "web=2 worker=1 clock-1=1",
    environment: Mapping[str, str] = ENVIRONMENT,
    name: str = "shop",
    root: str = "/srv/shop",
    schedulers: tuple[str, ...] = ("clock-1",),
    settings: Settings = Settings(timeout="5,worker=60"),  # noqa: B008  # it cannot be changed
) -> Application:
    """An application, of the text of a Procfile; its release is part of it, if there is one."""
    parsed = procfile.parse(text.encode(), "Procfile")
    asked = settings._replace(formation=tuple(counts.split()), release="release" in parsed.names)
    return application(make_plan(parsed, environment, asked), name, root, schedulers)


def web_alone(command: str = "gunicorn app", **policy: Any) -> Application:
    """An application that is one ``web``; ``policy`` are fields of its Policy."""
    application = shop(f"web: {command}", counts="", settings=Settings())
    (web,) = application.processes
    return application._replace(processes=(web._replace(policy=web.policy._replace(**policy)),))


SHELLS = [
    [path, *arguments]
    for name, *arguments in (("dash",), ("bash", "--posix"), ("busybox", "sh"))
    if (path := shutil.which(name))
]
"""The shells of this machine that are ``/bin/sh`` on some system."""

TARGET = Target(folder="/etc/shop", path="/srv/shop/.venv/bin:/usr/bin:/bin")
"""Where the shop is exported to."""


def templates(format_name: str) -> Templates:
    """The templates of a format, as they are installed."""
    return installed_templates(format_name, find(format_name))
