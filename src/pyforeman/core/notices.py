"""What pyforeman itself says: one line for each turn in the life of a process, as data.

The renderers make text or JSON of it. Nothing is said about what the user can see anyway.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyforeman.core.lifecycle import (
    Backoff,
    Crashed,
    Event,
    Exited,
    Finished,
    Spawned,
    SpawnFailed,
    Starting,
    State,
    Stopping,
    Tick,
    Up,
    crashes_in_a_row,
)
from pyforeman.core.status import ExitStatus
from pyforeman.plan.formation import Instance

MANY_CRASHES = 5
"""After so many crashes in a row the line says so and shows what the process wrote last."""

_MEANING = {126: ": cannot be executed", 127: ": command not found"}
"""What the shell means by its two codes of its own (POSIX, 2.8.2)."""


class Notice(NamedTuple):
    """``text`` for people; ``event``, ``process`` ("" for the formation) and ``details`` for programs."""

    event: str
    process: str
    text: str
    details: Mapping[str, object] = {}
    with_last_lines: bool = False


def of_turn(
    instance: Instance, before: State, event: Event, after: State, now: float, remark: str = ""
) -> Notice | None:
    """What is said when ``event`` turned ``before`` into ``after``; None for the turns without news.

    ``remark`` is added to the line of a crash: what was known to be in its way.
    """
    name = instance.name
    match before, event, after:
        case Starting(), Spawned(pid), Up():
            port = f", port {instance.port}" if instance.port is not None else ""
            return Notice(
                "started", name, f"{name} started, pid {pid}{port}", {"pid": pid, "port": instance.port}
            )
        case Starting(attempt), SpawnFailed(reason), _:
            text = f"{name} could not start: {reason}"
            return _end(name, text, {"reason": reason}, after, attempt + 1, now)
        case Up(since=since), Exited(status), Stopping(next=then):
            details = {**_status(status), "seconds": round(now - since, 3)}
            if status.ok:
                return _end(name, f"{name} finished after {duration(now - since)}", details, then, 0, now)
            meaning = _MEANING.get(status.code, "")
            text = f"{name} crashed ({status}{meaning}) after {duration(now - since)}{remark}"
            return _end(name, text, details, then, crashes_in_a_row(before, now) + 1, now)
        case Stopping(), Exited(status), Stopping():
            return Notice("stopped", name, f"{name} stopped ({status})", _status(status))
        case Stopping(kills=0), Tick(), Stopping(kills=1):
            text = f"{name} is still there after {duration(instance.policy.grace)}: killing it"
            return Notice("killing", name, text)
        case _:
            return None


def release_left_out() -> Notice:
    """What is said when the Procfile has a release and it does not run."""
    return Notice("release_skipped", "", "release is left out; --release runs it first")


def port_taken(instance: Instance, held: str, advice: str) -> Notice:
    """What is said before a start of a port that is ``held`` ("is held by …"), with a way out."""
    text = f"{instance.port}, the port of {instance.name}, {held}{advice}"
    return Notice("port_taken", instance.name, text, {"port": instance.port})


def not_to_be_found(why: str) -> Notice:
    """What is said where there is no control socket."""
    text = f"no control socket ({why}): ps, restart and the other commands will not find this formation"
    return Notice("no_control", "", text)


def abandoned(name: str, pids: Sequence[int]) -> Notice:
    """What is said of a process that no SIGKILL ends, with what is left of it."""
    left = f", left running: pid {', '.join(map(str, pids))}" if pids else ""
    return Notice("abandoned", name, f"{name} cannot be killed{left}", {"pids": list(pids)})


def left_running(pids: Sequence[int]) -> Notice:
    """What is said at the end of processes that belong to no other one and cannot be killed."""
    text = f"cannot be killed, left running: pid {', '.join(map(str, pids))}"
    return Notice("abandoned", "", text, {"pids": list(pids)})


def not_shown(lines: int) -> Notice:
    """What is said when stdout was muted, and more has come than is shown afterwards."""
    are = "line was" if lines == 1 else "lines were"
    text = f"… {lines:,} {are} not shown; pyforeman logs has more"
    return Notice("not_shown", "", text, {"lines": lines})


def _end(
    name: str, text: str, details: Mapping[str, object], then: State, crashes: int, now: float
) -> Notice:
    """The line of an end that nobody asked for, with what comes next; ``crashes`` counts this one, too."""
    if crashes >= MANY_CRASHES:
        text += f", {crashes} times in a row"
    match then:
        case Backoff(until, attempt):
            wait = max(0.0, until - now)
            more = {"restart_in": round(wait, 3), "attempt": attempt}
            text += f"; next try in {duration(wait)}"
            # Once, not at each further crash: the lines stand right above.
            return Notice("restarting", name, text, {**details, **more}, crashes == MANY_CRASHES)
        case Crashed():
            return Notice("crashed", name, text, details, crashes >= MANY_CRASHES)
        case Finished():
            return Notice("finished", name, text, details)
        case _:  # stopped in the same moment
            return Notice("stopped", name, text, details)


def _status(status: ExitStatus) -> dict[str, object]:
    return {"code": status.shell_code, "signal": str(status) if status.signal else None}


def duration(seconds: float) -> str:
    """``0.04 s``, ``3.2 s``, ``12 s``, ``3 min 5 s``, ``2 h 10 min``: what matters at that length."""
    if seconds < 10:
        digits = f"{seconds:.{2 if seconds < 1 else 1}f}"
        return digits.rstrip("0").rstrip(".") + " s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
