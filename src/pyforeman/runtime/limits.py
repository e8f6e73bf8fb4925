"""How many files may be open: raised for us as far as the formation needs it, and not for our children."""

import os
from collections.abc import Sequence

from pyforeman.errors import PyforemanError
from pyforeman.plan.formation import Instance

_OUR_OWN = 24
"""Files besides those of the processes: ours, and those that are open for a moment in a spawn or a look."""
_OF_EACH = 2
"""Our ends of a process's pipes: its output and its stdin. A pty is one."""


def open_files(instances: Sequence[Instance], *, log_files: int) -> str:
    """Raise the soft limit of open files if the formation needs it; gives the shell's words that restore it.

    A child has to see what the user has set: a program that closes all fds up to the limit takes long,
    and one that uses select() must not get an fd past 1024. posix_spawn has no argument for a limit, and
    names no fd beyond the one of the moment (glibc), so the child's shell sets it.

    Raises PyforemanError if the hard limit is too low.
    """
    needed = len(os.listdir("/dev/fd")) + _OUR_OWN + _OF_EACH * len(instances) + log_files
    if os.sysconf("SC_OPEN_MAX") >= needed:  # the soft limit; and as a rule, that is all
        return ""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    except (ValueError, OSError):  # past the hard one, or past what macOS allows though that is "unlimited"
        most = soft if hard == resource.RLIM_INFINITY else hard
        raise PyforemanError(
            f"a formation of {len(instances)} needs {needed} open files, and no more than {most} are "
            f"allowed: allow it (ulimit -Hn {needed}), or start fewer"
        ) from None
    return f"ulimit -Sn {soft}; "
