"""A client that looks at one process, and types: its pty, over the control socket."""

from collections import deque
from collections.abc import Callable
from typing import Any

from pyforeman.control.activity import Activity
from pyforeman.control.protocol import Message, encode
from pyforeman.errors import PyforemanError, UsageError
from pyforeman.runtime.pty import Window
from pyforeman.runtime.taps import Tap

MOST_WAITING = 1024 * 1024
"""Bytes that wait for a client that is slow; beyond it, the oldest are dropped: its screen jumps."""
_PIECE = 32 * 1024  # bytes of the process's in one line
_MOST_SIZE = 9999  # columns or rows
_JUMP = b"\x1b[0m\r\n"


class Attachment(Activity):
    """What a connection is busy with after ``attach``. ``request`` has the size of the client's terminal;
    ``tap`` is None where the process has no terminal of its own.

    ``news`` is called when there is something in ``next_lines`` where there was nothing, and when
    ``may_receive`` is true again. Raises PyforemanError for a process that cannot be typed into.
    """

    listens = True

    def __init__(self, name: str, request: Message, tap: Tap | None, news: Callable[[], object]) -> None:
        super().__init__()
        if tap is None:
            raise PyforemanError(
                f"{name} has no terminal: start the formation with --pty={name.rpartition('.')[0]}=yes"
            )
        self._tap = tap
        self._news = news
        self._waiting: deque[bytearray | Message] = deque(({"attached": name, "pid": tap.pid or None},))
        self._size = 0
        self._jumped = False
        self._is_over = False
        self.show(tap.attach(self, _window(request)))

    # What the tap tells

    def show(self, data: bytes) -> None:
        """The process has written this."""
        if not data:
            return
        self._size += len(data)
        last = self._waiting[-1] if self._waiting else None
        if isinstance(last, bytearray) and len(last) < _PIECE:
            last += data  # what comes letter by letter would take 20 times its bytes
        else:
            self._add(bytearray(data))
        while self._size > MOST_WAITING:
            self._drop_oldest()

    def began(self) -> None:
        """The pty of a new run is a new one: no colour of the former run's is on there."""
        self.show(b"\x1b[0m")

    def said(self, text: str) -> None:
        """One line about it."""
        self._add({"notice": text})

    def may_type(self) -> None:
        """It reads again."""
        self._news()

    def ended(self, text: str) -> None:
        """It will not run again."""
        if not self._is_over:
            self._is_over = True
            self._add({"ok": True, "ended": text})

    # What the connection asks

    @property
    def may_receive(self) -> bool:
        """A process that reads nothing must not make us keep what is typed."""
        return self._tap.can_take_keys

    def next_lines(self, limit: int) -> list[bytes]:
        """The next lines for the client, of about ``limit`` bytes in all."""
        lines: list[bytes] = []
        size = 0
        while self._waiting and size < limit:
            line = encode(self._next_message())
            size += len(line)
            lines.append(line)
        return lines

    def receive(self, message: Message) -> None:
        """Keys, or another size of the client's terminal. Raises UsageError for anything else."""
        if isinstance(keys := message.get("keys"), str):
            import binascii

            try:
                self._tap.type(binascii.a2b_base64(keys, strict_mode=True))
            except ValueError:
                raise UsageError("attach: the keys are not base64") from None
        elif "columns" in message:
            self._tap.resize(self, _window(message))
        else:
            raise UsageError("attach: neither keys nor columns and rows")

    def end(self, exit_code: int) -> None:
        """The formation is over."""
        self._tap.detach(self)
        self.ended("the formation ended")

    def close(self) -> None:
        """The client has gone, or all was given."""
        self._is_over = True
        self._tap.detach(self)

    def _add(self, what: bytearray | Message) -> None:
        had_some = bool(self._waiting)
        self._waiting.append(what)
        if not had_some:
            self._news()

    def _drop_oldest(self) -> None:
        for place, what in enumerate(self._waiting):
            if isinstance(what, bytearray):
                del self._waiting[place]
                self._size -= len(what)
                self._jumped = True
                return

    def _next_message(self) -> Message:
        import binascii

        message = self._waiting.popleft()
        if isinstance(message, dict):
            self.finished = "ok" in message
            return message
        self._size -= len(message)
        begin = _JUMP if self._jumped else b""  # in the middle of a line, and of whatever colour
        self._jumped = False
        return {"data": binascii.b2a_base64(begin + message, newline=False).decode()}


def _window(message: Message) -> Window:
    """Raises UsageError for what is no size."""
    return Window(_number(message.get("columns")), _number(message.get("rows")))


def _number(value: Any) -> int:
    if type(value) is not int or not 0 < value <= _MOST_SIZE:
        raise UsageError(f"attach: columns and rows are numbers from 1 to {_MOST_SIZE}")
    return value
