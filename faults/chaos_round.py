"""One round: start what the plan says, do what it says, and see that all is gone and nothing is lost.

Above 300 lines, because what was done, what was read and what must follow from it are one state.
"""

import fcntl
import os
import re
import resource
import select
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from census import Person, census, descendants, living
from chaos_check import Book, Entry, LostError, Reader, WrongError, agree
from chaos_plan import CHILD, NEVER, Act, Plan
from nasty import Dice
from scene import Scene

PATIENCE = 20.0
"""Seconds after the last act in which all must be over: the grace is 1 s at most, others may work here."""
QUIET, QUIET_AT_THE_END = 0.2, 0.8
"""Seconds without output after which the next act is due, though it waits for more lines. The end by itself
gets longer: the first restart comes after 0.5 s."""
_SILENT = 5.0  # the same before the first line: a busy machine takes its time to start us
_READ = 1 << 18
_NOHUP = ("/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh")
_STOPPING = re.compile(rb"(SIG\w+) received, stopping")
_ENDED = re.compile(rb"ended with exit code (\d+), because ")
_LOST = re.compile(r"pyforeman: stdout: nobody read it: (\d+) lines \((\d+) bytes\) are lost")
_KILLED = re.compile(r"pyforeman: the manager, pid \d+, was killed \(SIGKILL\)")


class Result(NamedTuple):
    """What came of a round. ``wrong`` is empty where all is well."""

    seed: int
    wrong: tuple[str, ...]
    lines: int = 0
    processes: int = 0
    signals: tuple[tuple[str, int], ...] = ()
    end: str = ""
    seconds: float = 0.0
    """From the last act to the end of it all."""
    survivors: int = 0
    missing: int = 0
    """Lines that are not there, and that nothing said to be lost."""
    counted: int = 0
    """Lines that were said to be lost, where a reader stalled."""
    shown: str = ""
    """The end of what it said, where something is wrong."""


