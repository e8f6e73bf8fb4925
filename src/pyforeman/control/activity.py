"""What a connection is busy with: a reply that has to wait, or a stream that goes on until it is left."""

import time
from collections.abc import Callable, Sequence

from pyforeman.control.formation import RunningFormation
from pyforeman.control.protocol import Message, encode
from pyforeman.core.process import Row


class Activity:
    """A connection has at most one. It is pulled: asked for lines when the client can take some."""

    listens = False
    """Whether what the client sends meanwhile is for ``receive``, and not the next request."""
    is_reply = False
    """Whether it comes to an end by itself, so that a client may wait for it that has no more to say."""

    def __init__(self) -> None:
        self.finished = False
        """Whether all has been given; then the next request may come."""

    @property
    def may_receive(self) -> bool:
        """Whether there is room for what the client sends; ``news`` is called when there is again."""
        return True

    def next_lines(self, limit: int) -> list[bytes]:
        """What is to be sent now, about ``limit`` bytes at most; nothing where nothing is new."""
        raise NotImplementedError

    def receive(self, message: Message) -> None:
        """The client has sent something meanwhile. Raises PyforemanError where that makes no sense."""

    def end(self, exit_code: int) -> None:
        """The formation is over; what is given from now on is the last."""

    def close(self) -> None:
        """The client has gone, or all was given."""


class Pending(Activity):
    """A reply that is made when some processes are where they were wanted. What was wanted was ordered
    before; a client that leaves changes nothing."""

    is_reply = True

    def __init__(
        self, formation: RunningFormation, names: Sequence[str], make_reply: Callable[[], Message]
    ) -> None:
        super().__init__()
        self._formation = formation
        self._names = names
        self._make_reply = make_reply

    def next_lines(self, limit: int) -> list[bytes]:
        """The reply, once it is time. At the end of the formation it is: all have ended."""
        if not self._formation.has_settled(self._names):
            return []
        self.finished = True
        return [encode({**self._make_reply(), "ok": True})]


class Ending(Activity):
    """``stop`` without names: the reply comes as the last thing."""

    is_reply = True

    def __init__(self) -> None:
        super().__init__()
        self._exit_code: int | None = None

    def next_lines(self, limit: int) -> list[bytes]:
        """The exit code, at the end."""
        if self._exit_code is None:
            return []
        self.finished = True
        return [encode({"ok": True, "exit": self._exit_code})]

    def end(self, exit_code: int) -> None:
        """It is over."""
        self._exit_code = exit_code


class Watch(Activity):
    """The rows of some processes, at once and after each change. A slow client misses what lies between."""

    def __init__(self, formation: RunningFormation, patterns: Sequence[str]) -> None:
        super().__init__()
        formation.select(patterns)
        self._formation = formation
        self._patterns = patterns
        self._shown = (-1, False)
        self._exit_code: int | None = None

    def next_lines(self, limit: int) -> list[bytes]:
        """The rows, if there was a change since they were last given."""
        formation, lines = self._formation, []
        now = (formation.changes, formation.closing)
        if now != self._shown:
            self._shown = now
            lines.append(encode({**status(formation, self._patterns), "stopping": formation.closing}))
        if self._exit_code is not None:
            self.finished = True
            lines.append(encode({"ok": True, "exit": self._exit_code}))
        return lines

    def end(self, exit_code: int) -> None:
        """It is over."""
        self._exit_code = exit_code


def status(formation: RunningFormation, patterns: Sequence[str]) -> Message:
    """The processes that fit, and what one has to know to look at them."""
    import os

    from pyforeman.output.selection import matches

    rows = [row for row in formation.rows() if not patterns or matches(row.instance.name, patterns)]
    return {
        "processes": described(formation, rows),
        "types": list(formation.types),
        "mark": formation.mark,
        "manager": os.getpid(),
        "formation": formation.counts,
    }


def described(formation: RunningFormation, rows: Sequence[Row]) -> list[Message]:
    """Rows as they are sent (docs/control.md)."""
    now = time.monotonic()
    return [
        {
            "name": row.instance.name,
            "type": row.instance.type,
            "state": row.state,
            "pid": row.pid,
            "port": row.instance.port,
            "uptime": None if row.since is None else round(now - row.since, 3),
            "restarts": row.restarts,
            "exit": None if row.ended is None else row.ended.shell_code,
            "command": row.instance.command,
            "uses_port": row.instance.uses_port,
            "pty": formation.has_pty(row.instance),
        }
        for row in rows
    ]
