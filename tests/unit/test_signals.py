"""Signals as users name them."""

import pytest

from pyforeman.errors import UsageError
from pyforeman.plan.signals import canonical, name_of


@pytest.mark.parametrize(
    ("word", "name"),
    [("HUP", "HUP"), ("SIGHUP", "HUP"), ("hup", "HUP"), ("1", "HUP"), ("9", "KILL"), ("SigUsr1", "USR1")],
)
def test_names(word: str, name: str) -> None:
    assert canonical(word) == name


def test_one_without_a_name() -> None:
    assert name_of(40) == "40"


@pytest.mark.parametrize("word", ["", "0", "-1", "4711", "web", "SIG", "SIG_DFL", "1.0", "²"])
def test_what_is_none(word: str) -> None:
    with pytest.raises(UsageError, match="no signal"):
        canonical(word)
