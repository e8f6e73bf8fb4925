"""What one row of a terminal shows of a line that redraws itself: progress bars, spinners, prompts."""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby

from pyforeman.output.escapes import MOST_PARAMETERS, PLAIN, RESET, SEQUENCE, Style, styled, switching_on

_TAB = 8
_TOKEN = re.compile(rb"(?P<sequence>" + SEQUENCE + rb")|(?P<control>[\x00-\x1f\x7f])|[^\x00-\x1f\x7f]+")
_CSI = re.compile(rb"\x1b\[([0-9;:]*)([@-~])")
_UNFINISHED = re.compile(
    rb"""\x1b (?: \[ [0-?]* [ -/]* | [\]PX^_] [^\x07\x1b]* | [ -/]* )? \Z
       | [\xc2-\xdf]\Z | [\xe0-\xef][\x80-\xbf]?\Z | [\xf0-\xf4][\x80-\xbf]{0,2}\Z""",
    re.VERBOSE,
)
# To another row, or out of this one's text: up, down, next, previous, to a place, scroll, insert and
# delete rows, set margins.
_TO_ANOTHER_ROW = frozenset(b"ABEFHLMSTdfr")
_SHORT_TO_ANOTHER_ROW = frozenset((b"\x1bD", b"\x1bE", b"\x1bM", b"\x1bc"))
_SAVE, _RESTORE = (b"\x1b7", b"\x1b[s"), (b"\x1b8", b"\x1b[u")
_INVISIBLE = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff")


