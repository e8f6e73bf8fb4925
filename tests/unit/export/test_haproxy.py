"""The file for HAProxy. That it balances with it is in tests/e2e/test_export_balancers.py."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications import TARGET, shop, templates
from golden import assert_golden
from pyforeman.export import haproxy
from pyforeman.export.application import Application, Target


def text(application: Application, target: Target = TARGET) -> str:
    (file,) = haproxy.files(application, target, templates("haproxy"))
    return file.text


def test_it_is_these_bytes() -> None:
    assert_golden("haproxy", haproxy.files(shop(), TARGET, templates("haproxy")))


def test_it_is_these_bytes_with_a_health_check() -> None:
    target = TARGET._replace(health="/up?deep=1", listen="127.0.0.1:8080")
    assert_golden("haproxy-health", haproxy.files(shop(counts="web=3"), target, templates("haproxy")))


@pytest.mark.parametrize(
    ("listen", "line"),
    [
        ("80", "bind :80"),
        ("127.0.0.1:8080", "bind 127.0.0.1:8080"),
        ("[::]:8080", "bind [::]:8080"),
        ("*:80", "bind *:80"),
    ],
)
def test_it_listens_where_it_is_told_to(listen: str, line: str) -> None:
    assert f"    {line}\n" in text(shop(), TARGET._replace(listen=listen))


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/up", "'/up'"),
        ("/up?a=$HOME&b=#c d", "'/up?a=$HOME&b=#c d'"),
        ("/it's", "'/it'\\''s'"),
        ("\\", "'\\'"),
    ],
)
def test_a_word_is_quoted(word: str, written: str) -> None:
    assert haproxy.quoted(word) == written


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"])))
def test_a_quoted_word_is_read_as_it_was(word: str) -> None:
    assert shlex.split(haproxy.quoted(word)) == [word]  # its strong quotes are those of a shell


def test_without_a_path_it_looks_whether_somebody_listens() -> None:
    made = text(shop())
    assert "httpchk" not in made
    assert "default-server check " in made


def test_nothing_of_the_environment_or_of_a_command_is_in_it() -> None:
    made = text(shop())
    for private in ("p%40ss", "hello", "gunicorn", "GREETING"):
        assert private not in made


def test_the_next_steps_judge_it_and_run_it() -> None:
    steps = list(haproxy.next_steps(shop(), TARGET._replace(folder="/srv/my shop"), again=False))
    assert steps == ["haproxy -c -f '/srv/my shop/shop.cfg'", "haproxy -W -f '/srv/my shop/shop.cfg'"]
