"""``export systemd``: units and the environment file, byte for byte, and what systemd reads in them."""

import math
import re
from signal import SIGINT, SIGQUIT, SIGTERM, SIGUSR1
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import golden
from applications import ENVIRONMENT, NASTY, TARGET, shop, templates, web_alone
from pyforeman.errors import UsageError
from pyforeman.export import systemd
from pyforeman.export import systemd_quoting as quoting
from pyforeman.export.application import Application, Target
from pyforeman.export.file import File
from pyforeman.plan.settings import Settings
from systemd_reader import read_value, read_values, read_word

TEMPLATES = templates("systemd")


def exported(application: Application, target: Target = TARGET) -> dict[str, File]:
    return {file.path: file for file in systemd.files(application, target, TEMPLATES)}


def shop_of(text: str, **changes: Any) -> Application:
    """A shop with other process types, one of each."""
    return shop(text, counts="", **{"settings": Settings(), **changes})


def unit(command: str = "gunicorn app", **policy: Any) -> dict[str, str]:
    """What the unit of web says: its keys, each with the last value."""
    text = exported(web_alone(command, **policy))["shop-web@.service"].text
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def test_system_units() -> None:
    golden.assert_golden("systemd", systemd.files(shop(), TARGET, TEMPLATES))


def test_system_units_of_an_account_with_log_files() -> None:
    target = TARGET._replace(user="deploy", log="/var/log/100% shop/")
    application = shop(
        settings=Settings(timeout="0.25,worker=0", restart="always,worker=never", no_port=True)
    )
    golden.assert_golden("systemd-account", systemd.files(application, target, TEMPLATES))


def test_user_units_without_a_release() -> None:
    target = TARGET._replace(folder="/home/dev/.config/systemd/user", user_units=True)
    application = shop_of("web: gunicorn shop.web:app")
    golden.assert_golden("systemd-user", systemd.files(application, target, TEMPLATES))


def test_a_value_is_in_the_environment_file_alone() -> None:
    values = {"SECRET": "s3cr3t", "OTHER": "0ther$"}
    for path, file in exported(shop(environment=values)).items():
        assert ("s3cr3t" in file.text) == (path == "shop.env")
        assert file.is_secret == (path == "shop.env")


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
"""Without NUL, which no process can be given."""


@given(TEXT)
def test_a_word_is_read_as_it_was(text: str) -> None:
    written = quoting.word(text)
    assert read_word(written) == text
    assert not re.search(r"[\x00-\x1f\x7f]", written)


@given(TEXT)
def test_a_value_is_read_as_it_was(text: str) -> None:
    assert read_value(quoting.value(text)) == text


def test_every_nasty_value_is_there_once() -> None:
    text = exported(shop(environment=NASTY))["shop.env"].text
    assert read_values(text) == {"PATH": TARGET.path, **NASTY}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", '"plain"'),
        ("$PORT", '"$$PORT"'),
        ("100% %h", '"100%% %%h"'),
        ("'c:\\n'", "\"'c:\\\\n'\""),
        ('say "hi"', '"say \\"hi\\""'),
        ("tab\there\x7f", '"tab\\x09here\\x7f"'),
        ("é 🎉", '"é 🎉"'),
    ],
)
def test_words(text: str, written: str) -> None:
    assert quoting.word(text) == written


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/srv/shop", "/srv/shop"),
        ("/srv/my shop", "/srv/my shop"),
        ("/srv/100%h", "/srv/100%%h"),
        ("/srv/a*[b]?", "/srv/a*[b]?"),
        ("/srv/ends ", "/srv/ends /"),
        ("/srv/ends\\", "/srv/ends\\/"),
        ("/", "/"),
    ],
)
def test_paths(path: str, written: str) -> None:
    assert quoting.path(path) == written


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/etc/my shop/shop.env", "/etc/my shop/shop.env"),
        ("/etc/100%h/shop.env", "/etc/100%%h/shop.env"),
        ("/etc/a*[b]?/shop.env", "/etc/a[*][[]b][?]/shop.env"),
        ("/etc/back\\slash/shop.env", "/etc/back\\\\slash/shop.env"),
    ],
)
def test_globs(path: str, written: str) -> None:
    assert quoting.glob(path) == written


@pytest.mark.parametrize(
    ("command", "line", "kill_mode"),
    [
        ("gunicorn app", "exec gunicorn app", "mixed"),
        ("exec gunicorn app", "exec gunicorn app", "mixed"),
        ("cd x && gunicorn app", "trap 'exit 143' TERM; cd x && gunicorn app", "control-group"),
        ("a | b", "trap 'exit 143' TERM; a | b", "control-group"),
        ("A=1 gunicorn app", "trap 'exit 143' TERM; A=1 gunicorn app", "control-group"),
        ("gunicorn $1 $PORT", "exec gunicorn $$1 $$PORT", "mixed"),
    ],
)
def test_the_command(command: str, line: str, kill_mode: str) -> None:
    found = unit(command)
    before = "PORT=$$((4999 + $$1)) PS=web.$$1; export PORT PS; shift; "
    assert found["ExecStart"] == f'/bin/sh -c "{before}{line}" /bin/sh %i'
    assert found["KillMode"] == kill_mode


