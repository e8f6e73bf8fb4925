"""Blocks of whole lines become what the user reads: prefixed and coloured text, or JSON.

Each renderer serves one reader (the terminal, a log file). All work is done per block, not per
line, wherever the format allows it: one ``replace`` puts a prefix before every line of a block.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from pyforeman.core.notices import Notice
from pyforeman.output.escapes import RESET, without_sequences

Timestamps = Literal["time", "ms", "iso", "delta", "off"]
TIMESTAMPS: tuple[Timestamps, ...] = ("time", "ms", "iso", "delta", "off")

SYSTEM = "system"
"""The name that stands before our own messages."""
ALARM = "alarm"
"""The name of the style of messages that must not be overlooked."""
_ALARMING = frozenset({"abandoned", "crashed", "ended", "log_failed", "port_taken", "restarting"})

_COLOURS = (
    "CYAN",
    "YELLOW",
    "GREEN",
    "MAGENTA",
    "RED",
    "BLUE",
    "LIGHTCYAN_EX",
    "LIGHTGREEN_EX",
    "LIGHTMAGENTA_EX",
    "LIGHTRED_EX",
    "LIGHTBLUE_EX",
)  # no black, white or bright yellow: each vanishes on one of the usual backgrounds

_BAR = " | "
_SHORT_RESET = b"\x1b[m"  # a terminal takes its time for each byte, and this one is in every line

Buffer = bytes | memoryview


class Origin(NamedTuple):
    """Who wrote a block."""

    process: str
    pid: int


class Styles(Protocol):
    """What knows the colour of each name; a dict is one."""

    def get(self, name: str, /) -> str | None:
        """The escape sequence of a name's colour, SYSTEM and ALARM included; None or empty: none."""


class Renderer(Protocol):
    """What makes bytes for one reader."""

    def block(self, origin: Origin, block: bytes, now: float) -> Sequence[Buffer]:
        """Whole lines of one process, read at ``now`` (seconds since the epoch)."""

    def notice(self, notice: Notice, last_lines: Sequence[bytes], now: float) -> bytes:
        """A message of our own, with what the process wrote last where the notice asks for it."""


class TextRenderer:
    """``12:34:56 web.1    | text``: the prefix is ours, every byte after it is the child's.

    ``names`` are all that may occur, for the width of the column: a longer one makes it wider from then
    on. ``styles`` gives the escape sequence of a name's colour (None: no colours at all); ``strip`` also
    takes the children's escape sequences away; ``began`` is when ``delta`` counts from, in seconds since
    the epoch. ``margin`` is the width of the prefix.
    """

    def __init__(
        self,
        names: Sequence[str],
        timestamps: Timestamps,
        began: float,
        styles: Styles | None = None,
        *,
        strip: bool = False,
    ) -> None:
        self._width = _column(names)
        self.margin = margin(names, timestamps)
        self._stamp = _stamper(timestamps, began)
        self._once_a_second = timestamps in {"time", "off"}
        self._styles = styles if styles is not None else {}
        self._strip = strip
        self._prefixes: dict[str, bytes] = {}
        self._second = -1

    def block(self, origin: Origin, block: bytes, now: float) -> Sequence[Buffer]:
        """One replace for the whole block; the prefix that it leaves at the end is cut off unseen."""
        if self._strip and b"\x1b" in block:
            block = without_sequences(block)
        prefix = self.prefix(origin.process, now)
        text = block.replace(b"\n", b"\n" + prefix)
        return prefix, memoryview(text)[: len(text) - len(prefix)]

    def notice(self, notice: Notice, last_lines: Sequence[bytes], now: float) -> bytes:
        """The text of the notice in the ``system`` column, and the last lines below it."""
        prefix = self.prefix(SYSTEM, now)
        lines = notice.text.encode(errors="backslashreplace").split(b"\n")
        if notice.event in _ALARMING and (alarm := self._styles.get(ALARM)):
            lines = [alarm.encode() + line + RESET for line in lines]
        lines += [b"    " + (without_sequences(line) if self._strip else line) for line in last_lines]
        return b"".join(prefix + line + b"\n" for line in lines)

    def prefix(self, name: str, now: float) -> bytes:
        """What stands before each line of ``name``."""
        second = int(now)
        if second != self._second or not self._once_a_second:
            self._second = second
            self._prefixes.clear()
        prefix = self._prefixes.get(name)
        if prefix is None:
            if len(name) > self._width:  # a process that was not there at the start
                self.margin += len(name) - self._width
                self._width = len(name)
                self._prefixes.clear()
            text = f"{self._stamp(now)}{name:<{self._width}}{_BAR}"
            style = self._styles.get(name)
            prefix = style.encode() + text.encode() + _SHORT_RESET if style else text.encode()
            self._prefixes[name] = prefix
        return prefix