class Round:
    """One round under way. To be run in a process of its own that is a subreaper."""

    def __init__(self, plan: Plan, child: bytes) -> None:
        self._plan = plan
        self._child = child
        self._dice = Dice(f"acts {plan.seed}")
        self._out = bytearray()
        self._out_lines = 0
        self._out_at = 0.0
        self._at_end = self._stalled = self._closed = self._early = False
        self._guardian_killed = self._manager_killed = False
        self._sent: list[int] = []
        self._signals: Counter[str] = Counter()

    def run(self) -> Result:
        """Play it to the end."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self._pipe, theirs = os.pipe()
        os.set_blocking(self._pipe, False)
        if self._plan.lossy:  # so that a few lines are enough for a stall
            fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, 4096)
        files: dict[str, str | bytes] = {CHILD: self._child, "marks/-": "", "lives/-": ""}
        wrap = _NOHUP if self._plan.nohup else ()
        scene = Scene(self._plan.procfile, *self._plan.arguments, files=files, wrap=wrap, stdout=theirs)
        with scene as self._scene:
            os.close(theirs)
            self._guardian = os.pidfd_open(scene.guardian)
            (scene.folder / "marks/-").unlink()
            (scene.folder / "lives/-").unlink()
            wrong: list[str] = []
            for act in self._plan.acts:
                if not self._wait_until_due(act):
                    break
                self._do(act)
            ended = time.monotonic()
            survivors = self._wait_for_the_end(wrong)
            result = Result(self._plan.seed, (), seconds=time.monotonic() - ended, survivors=survivors)
            return self._judge(result, wrong)

    # What is done to it

    def _wait_until_due(self, act: Act) -> bool:
        """Read until so many lines were seen, or nothing more comes. False: it has ended."""
        began = time.monotonic()
        quiet = QUIET_AT_THE_END if act.what == "signal" and act.after == NEVER else QUIET
        while not self._is_over:
            if act.after <= self._out_lines or self._stalled or self._closed:
                return True
            since, patience = (self._out_at, quiet) if self._out else (began, _SILENT)
            left = max(since, began) + patience - time.monotonic()
            if left <= 0:
                return True
            self._read(left)
        return False

    def _do(self, act: Act) -> None:
        match act.what:
            case "hurt":
                self._hurt(getattr(signal, act.detail))
            case "harmless":
                self._signal(getattr(signal, act.detail))
            case "signal":
                self._signal(getattr(signal, act.detail))
                self._sent.append(getattr(signal, act.detail))
            case "suspend":
                self._suspend()
                self._signal(signal.SIGCONT)
            case "kill-suspended":
                self._suspend()
                self._kill_guardian()
            case "kill-guardian":
                self._kill_guardian()
            case "kill-manager":
                self._kill_manager()
            case "freeze" | "thaw":
                self._signal_manager(signal.SIGSTOP if act.what == "freeze" else signal.SIGCONT)
            case "stall":
                self._stalled = True
            case "resume":
                self._stalled = False
            case "close":
                os.close(self._pipe)
                self._closed = True
            case "pause" | "early":
                self._early = self._early or act.what == "early"
                until = time.monotonic() + int(act.detail) / 1000
                while not self._is_over and (left := until - time.monotonic()) > 0:
                    self._read(left)
            case other:
                raise AssertionError(other)

    def _signal(self, number: int) -> None:
        self._scene.signal(number)
        self._signals[signal.Signals(number).name] += 1

    def _hurt(self, number: int) -> None:
        """A signal to somebody in the formation."""
        ours = {self._scene.guardian, self._scene.manager}
        people = sorted(person.pid for person in self._below() if person.pid not in ours)
        if people:
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(people[self._dice.between(0, len(people) - 1)], number)
                self._signals[f"{signal.Signals(number).name} to a process"] += 1

    def _suspend(self) -> None:
        """^Z, and wait until it is stopped."""
        self._signal(signal.SIGTSTP)
        until = time.monotonic() + PATIENCE
        while not self._has_ended and time.monotonic() < until:
            states = [person.state for person in self._below() if person.pid == self._scene.guardian]
            if states == ["T"]:
                return
            self._read(0.005)  # nobody tells us that it is stopped

    def _kill_guardian(self) -> None:
        if not self._has_ended:
            self._scene.kill_guardian()
            self._guardian_killed = True
            self._signals["SIGKILL to the guardian"] += 1

    def _kill_manager(self) -> None:
        self._manager_killed = self._signal_manager(signal.SIGKILL)

    def _signal_manager(self, number: int) -> bool:
        """Send the manager a signal, as soon as there is one; False: it has ended."""
        while (manager := self._scene.manager) is None and not self._has_ended:
            self._read(0.001)  # nobody tells us that there is one
        if manager is None:
            return False
        with suppress(ProcessLookupError):  # it has ended since
            os.kill(manager, number)
        self._signals[f"{signal.Signals(number).name} to the manager"] += 1
        return True

    def _below(self) -> list[Person]:
        return living(descendants(census(), os.getpid(), self._scene.spared))

    # What it says

    @property
    def _is_over(self) -> bool:
        """Whether nothing more is to be done to it. A killed guardian leaves the manager at work."""
        return self._has_ended and not self._guardian_killed

    @property
    def _has_ended(self) -> bool:
        return self._scene.process.poll() is not None

    def _read(self, seconds: float) -> None:
        """Read some of its output, or wait so long; returns early when the guardian has ended."""
        pipe = [] if self._stalled or self._closed or self._at_end else [self._pipe]
        end = [] if self._has_ended else [self._guardian]
        if select.select([*pipe, *end], [], [], seconds)[0] and pipe:
            self._take()

    def _take(self) -> None:
        try:
            data = os.read(self._pipe, _READ)
        except BlockingIOError:
            return
        self._at_end = not data
        self._out += data
        self._out_lines += data.count(b"\n")
        self._out_at = time.monotonic()

    def _wait_for_the_end(self, wrong: list[str]) -> int:
        """Read until all is over; gives the number of those that are left then."""
        until = time.monotonic() + PATIENCE
        while not self._has_ended and time.monotonic() < until:
            self._read(0.5)
        if not self._has_ended:
            wrong.append(f"it did not end within {PATIENCE:g} s")
        # Who kills the guardian has nobody to wait for: the manager ends the rest, and we read as it comes.
        while self._guardian_killed and time.monotonic() < until:
            before = len(self._out)
            self._read(0.02)
            if len(self._out) == before and not self._scene.survivors():
                break
        survivors = self._scene.survivors()
        if survivors:
            people = {pid: person for pid, person in census().items() if pid in dict(survivors)}
            told = (
                f"{p.pid} (parent {p.parent}, {p.state}): {dict(survivors)[p.pid]}" for p in people.values()
            )
            wrong.append("left behind: " + "; ".join(told))
        while not self._closed and not self._at_end and select.select([self._pipe], [], [], 0)[0]:
            self._take()
        if not survivors and not self._closed and not self._at_end:
            wrong.append("its output has no end, though nobody is left")
        return len(survivors)

    # Is it right

    def _judge(self, result: Result, wrong: list[str]) -> Result:
        err = self._scene.err
        code = self._scene.process.poll()
        book = Book(self._scene.folder, self._plan)
        lost = _LOST.search(err)
        counted = (int(lost[1]), int(lost[2])) if lost else (0, 0)
        lines, missing = 0, 0
        try:
            entries, complete = self._entries(counted)
            lines = book.check(entries, complete=complete)
        except LostError as error:
            wrong.append(str(error))
            missing = error.lines
        except WrongError as error:
            wrong.append(str(error))
        if not result.survivors:
            self._judge_code(code, counted[0], wrong)
        self._judge_err(err, wrong)
        end = self._end(code)
        shown = ""
        if wrong:
            tail = [f"    {line!r}" for line in bytes(self._out[-3000:]).split(b"\n")[-25:]]
            shown = "\n".join([f"  exit code {code}, {end}, stderr: {err!r}, stdout ends with:", *tail])
        return result._replace(
            wrong=tuple(wrong),
            lines=lines,
            processes=book.processes,
            signals=tuple(sorted(self._signals.items())),
            end=end,
            missing=missing,
            counted=counted[0],
            shown=shown,
        )

    def _entries(self, counted: tuple[int, int]) -> tuple[list[Entry], bool]:
        """All lines there are, from stdout or, where its reader left them, from all.log; and whether nothing
        may be missing among them."""
        plan, out, complete = self._plan, bytes(self._out), not self._manager_killed
        reader = Reader(plan)
        shown = reader.stdout(out, cut=not complete or self._closed or counted[1] > 0)
        if counted[1] and not plan.lossy:
            raise WrongError(f"(lines, bytes) are lost though somebody read on: {counted}")
        folder = self._scene.folder / "logs"
        if not plan.logs or not folder.exists():
            if plan.logs and out:
                raise WrongError("there are no log files")
            return shown, complete
        logged = reader.logs(folder, cut=not complete)
        told = reader.text(shown) if plan.json else out
        agree(told, reader.text(logged), counted, cut=not complete or self._closed)
        return (logged if complete or len(logged) > len(shown) else shown), complete

    def _judge_code(self, code: int | None, lost: int, wrong: list[str]) -> None:
        """The exit code is that of what was done: of the first that counted, where it was several things."""
        if code is None:
            return
        said = bytes(self._out) + _log(self._scene.folder)
        natural = int(ended[1]) if (ended := _ENDED.search(said)) else int(lost > 0)
        allowed = {natural}
        if stopping := _STOPPING.search(said):
            number = getattr(signal, stopping[1].decode())
            if number not in self._sent:
                wrong.append(f"it says that {stopping[1].decode()} came; sent were {self._sent}")
            allowed = {128 + number} | ({natural} if ended else set())
        if self._closed:
            allowed.add(141)
        if self._manager_killed:
            allowed = {137} if _KILLED.search(self._scene.err) else allowed
        elif _KILLED.search(self._scene.err):
            wrong.append("it says that the manager was killed")
        if self._guardian_killed:
            # The signal may have met one that had just ended and was not waited for: then its own code holds.
            allowed |= {-signal.SIGKILL}
        if self._early and not said:
            allowed |= {1} if self._is_excused(self._scene.err) else set()  # what Python's start ends with
            allowed |= {sign * number + (sign > 0) * 128 for number in self._sent for sign in (1, -1)}
        if code not in allowed:
            wrong.append(f"exit code {code}, not {' or '.join(map(str, sorted(allowed)))}")

    def _judge_err(self, err: str, wrong: list[str]) -> None:
        """Nothing on stderr but what has to be there."""
        if self._is_excused(err):
            return
        for line in err.splitlines():
            if not _LOST.fullmatch(line) and not _KILLED.match(line):
                wrong.append(f"on stderr: {err!r}")
                return

    def _is_excused(self, err: str) -> bool:
        """Whether this is the traceback of a ^C in Python's own start, or in our very first import: until
        then, nobody can do anything about it."""
        frames = re.findall(r'File ".*/pyforeman/(.*)", line \d+, in (.*)', err)
        first = all(frame == ("__main__.py", "<module>") for frame in frames)
        return self._early and signal.SIGINT in self._sent and "KeyboardInterrupt" in err and first

    def _end(self, code: int | None) -> str:
        """How the round ended, for the summary."""
        if self._guardian_killed:
            return "guardian killed"
        if self._manager_killed and code == 128 + signal.SIGKILL:
            return "manager killed"
        if code == 128 + signal.SIGPIPE and self._closed:
            return "reader gone"
        if code is not None and code - 128 in self._sent:
            return signal.Signals(code - 128).name
        return "killed at start" if self._early and (code or 0) < 0 else "by itself"


def _log(folder: Path) -> bytes:
    try:
        return (folder / "logs/all.log").read_bytes()
    except OSError:
        return b""
