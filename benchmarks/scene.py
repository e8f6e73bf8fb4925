"""A place where a manager runs: its folder, its sink, its children's gates, and its end, whatever it does."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.census import descendants, end_all
from benchmarks.managers import Job, Manager

SINKS = ("pipe", "file", "pty", "drain")
"""Where a manager prints. What goes into the first three is kept; a drain is a pipe into /dev/null."""
PATIENCE = 60.0
"""Seconds that anything may take: nobody is trusted to end by himself."""
_SILENCE = 0.15
"""Seconds without output after which all is taken to be printed: no collector of garbage pauses that long."""
_MUCH = 4 << 30
"""Bytes that have to be free on a tmpfs: containers often have one of 64 MB."""
_MISLEADING = (
    # Compiled anew at each start, flushed after each line, colours forced or forbidden for all.
    *("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"),
    *("PORT", "COLUMNS", "LINES", "TMUX"),
)
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in _MISLEADING},
    "TERM": "xterm-256color",
}
"""What every timed program gets."""


def environment(place: Path) -> dict[str, str]:
    """What a program gets that talks to the manager which runs in ``place``; the manager gets the same."""
    return {**ENVIRONMENT, "XDG_RUNTIME_DIR": str(place)}


class FailedError(Exception):
    """A tool did not do what was to be measured: for ours the end of all, for a peer a remark."""


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """An empty folder, in memory where there is enough of it; gone afterwards."""
    memory = Path("/dev/shm")
    enough = False
    if memory.is_dir() and os.access(memory, os.W_OK):
        free = os.statvfs(memory)
        enough = free.f_bavail * free.f_frsize > _MUCH
    with tempfile.TemporaryDirectory(prefix="bench-", dir=memory if enough else None) as name:
        yield Path(name)


class Gate:
    """A FIFO. Processes report at it (``echo x >gate``) or wait at it (``read _ <gate``).

    We have it open for both, all the time: nobody blocks when he opens it, nobody gets an EOF, and we wait
    in a read, which costs nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._seen = b""

    def arrivals(self, count: int, patience: float = PATIENCE, of: "Run | None" = None) -> list[str]:
        """The next ``count`` lines that processes report; FailedError if they do not come in time.

        Nor are they waited for when the manager ``of`` which they are has ended.
        """
        deadline = time.monotonic() + patience
        watched = [self._fd, *([of.end] if of else [])]
        while (found := self._seen.count(b"\n")) < count:
            ready = select.select(watched, [], [], max(0.0, deadline - time.monotonic()))[0]
            if not ready:
                raise FailedError(f"{found} of {count} children within {patience:.0f} s")
            if self._fd not in ready:
                raise FailedError(f"ends when {found} of {count} children are up")
            self._seen += os.read(self._fd, 65536)
        *lines, rest = self._seen.split(b"\n", count)
        self._seen = rest
        return [line.decode() for line in lines]

    def open(self, count: int) -> None:
        """Let so many pass."""
        os.write(self._fd, b"\n" * count)

    def close(self) -> None:
        """No longer needed: what still waits gets an EOF."""
        os.close(self._fd)
        self.path.unlink()


class Run:
    """A manager at work."""

    def __init__(
        self, process: subprocess.Popen[bytes], out: Path, helpers: Sequence[int], began: float
    ) -> None:
        self.process = process
        self.began = began
        """When it was started, by time.perf_counter: the sink and the files were there already."""
        self.out = out
        """The file in which all is that it has printed; its mtime tells when the last of it came."""
        self._helpers = helpers
        self.end = os.pidfd_open(process.pid)
        """Readable once the manager has ended."""

    def processes(self, children: Sequence[int]) -> list[int]:
        """The pids of all that the manager is: what is below us, but for its ``children`` and our sink."""
        return descendants(os.getpid(), {*children, *self._helpers})

    def interrupt(self, patience: float = 10) -> float:
        """As ^C does: SIGINT to its process group. Seconds until it has ended, or FailedError."""
        began = time.perf_counter()
        os.killpg(self.process.pid, signal.SIGINT)
        if not select.select([self.end], [], [], patience)[0]:
            raise FailedError(f"does not end within {patience:.0f} s of ^C")
        return time.perf_counter() - began

    def await_silence(self, least: int, patience: float = PATIENCE) -> int:
        """Wait until nothing more is printed; when the last of it came, in ns of the system's clock.

        While fewer than ``least`` bytes are there, something is on its way or lost: that is waited for
        longer.
        """
        deadline = time.monotonic() + patience
        size, since = -1, time.monotonic()
        while time.monotonic() - since < (_SILENCE if size >= least else 4 * _SILENCE):
            found = self.out.stat().st_size
            if found != size:
                size, since = found, time.monotonic()
            if time.monotonic() > deadline:
                raise FailedError(f"still prints after {patience:.0f} s")
            time.sleep(0.01)  # each look costs 20 us
        return self.out.stat().st_mtime_ns


@contextlib.contextmanager
def running(
    manager: Manager, job: Job, place: Path, *, sink: str = "pipe", coloured: bool | None = True
) -> Iterator[Run]:
    """The manager runs this job in ``place`` and prints into the sink; at the end all of it is killed."""
    start = manager.start(place, job, coloured=coloured)
    out = place / "out"
    out.write_bytes(b"")
    with contextlib.ExitStack() as stack:
        # Without O_APPEND the writers of the limits would overwrite each other in a file.
        kept = os.open(out, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        stack.callback(os.close, kept)
        reader, target = _reader(sink, kept)
        if reader is not None:
            stack.callback(reader.wait)
        helpers = [reader.pid] if reader is not None else []
        began = time.perf_counter()
        try:
            process = subprocess.Popen(
                start.argv,
                cwd=place,
                # In the folder: who is killed leaves his socket behind, and the next ones would try it.
                env={**environment(place), **start.environment},
                # A terminal, or a pipe that nobody writes to: some end at the end of their input.
                stdin=target if sink == "pty" else _silent_pipe(stack),
                stdout=target,
                stderr=target,
                start_new_session=True,
            )
        finally:  # else the reader would wait for us, too
            if target != kept:
                os.close(target)
        stack.callback(process.wait)
        stack.callback(end_all, [process.pid, *helpers])
        run = Run(process, out, helpers, began)
        stack.callback(os.close, run.end)
        yield run


def _reader(sink: str, kept: int) -> tuple["subprocess.Popen[bytes] | None", int]:
    """Who reads what is printed, and the fd to print to, which is to be closed; no reader for a file."""
    if sink == "file":
        return None, kept
    if sink == "pty":
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (40, 120))
        command, taken = [sys.executable, "-S", "-E", "-c", _READER], kept
    else:
        ours, theirs = os.pipe()
        command, taken = ["cat"], kept if sink == "pipe" else subprocess.DEVNULL
    try:
        return subprocess.Popen(command, stdin=ours, stdout=taken, env=ENVIRONMENT), theirs
    finally:
        os.close(ours)


def _silent_pipe(stack: contextlib.ExitStack) -> int:
    ours, theirs = os.pipe()
    stack.callback(os.close, ours)
    stack.callback(os.close, theirs)
    return ours


# A terminal gives at most 4 KB at a read, and EIO when nobody has its other side open any more.
_READER = """
import os
try:
    while data := os.read(0, 65536):
        os.write(1, data)
except OSError:
    pass
"""
