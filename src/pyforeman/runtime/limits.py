"""How many files may be open: raised for us as far as the formation needs it, and not for our children."""

import os

from pyforeman.errors import PyforemanError

_OUR_OWN = 24
"""Files besides those of the processes: ours, and those that are open for a moment in a spawn or a look."""
_OF_EACH = 2
"""Our ends of a process's pipes: its output and its stdin. A pty is one."""


def most_open_files() -> float:
    """The soft limit. To ask ``resource`` costs 0.2 ms of a start."""
    most = os.sysconf("SC_OPEN_MAX")
    return most if most >= 0 else float("inf")


class OpenFiles:
    """The soft limit of open files, raised for us as far as a formation needs it.

    A child has to see what the user has set: a program that closes all fds up to the limit takes long,
    and one that uses select() must not get an fd past 1024. posix_spawn has no argument for a limit, and
    names no fd beyond the one of the moment (glibc), so the child's shell sets it: ``restore`` are its words.
    """

    def __init__(self) -> None:
        self.restore = ""
        self._have_begun = False

    def allow(self, processes: int, *, log_files: int) -> None:
        """Raise it for so many processes more. Raises PyforemanError if the hard limit is too low."""
        who = f"{processes} more processes need" if self._have_begun else f"a formation of {processes} needs"
        self._have_begun = True
        needed = len(os.listdir("/dev/fd")) + _OUR_OWN + _OF_EACH * processes + log_files
        if most_open_files() >= needed:  # as a rule, that is all
            return
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        except (
            ValueError,
            OSError,
        ):  # past the hard one, or past what macOS allows though that is "unlimited"
            most = soft if hard == resource.RLIM_INFINITY else hard
            raise PyforemanError(
                f"{who} {needed} open files, and no more than {most} are allowed: "
                f"allow it (ulimit -Hn {needed}), or start fewer"
            ) from None
        self.restore = self.restore or f"ulimit -Sn {soft}; "
