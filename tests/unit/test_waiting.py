"""How long ``wait`` waits."""

import click
import pytest

from pyforeman.commands.wait import Seconds


@pytest.mark.parametrize(
    ("word", "seconds"), [("0", 0), ("0.5", 0.5), ("30", 30), ("1e3", 1000), ("9999999", 9999999)]
)
def test_what_is_a_timeout(word: str, seconds: float) -> None:
    assert Seconds().convert(word, None, None) == seconds


@pytest.mark.parametrize("word", ["5s", "2m", "", "soon", "-1", "nan", "inf", "1e999"])
def test_what_is_none(word: str) -> None:
    with pytest.raises(click.BadParameter) as refusal:
        Seconds().convert(word, None, None)
    assert refusal.value.message == f"{word!r} is not a number of seconds, 0 or more"
