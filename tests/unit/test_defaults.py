"""``.foreman``: the defaults of a project's options."""

import pytest

from pyforeman.errors import InputError
from pyforeman.plan.defaults import Default, parse


@pytest.mark.parametrize(
    ("line", "option", "value"),
    [
        ("port: 6000", "port", "6000"),
        ("port:\t6000  ", "port", "6000"),
        ("port : 6000", "port", "6000"),
        (":port: 6000", "port", "6000"),
        ("  port: 6000", "port", "6000"),
        ("port: 6000 # the first one", "port", "6000"),
        ("port: '6000'", "port", "6000"),
        ('port: "6000" # the first one', "port", "6000"),
        ("root: 'my app'", "root", "my app"),
        ("root: my app", "root", "my app"),
        ("root: a#b", "root", "a#b"),
        ("root: a: b", "root", "a: b"),
        ("root: C:\\x", "root", "C:\\x"),
        ("formation: web=2,worker=3", "formation", "web=2,worker=3"),
        ("concurrency: all=1, web=2", "formation", "all=1, web=2"),
        ("log-dir: logs", "log_dir", "logs"),
        ("log_dir: logs", "log_dir", "logs"),
        ("color: true", "color", "always"),
        ("color: False", "color", "auto"),
        ("color: never", "color", "never"),
        ("timestamp: false", "timestamps", "off"),
        ("timestamps: ms", "timestamps", "ms"),
        ("nobody-knows: 1", "nobody_knows", "1"),
    ],
)
def test_a_line_is_an_option_and_its_value(line: str, option: str, value: str) -> None:
    assert parse(line.encode(), ".foreman") == (Default(option, value, 1),)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"# port: 6000\n",
        b"---\n",
        b"port:\n",
        b"port: ~",
        b"port: null",
        b"port: ''",
        b"port: # 1",
    ],
)
def test_nothing_is_set(data: bytes) -> None:
    assert parse(data, ".foreman") == ()


def test_lines_are_counted_and_all_kinds_of_ends_are_fine() -> None:
    data = b"\xef\xbb\xbf---\r\n# two\r\nport: 6000\r\n\r\nenv: .env.dev"
    assert parse(data, ".foreman") == (Default("port", "6000", 3), Default("env", ".env.dev", 5))


@pytest.mark.parametrize(
    "line",
    [
        "port:6000",
        "port",
        "- port: 6000",
        "{port: 6000}",
        "formation: {web: 2}",
        "env: [a, b]",
        "env: &name a",
        "env: *name",
        "env: !!str a",
        "env: |",
        "env: >",
        'env: "a" b',
        "env: 'a",
        'env: "a\\tb"',
        "1: 2",
    ],
)
def test_any_other_yaml_is_an_error_with_its_line(line: str) -> None:
    with pytest.raises(InputError, match=r"^\.foreman:2: not 'option: value'"):
        parse(f"port: 6000\n{line}\n".encode(), ".foreman")


def test_what_is_no_text_is_an_error() -> None:
    with pytest.raises(InputError, match=r"^\.foreman: not UTF-8"):
        parse(b"\xff", ".foreman")
