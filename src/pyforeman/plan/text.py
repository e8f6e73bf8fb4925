"""The text of a file: UTF-8, with or without a byte order mark."""

import codecs
from typing import NamedTuple

MARK = "\ufeff"
"""The byte order mark, as a decoded text begins with it."""
NOT_UTF8 = "not UTF-8; save the file as UTF-8"


class Text(NamedTuple):
    """``whole`` is all of it, mark and ``\\r`` included. ``stray`` is the line and the column (both from 1)
    of the first byte that is not UTF-8, of which ``whole`` has U+FFFD; None: there is none."""

    whole: str
    stray: tuple[int, int] | None

    @property
    def body(self) -> str:
        """What stands behind the mark."""
        return self.whole.removeprefix(MARK)


def decode(data: bytes) -> Text:
    """Read bytes as text. Never fails: it says where they are none."""
    try:
        return Text(data.decode(), None)
    except UnicodeDecodeError as error:
        before = data[: error.start].removeprefix(codecs.BOM_UTF8).decode().split("\n")
        return Text(data.decode(errors="replace"), (len(before), len(before[-1]) + 1))
