"""``export supervisord``: the file and the launchers, byte for byte, and what supervisord reads in them."""

import shlex
from configparser import RawConfigParser
from signal import SIGINT, SIGQUIT
from typing import Any

import pytest

import golden
from applications import NASTY, NASTY_ARGUMENTS, TARGET, shop, templates, web_alone
from pyforeman.errors import UsageError
from pyforeman.export import supervisord
from pyforeman.export.application import Application, Target
from pyforeman.plan.settings import Settings

TEMPLATES = templates("supervisord")


def programs(application: Application, target: Target = TARGET) -> RawConfigParser:
    """The programs as supervisord reads them, before it puts the number of a process in for ``%(…)d``."""
    (text,) = [
        file.text for file in supervisord.files(application, target, TEMPLATES) if file.path.endswith(".conf")
    ]
    parser = RawConfigParser(inline_comment_prefixes=(";", "#"))
    parser.read_string(text)
    return parser


def program(command: str = "gunicorn app", **policy: Any) -> dict[str, str]:
    return dict(programs(web_alone(command, **policy))["program:shop-web"])


def test_programs() -> None:
    golden.assert_golden("supervisord", supervisord.files(shop(), TARGET, TEMPLATES))


def test_programs_of_an_account_with_log_files() -> None:
    target = TARGET._replace(folder="/etc/100% the shop", user="deploy", log="/var/log/100% shop/")
    settings = Settings(timeout="0.25,worker=60", restart="always,worker=never")
    application = shop(environment=NASTY, root="/srv/it's a shop", settings=settings)
    golden.assert_golden("supervisord-account", supervisord.files(application, target, TEMPLATES))


def test_no_text_of_the_user_is_in_its_file() -> None:
    for text in (f"web: gunicorn {NASTY_ARGUMENTS}", f"web: cd a; gunicorn {NASTY_ARGUMENTS}"):
        application = shop(text, counts="", settings=Settings(), environment=NASTY)
        plain = shop(text.replace(NASTY_ARGUMENTS, "app"), counts="", settings=Settings(), environment={})
        assert programs(application) == programs(plain)


@pytest.mark.parametrize("folder", ["/etc/shop", "/a b", "/it's", '/the "shop"', "/100%", "/a;b#c", "/a\\b"])
def test_a_path_is_read_as_it_was(folder: str) -> None:
    parser = programs(shop(), TARGET._replace(folder=folder, log=folder))
    words = shlex.split(parser["program:shop-web"]["command"] % {"process_num": 2})
    assert words == [f"{folder}/shop/web", "2"]
    assert parser["program:shop-web"]["stdout_logfile"] % {"process_num": 2} == f"{folder}/web.2.log"


@pytest.mark.parametrize("folder", ["/a ;b", "/a #b", "/a\N{NO-BREAK SPACE};b"])
def test_what_begins_a_comment_is_refused(folder: str) -> None:
    for target in (TARGET._replace(folder=folder), TARGET._replace(log=folder)):
        with pytest.raises(UsageError, match="begins a comment for supervisord; choose another folder"):
            programs(shop(), target)


@pytest.mark.parametrize(
    ("policy", "autorestart", "seconds"),
    [("on-failure", "unexpected", "1"), ("always", "true", "1"), ("never", "false", "0")],
)
def test_restarts(policy: str, autorestart: str, seconds: str) -> None:
    found = program(restart=policy)
    assert (found["autorestart"], found["startsecs"], found["exitcodes"]) == (autorestart, seconds, "0")


@pytest.mark.parametrize(
    ("command", "policy", "signal", "seconds"),
    [
        ("gunicorn app", {}, "TERM", "5"),
        ("gunicorn app", {"grace": 0.0}, "TERM", "0"),
        ("gunicorn app", {"grace": 1.5, "stop_signal": SIGQUIT}, "QUIT", "2"),
        ("gunicorn app", {"stop_signal": 40}, "40", "5"),
        ("cd app; gunicorn app", {"stop_signal": SIGINT}, "INT", "7"),
        ("cd app; gunicorn app", {"grace": 0.0}, "TERM", "2"),
    ],
)
def test_stops(command: str, policy: dict[str, Any], signal: str, seconds: str) -> None:
    found = program(command, **policy)
    assert (found["stopsignal"], found["stopwaitsecs"]) == (signal, seconds)


def test_the_release_comes_first_and_once() -> None:
    parser = programs(shop(settings=Settings(restart="always")))
    assert parser.sections()[0] == "program:shop-release"
    found = parser["program:shop-release"]
    assert (found["priority"], found["autorestart"], found["startsecs"]) == ("1", "false", "0")
    assert all("priority" not in parser[name] for name in parser.sections()[1:])


@pytest.mark.parametrize(
    ("target", "first"),
    [
        (TARGET, "ln -sf /etc/shop/shop.conf /etc/supervisor/conf.d/"),
        (TARGET._replace(folder="/a b"), "ln -sf '/a b/shop.conf' /etc/supervisor/conf.d/"),
        (TARGET._replace(folder="/etc/supervisor/conf.d"), "supervisorctl reread"),
        (TARGET._replace(log="/var/log/a shop"), "mkdir -p '/var/log/a shop'"),
    ],
)
def test_next_steps(target: Target, first: str) -> None:
    steps = list(supervisord.next_steps(shop(), target, again=False))
    assert steps[0] == first
    assert steps[-2:] == ["supervisorctl reread", "supervisorctl update"]
    *before, restart = supervisord.next_steps(shop(), target, again=True)
    assert before == steps
    assert restart == 'for type in release web worker clock-1; do supervisorctl restart "shop-$type:*"; done'
    assert supervisord.default_folder(target) == "/etc/supervisor/conf.d"
