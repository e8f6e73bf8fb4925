import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from harness import PATIENCE, eventually, kill
from pyforeman.export.container import arguments

SLOW = """\
trap 'echo stopping; cat stop; echo stopped; exit 0' TERM
echo ready
while :; do read x <idle; done
"""


NEEDS_SETSID = pytest.mark.skipif(shutil.which("setsid") is None, reason="setsid is not installed")
COMMANDS = [
    "true && sh ./slow; echo never",
    "true | sh ./slow",
    "cd . && exec sh ./slow",
    pytest.param("sh ./slow & wait", marks=NEEDS_SETSID),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a program that stops when it may."""
    (tmp_path / "slow").write_text(SLOW)
    os.mkfifo(tmp_path / "stop")
    os.mkfifo(tmp_path / "idle")
    return tmp_path


@contextmanager
def container(command: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command as a container has it: first in its session. It writes to the file ``out``."""
    with (
        open(folder / "out", "wb") as out,
        subprocess.Popen(arguments(command), cwd=folder, stdout=out, start_new_session=True) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                kill(*psutil.Process(process.pid).children(recursive=True), process)


@pytest.mark.parametrize("code", [0, 3, 143])
def test_compound_command_ends_with_its_own_code(code: int) -> None:
    done = subprocess.run(arguments(f"true; exit {code}"), timeout=PATIENCE, check=False)
    assert done.returncode == code


@pytest.mark.parametrize("command", COMMANDS)
def test_compound_command_is_asked_to_stop_and_waited_for(command: str, folder: Path) -> None:
    """Only the first process of a container gets a signal; the others are killed when it has ended."""
    out = folder / "out"
    with container(command, folder) as process:
        eventually(lambda: out.read_text() == "ready\n", "it is ready")
        process.terminate()
        eventually(lambda: out.read_text() == "ready\nstopping\n", "it has been asked to stop")
        assert process.poll() is None
        (folder / "stop").write_text("go on\n")
        assert process.wait(timeout=PATIENCE) == 143
        assert out.read_text() == "ready\nstopping\ngo on\nstopped\n"
