"""One process alone on a user's terminal: its bytes as they are, and now and then a line of our own."""

import re

from pyforeman.output.standing import Standing

_SEQUENCES_AT_END = re.compile(
    rb"(?:\x1b\[[0-9;?]*[A-Za-z])+\Z"
)  # they leave the cursor where it is, as a rule

_LONGEST = 64  # bytes of them


class Alone:
    """Makes what is written to that terminal, from its first byte to its last."""

    def __init__(self) -> None:
        self._standing = Standing()
        self._again = b""
        self._in_line = False

    def output(self, data: bytes) -> bytes:
        """What the process has written."""
        if data:
            self._standing.feed(data)
            seen = _SEQUENCES_AT_END.sub(b"", data[-_LONGEST:])
            self._in_line = seen[-1:] not in (b"\n", b"\r") if seen else self._in_line
        return data

    def aside(self, text: str) -> bytes:
        """A line of our own, which does not begin in the middle of one."""
        line = b"\x1b[0msystem | " + text.encode(errors="backslashreplace") + b"\r\n"
        begun, self._in_line = self._in_line, False
        return b"\r\n" + line if begun else line

    def resume(self) -> bytes:
        """The terminal is the process's again, after ``end``: what was switched off is on as before."""
        again, self._again = self._again, b""
        self._standing.feed(again)
        return again

    def end(self) -> bytes:
        """What leaves the terminal as a shell expects it, with the cursor at the start of a line."""
        begun, self._in_line = self._in_line, False
        undone = self._standing.undo()
        self._again = self._standing.again()
        self._standing = Standing()
        return undone + b"\r\n" if begun else undone
