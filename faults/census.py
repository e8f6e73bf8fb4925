"""Who is alive: the processes of this machine, from /proc, and who descends from whom. Linux only.

By hand and not by psutil, because a survivor is looked for a few hundred times a second.
"""

import ctypes
import os
import signal
from collections.abc import Container, Iterable
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36
_reapers: set[int] = set()
"""This process, once it is a subreaper. A fork of it is none."""


class Person(NamedTuple):
    """One process that lives, as the kernel tells of it."""

    pid: int
    parent: int
    group: int
    session: int
    state: str
    name: str


def become_subreaper() -> None:
    """From now on, every orphan below us becomes a child of ours: after ``setsid``, after a double fork,
    with an empty environment."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    _reapers.add(os.getpid())


def is_subreaper() -> bool:
    """Whether all orphans below this process come to it."""
    return os.getpid() in _reapers


def census() -> dict[int, Person]:
    """All processes by their pid, zombies too; threads of the kernel are left out."""
    people = {}
    for entry in os.listdir(_PROC):
        if entry.isdigit() and (person := _person(int(entry))) and person.parent != 2:
            people[person.pid] = person
    return people


def descendants(people: dict[int, Person], root: int, spared: Container[int] = ()) -> list[Person]:
    """All below ``root``, itself aside, and less the ``spared`` ones with what is below them."""
    children: dict[int, list[Person]] = {}
    for person in people.values():
        children.setdefault(person.parent, []).append(person)
    found, queue = [], [root]
    while queue:
        for person in children.get(queue.pop(), ()):
            if person.pid not in spared:
                found.append(person)
                queue.append(person.pid)
    return found


def living(people: Iterable[Person]) -> list[Person]:
    """Those that are no zombies."""
    return [person for person in people if person.state not in "ZX"]


def reap(people: Iterable[Person], spared: Container[int] = ()) -> int:
    """Let go of zombies that have become ours, and count them; who waits for a child of its own names it in
    ``spared``."""
    reaped = 0
    for person in people:
        if person.state == "Z" and person.parent == os.getpid() and person.pid not in spared:
            try:
                reaped += os.waitpid(person.pid, os.WNOHANG)[0] == person.pid
            except ChildProcessError:
                continue
    return reaped


def kill(pids: Iterable[int], number: int = signal.SIGKILL) -> None:
    """Send those a signal that are still there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def variables(pid: int) -> dict[str, str]:
    """The environment that a process was started with; empty where it cannot be read."""
    try:
        data = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return {}
    pairs = (entry.partition("=") for entry in data.decode(errors="replace").split("\0") if entry)
    return {key: value for key, _, value in pairs}


def command_line(pid: int) -> str:
    """What ``ps`` would show; "" of one that is gone."""
    try:
        return (
            (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        )
    except OSError:
        return ""


def status(pid: int, field: str) -> int:
    """A number of /proc/PID/status, in kB where it is memory; 0 of one that is gone."""
    return _number(_PROC / str(pid) / "status", field)


def shares(pid: int, *fields: str) -> int:
    """The sum of some fields of /proc/PID/smaps_rollup, in kB; 0 of one that is gone."""
    return sum(_number(_PROC / str(pid) / "smaps_rollup", field) for field in fields)


def _number(path: Path, field: str) -> int:
    try:
        for line in path.read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        return 0
    return 0


def _person(pid: int) -> Person | None:
    """From /proc/PID/stat. The name may have blanks and brackets in it: the last bracket ends it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            data = file.read()
    except OSError:
        return None
    name, _, rest = data.partition(b"(")[2].rpartition(b")")
    fields = rest.split()
    state, (parent, group, session, threads) = fields[0].decode(), (int(fields[at]) for at in (1, 2, 3, 17))
    if state == "Z" and threads > 1:
        state = "S"  # its main thread has ended before the others: it looks like a zombie and lives
    return Person(pid, parent, group, session, state, name.decode(errors="replace"))
