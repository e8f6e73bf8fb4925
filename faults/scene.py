"""One ``pyforeman start`` in a folder of its own, and everything that it has caused.

Run each scene in a process that has called ``become_subreaper()`` and that does nothing else: then whatever
escapes (``setsid``, a double fork, ``env -i``) becomes a descendant of that process, and is found.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self, TypeVar

from census import (
    Person,
    become_subreaper,
    census,
    command_line,
    descendants,
    is_subreaper,
    kill,
    living,
    reap,
    shares,
    variables,
)
from memory import Peak, private
from stream import PATIENCE, Stream

__all__ = ["BIN", "MARK", "PATIENCE", "PYFOREMAN", "Scene", "become_subreaper", "clean_environment", "until"]

BIN = Path(sys.executable).parent
PYFOREMAN = str(BIN / "pyforeman")
MARK = "PYFOREMAN_FAULTS_SCENE"
"""A variable that everything started by one scene carries, unless it erases its environment."""
T = TypeVar("T")


class Scene:
    """A temporary folder with a Procfile and ``files``, and ``pyforeman start ARGUMENTS`` started in it.

    - ``procfile``: the text of the Procfile; ``files``: further files by name (``.env``), str or bytes.
    - ``environment``: variables added to a clean environment.
    - ``wrap``: words before the command line, a program that becomes it: ``("nohup",)``, or
      ``("/bin/sh", "-c", 'ulimit -n 64; exec "$@"', "sh")``.
    - ``stdout``: ``"memory"`` (a pipe, read by a thread into ``out``), ``"unread"`` (a pipe that nobody reads
      until ``read_on()``; its fd is ``pipe``), or a fd or a path of your own.
    - ``stderr``: a fd of your own; else a file that ``err`` reads.
    - ``group``: the process group to be in: 0 (the default) is one of its own, as a shell's job has; None
      is that of the caller.

    As a context manager it ends whatever is left and removes the folder.
    """

    def __init__(
        self,
        procfile: str,
        *arguments: str,
        files: Mapping[str, str | bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        wrap: Sequence[str] = (),
        stdout: Literal["memory", "unread"] | int | Path = "memory",
        stderr: int | None = None,
        group: int | None = 0,
    ) -> None:
        self.mark = uuid.uuid4().hex
        self.folder = Path(tempfile.mkdtemp(prefix="scene-"))
        for name, content in {"Procfile": procfile, **(files or {})}.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.spared: set[int] = {person.pid for person in descendants(census(), os.getpid())}
        """Pids of the caller's own: with what is below them, they are no survivors."""
        self._err_path = self.folder / ".stderr"
        pipe = self._start([*wrap, PYFOREMAN, "start", *arguments], environment or {}, stdout, stderr, group)
        self.began = time.monotonic()
        """When it was started, by ``time.monotonic``."""
        self._stream = Stream(pipe)
        if stdout == "memory":
            self.read_on()
        self._peak = Peak(self.guardian, lambda: self.manager)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End what is left, close what is open, remove the folder."""
        self._peak.stop()
        self.end_survivors()
        self.process.wait(timeout=PATIENCE)
        self._stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What it says

    @property
    def out(self) -> bytes:
        """All that was read of its stdout."""
        return self._stream.data

    @property
    def text(self) -> str:
        """``out``, as text."""
        return self.out.decode(errors="replace")

    @property
    def err(self) -> str:
        """All that it has written to stderr."""
        return self._err_path.read_text(errors="replace") if self._err_path.exists() else ""

    def lines(self, process: str) -> list[str]:
        """What one process has written, without prefixes."""
        return re.findall(rf"^(?:\S+ )?{re.escape(process)} *\| (.*)$", self.text, re.MULTILINE)

    def read_until(self, pattern: str, *, after: int = 0, patience: float = PATIENCE) -> re.Match[str]:
        """Wait until ``pattern`` (MULTILINE) is in stdout, from byte ``after`` on; gives the match."""
        try:
            return self._stream.until(pattern, after, patience)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.tail()}") from None

    def read_until_count(self, text: str, count: int, patience: float = PATIENCE) -> None:
        """Wait until stdout has had this text so many times."""
        try:
            until(lambda: self.text.count(text) >= count, f"{count} times {text!r}", patience)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.tail()}") from None

    def read_to_end(self, patience: float = PATIENCE) -> bytes:
        """All of stdout, once nobody can write to it any more."""
        return self._stream.until_end(patience)

    def pid_of(self, process: str) -> int:
        """The pid with which a process was started last."""
        self.read_until(rf"{re.escape(process)} started, pid \d+")
        return int(re.findall(rf"{re.escape(process)} started, pid (\d+)", self.text)[-1])

    def tail(self) -> str:
        """The end of what it said, for a message."""
        return f"stdout: …{self.text[-600:]!r}, stderr: …{self.err[-600:]!r}"

    # Who reads it

    @property
    def pipe(self) -> int:
        """Our end of its stdout; -1 where that is no pipe of ours, or once it is closed."""
        return self._stream.pipe

    def stall(self) -> None:
        """Read no more of its stdout until ``read_on()``; when this returns, no read is under way."""
        self._stream.stall()

    def read_on(self) -> None:
        """Read its stdout into ``out``."""
        self._stream.read_on()

    def close_stdout(self) -> None:
        """Leave, as ``head`` does."""
        self._stream.close()

    # Who it is

    @property
    def guardian(self) -> int:
        """The pid of the process that the user started."""
        return self.process.pid

    @property
    def manager(self) -> int | None:
        """The pid of the guardian's child that runs the formation; None while there is no such process.

        The children of a formation run another program, or have PS in their environment; the manager has
        neither: it is what the guardian is, once more.
        """
        program, theirs = _program(self.guardian), variables(self.guardian).get("PS")
        for person in living(census().values()):
            if (
                person.parent == self.guardian
                and _program(person.pid) == program is not None
                and variables(person.pid).get("PS") == theirs
            ):
                return person.pid
        return None

    def wait_for_manager(self, patience: float = 10.0) -> int:
        """The manager, as soon as it exists: it is looked for without a pause."""
        deadline = time.monotonic() + patience
        while (manager := self.manager) is None:
            if self.process.poll() is not None:
                raise AssertionError(f"it ended before there was a manager; {self.tail()}")
            if time.monotonic() > deadline:
                raise AssertionError("there is no manager: the guardian has no second process")
        return manager

    # What happens to it

    def signal(self, number: int) -> float:
        """Send a signal to the guardian, as a user would with ``kill``; gives the moment."""
        self.process.send_signal(number)
        return time.monotonic()

    def kill_guardian(self) -> float:
        """SIGKILL to the process that the user started; gives the moment."""
        return self.signal(signal.SIGKILL)

    def kill_manager(self) -> float:
        """SIGKILL to the manager, as soon as there is one; gives the moment."""
        os.kill(self.wait_for_manager(), signal.SIGKILL)
        return time.monotonic()

    def wait(self, patience: float = PATIENCE) -> int:
        """Wait until the guardian has ended; gives its exit code, 128+N for a signal."""
        try:
            code = self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {patience:g} s; {self.tail()}") from None
        return code if code >= 0 else 128 - code

    # Who is left

    def survivors(self) -> list[tuple[int, str]]:
        """(pid, command) of every living process that this scene has caused, its own two included.

        By descent: below the caller if that is a subreaper, else below the guardian; and by the mark.
        """
        left = self._below()
        known = {person.pid for person in left} | self.spared | {os.getpid()}
        left += [
            person
            for person in living(census().values())
            if person.pid not in known and variables(person.pid).get(MARK) == self.mark
        ]
        return [(person.pid, command_line(person.pid) or person.name) for person in left]

    def until_gone(self, patience: float = PATIENCE, *, since: float | None = None) -> float:
        """Wait until nothing is left; gives the seconds ``since`` then (the default is this call)."""
        began = time.monotonic() if since is None else since
        while self._below() or self.survivors():
            if time.monotonic() > began + patience:
                raise AssertionError(f"after {patience:g} s are left: {self.survivors()[:12]}")
            time.sleep(0.002)  # nobody tells of the end of what is not our child
        return time.monotonic() - began

    def end_survivors(self) -> None:
        """Kill all that is left. First they are stopped, so that none can fork while we look."""
        stopped: set[int] = set()
        while fresh := {pid for pid, _ in self.survivors()} - stopped:
            kill(fresh, signal.SIGSTOP)
            stopped |= fresh
        deadline = time.monotonic() + PATIENCE
        while left := self.survivors():
            kill(pid for pid, _ in left)
            if time.monotonic() > deadline:
                raise AssertionError(f"not even SIGKILL ends: {left}")
            time.sleep(0.002)  # nobody tells of the end of what is not our child

    # What it costs

    def peak_memory(self) -> float:
        """MB that guardian and manager took at most; see ``Peak`` for how it is measured."""
        return self._peak.megabytes

    def pss(self, pid: int) -> float:
        """MB of a process now; a page that n processes share counts as 1/n."""
        return shares(pid, "Pss") / 1024

    def private(self, pid: int) -> float:
        """MB of a process now that no other has: what would be free if it were not there."""
        return private(pid) / 1024

    # Inside

    def _start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        stdout: Literal["memory", "unread"] | int | Path,
        stderr: int | None,
        group: int | None,
    ) -> int:
        """Start it; gives our end of its stdout, or -1."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        pipe, opened = -1, []
        if isinstance(stdout, str):
            pipe, stdout = os.pipe()
            opened.append(stdout)
        elif isinstance(stdout, Path):
            stdout = os.open(stdout, flags, 0o600)
            opened.append(stdout)
        if stderr is None:
            stderr = os.open(self._err_path, flags, 0o600)
            opened.append(stderr)
        self.process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**clean_environment(), **environment, MARK: self.mark},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            process_group=group,
        )
        for fd in opened:
            os.close(fd)
        return pipe

    def _below(self) -> list[Person]:
        """Who lives by descent; what has become our zombie meanwhile is let go of.

        A process that forks and ends while we look is missed, and so is what it forked. But it is seen as a
        zombie then, ours since its parent ended: so an empty answer counts only if there is none.
        """
        root = os.getpid() if is_subreaper() else self.guardian
        while True:
            people = census()
            below = descendants(people, root, self.spared)
            if root == self.guardian and root in people:
                below.append(people[root])
            if not reap(below, {self.guardian}) or living(below):
                return living(below)


def until(fact: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Wait until ``fact()`` holds, and give it: for facts that nobody tells us of."""
    deadline = time.monotonic() + patience
    while not (told := fact()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience:g} s: {what}")
        time.sleep(0.005)  # nothing to wait on: see above
    return told


def clean_environment() -> dict[str, str]:
    """The environment less what would change what a scene shows."""
    dropped = ("PYFOREMAN_", "PORT", "PS", "NO_COLOR", "FORCE_COLOR", "PYTHON", "MAKE", "MFLAGS")
    return {key: value for key, value in os.environ.items() if not key.startswith(dropped)}


def _program(pid: int) -> str | None:
    """The file that a process runs."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return None
