import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyforeman.export.container import arguments

SLOW = """\
trap 'echo stopping; cat stop; echo stopped; exit 0' TERM
echo ready
while :; do read x <idle; done
"""


@pytest.fixture
def compound(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A compound command as a container has it: first in its session. Its program stops when it may."""
    (tmp_path / "slow").write_text(SLOW)
    os.mkfifo(tmp_path / "stop")
    os.mkfifo(tmp_path / "idle")
    words = arguments("true && sh ./slow; echo never")
    with subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("code", [0, 3, 143])
def test_compound_command_ends_with_its_own_code(code: int) -> None:
    assert subprocess.run(arguments(f"true; exit {code}"), timeout=30, check=False).returncode == code


def test_compound_command_is_asked_to_stop_and_waited_for(
    compound: subprocess.Popen[str], tmp_path: Path
) -> None:
    """Only the first process of a container gets a signal; the others are killed when it has ended."""
    assert compound.stdout is not None
    assert compound.stdout.readline() == "ready\n"
    compound.terminate()
    assert compound.stdout.readline() == "stopping\n"
    assert compound.poll() is None
    (tmp_path / "stop").write_text("go on\n")
    assert compound.stdout.read() == "go on\nstopped\n"
    assert compound.wait() == 143
