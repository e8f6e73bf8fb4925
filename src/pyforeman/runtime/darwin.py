"""macOS: sessions are asked of each pid, an end is seen by reaping where Python knows no waitid."""

import os

from pyforeman.core.status import ExitStatus


class Darwin:
    """The macOS half of :class:`pyforeman.runtime.posix.Platform`.

    ``os.waitid`` is there from Python 3.13 on. Before, ``ended`` has to reap. The kernel does not give
    a pid to a new process while a session or a group has that id, so as long as a member lives the
    id still means the same session; when none lives, nothing is signalled.
    """

    def members(self, sessions: frozenset[int]) -> dict[int, list[int]]:
        """Ask every pid for its session: getsid refuses zombies, which is what we want."""
        import psutil

        found: dict[int, list[int]] = {}
        for pid in psutil.pids():
            try:
                session = os.getsid(pid)
            except (ProcessLookupError, PermissionError):
                continue
            if session in sessions and not _is_zombie(pid):
                found.setdefault(session, []).append(pid)
        return found

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


def _is_zombie(pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
