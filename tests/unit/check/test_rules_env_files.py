"""PF120 to PF123: what they find in env files, and that no value is shown."""

import pytest

from pyforeman.check.judge import judge
from pyforeman.check.judgement import Judgement
from pyforeman.check.reports import REPORTS, report
from pyforeman.check.rule import Rule
from pyforeman.check.rules import RULES, env_files, windows
from pyforeman.check.selection import Selection
from subjects import found, subject

WEB = "web: python app.py"
DJANGO = 'SECRET_KEY="django-insecure-#1"\nDEBUG=1\nDATABASE_URL=postgres://u:p@localhost/shop\n'
RAILS = "RAILS_ENV=development\n\n# the database\nexport DATABASE_URL='postgres:///shop'\n"
NODE = "NODE_ENV=development\nNODE_OPTIONS=--inspect\nNODE_OPTIONS=${NODE_OPTIONS} --trace\n"
JAVA = 'JAVA_OPTS="-Xmx512m -Dname=a b"\nPORT=8080\nKEY="-----BEGIN-----\na\n-----END-----"\n'
PHP = "APP_KEY=base64:abc=\nMAIL_FROM=\nAPP_URL=http://localhost:${PORT}\n"
DEEP = "\n".join(f"A{n}=${{A{n + 1}}}" for n in range(150))


