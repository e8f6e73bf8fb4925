"""The text of a file: what is kept of it, and where it is none."""

import codecs

import pytest

from pyforeman.plan import environment, procfile
from pyforeman.plan.text import Text, decode


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", Text("", None), id="empty"),
        pytest.param(b"a\r\nb", Text("a\r\nb", None), id="carriage returns stay"),
        pytest.param(codecs.BOM_UTF8 + b"a", Text("\ufeffa", None), id="so does the mark"),
        pytest.param(
            codecs.BOM_UTF8 + b"\xff", Text("\ufeff\ufffd", (1, 1)), id="a column is behind the mark"
        ),
        pytest.param("a\né".encode() + b"\xff", Text("a\né\ufffd", (2, 2)), id="a column counts characters"),
        pytest.param(b"\xef\xbb", Text("\ufffd", (1, 1)), id="half a mark"),
    ],
)
def test_a_text_and_its_first_stray_byte(data: bytes, expected: Text) -> None:
    assert decode(data) == expected


def test_the_body_stands_behind_one_mark() -> None:
    assert decode(codecs.BOM_UTF8 * 2 + b"a").body == "\ufeffa"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"web : x", "stray-blank"),
        (b" web: x", "stray-blank"),
        (b"web.1: x", "invalid-name"),
        (b"web=x", "yaml-habit"),
        (b"- web: x", "yaml-habit"),
        (b"web:", "no-command"),
        (b": x", "not-an-entry"),
        (b"hello", "not-an-entry"),
        (b"web: a\0b", "unreadable-text"),
        (b"web: a\xff", "unreadable-text"),
        (b"web: a\nweb: b", "duplicate-type"),
        (b"# nothing", "no-process-type"),
    ],
)
def test_a_problem_of_a_procfile_names_its_rule(line: bytes, kind: str) -> None:
    assert [problem.kind for problem in procfile.read(line, "Procfile").problems] == [kind]


def test_what_can_be_read_is_read() -> None:
    reading = procfile.read(b"web : a\r\nworker: b\nworker: c\n", "Procfile")
    assert [(one.name, one.command, one.line) for one in reading.procfile.types] == [("worker", "b", 2)]
    assert [problem.line for problem in reading.problems] == [1, 3]
    assert reading.text == "web : a\r\nworker: b\nworker: c\n"
    env = environment.read(b"A=1\nB\nC=3\n", ".env")
    assert [(one.key, one.line) for one in env.assignments] == [("A", 1), ("C", 3)]
    assert [(problem.line, problem.kind) for problem in env.problems] == [(2, "env-syntax")]


def test_a_lone_carriage_return_ends_no_line_of_an_env_file() -> None:
    assert [(one.key, one.line) for one in environment.parse(b"A=1\rB=2\nC=3", ".env")] == [
        ("A", 1),
        ("B", 1),
        ("C", 2),
    ]
