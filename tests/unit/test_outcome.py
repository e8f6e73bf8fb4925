"""What a command line comes to."""

from pathlib import Path

import pytest

from pyforeman.control.search import find
from pyforeman.errors import PyforemanError
from pyforeman.outcome import one_line, outcome
from pyforeman.runtime.project import locate


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


def test_where_the_folder_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    (tmp_path / "shop").rmdir()
    for needs_it in (lambda: locate(None, None), lambda: locate(None, "."), lambda: find(None, None)):
        assert outcome(needs_it) == 1
    removed = "pyforeman: the current folder was removed; change into one that there is\n"
    assert capfd.readouterr().err == 3 * removed


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
