"""The table of ps."""

from typing import Any

import pytest

from formation import row
from pyforeman.core.usage import Meter, Usage
from pyforeman.output.table import duration, fitted, screenful, size, table

ROWS = [
    row("web.1", pid=123, uptime=75.0, command="gunicorn shop:app"),
    row("worker.10", "crashed", port=None, restarts=12, exit=139, command="python worker.py"),
]


def entries(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return Meter().entries(rows, {"web.1": Usage(7.5, 12 * 1024 * 1024)}, 0.0)


def test_the_table() -> None:
    assert table(entries(*ROWS)) == [
        "name       state    pid  port     up  restarts  exit    cpu  memory  command",
        "web.1      up       123  5000  1m15s         0     -  10.0%   12.0M  gunicorn shop:app",
        "worker.10  crashed    -     -      -        12   139      -       -  python worker.py",
    ]


def test_each_line_has_a_word_for_each_column() -> None:
    lines = [line.split(None, 9) for line in table(entries(*ROWS))]
    assert [len(line) for line in lines] == [10, 10, 10]


@pytest.mark.parametrize("width", [200, 80, 40, 1])
def test_a_terminal_cuts_what_is_too_long(width: int) -> None:
    whole = table(entries(*ROWS))
    assert table(entries(*ROWS), width) == [line[:width] for line in whole]


def test_what_would_do_something_to_a_terminal_is_shown() -> None:
    line = table(entries(row("web.1", command="printf '\x1b[31m'\t\n")))[1]
    assert line.endswith(r"  printf '\x1b[31m'\t\n")


@pytest.mark.parametrize(
    ("line", "width", "drawn"),
    [
        ("abc", 2, "ab"),
        ("日本語", 5, "日本"),
        ("日本語", 6, "日本語"),
        ("é日", 2, "é"),
        ("e\u0301x", 1, "e\u0301"),
    ],
)
def test_wide_letters_count_two(line: str, width: int, drawn: str) -> None:
    assert fitted(line, width) == drawn


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        (4, ["a", "b", "c"]),
        (3, ["a", "b", "c"]),
        (2, ["a", "and 2 more"]),
        (1, ["and 3 more"]),
        (0, ["and 3 more"]),
    ],
)
def test_a_screen_has_so_many_rows(rows: int, shown: list[str]) -> None:
    assert screenful(["a", "b", "c"], rows, 80) == shown


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m00s"),
        (3599, "59m59s"),
        (3600, "1h00m"),
        (86399, "23h59m"),
        (86400, "1d00h"),
        (8_640_000, "100d00h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0K"),
        (4096, "4K"),
        (1024 * 1024 - 1, "1023K"),
        (1024 * 1024, "1.0M"),
        (999 * 1024 * 1024, "999.0M"),
        (1024**3, "1.0G"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text
