"""Linux: every orphan below us becomes our child, so what is left can be told for certain."""

import os
import signal
from collections.abc import Collection

from pyforeman.core.families import Relative
from pyforeman.core.status import ExitStatus

_MOST_LISTINGS = 100  # of our children: what forks faster than we look is met again in the next look


class Linux:
    """The Linux half of :class:`pyforeman.runtime.posix.Platform`."""

    def __init__(self, mark: str, not_ours: Collection[int] | None = None, below: int = 0) -> None:
        self.mark = mark
        self._not_ours = not_ours
        self._below = below

    def relatives(self, leaders: Collection[int]) -> list[Relative]:
        """All that lives below us, from parent to child.

        Our own children are listed until none of them is new. Then no family is missed: whatever lives
        has an ancestor among them that lives, and each was looked at before the last listing. If it was
        a zombie by then, its children had become ours already.
        """
        us = self._below or os.getpid()
        found: list[Relative] = []
        seen = set(self._not_ours or ())
        for _ in range(_MOST_LISTINGS):
            new = [pid for pid in _children(us) if pid not in seen]
            if not new:
                break
            seen.update(new)
            generations = [(pid, us) for pid in new]
            for pid, parent in generations:  # which grows
                try:
                    is_zombie, _, threads = _stat(pid)
                    if is_zombie:
                        continue
                    session = os.getsid(pid)
                    children = _children(pid, threads)
                except (FileNotFoundError, ProcessLookupError):
                    continue  # all of it ended since it was listed
                mark = self._mark_of(pid) if parent == us and session not in leaders else ""
                if parent == us and self._not_ours is not None and not mark:
                    continue  # it may be an orphan of theirs
                found.append((pid, parent, session, mark))
                generations += [(child, pid) for child in children]
        return found

    def signal(self, pid: int, parent: int, number: int) -> None:
        """The pid of our own child stays its own until we reap it. Another one may have been reaped since
        we looked, and its pid be somebody else's: a pidfd cannot change hands, and what has a parent
        below us, or has become our child, is one of ours."""
        us = os.getpid()
        pidfd = -1
        try:
            if parent != us:
                pidfd = _open_pidfd(pid)
                if _stat(pid)[1] not in (parent, us):
                    return
            if pidfd >= 0:
                signal.pidfd_send_signal(pidfd, number)
            else:
                os.kill(pid, number)
        except OSError:
            return  # gone, another user's (sudo), or there is no fd left: what lives is met again
        finally:
            if pidfd >= 0:
                os.close(pidfd)

    def program(self, pid: int) -> str:
        """The link /proc keeps for it; a zombie has none."""
        try:
            return os.readlink(f"/proc/{pid}/exe")
        except OSError:
            return ""

    def usage(self, pid: int) -> tuple[float, int] | None:
        """From /proc, for psutil takes longer to import than all else of a ``ps``."""
        try:
            fields = _stat_fields(pid)
        except OSError:
            return None
        ticks = sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime: proc(5)
        return ticks / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE")

    def ended(self, pid: int) -> ExitStatus | None:
        """WNOWAIT: until the leader is reaped, its pid, and so its session's id, cannot be reused."""
        info = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if info is None:
            return None
        if info.si_code == os.CLD_EXITED:
            return ExitStatus(code=info.si_status)
        return ExitStatus(signal=info.si_status)

    def reap(self, pid: int) -> None:
        """Collect the zombie that ``ended`` has seen."""
        os.waitpid(pid, 0)

    def reap_orphans(self, leaders: Collection[int]) -> None:
        """One by one: waitpid(-1) would reap a leader that has not been looked at."""
        try:
            for pid in _children(os.getpid()):
                if pid not in leaders:
                    os.waitpid(pid, os.WNOHANG)
        except OSError:  # no fd left to look with
            return

    def _mark_of(self, pid: int) -> str:
        try:
            environment = b"\0" + _read(f"/proc/{pid}/environ")
        except OSError:  # another user's, or gone
            return ""
        value = environment.partition(b"\0" + self.mark.encode() + b"=")[2]
        return value.partition(b"\0")[0].decode(errors="replace")


def _read(path: str) -> bytes:
    """A file of /proc. ``open`` would ask four things of the kernel that we do not want to know, three times
    for each process that lives below us."""
    fd = os.open(path, os.O_RDONLY)
    try:
        content = b""
        while data := os.read(fd, 65536):
            content += data
        return content
    finally:
        os.close(fd)


def _open_pidfd(pid: int) -> int:
    """-1 where there is none: a kernel before 5.3, a sandbox, a Python that was built on such a system."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1


def _stat(pid: int) -> tuple[bool, int, int]:
    """Whether a process is a zombie, its parent, and how many threads it has.

    Raises FileNotFoundError or ProcessLookupError if it is gone.
    """
    fields = _stat_fields(pid)
    threads = int(fields[17])
    # A main thread that ended before its siblings is a Z whose process still runs.
    return fields[0] in b"ZX" and threads <= 1, int(fields[1]), threads


def _stat_fields(pid: int) -> list[bytes]:
    """What proc(5) lists from the third field on. The name before it, in parentheses, may itself hold blanks
    and parentheses."""
    return _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()


def _children(pid: int, threads: int = 0) -> list[int]:
    """The children of a process, zombies too. Each is the child of the thread that has forked it."""
    found: list[int] = []
    for thread in (pid,) if threads == 1 else os.listdir(f"/proc/{pid}/task"):
        try:
            found += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
        except (FileNotFoundError, ProcessLookupError):  # the thread has ended
            if not os.path.exists("/proc/thread-self/children"):
                return _searched_children(pid)
    return found


def _searched_children(pid: int) -> list[int]:
    """The same on a kernel without CONFIG_PROC_CHILDREN, where every process has to be looked at."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if _stat(int(entry))[1] == pid:
                found.append(int(entry))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
