"""Who belongs to a manager, and what that has cost: read from /proc, exact, and nobody has to help.

The benchmark is a subreaper: whatever a manager leaves behind, a daemon it made included, stays below
us, is counted, and is found at the end.
"""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Collection, Iterator
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> None:
    """Adopt what daemons leave behind: it would become init's child and be missed."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot become a subreaper")


def descendants(root: int, without: Collection[int] = ()) -> list[int]:
    """All pids below ``root``, but for ``without`` and what is below those. Zombies are no members."""
    children: dict[int, list[int]] = {}
    for pid, parent, state in _processes():
        if state != "Z":
            children.setdefault(parent, []).append(pid)
    found: list[int] = []
    pending = [root]
    while pending:
        below = [pid for pid in children.get(pending.pop(), ()) if pid not in without]
        found += below
        pending += below
    return found


def _processes() -> Iterator[tuple[int, int, str]]:
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with contextlib.suppress(OSError):
                # The name may have blanks and parentheses: what we want is behind the last one.
                state, parent = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[:2]
                yield int(entry), int(parent), state


def cpu_ns(pids: Collection[int]) -> int:
    """Nanoseconds that all threads of these have run so far, as the scheduler counts them.

    /proc/PID/stat counts in ticks of 10 ms. What os.wait4 gives at the end has the children's own
    time in it, and that of the start. Threads that have ended meanwhile are missed: managers keep
    theirs.
    """
    total = 0
    for pid in pids:
        for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                total += int(path.read_text().split()[0])
    return total


def peak_bytes(pids: Collection[int]) -> int:
    """The sum of the most that each of these had in memory at a time (VmHWM), in bytes."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    total += int(line.split()[1]) * 1024
    return total


def end_all(ours: Collection[int] = ()) -> None:
    """Kill all that is below us, wait until it is gone, and reap all but ``ours``, whom others wait for."""
    deadline = time.monotonic() + 10
    while True:
        me = os.getpid()
        alive = descendants(me)
        dead = {pid for pid, parent, state in _processes() if parent == me and state == "Z"}
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in dead - set(ours):
            os.waitpid(pid, 0)
        if not alive:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(alive)} processes do not die")
        time.sleep(0.002)  # who is below us is told by nobody: it has to be looked for
