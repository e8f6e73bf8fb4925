"""What one row of a terminal shows of a line that redraws itself: progress bars, spinners, prompts."""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby

from pyforeman.output.escapes import PLAIN, RESET, SEQUENCE, Style, styled, switching_on

_TAB = 8
_TOKEN = re.compile(rb"(?P<sequence>" + SEQUENCE + rb")|(?P<control>[\x00-\x1f\x7f])|[^\x00-\x1f\x7f]+")
_CSI = re.compile(rb"\x1b\[([0-9;:]*)([@-~])")
_UNFINISHED = re.compile(
    rb"""\x1b (?: \[ [0-?]* [ -/]* | [\]PX^_] [^\x07\x1b]* | [ -/]* )? \Z
       | [\xc2-\xdf]\Z | [\xe0-\xef][\x80-\xbf]?\Z | [\xf0-\xf4][\x80-\xbf]{0,2}\Z""",
    re.VERBOSE,
)
# To another row, or out of this one's text: up, down, next, previous, to a place, scroll, insert and
# delete rows, set margins, restore the cursor.
_TO_ANOTHER_ROW = frozenset(b"ABEFHLMSTdfru")
_SHORT_TO_ANOTHER_ROW = frozenset((b"\x1bD", b"\x1bE", b"\x1bM", b"\x1bc", b"\x1b8"))


class Row:
    """The row that a process writes to. ``\\r`` and what else moves back let it write over its text.

    It never moves beyond what is written. What moves to another row, or clears the screen, begins
    the row anew. ``style`` is what is switched on, first at the start of the row, then at its end;
    without ``colours`` nothing ever is.
    """

    __slots__ = ("_cells", "_colours", "_column", "_rest", "_styles", "style")

    def __init__(self, style: Style = PLAIN, *, colours: bool = True) -> None:
        self._colours = colours
        # A cell is a character with all that combines with it; the second one of a wide character
        # is empty.
        self._cells: list[str] = []
        self._styles: list[Style] = []
        self._column = 0
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

    def _write(self, text: str) -> None:
        cells = list(text) if text.isascii() else self._cells_of(text)
        end = self._column + len(cells)
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
            elif self._column:
                self._cells[self._column - 1] += character
        return cells

    def _control(self, control: bytes) -> None:
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
            self._begin_anew()
        csi = _CSI.fullmatch(sequence)
        if csi is None:
            return
        parameters, final = csi[1], csi[2]
        number = int(parameters[:6]) if parameters.isdigit() else 0
        if final == b"m" and self._colours:
            self.style = styled(self.style, parameters)
        elif final in b"G`":
            self._column = min(max(1, number) - 1, len(self._cells))
        elif final == b"D":
            self._column = max(0, self._column - max(1, number))
        elif final in b"Ca":
            self._column = min(self._column + max(1, number), len(self._cells))
        elif final == b"K" or (final == b"J" and number == 0):
            self._erase(number)
        elif final == b"P":
            self._delete(self._column, self._column + max(1, number))
        elif final == b"J" or final[0] in _TO_ANOTHER_ROW:
            self._begin_anew()

    def _erase(self, what: int) -> None:
        """0: to the end of the row, 1: to its start, 2: all of it. The cursor stays."""
        if what != 1:
            self._delete(self._column, len(self._cells))
        if what != 0:
            self._cells[: self._column] = [" "] * self._column
            self._styles[: self._column] = [PLAIN] * self._column

    def _delete(self, start: int, end: int) -> None:
        del self._cells[start:end]
        del self._styles[start:end]

    def _begin_anew(self) -> None:
        self._cells.clear()
        self._styles.clear()
        self._column = 0


@lru_cache(4096)
def columns_of(character: str) -> int:
    """How wide a terminal draws a character: 0, 1 or 2 columns (Unicode, annex 11).

    Too much does no harm: a line taken to be wider than the screen is never drawn over. So the
    variation selector that makes a character wide counts as one column more.
    """
    if character == "\ufe0f":
        return 1
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.category(character) in {"Mn", "Me", "Cf", "Cc"} else 1
