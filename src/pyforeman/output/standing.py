"""What a program has switched on in its terminal: for a terminal that comes later, or comes back."""

import re

from pyforeman.output.leftovers import LONGEST, SWITCHED_ON, Leftovers

_KEYBOARD = re.compile(rb"\x1b\[([<=>])(\d{0,4})(?:;[12])?u")  # other bytes for keys, as kitty has them
_PRIVATE = re.compile(rb"\?(?<=\x1b\[\?)\d")  # begins with a letter that is rare: a search at memory speed


class Standing(Leftovers):
    """Reads along, and knows what undoes it, and what does it again."""

    def __init__(self) -> None:
        super().__init__()
        self._keyboard = 0

    def feed(self, data: bytes) -> None:
        """The program has written this."""
        if self._tail or b"\x1b" in data:
            for found in _KEYBOARD.finditer(self._tail + data):
                self._keyboard = 0 if found[1] == b"<" else int(found[2] or b"0")
        super().feed(data)

    def skim(self, data: bytes) -> None:
        """As ``feed``, in a tenth of the time for a flood in colours: what sets no mode is passed over. Who
        changes the keypad, the keys or the margins sets a mode in the same breath."""
        if not self._tail and b"\x1b" not in data:
            return
        data = self._tail + data
        self._tail = b""
        if _PRIVATE.search(data):
            self.feed(data)
        else:
            last = data.rfind(b"\x1b", max(0, len(data) - LONGEST))
            self._tail = data[last:] if last >= 0 else b""

    def undo(self) -> bytes:
        """As ``Leftovers.undo``. The keyboard goes first: another screen has its own."""
        return b"\x1b[=0u" * bool(self._keyboard) + super().undo()

    def again(self) -> bytes:
        """What switches on what ``undo`` switches off, but for the margins: who draws sets them anew."""
        modes = b"".join(
            b"\x1b[?%d%c" % (mode, b"h" if is_on else b"l")
            for mode, is_on in self._modes.items()
            if is_on != (mode in SWITCHED_ON)
        )
        modes += b"\x1b=" * self._keypad + b"\x1b[>4;2m" * self._keys
        return modes + (b"\x1b[=%du" % self._keyboard if self._keyboard else b"")
