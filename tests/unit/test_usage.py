"""Percent of a CPU, from what was used so far."""

from typing import Any

import pytest

from formation import row
from pyforeman.core.usage import KEYS, Meter, Usage


def percents(meter: Meter, now: float, seconds: float, **facts: Any) -> float:
    (entry,) = meter.entries([row("web.1", **facts)], {"web.1": Usage(seconds, 1000)}, now)
    return float(entry["cpu"])


@pytest.mark.parametrize(
    ("seconds", "uptime", "percent"),
    [
        (0.0, 0.0, 0.0),
        (5.0, 10.0, 50.0),
        (30.0, 10.0, 300.0),
        (0.01, 0.001, 1.0),
        (1.0, 3.0, 33.3),
    ],
)
def test_the_first_look_is_since_it_began(seconds: float, uptime: float, percent: float) -> None:
    assert percents(Meter(), 1000.0, seconds, uptime=uptime) == percent


def test_others_are_since_the_look_before() -> None:
    meter = Meter()
    assert percents(meter, 0.0, 10.0, uptime=10.0) == 100.0
    assert percents(meter, 1.0, 10.25) == 25.0
    assert percents(meter, 3.0, 10.25) == 0.0


def test_two_looks_that_follow_each_other_closely_are_one() -> None:
    meter = Meter()
    percents(meter, 0.0, 10.0)
    assert percents(meter, 1.0, 10.5) == 50.0
    assert percents(meter, 1.1, 10.6) == 50.0
    assert percents(meter, 2.0, 10.6) == 10.0


def test_what_was_started_again_begins_anew() -> None:
    meter = Meter()
    percents(meter, 0.0, 10.0, pid=1)
    assert percents(meter, 0.1, 1.0, pid=2, uptime=2.0) == 50.0


def test_time_that_is_lost_with_an_orphan_is_not_negative() -> None:
    meter = Meter()
    percents(meter, 0.0, 10.0)
    assert percents(meter, 1.0, 9.0) == 0.0


def test_an_entry_has_these_keys_and_no_figures_of_what_does_not_run() -> None:
    entries = Meter().entries([row("web.1"), row("web.2", "crashed")], {"web.1": Usage(0, 4096)}, 0.0)
    assert [tuple(entry) for entry in entries] == [KEYS, KEYS]
    assert [entry["memory"] for entry in entries] == [4096, None]
    assert [entry["cpu"] for entry in entries] == [0.0, None]
