"""What ``logs`` shows of what a formation sends: messages in, bytes for stdout out."""

from collections import deque
from collections.abc import Callable, Sequence
from re import Pattern
from typing import Any

from pyforeman.output.escapes import without_sequences
from pyforeman.output.render import Origin, Renderer

Message = dict[str, Any]


class LogView:
    """Renders messages one after the other.

    ``make_renderer`` is given the types in the order of the Procfile, the names, and the time of the first
    line (now, if there is none). With a ``pattern`` only the lines in which it is found are shown, of those
    that were there before the last ``lines`` (None: all).
    """

    def __init__(
        self,
        make_renderer: Callable[[Sequence[str], Sequence[str], float], Renderer],
        pattern: Pattern[str] | None = None,
        lines: int | None = None,
    ) -> None:
        self._make_renderer = make_renderer
        self._pattern = pattern
        self._types: Sequence[str] = ()
        self._names: Sequence[str] = ()
        self._renderer: Renderer | None = None
        self._held: deque[tuple[Origin, bytes, float]] | None = None
        if pattern is not None and lines is not None:
            self._held = deque(maxlen=lines)
        self.skipped = 0
        """Bytes of which the last message said that they are missing; 0 if it said nothing of that."""

    def show(self, message: Message) -> bytes:
        """What is to be written for it."""
        self.skipped = int(message.get("skipped", 0))
        if "process" in message:
            return self._show_block(message)
        if "types" in message:
            self._types, self._names = message["types"], message["names"]
        elif "following" in message or "ok" in message:  # all that was there before has come
            held, self._held = self._held or (), None
            return b"".join(self._rendered(*one) for one in held)
        return b""

    def _show_block(self, message: Message) -> bytes:
        origin = Origin(message["process"], message["pid"])
        block, now = _bytes(message), float(message["time"])
        if self._pattern is None:
            return self._rendered(origin, block, now)
        found = [line + b"\n" for line in block.split(b"\n")[:-1] if self._fits(line)]
        if self._held is None:
            return self._rendered(origin, b"".join(found), now) if found else b""
        self._held.extend((origin, line, now) for line in found)
        return b""

    def _fits(self, line: bytes) -> bool:
        assert self._pattern is not None
        return self._pattern.search(without_sequences(line).decode(errors="replace")) is not None

    def _rendered(self, origin: Origin, block: bytes, now: float) -> bytes:
        if self._renderer is None:
            self._renderer = self._make_renderer(self._types, self._names, now)
        return b"".join(self._renderer.block(origin, block, now))


def _bytes(message: Message) -> bytes:
    """What the process wrote; ``base64`` is there where text cannot say it."""
    if "base64" in message:
        from base64 import b64decode

        return b64decode(message["base64"])
    return str(message["text"]).encode()
