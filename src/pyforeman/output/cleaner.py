"""Takes from the lines of the processes what they must not do to a terminal in which others write, too."""

import re

from pyforeman.output import escapes
from pyforeman.output.escapes import PLAIN, Style
from pyforeman.output.render import Origin
from pyforeman.output.row import Row

MOVE_BACK = rb"[\r\b]|\x1b\[[0-9]*[DG`]"
"""What lets a line write over its own text."""

_NEEDS_A_ROW = re.compile(MOVE_BACK + rb"|\t")
_MOVES_BACK = re.compile(MOVE_BACK)
_LONG = 64 * 1024  # bytes of a line in which no column is worth a second of everybody's time
_MORE_THAN_TABS = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f-\xff]")
_BLANK_LINES = b"\n" * 8


class Cleaner:
    """Knows which colours each process has left on. ``rows`` is the height of the terminal.

    Most blocks need nothing, and are found out in a microsecond; the next ones need their colours
    closed at the end of each line; only lines that write over themselves cost microseconds each.
    """

    def __init__(self, rows: int, *, colours: bool = True) -> None:
        self._colours = colours
        self._styles: dict[Origin, Style] = {}
        self.resize(rows)

    def resize(self, rows: int) -> None:
        """The terminal has another height."""
        # Vite and others push what is on the screen out with blank lines before they clear it.
        self._pushed_out = re.compile(rb"\n{%d,}" % max(len(_BLANK_LINES), rows - 2))

    def row(self, origin: Origin) -> Row:
        """An empty row for a line that a process has begun."""
        return Row(self._styles.get(origin, PLAIN), colours=self._colours)

    def ended(self, origin: Origin, row: Row) -> None:
        """The process has ended the line of this row."""
        self._styles[origin] = row.style

    def forget(self, origin: Origin) -> None:
        """This run of a process writes no more."""
        self._styles.pop(origin, None)

    def block(self, origin: Origin, block: bytes) -> bytes:
        """Whole lines of one process, with colours on at most inside each line."""
        style = self._styles.get(origin, PLAIN)
        if style or not escapes.harmless(block):
            block, self._styles[origin] = self._cleaned(block, style)
        return self._pushed_out.sub(b"\n", block) if _BLANK_LINES in block else block

    def line(self, line: bytes) -> bytes:
        """One line by itself, without its newline."""
        return self._cleaned_line(line, PLAIN)[0]

    def _cleaned(self, block: bytes, style: Style) -> tuple[bytes, Style]:
        """With ``style`` on before it; also gives what is on after it."""
        block = block.replace(b"\r\n", b"\n")
        if b"\t" in block and not _MORE_THAN_TABS.search(block):
            block = block.expandtabs()
        if not self._colours or not escapes.only_coloured(block):
            if _NEEDS_A_ROW.search(block):
                return self._cleaned_lines(block, style)
            block = escapes.without_movement(block, colours=self._colours)
        if style or escapes.leaves_colour_open(block):
            return escapes.with_colours_closed(block, style)
        return block, PLAIN

    def _cleaned_lines(self, block: bytes, style: Style) -> tuple[bytes, Style]:
        lines = []
        for line in block.split(b"\n")[:-1]:
            text, style = self._cleaned_line(line, style)
            lines.append(text + b"\n")
        return b"".join(lines), style

    def _cleaned_line(self, line: bytes, style: Style) -> tuple[bytes, Style]:
        if not (_NEEDS_A_ROW if len(line) < _LONG else _MOVES_BACK).search(line):
            line = escapes.without_movement(line, colours=self._colours)
            text, style = escapes.with_colours_closed(line + b"\n", style)
            return text[:-1], style
        row = Row(style, colours=self._colours)
        row.feed(line)
        row.end()
        return row.text(), row.style
