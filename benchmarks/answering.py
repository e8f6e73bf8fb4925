"""A formation that runs, and is asked: by a client that is a part of the benchmark, and by commands."""

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.commands import timed
from benchmarks.managers import Job, Manager
from benchmarks.scene import PATIENCE, FailedError, Gate, Run, environment, folder, running

from pyforeman.control.address import file_name
from pyforeman.control.client import Client, connect

UP = "up"
"""The gate at which each child has to say its pid, when it is up."""
CHILD = f"echo $$ >{UP}; exec sleep 1000"
"""One that does no more."""


@dataclass(frozen=True)
class Answering:
    """All its processes are up."""

    place: Path
    run: Run
    gates: dict[str, Gate]
    program: str
    children: list[int]
    """Their pids, as they were at first, in the order in which they reported."""

    def risen(self, count: int) -> list[int]:
        """The pids of the next so many processes that are up."""
        return [int(pid) for pid in self.gates[UP].arrivals(count, of=self.run)]

    def client(self) -> Client:
        """A connection that has been greeted."""
        path = self.place / "pyforeman" / file_name(str(self.place), "Procfile")
        client = connect(str(path), str(self.place))
        if client is None:
            raise FailedError("does not listen")
        client.greet()
        return client

    def timed(self, *words: str) -> float:
        """Seconds that a command about it takes, from its start to its end."""
        return timed([self.program, *words], self.place, environment(self.place))

    def command(self, *words: str, stdout: int, stderr: IO[bytes] | None = None) -> "subprocess.Popen[bytes]":
        """A command about it that has been started."""
        return subprocess.Popen(
            [self.program, *words],
            cwd=self.place,
            env=environment(self.place),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )

    def processes(self) -> list[int]:
        """The pids of all that the manager is, as long as the children are the first ones."""
        return self.run.processes(self.children)


@contextlib.contextmanager
def answering(
    manager: Manager,
    job: Job,
    *,
    sink: str = "drain",
    files: Mapping[str, bytes] | None = None,
    gates: Sequence[str] = (),
) -> Iterator[Answering]:
    """This job at work, in a folder with these files and gates, once each child has said that it is up."""
    with folder() as place, contextlib.ExitStack() as stack:
        for name, text in (files or {}).items():
            (place / name).write_bytes(text)
        made = {name: stack.enter_context(contextlib.closing(Gate(place / name))) for name in (UP, *gates)}
        with running(manager, job, place, sink=sink) as run:
            children = [int(pid) for pid in made[UP].arrivals(job.size, of=run)]
            yield Answering(place, run, made, manager.program, children)


class Ending:
    """The end of a process, as the kernel tells it. It is no child of ours."""

    def __init__(self, pid: int) -> None:
        self._fd = os.pidfd_open(pid)

    def wait(self) -> float:
        """When it had ended, by time.perf_counter; FailedError if it does not."""
        ended = bool(select.select([self._fd], [], [], PATIENCE)[0])
        when = time.perf_counter()
        os.close(self._fd)
        if not ended:
            raise FailedError("a process does not end")
        return when
