"""What is said of a process."""

import pytest

from formation import row
from pyforeman.core.fates import fate


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"state": "up", "pid": 123}, "web.1 restarted, pid 123, port 5000"),
        ({"state": "up", "pid": 123, "port": None}, "web.1 restarted, pid 123"),
        ({"state": "backoff", "exit": 1}, "web.1 does not run (code 1); it is started again soon"),
        ({"state": "crashed", "exit": 139}, "web.1 crashed (code 139)"),
        ({"state": "finished", "exit": 0}, "web.1 finished (code 0)"),
        ({"state": "stopped", "exit": 143}, "web.1 stopped (code 143)"),
        ({"state": "stopped"}, "web.1 stopped"),
        ({"state": "stopping"}, "web.1 is stopping"),
        ({"state": "waiting"}, "web.1 waits for the release"),
    ],
)
def test_fates(facts: dict[str, object], line: str) -> None:
    assert fate(row("web.1") | facts, "restarted") == line
