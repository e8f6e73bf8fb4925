"""Nothing to do costs nothing."""

import sys
import time
from pathlib import Path

import pytest

from conftest import Project


def time_on_cpu(pid: int) -> int:
    """Nanoseconds that all threads of a process have run so far: exact, from the scheduler."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_with_ten_sleeping_children_no_instruction_runs_and_so_no_system_call(project: Project) -> None:
    run = project.start("sleeper: echo ready; exec sleep 1000\n", "sleeper=10")
    run.read_until(r"(ready[\s\S]*){10}")
    before = -1
    ours = (run.process.pid, run.manager.pid)
    while before != (before := sum(map(time_on_cpu, ours))):
        time.sleep(0.2)  # nobody tells when the loop has gone to sleep after its last line
    time.sleep(2)  # absence of work has no other sign than time that passes without any
    assert sum(map(time_on_cpu, ours)) == before
    assert run.stop() == 143
