"""How long ``wait`` waits: what the user says, and what the kernel takes."""

import click
import pytest

from pyforeman.commands.wait import Seconds
from pyforeman.commands.waiting import patience


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


@pytest.mark.parametrize(
    ("left", "probing", "seconds"),
    [(5, False, 5), (5, True, 0.02), (0.01, True, 0.01), (9999999, False, 3600), (1e308, True, 0.02)],
)
def test_a_look_is_never_longer_than_poll_can_wait(left: float, probing: bool, seconds: float) -> None:
    assert patience(left, probing=probing) == seconds
    assert seconds * 1000 < 2**31
