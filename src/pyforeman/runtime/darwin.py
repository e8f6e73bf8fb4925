"""macOS: sessions are asked of each pid, and an end is seen by reaping."""

import os

from pyforeman.core.status import ExitStatus


class Darwin:
    """The macOS half of :class:`pyforeman.runtime.posix.Platform`.

    Python has no ``os.waitid`` there before 3.13, so ``ended`` has to reap. The kernel gives no new
    process a pid that is still the id of a session or a group: as long as a member lives, the id means
    the same session.
    """

    def members(self, sessions: frozenset[int]) -> dict[int, dict[int, int]]:
        """Ask every pid for its session: getsid refuses zombies, which is what we want."""
        import psutil

        found: dict[int, dict[int, int]] = {}
        for pid in psutil.pids():
            try:
                session = os.getsid(pid)
            except (ProcessLookupError, PermissionError):
                continue
            if session in sessions and (parent := _living_parent(pid)) is not None:
                found.setdefault(session, {})[pid] = parent
        return found

    def program(self, pid: int) -> str:
        """psutil knows."""
        import psutil

        try:
            return str(psutil.Process(pid).exe())
        except psutil.Error:
            return ""

    def ended(self, pid: int) -> ExitStatus | None:
        """Look, and reap: the status is kept by the caller."""
        found, status = os.waitpid(pid, os.WNOHANG)
        if not found:
            return None
        if os.WIFSIGNALED(status):
            return ExitStatus(signal=os.WTERMSIG(status))
        return ExitStatus(code=os.WEXITSTATUS(status))

    def reap(self, pid: int) -> None:
        """``ended`` has done it."""


def _living_parent(pid: int) -> int | None:
    """The pid of its parent; None if the process is a zombie, or gone."""
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.ppid()
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return 0  # another user's, and so nobody's to us: it lives
