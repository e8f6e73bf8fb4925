"""Linux: sessions are read from /proc, an end is looked at without reaping."""

import os

from pyforeman.core.status import ExitStatus


class Linux:
    """The Linux half of :class:`pyforeman.runtime.posix.Platform`."""

    def members(self, sessions: frozenset[int]) -> dict[int, dict[int, int]]:
        """One pass over /proc for all sessions: getsid is ten times cheaper than reading stat."""
        found: dict[int, dict[int, int]] = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            pid = int(entry)
            try:
                session = os.getsid(pid)
            except (ProcessLookupError, PermissionError):
                continue
            if session in sessions and (parent := _living_parent(pid)) is not None:
                found.setdefault(session, {})[pid] = parent
        return found

    def program(self, pid: int) -> str:
        """The link /proc keeps for it; a zombie has none."""
        try:
            return os.readlink(f"/proc/{pid}/exe")
        except OSError:
            return ""

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


def _living_parent(pid: int) -> int | None:
    """The pid of its parent; None if the process is a zombie, or gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name, in parentheses, may itself hold blanks and parentheses.
            fields = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    except OSError:  # no fd left to look with: what cannot be told is taken to live, and nobody's child
        return 0
    # A main thread that ended before its siblings is a Z whose process still runs.
    state, parent, threads = fields[0], int(fields[1]), int(fields[17])
    return None if state in b"ZX" and threads <= 1 else parent
