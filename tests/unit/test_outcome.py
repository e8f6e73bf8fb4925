"""What a command line comes to."""

import pytest

from pyforeman.errors import PyforemanError
from pyforeman.outcome import one_line, outcome


def refuse(error: BaseException) -> object:
    raise error


@pytest.mark.parametrize(
    ("error", "exit_code", "line"),
    [
        (PyforemanError("Procfile: not there.\n  make one"), 1, "pyforeman: Procfile: not there. make one\n"),
        (PyforemanError("nothing to start", 2), 2, "pyforeman: nothing to start\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    error: BaseException, exit_code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(lambda: refuse(error)) == exit_code
    assert capsys.readouterr().err == line


@pytest.mark.parametrize(("result", "exit_code"), [(None, 0), (0, 0), (143, 143), ("text", 0)])
def test_without_an_error_the_exit_code_is_the_result(result: object, exit_code: int) -> None:
    assert outcome(lambda: result) == exit_code


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("a\x1b[31mfile: not there", "a\\x1b[31mfile: not there"),
        ("Ünïcödé, fine", "Ünïcödé, fine"),
        ("\udcff is no text", "\\udcff is no text"),
        ("several\n\t lines.", "several lines"),
    ],
)
def test_a_message_does_nothing_to_a_terminal(message: str, shown: str) -> None:
    assert one_line(message) == shown
