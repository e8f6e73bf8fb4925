"""The lines of a formation, for a client: what they have written, and what they write from now on."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from pyforeman.control.activity import Activity
from pyforeman.control.formation import RunningFormation
from pyforeman.control.protocol import Message, encode, words_of
from pyforeman.errors import UsageError
from pyforeman.output.history import TOGETHER, Entry
from pyforeman.output.render import SYSTEM
from pyforeman.output.selection import matches
from pyforeman.runtime.publisher import Publisher

MOST_WAITING = 1024 * 1024
"""Bytes that wait for a slow client, what the objects take included; what exceeds them is dropped."""
_PIECE = 64 * 1024  # bytes of text in one message, about; a longer line is sent whole
_END_OF_TIME = 1e300  # seconds: 10 ** 400 is no float
_OBJECT = 200  # bytes that a block takes beside its text


class LogStream(Activity):
    """Gives the entries of the chosen processes in order; with ``follow`` also those that come, until the
    formation ends.

    ``lines`` and ``since`` are those of ``History.entries``. ``head`` is the first message; ``news`` is
    called when there is something to give after there was nothing.
    """

    def __init__(
        self,
        publisher: Publisher,
        chosen: Callable[[str], bool],
        head: Message,
        news: Callable[[], None],
        *,
        lines: int | None = None,
        since: float | None = None,
        follow: bool = False,
    ) -> None:
        super().__init__()
        import json

        self.is_reply = not follow
        self._publisher = publisher
        self._chosen = chosen
        self._news = news
        self._wanted: dict[str, bool] = {}
        self._waiting: deque[Entry | int] = deque()  # a number: bytes that were dropped there
        self._size = 0
        self._skipped = 0
        self._drops = False
        self._idle = False
        self._over = False
        # As UTF-8, not as \\u00e9: it is shorter, and needs no second look at each letter.
        self._dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        kept = publisher.history.entries(chosen, lines=lines, since=since)
        self._messages = self._all(head, kept, follow)
        if follow:  # in the same moment: no line is missing in between, and none comes twice
            publisher.followers.append(self)

    def next_lines(self, limit: int) -> list[bytes]:
        """What is to be sent now, about ``limit`` bytes."""
        found: list[bytes] = []
        size = 0
        while size < limit and not self.finished:
            message = next(self._messages)
            if message is None:
                self._idle = True
                break
            found.append(message)
            size += len(message)
        return found

    def block(self, process: str, pid: int, block: bytes, now: float) -> None:
        """As a follower: it waits until the client takes it. While the client takes nothing, this costs
        three looks into our own memory."""
        wanted = self._wanted.get(process)
        if wanted is None:
            wanted = self._wanted[process] = self._chosen(process)
        if not wanted:
            return
        if self._drops:
            self._skipped += len(block)
            return
        size = len(block) + _OBJECT
        if self._waiting and self._size + size > MOST_WAITING:
            self._drops = True
            self._skipped = len(block)
            return
        self._waiting.append(Entry(now, process, pid, block))
        self._size += size
        if self._idle:
            self._idle = False
            self._news()

    def end(self, exit_code: int) -> None:
        """The formation is over."""
        self._over = True

    def close(self) -> None:
        """Nobody wants more."""
        if self in self._publisher.followers:
            self._publisher.followers.remove(self)
        self._waiting.clear()
        self._messages.close()

    def _all(self, head: Message, kept: Iterator[Entry | int], follow: bool) -> Any:
        """The lines of the reply; None where there is nothing now."""
        yield encode(head)
        for entry in kept:
            yield from self._encoded(entry)
        if follow:
            yield encode({"following": True})
        while follow:
            if self._waiting:
                yield from self._encoded(self._taken())
            elif self._over:
                break
            else:
                yield None
        self.finished = True
        yield encode({"ok": True})

    def _taken(self) -> Entry | int:
        """The first that waits, with those that follow it at once: one by one they would be slower."""
        first = self._pop()
        if isinstance(first, int):
            return first
        texts = [first.text]
        size = len(first.text)
        while (
            size < _PIECE
            and self._waiting
            and not isinstance(entry := self._waiting[0], int)
            and entry.process == first.process
            and entry.pid == first.pid
            and 0 <= entry.time - first.time < TOGETHER
        ):
            self._pop()
            texts.append(entry.text)
            size += len(entry.text)
        return first._replace(text=b"".join(texts)) if len(texts) > 1 else first

    def _pop(self) -> Entry | int:
        entry = self._waiting.popleft()
        if not isinstance(entry, int):
            self._size -= len(entry.text) + _OBJECT
        # Not as soon as there is room for one block: a slow client would get one, and miss one, in turns.
        if self._drops and self._size <= MOST_WAITING // 2:
            self._drops = False
            self._waiting.append(self._skipped)
        return entry

    def _encoded(self, entry: Entry | int) -> Iterator[bytes]:
        if isinstance(entry, int):
            yield encode({"skipped": entry})
            return
        for text in _pieces(entry.text):
            message: Message = {"process": entry.process, "pid": entry.pid, "time": entry.time}
            try:
                message["text"] = text.decode()
            except UnicodeDecodeError:
                from base64 import b64encode

                message["text"] = text.decode(errors="replace")
                message["base64"] = b64encode(text).decode("ascii")
            yield (self._dump(message) + "\n").encode()


def log_stream(formation: RunningFormation, request: Message, news: Callable[[], None]) -> LogStream:
    """What the request asks for. Raises UsageError for a name that is no type, and neither runs nor has left
    a line."""
    patterns = words_of(request, "processes")
    lines, since = request.get("lines"), request.get("since")
    if lines is not None and (type(lines) is not int or lines < 0):
        raise UsageError(f"'lines' is no number of lines: {lines!r}")
    # JSON's numbers have no end, and Python's reader knows NaN and Infinity.
    if since is not None and not (type(since) in (int, float) and abs(since) < _END_OF_TIME):
        raise UsageError(f"'since' is no time in seconds: {since!r}")
    running = [row.instance.name for row in formation.rows()]
    names = list(dict.fromkeys([*running, *formation.publisher.history.names, SYSTEM]))
    formation.refuse_unknown(patterns, names)

    def chosen(name: str) -> bool:
        return not patterns or matches(name, patterns)

    head = {"types": list(formation.types), "names": names}
    follow = request.get("follow") is True
    return LogStream(formation.publisher, chosen, head, news, lines=lines, since=since, follow=follow)


def _pieces(text: bytes) -> Iterator[bytes]:
    """The same in pieces of whole lines: what is encoded at once keeps everybody waiting."""
    start = 0
    while len(text) - start > _PIECE:
        end = text.rfind(b"\n", start, start + _PIECE) + 1 or text.index(b"\n", start) + 1
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:] if start else text
