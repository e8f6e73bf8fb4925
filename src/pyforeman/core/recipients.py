"""Who of a session is asked to stop: its heads, and not what a head looks after itself.

A server that forks its workers (gunicorn, Celery, Puma) ends them in its own way. Celery's worker
waits for the task in hand; a pool process that got SIGTERM beside it would die in the middle of
that task, and the worker would wait for it in vain. So a program is asked alone, as by a container
engine or by systemd with KillMode=mixed. What it leaves behind when it ends is an orphan and a head
of its own, asked in turn: the server below an ``npm run`` that died at once.
"""

from collections.abc import Collection, Mapping


def recipients(parents: Mapping[int, int], shells: Collection[int], asked: Collection[int] = ()) -> list[int]:
    """The heads of a session that have not been asked, each after the one that runs it.

    ``parents`` has the pid of each member's parent, ``shells`` the members that are shells. A head is
    a member whose parent is none: the leader, or an orphan. What a head runs that is a shell is a
    head as well, for a shell passes no signal on: it waits for what is in the foreground. But what a
    shell runs after it was asked is its answer, the clean-up of a trap, and is let be.
    """
    heads = [pid for pid, parent in parents.items() if parent not in parents and pid not in asked]
    for head in heads:  # which grows
        if head in shells:
            heads += [pid for pid, parent in parents.items() if parent == head and pid not in asked]
    return heads
