"""A running formation that is asked: how long the answers take, and what it costs who does not take them.

Of a restart, nobody but the new process could tell when it was spawned, and its first instruction comes
later, often after the reply. So the clock starts before that: at the request, or at the end of the old
process, before which the new one is not spawned.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from functools import partial

from benchmarks.answering import CHILD, UP, Answering, Ending, answering
from benchmarks.commands import timed
from benchmarks.followers import LINES, measure_followed
from benchmarks.growth import allow_files
from benchmarks.managers import Job, Manager
from benchmarks.measures import Measure
from benchmarks.memory import pss_bytes
from benchmarks.options import Options
from benchmarks.scene import PATIENCE, FailedError
from benchmarks.survey import rounds, survey

from pyforeman.control.server import MOST_CONNECTIONS

VERSION = "pyforeman version"
"""The least that a command takes that says anything."""
_SOME, _MANY, _CLIENTS = 3, 200, 200
# As at a start: one shell, and nothing else.
_WAITING = f"echo $$ >{UP}; read _ <end"
_FULL = 64
"""Processes of which each one's share of the history makes all of it."""
_LINES = b"".join(b"%06d %b\n" % (number, b"x" * 72) for number in range(4000))


def measure(options: Options) -> Iterator[Measure]:
    """Milliseconds of answers; and throughput and memory with clients, beside those without."""
    ours = options.managers[0]
    yield ps(ours, options.runs(7, 21, 41))
    yield from _restart(ours, options.runs(7, 21, 41))
    yield _scale(ours, options.runs(1, 5, 9))
    yield _logs(ours, options.runs(5, 11, 21))
    lines = options.pick(LINES // 3, LINES, LINES)
    yield from measure_followed(ours, options.runs(1, 2, 5), options.pick(3, 9, 9), lines)
    yield _silent_clients(ours, options.runs(1, 3, 5))


def ps(ours: Manager, runs: int) -> Measure:
    """``ps`` of three processes, beside ``version``."""
    with answering(ours, Job({"web": CHILD}, {"web": _SOME})) as formation:
        found, _ = rounds([ours, _version(ours)], runs, partial(_timed, formation, ["ps"]))
    return Measure("control.ps", f"`ps` of {_SOME} processes", "ms", False, found)


def _logs(ours: Manager, runs: int) -> Measure:
    """``logs -n 100``, when the history is full."""
    job = Job({"web": "cat lines.txt; echo $$ >up; exec sleep 1000"}, {"web": _FULL})
    allow_files(4 * _FULL + 100)
    with answering(ours, job, files={"lines.txt": _LINES}) as formation:
        found, _ = rounds([ours, _version(ours)], runs, partial(_timed, formation, ["logs", "-n", "100"]))
    title = f"`logs -n 100` of {_FULL} processes whose history is full"
    return Measure("control.logs", title, "ms", False, found)


def _version(ours: Manager) -> Manager:
    return Manager(VERSION, VERSION, ours.program, ours.prepare)


def _timed(formation: Answering, words: list[str], manager: Manager) -> float:
    if manager.name == VERSION:
        return timed([manager.program, "version"], formation.place) * 1e3
    return formation.timed(*words) * 1e3


def _restart(ours: Manager, runs: int) -> Iterator[Measure]:
    with answering(ours, Job({"web": CHILD}, {})) as formation:
        [pid] = formation.children

        def once(_: Manager) -> dict[str, float]:
            nonlocal pid
            found, pid = _restarted_by_protocol(formation, pid)
            others, pid = _restarted_by_command(formation, pid)
            return {name: seconds * 1e3 for name, seconds in {**found, **others}.items()}

        found = survey([ours], runs, once, warm_up=True)
    for key, title in (
        ("", "restart, from the request to the reply"),
        (".up", "restart, from the request to the first instruction of the new process, and the reply"),
        (".command", "`restart web`, from the end of the old process to what the command says"),
        (".exit", "`restart web`, from the end of the old process to that of the command"),
    ):
        yield found.measure(key, f"control.restart{key}", title, "ms")


def _restarted_by_protocol(formation: Answering, pid: int) -> tuple[dict[str, float], int]:
    """What it took, in seconds, and the new pid."""
    with contextlib.closing(formation.client()) as client:
        asked = time.perf_counter()
        reply = client.ask({"command": "restart", "processes": ["web"]})
        replied = time.perf_counter()
    [new] = formation.risen(1)
    up = time.perf_counter()
    if reply["processes"][0]["pid"] != new:
        raise FailedError(f"answers {reply}")
    return {"": replied - asked, ".up": up - asked}, new


def _restarted_by_command(formation: Answering, pid: int) -> tuple[dict[str, float], int]:
    """The same."""
    ours, theirs = os.pipe()
    old = Ending(pid)
    command = formation.command("restart", "web", stdout=theirs)
    os.close(theirs)
    end = Ending(command.pid)
    ended = old.wait()
    said = os.read(ours, 1000)
    told = time.perf_counter()
    over = end.wait()
    os.close(ours)
    if command.wait() or b"restarted" not in said:
        raise FailedError(f"says {said!r}")
    [new] = formation.risen(1)
    return {".command": told - ended, ".exit": over - ended}, new


def _scale(ours: Manager, runs: int) -> Measure:
    """From one process to many, until all have reported."""
    allow_files(4 * _MANY + 100)

    def once(manager: Manager) -> float:
        with answering(manager, Job({"web": _WAITING}, {}), gates=["end"]) as formation:
            with contextlib.closing(formation.client()) as client:
                began = time.perf_counter()
                client.send({"command": "scale", "words": [f"web={_MANY}"]})
                formation.risen(_MANY - 1)
                seconds = time.perf_counter() - began
                reply = client.next(PATIENCE) or {}
            if reply.get("formation") != f"web={_MANY}":
                raise FailedError(f"answers {reply}")
            return seconds * 1e3 / (_MANY - 1)

    found, _ = rounds([ours], runs, once, warm_up=False)
    return Measure(
        "control.scale", f"`scale web={_MANY}`, for each process, until all are up", "ms", False, found
    )


def _silent_clients(ours: Manager, runs: int) -> Measure:
    """What connections cost that ask for nothing."""

    def once(manager: Manager) -> float:
        with (
            answering(manager, Job({"web": CHILD}, {"web": _SOME})) as formation,
            contextlib.ExitStack() as stack,
        ):
            pids = formation.processes()
            before = pss_bytes(pids)
            for _ in range(_CLIENTS):
                stack.callback(formation.client().close)
            return (pss_bytes(pids) - before) / 1e6

    found, _ = rounds([ours], runs, once, warm_up=False)
    title = f"more memory with {_CLIENTS} clients that are silent, of which {MOST_CONNECTIONS} are kept"
    return Measure("control.clients", title, "MB", False, found)
