"""What a program has switched on in a terminal, and is still on when the terminal is the shell's again."""

import re

_MODES = re.compile(rb"\x1b\[\?([\d;]{1,64})([hl])")
_KEYPAD, _REGION, _KEYS = b"\x1b=", re.compile(rb"\x1b\[\d*;\d*r"), b"\x1b[>4;"
LONGEST = 32
"""Bytes of a sequence that a read may have cut."""
_ALTERNATE = (47, 1047, 1049)
_SWITCHED_OFF = (1, 9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004, 2026)
"""Other bytes for the cursor keys, reports of the mouse and the focus, brackets around what is pasted."""
SWITCHED_ON = (7, 25)
"""What a terminal does by itself: wraps long lines, shows the cursor."""
_KNOWN = frozenset((*_ALTERNATE, *_SWITCHED_OFF, *SWITCHED_ON))


class Leftovers:
    """Reads along, and knows what undoes it."""

    def __init__(self) -> None:
        self._modes: dict[int, bool] = {}
        self._tail = b""
        self._keypad = self._region = self._keys = False

    def feed(self, data: bytes) -> None:
        """The program has written this."""
        if self._tail:
            data = self._tail + data
        elif b"\x1b" not in data:
            return
        for found in _MODES.finditer(data):
            for mode in found[1].split(b";"):
                if mode and int(mode) in _KNOWN:
                    self._modes[int(mode)] = found[2] == b"h"
        self._keypad = self._keypad or _KEYPAD in data
        self._keys = self._keys or _KEYS in data
        self._region = self._region or _REGION.search(data) is not None
        last = data.rfind(b"\x1b", max(0, len(data) - LONGEST))
        self._tail = data[last:] if last >= 0 else b""

    def undo(self) -> bytes:
        """What gives the user a terminal as a shell expects it: no colours, a cursor, the usual screen."""
        off = [mode for mode in (*_SWITCHED_OFF, *_ALTERNATE) if self._modes.get(mode)]
        on = [mode for mode in SWITCHED_ON if self._modes.get(mode) is False]
        undone = b"".join(b"\x1b[?%dl" % mode for mode in off) + b"".join(b"\x1b[?%dh" % mode for mode in on)
        if self._region:
            undone += b"\x1b7\x1b[r\x1b8"  # it also moves the cursor
        return undone + b"\x1b>" * self._keypad + b"\x1b[>4m" * self._keys + b"\x1b[0m"
