"""Waits for the end of a process that is not our child."""

import os
import sys
import time

_AGAIN = 0.02  # seconds between two looks where the kernel tells nobody but the parent


class Ending:
    """Of the process that has this pid now, or of none: then it has ended already."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._pidfd = -1
        if sys.platform == "linux":
            try:
                self._pidfd = os.pidfd_open(pid)
            except (AttributeError, OSError):  # gone; or a kernel before 5.3, a sandbox
                pass

    def wait(self) -> None:
        """Return once it has ended; its parent need not have reaped it."""
        if self._pidfd >= 0:
            import select

            poll = select.poll()
            poll.register(self._pidfd, select.POLLIN)
            poll.poll()
            os.close(self._pidfd)
            self._pidfd = -1
            return
        while _lives(self._pid):
            time.sleep(_AGAIN)


def _lives(pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
