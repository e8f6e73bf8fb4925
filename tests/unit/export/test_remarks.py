"""What is remarked on, and what is not."""

import pytest

from applications import shop
from pyforeman.export.remarks import remarks
from pyforeman.plan.settings import Settings

LOOPBACK = "web: serve --bind 127.0.0.1:$PORT"


@pytest.mark.parametrize(
    ("text", "format_name", "expected"),
    [
        ("clock: beat", "systemd", ["clock: 2 of a scheduler do everything 2 times"]),
        ("clock: beat", "kubernetes", ["clock: a scheduler, so it is 1 pod, and not 2"]),
        ("web: beat", "systemd", []),
        (
            "web: a $PYFOREMAN_PROCESS",
            "systemd",
            ["web: its command uses a PYFOREMAN_ variable, which only start sets"],
        ),
        (LOOPBACK, "systemd", []),
        (
            LOOPBACK,
            "compose",
            ["web: nobody reaches 127.0.0.1 in a container from outside; bind to 0.0.0.0"],
        ),
        ("web: serve 127.0.0.10:$PORT", "compose", []),
        ("worker: ask localhost", "compose", []),
    ],
)
def test_a_process(text: str, format_name: str, expected: list[str]) -> None:
    application = shop(text, counts="all=2", settings=Settings(), schedulers=("clock",))
    in_containers = format_name in {"compose", "kubernetes"}
    assert list(remarks(application, format_name, in_containers=in_containers)) == expected


@pytest.mark.parametrize(("size", "is_too_long"), [(131_072 - 3, False), (131_072 - 2, True)])
def test_a_variable_that_linux_passes_to_no_program(size: int, is_too_long: bool) -> None:
    application = shop("web: a", counts="", settings=Settings(), environment={"A": "x" * size})
    expected = ["A: 131073 bytes; Linux starts nothing with a variable of more than 131072"]
    assert list(remarks(application, "systemd", in_containers=False)) == expected[: int(is_too_long)]