@pytest.mark.parametrize(
    ("restart", "written", "after"),
    [
        ("on-failure", "on-failure", "SIGHUP SIGINT SIGTERM SIGPIPE 143"),
        ("always", "always", None),
        ("never", "no", None),
    ],
)
def test_restarts(restart: str, written: str, after: str | None) -> None:
    found = unit(restart=restart)
    assert found["Restart"] == written
    assert found.get("RestartForceExitStatus") == after
    assert (found["RestartSec"], found["StartLimitIntervalSec"]) == ("1s", "0")


@pytest.mark.parametrize(
    ("signal", "grace", "name", "stopped", "restarted"),
    [
        (SIGTERM, 5.0, "SIGTERM", "143", ""),
        (SIGINT, 5.0, "SIGINT", "143 130", " 130"),
        (SIGQUIT, 5.0, "SIGQUIT", "143 SIGQUIT 131", " SIGQUIT 131"),
        (SIGUSR1, 5.0, "SIGUSR1", "143 SIGUSR1 138", " SIGUSR1 138"),
        (35, 5.0, "SIGRTMIN+1", "143 SIGRTMIN+1 163", " SIGRTMIN+1 163"),
        (SIGTERM, 0.0, "SIGKILL", "143 SIGKILL", " SIGKILL"),
    ],
)
def test_a_stop_is_no_failure_and_a_stray_signal_is(
    signal: int, grace: float, name: str, stopped: str, restarted: str
) -> None:
    found = unit(stop_signal=signal, grace=grace)
    assert found["KillSignal"] == name
    assert found["SuccessExitStatus"] == stopped
    assert found["RestartForceExitStatus"] == f"SIGHUP SIGINT SIGTERM SIGPIPE 143{restarted}"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (5.0, "5s"),
        (1.5, "1500ms"),
        (0.1 + 0.2, "300ms"),
        (0.0001, "1ms"),
        (0.0, "1ms"),
        (86400.0, "86400s"),
        (1e300, "infinity"),
        (math.nextafter(2, 3), "2s"),
    ],
)
def test_times(seconds: float, written: str) -> None:
    assert systemd._time(seconds) == written


@pytest.mark.parametrize(
    ("application", "target", "message"),
    [
        (shop(name="network"), TARGET, "--app: network.target is systemd's own; choose another name"),
        (shop_of("user: a", name="multi"), TARGET, "--app: multi-user.target is systemd's own"),
        (shop(name="n" * 240), TARGET, "is longer than 255 characters; choose a shorter name"),
        (shop_of("w" * 300 + ": a"), TARGET, "is longer than 255 characters"),
        (
            shop(),
            TARGET._replace(user="dev", user_units=True),
            "--user dev: units of systemctl --user run as",
        ),
        (shop(), TARGET._replace(user="a b"), "--user: 'a b' is no name of an account"),
        (shop(), TARGET._replace(user="%h"), "--user: '%h' is no name of an account"),
        (shop(environment={"A": "\ufffe"}), TARGET, "A: U+FFFE is no character"),
        (shop_of("web: echo \ufdd0"), TARGET, "web: U+FDD0 is no character"),
        (shop(root="/srv/\ufffe"), TARGET, "U+FFFE is no character"),
    ],
)
def test_what_is_refused(application: Application, target: Target, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        list(systemd.files(application, target, TEMPLATES))


STOP = "systemctl stop 'shop.target*' 'shop-release.service*'"
START = ["systemctl daemon-reload", "systemctl enable --now shop.target"]
STOP_USER = STOP.replace("systemctl", "systemctl --user")
START_USER = [
    "systemctl --user daemon-reload",
    "systemctl --user enable --now shop.target",
    "loginctl enable-linger  # so that it runs while you are not logged in, too",
]


@pytest.mark.parametrize(
    ("target", "steps"),
    [
        (Target("/etc/systemd/system"), [STOP, *START]),
        (Target("/home/dev/.config/systemd/user", user_units=True), [STOP_USER, *START_USER]),
        (Target("/etc/shop"), [STOP, "systemctl link /etc/shop/shop.target /etc/shop/shop-*", *START]),
        (Target("/a b"), [STOP, "systemctl link '/a b/shop'.target '/a b/shop'-*", *START]),
        (
            Target("/x", user_units=True),
            [STOP_USER, "systemctl --user link /x/shop.target /x/shop-*", *START_USER],
        ),
        (
            Target("/etc/systemd/system", log="/var/log/my shop"),
            ["mkdir -p '/var/log/my shop'", STOP, *START],
        ),
    ],
)
def test_next_steps(target: Target, steps: list[str]) -> None:
    assert list(systemd.next_steps(shop(environment=ENVIRONMENT), target, again=False)) == steps


def test_where_the_units_go() -> None:
    assert systemd.default_folder(TARGET) == "/etc/systemd/system"
    assert systemd.default_folder(TARGET._replace(user_units=True)) == "~/.config/systemd/user"
