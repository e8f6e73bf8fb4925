"""Whether what is waited for is so, may become so, or never will."""

from typing import Any

import pytest

from formation import row
from pyforeman.core.goals import GOALS, Judgement, Never, NotYet, Reached, concerned, judge

YES, NO, NEVER = Reached, NotYet, Never

# One process, in each state; of "listening": nobody listens. Beside it the same with the formation ended.
TABLE: dict[str, dict[str, type[Judgement]]] = {
    "up": {"up": YES, "listening": NO, "finished": NO, "stopped": NO},
    "waiting": {"up": NO, "listening": NO, "finished": NO, "stopped": NO},
    "backoff": {"up": NO, "listening": NO, "finished": NO, "stopped": NO},
    "stopping": {"up": NO, "listening": NO, "finished": NO, "stopped": NO},
    "finished": {"up": NEVER, "listening": NEVER, "finished": YES, "stopped": YES},
    "crashed": {"up": NEVER, "listening": NEVER, "finished": NEVER, "stopped": YES},
    "stopped": {"up": NEVER, "listening": NEVER, "finished": NEVER, "stopped": YES},
}
CELLS = [(state, goal, kind) for state, goals in TABLE.items() for goal, kind in goals.items()]


@pytest.mark.parametrize(("state", "goal", "kind"), CELLS)
def test_one_process(state: str, goal: str, kind: type[Judgement]) -> None:
    assert isinstance(judge(goal, [row("web.1", state)]), kind)


@pytest.mark.parametrize(("state", "goal", "kind"), CELLS)
def test_one_that_is_there_does_not_hide_another(state: str, goal: str, kind: type[Judgement]) -> None:
    done = row("web.2", {"finished": "finished", "stopped": "stopped"}.get(goal, "up"))
    rows = [done, row("web.1", state)]
    assert isinstance(judge(goal, rows, listening={"web.2"}), kind)
    assert isinstance(judge(goal, rows[::-1], listening={"web.2"}), kind)


@pytest.mark.parametrize(("state", "goal", "kind"), CELLS)
def test_once_the_formation_has_ended(state: str, goal: str, kind: type[Judgement]) -> None:
    reached = goal == "stopped" or (goal == "finished" and state == "finished")
    assert isinstance(judge(goal, [row("web.1", state)], ended=True), Reached if reached else Never)


@pytest.mark.parametrize("goal", GOALS)
def test_without_processes(goal: str) -> None:
    assert isinstance(judge(goal, []), Reached if goal == "stopped" else Never)
    assert isinstance(judge(goal, [], ended=True), Reached if goal == "stopped" else Never)


@pytest.mark.parametrize(
    ("goal", "kind"), [("up", Never), ("listening", Never), ("finished", NotYet), ("stopped", NotYet)]
)
def test_a_formation_that_stops(goal: str, kind: type[Judgement]) -> None:
    assert isinstance(judge(goal, [row("web.1")], listening={"web.1"}, stopping=True), kind)


@pytest.mark.parametrize(
    ("goal", "rows", "facts", "verdict"),
    [
        ("up", [row("web.1", "waiting")], {}, NotYet("web.1 waits for the release")),
        (
            "up",
            [row("web.1"), row("a.1", "backoff", exit=1), row("b.1", "stopping"), row("c.1", "waiting")],
            {},
            NotYet("a.1 does not run (code 1); it is started again soon (2 more)"),
        ),
        ("up", [row("web.1", "waiting"), row("a.1", "crashed", exit=3)], {}, Never("a.1 crashed (code 3)")),
        ("listening", [row("web.1")], {"listening": {"web.1"}}, Reached()),
        ("listening", [row("web.1")], {}, NotYet("web.1 does not listen on port 5000 yet")),
        (
            "listening",
            [row("web.1")],
            {"strangers": {"web.1": "nc, pid 7"}},
            NotYet("port 5000 of web.1 is held by nc, pid 7, which was there before it"),
        ),
        (
            "listening",
            [row("web.1", "backoff")],
            {"listening": {"web.1"}},
            NotYet("web.1 does not run; it is started again soon"),
        ),
        ("finished", [row("web.1", pid=7)], {}, NotYet("web.1 is up, pid 7, port 5000")),
        ("up", [row("web.1")], {"ended": True}, Never("the formation ended")),
        ("up", [row("web.1")], {"stopping": True}, Never("the formation is stopping")),
        ("finished", [row("web.1", "crashed", exit=1)], {"ended": True}, Never("web.1 crashed (code 1)")),
    ],
)
def test_reasons(goal: str, rows: list[dict[str, Any]], facts: dict[str, Any], verdict: Judgement) -> None:
    assert judge(goal, rows, **facts) == verdict


WEB, WORKER = row("web.1"), row("worker.1", uses_port=False)
RELEASED, RELEASING = (row("release.1", state, uses_port=False) for state in ("finished", "up"))
FAILED = row("release.1", "crashed", uses_port=False)


@pytest.mark.parametrize(
    ("goal", "rows", "found"),
    [
        ("up", [RELEASED, WEB, WORKER], [WEB, WORKER]),
        ("up", [RELEASING, WEB], [RELEASING, WEB]),
        ("up", [FAILED, WEB], [FAILED, WEB]),
        ("listening", [RELEASED, WEB, WORKER], [WEB]),
        ("listening", [WORKER], []),
        ("finished", [RELEASED, WEB], [RELEASED, WEB]),
        ("stopped", [RELEASED, WEB], [RELEASED, WEB]),
    ],
)
def test_who_is_waited_for(goal: str, rows: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    assert concerned(goal, rows, named=False) == found
    assert concerned(goal, rows, named=True) == rows
