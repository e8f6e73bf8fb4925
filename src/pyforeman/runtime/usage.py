"""What the processes of a formation use, seen from outside: a formation does not look at itself."""

from collections.abc import Mapping

from pyforeman.core.families import STRAYS, families
from pyforeman.core.usage import Usage


def usages(mark: str, manager: int, leaders: Mapping[str, int]) -> dict[str, Usage]:
    """What each process and all that belongs to it uses, by name; ``leaders`` are the pids by name.

    Who belongs to whom is what the ``manager`` goes by when it stops them. What cannot be read (it has just
    ended, or it is another user's) counts nothing.
    """
    if not leaders:
        return {}
    from pyforeman.runtime.posix import this_platform

    try:
        relatives = this_platform(mark, below=manager).relatives(leaders.values())
    except OSError:  # the manager has just ended
        return {}
    names = {pid: name for name, pid in leaders.items()}
    found = {}
    for leader, members in families(relatives, leaders).items():
        if leader != STRAYS and (used := _sum(members)):
            found[names[leader]] = used
    return found


def _sum(pids: Mapping[int, int]) -> Usage | None:
    """None where nothing can be read."""
    import psutil

    seconds, memory, readable = 0.0, 0, False
    for pid in pids:
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                times, size = process.cpu_times(), process.memory_info().rss
        except psutil.Error:
            continue
        readable = True
        memory += size
        # What a member has waited for lives no more, and is counted nowhere else: the commands of a shell.
        seconds += times.user + times.system + times.children_user + times.children_system
    return Usage(seconds, memory) if readable else None
