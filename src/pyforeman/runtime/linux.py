"""Linux: sessions are read from /proc, an end is looked at without reaping."""

import os

from pyforeman.core.status import ExitStatus


class Linux:
    """The Linux half of :class:`pyforeman.runtime.posix.Platform`."""

    def members(self, sessions: frozenset[int]) -> dict[int, list[int]]:
        """One pass over /proc for all sessions: getsid is ten times cheaper than reading stat."""
        found: dict[int, list[int]] = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            pid = int(entry)
            try:
                session = os.getsid(pid)
            except (ProcessLookupError, PermissionError):
                continue
            if session in sessions and not _is_zombie(pid):
                found.setdefault(session, []).append(pid)
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


def _is_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name, in parentheses, may itself hold blanks and parentheses.
            fields = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return True
    except OSError:  # no fd left to look with: what cannot be told is taken to live
        return False
    # A main thread that ended before its siblings is a Z whose process still runs.
    state, threads = fields[0], int(fields[17])
    return state in b"ZX" and threads <= 1
