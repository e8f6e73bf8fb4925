"""Runs the installed pyforeman as a user would, and waits for facts.

``Run.read_until`` and ``Run.wait`` are the only places with a timeout; it is long, because it is
reached only when a test fails.
"""

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

PYFOREMAN = str(Path(sys.executable).parent / "pyforeman")
CHILDREN = Path(__file__).parent / "children"
PATIENCE = 30.0
"""Seconds after which something that should have happened has not."""
MARK = "PYFOREMAN_TEST_RUN"
"""A variable that everything started by one Run carries: who is left is found by it."""


class Run:
    """One ``pyforeman`` process with its output on a pipe.

    ``out`` holds everything it has written to stdout so far; stderr goes to a file, ``err`` reads it.
    """

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> None:
        self.mark = uuid.uuid4().hex
        self._stderr_path = folder / f".stderr-{self.mark}"
        with open(self._stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(
                [PYFOREMAN, *arguments],
                cwd=folder,
                env={**clean_environment(), **(environment or {}), MARK: self.mark},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(stdin)
        self.process.stdin.close()
        self._stdout = self.process.stdout
        self.out = b""

    @property
    def err(self) -> str:
        """What it has written to stderr."""
        return self._stderr_path.read_text()

    @property
    def text(self) -> str:
        """What it has written to stdout."""
        return self.out.decode(errors="replace")

    def read_until(self, pattern: str, *, after: int = 0) -> re.Match[str]:
        """Read stdout until ``pattern`` occurs in it, from character ``after`` on; gives the match."""
        expression = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + PATIENCE
        os.set_blocking(self._stdout.fileno(), False)
        while True:
            if found := expression.search(self.text, after):
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"{pattern!r} did not come within {PATIENCE} s:\n{self.text}\n{self.err}")
            if not self._read_some(0.1):
                raise AssertionError(f"{pattern!r} never came:\n{self.text}\n{self.err}")

    def signal(self, number: int) -> None:
        """Send a signal to pyforeman itself."""
        self.process.send_signal(number)

    def close_stdout(self) -> None:
        """Stop reading for good, as ``head`` does."""
        self._stdout.close()

    def wait(self) -> int:
        """Read all that comes, and give the exit code (128+N for a signal, as a shell does)."""
        deadline = time.monotonic() + PATIENCE
        if not self._stdout.closed:
            os.set_blocking(self._stdout.fileno(), False)
            while self._read_some(0.1):
                if time.monotonic() > deadline:
                    raise AssertionError(f"it did not end within {PATIENCE} s:\n{self.text}\n{self.err}")
        code = self.process.wait(timeout=PATIENCE)
        return code if code >= 0 else 128 - code

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        self.signal(number)
        return self.wait()

    def survivors(self) -> list[psutil.Process]:
        """Every process alive that this run has caused, by the mark in its environment."""
        return list(marked(self.mark))

    def lines(self, process: str) -> list[str]:
        """What one process has written, without prefixes."""
        prefix = re.compile(rf"^(?:\S+ )?{re.escape(process)} *\| (.*)$", re.MULTILINE)
        return prefix.findall(self.text)

    def close(self) -> None:
        """End it and all it left, whatever state it is in."""
        for process in (self.process, *self.survivors()):
            try:
                process.kill()
            except (ProcessLookupError, psutil.NoSuchProcess):
                continue
        self.process.wait(timeout=PATIENCE)
        self._stdout.close()

    def _read_some(self, seconds: float) -> bool:
        """Read what there is, or wait for some; False at the end of the output."""
        import select

        select.select([self._stdout], [], [], seconds)
        try:
            data = os.read(self._stdout.fileno(), 1 << 20)
        except BlockingIOError:
            return True
        self.out += data
        return bool(data)


def marked(mark: str) -> Iterator[psutil.Process]:
    """The living processes with this mark in their environment."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.Error:
            continue


def wait_until_gone(pid: int) -> None:
    """Wait until a process that is not our child has ended."""
    try:
        psutil.Process(pid).wait(timeout=PATIENCE)
    except psutil.NoSuchProcess:
        return


def clean_environment() -> dict[str, str]:
    """The environment less what would change what a test sees."""
    dropped = ("PYFOREMAN_", "PORT", "PS", "NO_COLOR", "FORCE_COLOR", "PYTHONUNBUFFERED", "PYTEST_")
    return {key: value for key, value in os.environ.items() if not key.startswith(dropped)}


def child(name: str, *arguments: object) -> str:
    """The command line that runs ``tests/children/NAME.py``."""
    words = " ".join(map(str, arguments))
    return f"{sys.executable} {CHILDREN / name}.py {words}".rstrip()
