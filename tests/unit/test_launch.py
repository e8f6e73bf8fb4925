"""Without options nothing is parsed, and what comes out is what the parser would have made of it."""

from pathlib import Path

import pytest

from pyforeman.commands import start
from pyforeman.commands.launch import Request, request_of
from pyforeman.commands.shortcut import has_options


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with nothing in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def parsed(words: list[str]) -> Request:
    with start.command.make_context("start", list(words)) as context:
        options = dict(context.params)
        return start.request(options.pop("words"), options)


@pytest.mark.parametrize(
    "words", [[], ["web"], ["web=2", "worker=3"], ["all=2,worker=0"], [""], ["nonsense!"]], ids=str
)
def test_it_asks_for_what_the_parser_reads(words: list[str]) -> None:
    assert not has_options(words, {"PORT": "8000", "HOME": "/"})
    assert request_of(words) == parsed(words)


@pytest.mark.parametrize("words", [["-p", "8000"], ["web", "--help"], ["--", "web"], ["-"]], ids=str)
def test_an_option_takes_the_parser(words: list[str]) -> None:
    assert has_options(words, {})


@pytest.mark.parametrize("name", ["PYFOREMAN_PORT", "PYFOREMAN_START_PORT", "_PYFOREMAN_COMPLETE"])
def test_a_variable_takes_the_parser(name: str) -> None:
    assert has_options([], {name: "1"})


def test_a_file_of_defaults_takes_the_parser(folder: Path) -> None:
    (folder / ".foreman").write_text("port: 7000\n")
    assert has_options([], {})
