"""macOS: nobody adopts orphans there, so what has left its session is known by its mark."""

import os
from collections.abc import Collection

from pyforeman.core.families import Relative
from pyforeman.core.status import ExitStatus

_LAUNCHD = 1
"""The parent of every orphan."""


class Darwin:
    """The macOS half of :class:`pyforeman.runtime.posix.Platform`.

    Python has no ``os.waitid`` there before 3.13, so ``ended`` has to reap. The kernel gives no new
    process a pid that is still the id of a session or a group: as long as a member lives, the id means
    the same session.
    """

    def __init__(self, mark: str, below: int = 0) -> None:
        self.mark = mark
        self._below = below

    def relatives(self, leaders: Collection[int]) -> list[Relative]:
        """What descends from us, and orphans that are in a leader's session or carry our mark.

        Seen twice, because a process that loses its parent while we look may be missed.
        """
        found: dict[int, Relative] = {}
        for _ in range(2):
            found |= self._look(leaders)
        return list(found.values())

    def _look(self, leaders: Collection[int]) -> dict[int, Relative]:
        import psutil

        us = self._below or os.getpid()
        children: dict[int, list[int]] = {}
        for process in psutil.process_iter():
            try:
                if process.status() != psutil.STATUS_ZOMBIE:
                    children.setdefault(process.ppid(), []).append(process.pid)
            except psutil.Error:
                continue
        found: dict[int, Relative] = {}
        generations = [(pid, us) for pid in children.get(us, ())]
        generations += [(pid, _LAUNCHD) for pid in children.get(_LAUNCHD, ())]
        for pid, parent in generations:  # which grows
            try:
                session = os.getsid(pid)
            except (ProcessLookupError, PermissionError):
                continue
            mark = ""
            if parent in (us, _LAUNCHD) and session not in leaders:
                mark = self._mark_of(pid)
                if not mark:
                    continue  # somebody else's orphan, or our child from before
            found[pid] = (pid, parent, session, mark)
            generations += [(child, pid) for child in children.get(pid, ())]
        return found

    def signal(self, pid: int, parent: int, number: int) -> None:
        """There are no pidfds: the parent is asked for again, which leaves a moment."""
        import psutil

        try:
            if psutil.Process(pid).ppid() == parent:
                os.kill(pid, number)
        except (OSError, psutil.Error):
            return  # gone, or another user's (sudo)

    def program(self, pid: int) -> str:
        """psutil knows."""
        import psutil

        try:
            return str(psutil.Process(pid).exe())
        except psutil.Error:
            return ""

    def usage(self, pid: int) -> tuple[float, int] | None:
        """psutil knows; what has been waited for is lost."""
        import psutil

        try:
            process = psutil.Process(pid)
            times = process.cpu_times()
            return times.user + times.system, process.memory_info().rss
        except psutil.Error:
            return None

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

    def reap_orphans(self, leaders: Collection[int]) -> None:
        """There are none that are ours."""

    def _mark_of(self, pid: int) -> str:
        import psutil

        try:
            return str(psutil.Process(pid).environ().get(self.mark, ""))
        except psutil.Error:
            return ""