class JsonRenderer:
    """One object a line, for programs: ``time, process, pid, text`` or ``time, event, process, …``.

    Text that is not UTF-8 has U+FFFD in it, and then the bytes also come as ``base64``.
    """

    def __init__(self) -> None:
        import json

        self._dump = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode

    def block(self, origin: Origin, block: bytes, now: float) -> Sequence[Buffer]:
        """An object for each line."""
        common = {"time": iso(now), "process": origin.process, "pid": origin.pid}
        return [self._line(common, line) for line in block.split(b"\n")[:-1]]

    def notice(self, notice: Notice, last_lines: Sequence[bytes], now: float) -> bytes:
        """An object with the notice's own fields; ``process`` is null for the formation itself."""
        fields: dict[str, object] = {
            "time": iso(now),
            "event": notice.event,
            "process": notice.process or None,
            **notice.details,
            "text": notice.text,
        }
        if last_lines:
            fields["last_lines"] = [line.decode(errors="replace") for line in last_lines]
        return (self._dump(fields) + "\n").encode(errors="backslashreplace")

    def _line(self, common: Mapping[str, object], line: bytes) -> bytes:
        try:
            fields = {**common, "text": line.decode()}
        except UnicodeDecodeError:
            from base64 import b64encode

            fields = {
                **common,
                "text": line.decode(errors="replace"),
                "base64": b64encode(line).decode("ascii"),
            }
        return (self._dump(fields) + "\n").encode()


class PlainRenderer:
    """The child's lines without a prefix and without escape sequences: the log file of one process."""

    def block(self, origin: Origin, block: bytes, now: float) -> Sequence[Buffer]:
        """The block as it is, escape sequences aside: ``cat`` of a log must not clear the screen."""
        return (without_sequences(block) if b"\x1b" in block else block,)

    def notice(self, notice: Notice, last_lines: Sequence[bytes], now: float) -> bytes:
        """Our own messages are not the child's."""
        return b""


def margin(names: Sequence[str], timestamps: Timestamps) -> int:
    """The columns that the prefix takes."""
    return len(_stamper(timestamps, 0.0)(0.0)) + _column(names) + len(_BAR)


def _column(names: Sequence[str]) -> int:
    return max(map(len, (*names, SYSTEM)))


class TypeStyles:
    """The colour of each instance: that of its type, by the type's place in the whole Procfile.

    A type that was not there at the start (the Procfile was changed) gets the next one.
    """

    def __init__(self, types: Sequence[str]) -> None:
        from colorama import Fore, Style

        self._colours = [str(getattr(Fore, colour)) for colour in _COLOURS]
        self._ours = {SYSTEM: str(Style.BRIGHT), ALARM: str(Style.BRIGHT + Fore.RED)}
        self._types = list(types)

    def get(self, name: str, /) -> str:
        """The escape sequence for an instance, for SYSTEM or for ALARM."""
        if style := self._ours.get(name):
            return style
        kind = name.rpartition(".")[0]
        if kind not in self._types:
            self._types.append(kind)
        return self._colours[self._types.index(kind) % len(self._colours)]


def iso(now: float) -> str:
    """ISO 8601 with milliseconds and the offset from UTC, local time."""
    local = time.localtime(now)
    offset = time.strftime("%z", local)
    day = time.strftime("%Y-%m-%dT%H:%M:%S", local)
    return f"{day}.{_milliseconds(now)}{offset[:3]}:{offset[3:]}"


def _milliseconds(now: float) -> str:
    return f"{int(now % 1 * 1000):03d}"


def _stamper(kind: Timestamps, began: float) -> Callable[[float], str]:
    """The function that writes the time before a line, with the blank after it."""
    if kind == "off":
        return lambda now: ""
    if kind == "iso":
        return lambda now: iso(now) + " "
    if kind == "delta":
        # A clock that was set back must not make the column jump.
        return lambda now: f"{max(0.0, now - began):+10.3f} "
    if kind == "ms":
        return lambda now: f"{time.strftime('%H:%M:%S', time.localtime(now))}.{_milliseconds(now)} "
    return lambda now: time.strftime("%H:%M:%S ", time.localtime(now))
