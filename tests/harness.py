"""Runs the installed pyforeman as a user would, and waits for facts.

``Run.read_until`` and ``Run.wait`` are the only places with a timeout; it is long, because it is
reached only when a test fails.
"""

import os
import random
import re
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from signal import SIGTERM

import psutil

BIN = Path(sys.executable).parent
"""Where pyforeman and the programs of the examples are installed."""
PYFOREMAN = str(BIN / "pyforeman")
CHILDREN = Path(__file__).parent / "children"
PATIENCE = 30.0
"""Seconds after which something that should have happened has not."""
MARK = "PYFOREMAN_TEST_RUN"
"""A variable that everything started by one Run carries: who is left is found by it."""


class Run:
    """One ``pyforeman`` process with its output on a pipe.

    ``out`` holds everything it has written to stdout so far; stderr goes to a file, ``err`` reads it.
    ``wrap`` stands before the command line: a program that changes something and becomes it
    (``nohup``, or one of ``shell``). Like a job of a shell it has a process group of its own, in the
    session of the tests, so that it can be stopped and continued.
    """

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        wrap: Sequence[str] = (),
    ) -> None:
        self.mark = uuid.uuid4().hex
        self._stderr_path = folder / f".stderr-{self.mark}"
        with open(self._stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(
                [*wrap, PYFOREMAN, *arguments],
                cwd=folder,
                env={**clean_environment(), **(environment or {}), MARK: self.mark},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                process_group=0,
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
                raise AssertionError(
                    f"{pattern!r} did not come within {PATIENCE} s:\n{self.text}\n{self.err}"
                )
            if not self._read_some(0.1):
                raise AssertionError(f"{pattern!r} never came:\n{self.text}\n{self.err}")

    @property
    def manager(self) -> psutil.Process:
        """The one that runs the formation: ``process``, which was started, is its guardian."""
        (manager,) = psutil.Process(self.process.pid).children()
        return manager

    def signal(self, number: int) -> None:
        """Send a signal to pyforeman itself."""
        self.process.send_signal(number)

    def close_stdout(self) -> None:
        """Stop reading for good, as ``head`` does."""
        self._stdout.close()

    def read_to_the_end(self) -> None:
        """Read all that comes, until nobody has its stdout open any more."""
        deadline = time.monotonic() + PATIENCE
        os.set_blocking(self._stdout.fileno(), False)
        while self._read_some(0.1):
            if time.monotonic() > deadline:
                raise AssertionError(f"it did not end within {PATIENCE} s:\n{self.text}\n{self.err}")

    def wait(self) -> int:
        """Read all that comes, and give the exit code (128+N for a signal, as a shell does)."""
        if not self._stdout.closed:
            self.read_to_the_end()
        code = self.process.wait(timeout=PATIENCE)
        return code if code >= 0 else 128 - code

    def stop(self, number: int = SIGTERM) -> int:
        """Send a signal and wait for the end."""
        self.signal(number)
        return self.wait()

    def survivors(self) -> list[psutil.Process]:
        """Every process alive that this run has caused, by the mark in its environment."""
        return list(marked(self.mark))

    def pid_of(self, process: str) -> int:
        """The pid with which a process was started last."""
        self.read_until(rf"{re.escape(process)} started, pid \d+")
        return int(re.findall(rf"{re.escape(process)} started, pid (\d+)", self.text)[-1])

    def lines(self, process: str) -> list[str]:
        """What one process has written, without prefixes."""
        prefix = re.compile(rf"^(?:\S+ )?{re.escape(process)} *\| (.*)$", re.MULTILINE)
        return prefix.findall(self.text)

    def close(self) -> None:
        """End it and all it left, whatever state it is in."""
        kill(self.process, *self.survivors())
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


def kill(*processes: subprocess.Popen[bytes] | psutil.Process) -> None:
    """Kill those that are still there."""
    for process in processes:
        try:
            process.kill()
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue


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


def eventually(fact: Callable[[], object], what: str) -> None:
    """Wait until ``fact()`` holds: for facts that nobody tells us of, like the state of a process."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE} s: {what}")
        time.sleep(0.01)  # nothing to wait on: see above


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped, as by ^Z."""
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


def shell(redirection: str, *, first: str = "") -> tuple[str, ...]:
    """A ``wrap`` that does ``first``, sets up what a shell can (``>&-``) and becomes the command."""
    return ("/bin/sh", "-c", f'{first} exec "$@" {redirection}', "sh")


def free_base(*offsets: int) -> int:
    """A base port from which these offsets are free; below the ports of outgoing connections. Each worker of
    a test run has ports of its own: what another one is about to use is free for now."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    lowest = 20_000 + 3_000 * worker
    for _ in range(100):
        base = random.randrange(lowest, lowest + 2_000)
        if all(can_listen(base + offset) for offset in offsets):
            return base
    raise AssertionError("no free ports")


def can_listen(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def clean_environment() -> dict[str, str]:
    """The environment less what would change what a test sees."""
    # COLUMNS and LINES are readline's doing: who imports it in a test run on no terminal gets 80 and 24.
    dropped = (
        "PYFOREMAN_",
        "PORT",
        "PS",
        "NO_COLOR",
        "FORCE_COLOR",
        "PYTHONUNBUFFERED",
        "PYTEST_",
        "COLUMNS",
        "LINES",
    )
    return {key: value for key, value in os.environ.items() if not key.startswith(dropped)}


def child(name: str, *arguments: object) -> str:
    """The command line that runs ``tests/children/NAME.py``."""
    words = " ".join(map(str, arguments))
    return f"{sys.executable} {CHILDREN / name}.py {words}".rstrip()
