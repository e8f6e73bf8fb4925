"""What is remarked on, and what is not."""

import pytest

from applications import shop
from pyforeman.export.formats import RunsIn
from pyforeman.export.remarks import remarks
from pyforeman.plan.settings import Settings

LOOPBACK = "web: serve --bind 127.0.0.1:$PORT"


@pytest.mark.parametrize(
    ("text", "runs_in", "expected"),
    [
        ("clock: beat", "host", ["clock: 2 of a scheduler do everything 2 times"]),
        ("clock: beat", "pods", ["clock: a scheduler, so it is 1 pod, and not 2"]),
        ("web: beat", "host", []),
        (
            "web: a $PYFOREMAN_PROCESS",
            "host",
            ["web: its command uses a PYFOREMAN_ variable, which only start sets"],
        ),
        ("web: missing -p $PORT", "host", ["web: missing is not on its PATH; write PATH=… into an env file"]),
        ("web: exec missing", "host", ["web: missing is not on its PATH; write PATH=… into an env file"]),
        ("web: ./missing", "host", []),
        ("web: cd a && missing", "host", []),
        (LOOPBACK, "host", []),
        (
            LOOPBACK,
            "containers",
            ["web: nobody reaches 127.0.0.1 in a container from outside; bind to 0.0.0.0"],
        ),
        ("web: serve 127.0.0.10:$PORT", "containers", []),
        ("worker: ask localhost", "containers", []),
    ],
)
def test_a_process(text: str, runs_in: RunsIn, expected: list[str]) -> None:
    application = shop(text, counts="all=2", settings=Settings(), schedulers=("clock",))
    assert list(remarks(application, runs_in, ("missing",))) == expected


@pytest.mark.parametrize(("size", "is_too_long"), [(131_072 - 3, False), (131_072 - 2, True)])
def test_a_variable_that_linux_passes_to_no_program(size: int, is_too_long: bool) -> None:
    application = shop("web: a", counts="", settings=Settings(), environment={"A": "x" * size})
    expected = ["A: 131073 bytes; Linux starts nothing with a variable of more than 131072"]
    assert list(remarks(application, "host", ())) == expected[: int(is_too_long)]
