"""What goes over the control socket: JSON objects, one a line, in both directions.

The server greets first. Then each line of a client is a request; the last line of its reply has ``ok``.
"""

from typing import Any

from pyforeman.errors import UsageError

VERSION = 1
LONGEST_REQUEST = 64 * 1024
"""Bytes of a request, with its newline."""
LONGEST_REPLY = 64 * 1024 * 1024
"""Bytes of one line of a reply: far more than the largest formation needs."""

_MOST_WORDS, _LONGEST_WORD = 1000, 250

Message = dict[str, Any]


def encode(message: Message) -> bytes:
    """One line. A path may have bytes that are not UTF-8, which UTF-8 cannot say: ``\\udc80`` can."""
    import json

    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The object of one line. Raises ValueError, whatever the line is."""
    import json

    try:
        message = json.loads(line)
    except RecursionError:  # 64 KiB of "["
        raise ValueError("nested too deeply") from None
    if not isinstance(message, dict):
        raise ValueError("not a JSON object")
    return message


class LineReader:
    """Puts lines together from what was read of a socket; none is longer than ``longest`` bytes."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._rest: list[bytes] = []  # joined once a line is complete: a long one costs no more by the byte
        self._length = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now, without newlines. Raises ValueError for one that is too long."""
        *complete, rest = data.split(b"\n")
        lines: list[bytes] = []
        for end in complete:
            self._append(end)
            lines.append(b"".join(self._rest))
            self._rest, self._length = [], 0
        self._append(rest)
        return lines

    def _append(self, data: bytes) -> None:
        self._length += len(data)
        if self._length >= self._longest:
            raise ValueError(f"a line of {self._longest} bytes or more")
        self._rest.append(data)


def words_of(request: Message, key: str) -> list[str]:
    """A list of words; missing or null is empty. Raises UsageError, also for more than anybody needs: to look
    for 60,000 brackets in the names took 20 s, in which nobody else was served."""
    words: Any = request.get(key)
    if words is None:
        return []
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise UsageError(f"{key!r} is not a list of words")
    if len(words) > _MOST_WORDS or any(len(word) > _LONGEST_WORD for word in words):
        raise UsageError(f"{key!r}: no more than {_MOST_WORDS} words of {_LONGEST_WORD} characters")
    return words
