"""The environment that is exported: that of the env files, and nothing else."""

import pytest

from applications import NASTY, env_file
from pyforeman.errors import InputError
from pyforeman.export.environment import values
from pyforeman.plan.environment import Assignment, parse

OURS = {"PYTHONUNBUFFERED": "1"}


def read(text: str, *more: str) -> list[Assignment]:
    """The assignments of .env, and of the files after it."""
    files = (text, *more)
    return [one for number, data in enumerate(files) for one in parse(data.encode(), f".env{number or ''}")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("A=1\nB=2\n", {"A": "1", "B": "2"}),
        ("A=1\nA=2\n", {"A": "2"}),
        ("A=\n", {"A": ""}),
        ("export A=1\n", {"A": "1"}),
        ("A=1\nB=${A}2\n", {"A": "1", "B": "12"}),
        ("B=${A}2\nA=1\n", {"A": "1", "B": "12"}),
        ("B=${A:-x}\n", {"B": "x"}),
        ("B='${A}'\n", {"B": "${A}"}),
        ("B=$A\n", {"B": "$A"}),
        ("_=1\na_9=1\n", {"_": "1", "a_9": "1"}),
        ("PYTHONUNBUFFERED=\n", {"PYTHONUNBUFFERED": ""}),
        ("PORT=8000\nPS=x\n", {"PORT": "8000", "PS": "x"}),
        ("PYFOREMAN_X=1\nPYFOREMAN=2\n", {"PYFOREMAN": "2"}),
        ("PYFOREMAN_X=1\nA=${PYFOREMAN_X}\n", {"A": "1"}),
        ("A=${A}\nA=${A}x\n", None),
    ],
)
def test_the_values_of_the_files_are_exported(text: str, expected: dict[str, str] | None) -> None:
    if expected is None:
        with pytest.raises(InputError):
            values(read(text))
        return
    assert values(read(text)) == {**OURS, **expected}


def test_problems_stand_in_the_order_of_the_lines() -> None:
    with pytest.raises(InputError) as error:
        values(read("A=${X}\na-b=1\n", "C=${Y}\n"))
    assert [problem.partition(": ")[0] for problem in error.value.problems] == [".env:1", ".env:2", ".env1:1"]


def test_a_later_file_wins() -> None:
    assert values(read("A=1\nB=${A}\n", "A=2\n")) == {**OURS, "A": "2", "B": "2"}


def test_the_shell_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", "of the shell")
    assert values(read("A=1\nB=${A}\n")) == {**OURS, "A": "1", "B": "1"}
    with pytest.raises(InputError, match="HOME"):
        values(read("C=${HOME}\n"))


def test_values_are_what_they_are() -> None:
    assert values(read(env_file(NASTY))) == {**OURS, **NASTY}


def test_every_problem_is_told_once_with_its_place() -> None:
    text = "A=${NOPE}\nB.C=1\nD=${NOPE}${A}\nE=${D}\n1F=2\n"
    with pytest.raises(InputError) as raised:
        values(read(text, "G-H=1\n"))
    hint = "which no env file defines; an export takes nothing from your shell"
    letters = "cannot be exported: a key is made of letters, digits and _"
    assert set(raised.value.problems) == {
        f".env:2: 'B.C' {letters}",
        f".env:5: '1F' {letters}",
        f".env1:1: 'G-H' {letters}",
        f".env:1: A refers to ${{NOPE}}, {hint}",
        f".env:3: D refers to ${{NOPE}}, {hint}",
    }
    assert len(raised.value.problems) == 5


def test_an_assignment_that_another_one_replaces_may_refer_to_nothing() -> None:
    assert values(read("A=${NOPE}\n", "A=1\n")) == {**OURS, "A": "1"}