class Row:
    """The row that a process writes to. ``\\r`` and what else moves back let it write over its text.

    It never moves beyond what is written. What is written after a move to another row, or after the
    screen was cleared, begins the row anew: the row shown is the one that was written to last.
    ``style`` is what is switched on, first at the start of the row, then at its end;
    without ``colours`` nothing ever is.
    """

    __slots__ = ("_cells", "_colours", "_column", "_elsewhere", "_rest", "_saved", "_styles", "style")

    def __init__(self, style: Style = PLAIN, *, colours: bool = True) -> None:
        self._colours = colours
        # A cell is a character with all that combines with it; the second one of a wide character
        # is empty.
        self._cells: list[str] = []
        self._styles: list[Style] = []
        self._column = 0
        self._elsewhere = False  # the cursor is in another row
        self._saved: int | None = None  # the column of the cursor, if it was saved in this row
        self._rest = b""
        self.style = style

    @property
    def width(self) -> int:
        """Columns."""
        return len(self._cells)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to see."""
        return not any(self._styles) and not "".join(self._cells).strip()

    def feed(self, data: bytes) -> None:
        """The next bytes of the line; a sequence or a character may be cut at their end."""
        data = self._rest + data
        unfinished = _UNFINISHED.search(data)
        end = unfinished.start() if unfinished else len(data)
        self._rest = data[end:]
        for token in _TOKEN.finditer(data, 0, end):
            if token.lastgroup == "sequence":
                self._obey(token[0])
            elif token.lastgroup == "control":
                self._control(token[0])
            else:
                self._write(token[0].decode(errors="replace"))

    def text(self) -> bytes:
        """The row in UTF-8, with its colours, which are switched off at its end."""
        parts = []
        on = PLAIN
        for style, cells in groupby(zip(self._styles, self._cells, strict=True), lambda cell: cell[0]):
            parts += [RESET if on else b"", switching_on(style)]
            parts += ["".join(text for _, text in cells).encode()]
            on = style
        return b"".join((*parts, RESET if on else b""))

    def end(self) -> None:
        """There is no more: a character that was cut stays cut."""
        rest, self._rest = self._rest, b""
        if not rest.startswith(b"\x1b"):
            self._write(rest.decode(errors="replace"))

    def _write(self, text: str) -> None:
        if self._elsewhere and text:
            self._elsewhere = False
            self._delete(0, len(self._cells))
            self._column = 0
        cells = list(text) if text.isascii() else self._cells_of(text)
        end = self._column + len(cells)
        self._halve(self._column)
        self._halve(end)
        self._cells[self._column : end] = cells
        self._styles[self._column : end] = [self.style] * len(cells)
        self._column = end

    def _cells_of(self, text: str) -> list[str]:
        cells: list[str] = []
        for character in text:
            columns = columns_of(character)
            if "\x80" <= character <= "\x9f":
                continue  # a control: C1
            if columns:
                cells += [character, ""][:columns]
            elif cells:
                cells[-1 if cells[-1] else -2] += character
            elif self._column:  # it combines with what was written before
                before = self._column - 1
                self._cells[before if self._cells[before] else before - 1] += character
        return cells

    def _halve(self, column: int) -> None:
        """A wide character of which one half is written over has no other half, either."""
        if column < len(self._cells) and not self._cells[column]:
            self._cells[column - 1 : column + 1] = "  "

    def _control(self, control: bytes) -> None:
        if self._elsewhere:
            return
        if control == b"\r":
            self._column = 0
        elif control == b"\b":
            self._column = max(0, self._column - 1)
        elif control == b"\t":
            self._column += _TAB - self._column % _TAB
            beyond = max(0, self._column - len(self._cells))
            self._cells += " " * beyond
            self._styles += [PLAIN] * beyond

    def _obey(self, sequence: bytes) -> None:
        if sequence in _SHORT_TO_ANOTHER_ROW or sequence.startswith((b"\x1b[?1049", b"\x1b[?47")):
            self._elsewhere = True
        elif sequence in _SAVE:
            self._saved = None if self._elsewhere else self._column
        elif sequence in _RESTORE:
            self._elsewhere = self._saved is None
            self._column = min(self._saved or 0, len(self._cells))
        csi = _CSI.fullmatch(sequence)
        if csi is None:
            return
        parameters, final = csi[1], csi[2]
        number = int(parameters[:6]) if parameters.isdigit() else 0
        if final == b"m":
            if self._colours and len(parameters) <= MOST_PARAMETERS:
                self.style = styled(self.style, parameters)
        elif final[0] in _TO_ANOTHER_ROW:
            self._elsewhere = True
        elif final == b"J" and number:
            self._delete(0, len(self._cells))
            self._column = 0
        elif not self._elsewhere:
            self._move_within(final, number)

    def _move_within(self, final: bytes, number: int) -> None:
        """What stays in the row. ``number`` is the parameter, 0 where it was left out."""
        count = max(1, number)
        if final in b"G`":
            self._column = min(count - 1, len(self._cells))
        elif final == b"D":
            self._column = max(0, self._column - count)
        elif final in b"Ca":
            self._column = min(self._column + count, len(self._cells))
        elif final in b"KJ":
            self._erase(number)
        elif final == b"P":
            self._delete(self._column, self._column + count)
        elif final == b"X":
            self._blank(self._column, self._column + count)

    def _erase(self, what: int) -> None:
        """0: to the end of the row, 1: to its start, 2: all of it. The cursor stays."""
        if what != 1:
            self._delete(self._column, len(self._cells))
        if what != 0:
            self._blank(0, self._column + 1)

    def _blank(self, start: int, end: int) -> None:
        end = min(end, len(self._cells))
        self._halve(start)
        self._halve(end)
        self._cells[start:end] = " " * (end - start)
        self._styles[start:end] = [PLAIN] * (end - start)

    def _delete(self, start: int, end: int) -> None:
        self._halve(start)
        self._halve(end)
        del self._cells[start:end]
        del self._styles[start:end]


@lru_cache(4096)
def columns_of(character: str) -> int:
    """How wide a terminal draws a character: 0, 1 or 2 columns (Unicode, annex 11).

    Too much does no harm: a line taken to be wider than the screen is never drawn over. So the
    variation selector that makes a character wide counts as one column more.
    """
    if character in _INVISIBLE:
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if character != "\ufe0f" and unicodedata.category(character) in {"Mn", "Me", "Cc"} else 1