@pytest.mark.parametrize("rule", env_files.RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("env", [DJANGO, RAILS, NODE, JAVA, PHP, ""])
def test_the_files_of_real_projects_are_left_alone(rule: Rule, env: str) -> None:
    assert found(rule, subject(WEB, env=env, real={"PATH": "/bin", "HOME": "/root", "DEBUG": "1"})) == []


@pytest.mark.parametrize(
    ("rule", "env", "lines"),
    [
        (env_files.env_syntax, "A=1\nsk_live_123", [2]),
        (env_files.env_syntax, "A='1\nB=2\n", [1]),
        (env_files.env_syntax, "export\nexport =1", [1, 2]),
        (env_files.env_syntax, b"A=1\nB=\xff", [2]),
        (env_files.env_syntax, DEEP, [101]),
        (env_files.duplicate_key, "A=1\nB=2\nA=3", [1]),
        (env_files.duplicate_key, "A=1\nA=2\nA=3", [1, 2]),
        (env_files.duplicate_key, "A=1\nexport A=1", [1]),
        (env_files.duplicate_key, "A='x\ny'\nB=1\nA=2", [1]),
        (env_files.duplicate_key, "A=1\nA='${A}'", [1]),
        (env_files.shadowed_key, "PATH=/opt/bin:/bin", [1]),
        (env_files.shadowed_key, "A=1\nPATH=${PATH}:bin", [2]),
        (env_files.shadowed_key, "HOME=/app\nHOME=/srv", [2]),
        (env_files.shadowed_key, "PS=web", [1]),
        (env_files.shadowed_key, "PYFOREMAN_PROCESS_WEB_PORT=1", [1]),
        (env_files.invalid_port, "A=1\nPORT=http", [2]),
        (env_files.invalid_port, "PORT=0", [1]),
        (env_files.invalid_port, "PORT=65536", [1]),
        (env_files.invalid_port, "PORT=5000/tcp", [1]),
        (env_files.invalid_port, "PORT=5000\nP=x\nPORT=${P}", [3]),
    ],
)
def test_what_is_found_and_where(rule: Rule, env: str | bytes, lines: list[int]) -> None:
    judged = subject(WEB, env=env, real={"PATH": "/bin", "HOME": "/root"})
    ours = list(rule.judge(judged))
    assert sorted(one.place.line for one in ours) == lines
    assert all(one.place.path == ".env" for one in ours)


@pytest.mark.parametrize(
    ("env", "marked"),
    [
        ("A=3\n\texport PATH=/opt", ["PATH"]),
        ("A = 1\n'A' = '2'", ["A"]),
        ("PORT=http", ["PORT"]),
        ("'PS'=1", ["PS"]),
        ("'A\nB'=1\n'A\nB'=2", [""]),
    ],
)
def test_the_key_is_marked(env: str, marked: list[str]) -> None:
    judged = subject(WEB, env=env, real={"PATH": "/bin"})
    assert [characters for rule in env_files.RULES for _, characters, _ in found(rule, judged)] == marked


@pytest.mark.parametrize("form", REPORTS)
@pytest.mark.parametrize(
    "env",
    [
        "A=s3cret\nA=s3cret2\n",
        "s3cret",
        "KEY=x\n s3cret\n",
        "PORT=s3cret",
        "PATH=s3cret",
        "PS='s3cret'",
        "A = s3cret # s3cret\nexport A=s3cret",
        "'A\nB'=s3cret\n'A\nB'=s3cret",
        "\ufeffA=s3cret\r\n",
        b"A=1\n\xffs3cret",
    ],
)
def test_no_value_is_shown(form: str, env: str | bytes) -> None:
    judged = subject(WEB, env=env, real={"PATH": "/bin"})
    findings = judge(judged, RULES, Selection((), ()))
    assert findings
    assert "s3cret" not in report(form, Judgement(judged, findings, RULES))


def test_a_key_that_is_no_word_is_printable() -> None:
    ((_, _, message),) = found(env_files.duplicate_key, subject(WEB, env="'A\n\u200b'=1\n'A\n\u200b'=2"))
    assert message == r"'A\n\u200b' is set again on line 3: this line has no effect"


@pytest.mark.parametrize(
    ("real", "count"),
    [
        pytest.param({"A": "1"}, 0, id="the same value"),
        pytest.param({"A": "2"}, 1, id="another value"),
        pytest.param({"B": "2"}, 0, id="another key"),
    ],
)
def test_what_the_environment_has_wins(real: dict[str, str], count: int) -> None:
    assert len(found(env_files.shadowed_key, subject(WEB, env="A=1", real=real))) == count


def test_with_override_the_file_wins() -> None:
    judged = subject(WEB, env="A=1", real={"A": "2"})._replace(environment={"A": "1"})
    assert found(env_files.shadowed_key, judged) == []


@pytest.mark.parametrize("value", ["${A}", "x${B}", "${B}:bin"])
def test_of_a_reference_nothing_is_said_that_is_not_sure(value: str) -> None:
    assert found(env_files.shadowed_key, subject(WEB, env=f"A={value}", real={"A": "1", "B": "2"})) == []


def test_a_port_of_the_environment_is_in_no_file() -> None:
    judged = subject(WEB, env="A=1", real={"PORT": "http"})
    assert found(env_files.invalid_port, judged) == [(0, "", "PORT: not a port (1 to 65535)")]


def test_two_files_may_set_a_key() -> None:
    judged = subject(WEB, env={".env": "A=1", ".env.local": "A=2"})
    assert found(env_files.duplicate_key, judged) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A=1\nB=2\nA=1\n", "B=2\nA=1\n"),
        ("A=1\r\nA=1\r\n", "A=1\r\n"),
        ("A=1\nA=2\n", "A=1\nA=2\n"),
        ("A='x\ny'\nA='x\ny'\n", "A='x\ny'\nA='x\ny'\n"),
        ("A=1\nA='1'\n", "A=1\nA='1'\n"),
        ("A=1\n\ufeffB=1\nA=1\n", "A=1\n\ufeffB=1\nA=1\n"),
    ],
)
def test_a_key_that_stands_twice_is_mended(before: str, after: str) -> None:
    judged = subject(WEB, env=before)
    text = before
    for one in env_files.duplicate_key.judge(judged):
        for edit in one.edits:
            text = text[: edit.start] + edit.text + text[edit.end :]
    assert text == after


def test_line_ends_in_a_value_are_not_mended() -> None:
    (safe,) = windows.windows_line_ends.judge(subject(WEB, env="A=1\r\nB=2\r\n"))
    assert [edit.path for edit in safe.edits] == [".env"] * 2
    (unsafe,) = windows.windows_line_ends.judge(subject(WEB, env="A='x\r\ny'\r\nB=2\r\n"))
    assert unsafe.edits == ()


@pytest.mark.parametrize("rule", env_files.RULES, ids=lambda rule: rule.id)
def test_the_examples_of_a_rule_are_true(rule: Rule) -> None:
    assert found(rule, subject(WEB, env=rule.bad))
    assert not found(rule, subject(WEB, env=rule.good))
