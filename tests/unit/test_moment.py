"""What ``--since`` means, in a zone with summer time."""

import time
from collections.abc import Iterator

import pytest

from pyforeman.errors import UsageError
from pyforeman.plan.moment import moment

NOON = 1_795_345_200.0  # 2026-11-22T12:00:00+01:00


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("0s", 0),
        ("30s", 30),
        ("0.5s", 0.5),
        ("5m", 300),
        ("2h", 7200),
        ("1.5h", 5400),
        ("1d", 86400),
        ("1h30m", 5400),
        ("12:00", 0),
        ("11:59:30", 30),
        ("9:00", 3 * 3600),
        ("12:01", 86400 - 60),
        ("23:59:59", 12 * 3600 + 1),
        ("2026-11-22", 12 * 3600),
        ("2026-11-22T11:00", 3600),
        ("2026-11-22 11:00:00", 3600),
        ("2026-11-22T11:00:00.250", 3599.75),
        ("2026-11-22T11:00:00Z", 0),
        ("2026-11-22T11:00:00+00:00", 0),
        ("2026-11-22T10:00:00-01:00", 0),
        ("2026-11-22T13:00", -3600),
    ],
)
def test_when_it_was(text: str, ago: float) -> None:
    assert moment(text, NOON) == NOON - ago


def test_yesterday_is_a_day_of_the_calendar_not_of_24_hours() -> None:
    after_the_change = 1_792_908_000.0  # 2026-10-25T07:00:00+01:00; at 3:00 the clock was set back
    assert moment("07:30", after_the_change) == after_the_change - 86400 - 3600 + 1800


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "-5m",
        "5 m",
        "m",
        "5w",
        "5M",
        "24:00",
        "12:60",
        "12:00:60",
        "noon",
        "2026-13-01",
        "٣s",
        "1e3s",
    ],
)
def test_what_is_no_time_is_told_with_what_is(text: str) -> None:
    with pytest.raises(UsageError, match=r"--since: .* is no time; write 30s, 5m, 2h, 1d, 14:30 or 2026-"):
        moment(text, NOON)
