"""What somebody may wait for, and whether a formation has come there: a pure function of its rows."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from pyforeman.core.fates import AT_REST, FINISHED, Report, fate
from pyforeman.plan.procfile import RELEASE

UP, LISTENING, FINISHED_ALL, STOPPED_ALL = GOALS = ("up", "listening", "finished", "stopped")
"""All of them run; somebody listens on all their ports; all ended well; none runs, or will by itself."""


class Reached(NamedTuple):
    """It is so."""


class NotYet(NamedTuple):
    """It may become so; ``reason`` names what is missing."""

    reason: str


class Never(NamedTuple):
    """It can no longer become so, unless somebody changes what is wanted."""

    reason: str


Judgement = Reached | NotYet | Never


def judge(
    goal: str,
    rows: Sequence[Report],
    *,
    listening: Collection[str] = (),
    strangers: Mapping[str, str] | None = None,
    stopping: bool = False,
    ended: bool = False,
) -> Judgement:
    """Whether ``goal`` is reached by all of ``rows``.

    ``listening`` has the names of those that listen on their ports, ``strangers`` who else does so there;
    ``stopping`` and ``ended`` are about the formation.
    """
    if goal == STOPPED_ALL and ended:
        return Reached()
    for row in rows:
        if row["state"] in AT_REST and not _fits(goal, row, listening):
            return Never(fate(row))
    missing = [row for row in rows if not _fits(goal, row, listening)]
    if ended and (missing or not rows or goal in (UP, LISTENING)):
        return Never("the formation ended")
    if stopping and goal in (UP, LISTENING):
        return Never("the formation is stopping")
    if not rows and goal != STOPPED_ALL:
        return Never("no process is left of what was to be waited for")
    return NotYet(_missing(goal, missing, strangers or {})) if missing else Reached()


def concerned(goal: str, rows: Sequence[Report], *, named: bool) -> list[Report]:
    """Those of ``rows`` that are to come there; ``named``: somebody has chosen them.

    Else a release that is over is no process to wait for, and who has no use for a port does not listen.
    """
    if named or goal not in (UP, LISTENING):
        return list(rows)
    running = [row for row in rows if row["type"] != RELEASE or row["state"] != FINISHED]
    return running if goal == UP else [row for row in running if row["uses_port"]]


def _fits(goal: str, row: Report, listening: Collection[str]) -> bool:
    """Whether one process is where it is to be."""
    match goal:
        case "up":
            return bool(row["state"] == "up")
        case "listening":
            return row["state"] == "up" and row["name"] in listening
        case "finished":
            return bool(row["state"] == FINISHED)
        case _:
            return row["state"] in AT_REST


def _missing(goal: str, rows: Sequence[Report], strangers: Mapping[str, str]) -> str:
    """The first of those that are not there yet, and how many more there are."""
    first, more = rows[0], len(rows) - 1
    if goal == LISTENING and first["state"] == "up" and first["name"] in strangers:
        who = strangers[first["name"]]
        said = f"port {first['port']} of {first['name']} is held by {who}, which was there before it"
    elif goal == LISTENING and first["state"] == "up":
        said = f"{first['name']} does not listen on port {first['port']} yet"
    else:
        said = fate(first)
    return said + (f" ({more} more)" if more else "")
