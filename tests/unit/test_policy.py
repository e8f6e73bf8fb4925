"""Settings by process type: ``5``, ``worker=60``, ``5,worker=60``."""

from typing import Any

import pytest

from pyforeman.errors import UsageError
from pyforeman.plan import policy
from pyforeman.plan.policy import DEFAULT, Policy, parse_per_type

NAMES = ("web", "worker")


def read(text: str | None) -> tuple[float, float]:
    """The seconds for web and for worker; 1 where nothing is said."""
    found = parse_per_type("--timeout", text, policy.seconds, 1.0, NAMES)
    return found.of("web"), found.of("worker")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, (1, 1)),
        ("", (1, 1)),
        ("5", (5, 5)),
        ("worker=60", (1, 60)),
        ("5,worker=60", (5, 60)),
        ("worker=60,5", (5, 60)),
        ("web=2,worker=60", (2, 60)),
        (" 5 , worker=60 ", (5, 60)),
        ("5,,", (5, 5)),
        ("worker=60,worker=61", (1, 61)),
        ("0", (0, 0)),
        ("0.5", (0.5, 0.5)),
    ],
)
def test_one_value_and_exceptions_by_type(text: str | None, expected: tuple[float, float]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize("text", ["clock=5", "=5", "5,clock=6", "Worker=5", "web =5", "all=5"])
def test_an_unknown_type_is_an_error_that_lists_the_names(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--timeout: .*web, worker") as caught:
        read(text)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "text", ["x", "5s", "-1", "nan", "inf", "-inf", "worker=", "worker=x", "5,worker=-1"]
)
def test_what_is_no_time_is_an_error_that_names_the_option(text: str) -> None:
    value = text.rpartition("=")[2].rpartition(",")[2]
    with pytest.raises(UsageError, match=rf"^--timeout: '{value}' is not a number of seconds"):
        read(text)


@pytest.mark.parametrize(("text", "expected"), [("0", 0), ("3", 3), ("007", 7)])
def test_a_count(text: str, expected: int) -> None:
    assert policy.count(text) == expected


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.5", "many", "²", "٣", "1_000", " 1"])
def test_no_count(text: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        policy.count(text)


@pytest.mark.parametrize("text", ["on-failure", "always", "never"])
def test_the_restart_policies(text: str) -> None:
    assert policy.restart(text) == text


@pytest.mark.parametrize("text", ["never", "failure", "exit"])
def test_what_ends_the_formation(text: str) -> None:
    assert policy.stop_on(text) == text


@pytest.mark.parametrize(
    ("convert", "text"),
    [
        (policy.restart, ""),
        (policy.restart, "Always"),
        (policy.restart, "failure"),
        (policy.stop_on, "on-failure"),
        (policy.stop_on, "exits"),
    ],
)
def test_what_is_no_choice_lists_the_choices(convert: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"one of .*never"):
        convert(text)


def test_the_defaults() -> None:
    assert Policy() == DEFAULT
    assert (DEFAULT.restart, DEFAULT.max_restarts, DEFAULT.stop_on, DEFAULT.grace) == (
        "on-failure",
        None,
        "never",
        5,
    )
