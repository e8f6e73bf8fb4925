"""CPU and memory of the processes of a formation, as figures for people and programs."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pyforeman.core.fates import Report

_SHORTEST = 0.5
"""Seconds between two looks: the kernel counts CPU time in hundredths, so a shorter one tells nothing."""
KEYS = ("name", "type", "state", "pid", "port", "uptime", "restarts", "exit", "cpu", "memory", "command")
Entry = dict[str, Any]
"""A row for a user, with exactly KEYS. ``cpu`` is in percent of one CPU, ``memory`` in bytes; None for what
does not run."""


class Usage(NamedTuple):
    """Of a process, and all it has started: the CPU time so far in seconds, the memory in bytes."""

    seconds: float
    memory: int


class _Look(NamedTuple):
    pid: int
    at: float
    seconds: float
    percent: float


class Meter:
    """Figures of CPU time: since the process began at the first look, since the look before at others."""

    def __init__(self) -> None:
        self._looks: dict[str, _Look] = {}

    def entries(self, rows: Sequence[Report], usages: Mapping[str, Usage], now: float) -> list[Entry]:
        """The rows with what their processes use. ``now`` in seconds, of any clock."""
        looks = {}
        entries = []
        for row in rows:
            name = row["name"]
            uptime = row["uptime"]
            entry = {key: row.get(key) for key in KEYS}
            entry["uptime"] = None if uptime is None else round(uptime, 3)
            if usage := usages.get(name):
                looks[name] = look = self._look(row, usage, now)
                entry |= {"cpu": round(look.percent, 1), "memory": usage.memory}
            entries.append(entry)
        self._looks = looks
        return entries

    def _look(self, row: Report, usage: Usage, now: float) -> _Look:
        before = self._looks.get(row["name"])
        if before is None or before.pid != row["pid"]:
            # As ps(1); what has just begun has used a hundredth of a second, of almost none.
            percent = 100 * usage.seconds / max(row["uptime"] or 0.0, 1.0)
        elif now - before.at < _SHORTEST:
            return before
        else:
            # What was reaped by us, and not by its parent, took its time along.
            percent = 100 * max(0.0, usage.seconds - before.seconds) / (now - before.at)
        return _Look(row["pid"], now, usage.seconds, percent)
