"""Carries out ``wait``: asks again and again, until it is so or time is up."""

import time
from collections.abc import Sequence
from typing import Any

from pyforeman.control.client import PATIENCE, Client, EndedError
from pyforeman.control.search import find_at_once, nothing_runs
from pyforeman.core.fates import Report
from pyforeman.core.goals import LISTENING, STOPPED_ALL, Judgement, Never, NotYet, concerned, judge
from pyforeman.errors import PyforemanError, UsageError
from pyforeman.runtime.listening import is_answered, strangers

_SEARCH_AGAIN = 0.05  # seconds; nobody tells us of a formation that begins
_PROBE_AGAIN = 0.02  # seconds; nobody tells us of a stranger who listens
_STRANGER_AGAIN = 0.5  # seconds; who holds a port is found among all that the machine runs
_TIMED_OUT = 124
"""The exit code of timeout(1)."""


class Wait:
    """One ``wait``: for ``goal``, of the processes that ``names`` fit, ``timeout`` seconds long."""

    def __init__(
        self, root: str | None, name: str | None, goal: str, names: Sequence[str], timeout: float
    ) -> None:
        self._root = root
        self._name = name
        self._goal = goal
        self._names = names
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout
        self._listening: dict[str, int] = {}  # the pids of those that listen, by name
        self._strangers: dict[str, tuple[str, float]] = {}  # who holds their ports, and when that was seen
        self._reply: dict[str, Any] = {}

    def run(self) -> int:
        """0 once it is so. Raises PyforemanError with 1 where it can no longer be, with 124 if time is up."""
        client = self._search()
        if client is None:
            return 0
        try:
            verdict = self._take(self._ask(client))
        except EndedError:
            verdict = self._judge(ended=True)
        while isinstance(verdict, NotYet):
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise self._time_is_up(verdict.reason)
            verdict = self._next(client, left)
        if isinstance(verdict, Never):
            raise PyforemanError(verdict.reason)
        return 0

    def _search(self) -> Client | None:
        """The formation, greeted; None where none runs and that is what is waited for."""
        while True:
            client = find_at_once(self._root, self._name)
            if client is None and self._goal == STOPPED_ALL:
                return None
            left = self._deadline - time.monotonic()
            if client is not None:
                try:
                    client.greet(max(0.0, min(PATIENCE, left)) if self._timeout else PATIENCE)
                    return client
                except EndedError:
                    client.close()
                except PyforemanError as error:
                    if self._timeout and left < PATIENCE:
                        raise self._time_is_up(str(error)) from None
                    raise
            if left <= 0:
                raise self._time_is_up(nothing_runs(self._root, self._name))
            time.sleep(min(_SEARCH_AGAIN, left))

    def _ask(self, client: Client) -> dict[str, Any]:
        """The first answer: it comes at once, unless the formation was stopped (^Z) since it greeted."""
        client.send({"command": "watch", "processes": self._names})
        answer = client.next(max(0.0, self._deadline - time.monotonic()) if self._timeout else PATIENCE)
        if answer is None:
            raise self._time_is_up(f"the formation in {client.root} does not answer; it may be stopped (^Z)")
        return answer

    def _next(self, client: Client, left: float) -> Judgement:
        """What becomes of it when the formation has news, or somebody may listen."""
        probing = self._goal == LISTENING and any(map(_is_up, self._rows))
        try:
            message = client.next(min(left, _PROBE_AGAIN) if probing else left)
        except EndedError:
            return self._judge(ended=True)
        if message is None:
            return self._judge()
        return self._take(message)

    def _take(self, message: dict[str, Any]) -> Judgement:
        if "ok" in message:
            return self._judge(ended=True)
        self._reply = message
        return self._judge()

    def _judge(self, *, ended: bool = False) -> Judgement:
        if self._goal == LISTENING and not ended:
            self._look_who_listens()
        stopping = bool(self._reply.get("stopping"))
        strangers = {name: who for name, (who, _) in self._strangers.items()}
        return judge(
            self._goal,
            self._rows,
            listening=self._listening,
            strangers=strangers,
            stopping=stopping,
            ended=ended,
        )

    @property
    def _rows(self) -> list[Report]:
        """Those that are to come there. Raises UsageError where nobody can listen."""
        rows: list[dict[str, Any]] = self._reply.get("processes", [])
        chosen = concerned(self._goal, rows, named=bool(self._names))
        if self._goal == LISTENING:
            if rows and not chosen:
                raise UsageError("no process uses its PORT; name those that are to listen")
            for row in chosen:
                if row["port"] is None:
                    raise UsageError(f"{row['name']} has no port to listen on")
        return chosen

    def _look_who_listens(self) -> None:
        """The next request has to reach the process itself, and not one that held its port before. One that
        has become another process since is asked again."""
        now = time.monotonic()
        held, up = self._strangers, {row["name"]: row for row in self._rows if _is_up(row)}
        self._strangers = {name: held[name] for name in held if now - held[name][1] < _STRANGER_AGAIN}
        self._listening = {
            name: row["pid"] for name, row in up.items() if self._listening.get(name) == row["pid"]
        }
        answered = {
            row["pid"]: row
            for name, row in up.items()
            if name not in self._listening and name not in self._strangers and is_answered(row["port"])
        }
        if not answered:
            return
        for pid, who in strangers({pid: row["port"] for pid, row in answered.items()}).items():
            name = answered[pid]["name"]
            if who:
                self._strangers[name] = (who, now)
            else:
                self._listening[name] = pid

    def _time_is_up(self, reason: str) -> PyforemanError:
        within = f"not within {self._timeout:g} s: " if self._timeout else ""
        return PyforemanError(f"{within}{reason}", _TIMED_OUT)


def _is_up(row: Report) -> bool:
    return bool(row["state"] == "up")
