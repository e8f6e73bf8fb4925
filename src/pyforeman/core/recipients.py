"""Who of a session is asked to stop: its heads, and not what a head looks after itself.

A server that forks its workers (gunicorn, Celery, Puma) ends them in its own way. Celery's worker
waits for the task in hand; a pool process that got SIGTERM beside it would die in the middle of
that task, and the worker would wait for it in vain. So a program is asked alone, as by a container
engine or by systemd with KillMode=mixed. What it leaves behind when it ends is an orphan and a head
of its own, asked in turn: the server below an ``npm run`` that died at once.
"""

from collections.abc import Collection, Mapping


def recipients(parents: Mapping[int, int], shells: Collection[int]) -> set[int]:
    """The heads of a session, by the pid of each member's parent, and the pids that are shells.

    A head is a member whose parent is none: the leader, or an orphan. What a head runs that is a
    shell is a head as well, for a shell passes no signal on: it waits for what is in the foreground.
    """
    heads = {pid for pid, parent in parents.items() if parent not in parents}
    new = heads
    while new:
        passing = new.intersection(shells)
        new = {pid for pid, parent in parents.items() if parent in passing} - heads
        heads |= new
    return heads
