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

    platform = this_platform(mark, below=manager)
    try:
        relatives = platform.relatives(leaders.values())
    except OSError:  # the manager has just ended
        return {}
    names = {pid: name for name, pid in leaders.items()}
    found = {}
    for leader, members in families(relatives, leaders).items():
        figures = [used for used in map(platform.usage, members) if used]
        if leader != STRAYS and figures:
            found[names[leader]] = Usage(
                sum(seconds for seconds, _ in figures), sum(size for _, size in figures)
            )
    return found
