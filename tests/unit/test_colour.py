"""When what is shown has colours."""

import pytest

from pyforeman.output.colour import wants_colour


@pytest.mark.parametrize(
    ("choice", "environment", "on_terminal", "expected"),
    [
        ("auto", {"TERM": "xterm"}, True, True),
        ("auto", {}, True, False),
        ("auto", {}, False, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "", "TERM": "xterm"}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
    ],
)
def test_when_to_colour(choice: str, environment: dict[str, str], on_terminal: bool, expected: bool) -> None:
    assert wants_colour(choice, environment, on_terminal=on_terminal) == expected
