"""What a terminal is shown: whole lines, and below them at most one line that is still open.

Time is an argument. ``now`` is in seconds since the epoch, for the stamps; ``clock`` in seconds of a
clock that is never set, for what is due. An open line is drawn below everything else; when another
process prints, it is erased, and drawn again when all that has come has been shown.
"""

import re
from collections.abc import Sequence

from pyforeman.core.notices import Notice
from pyforeman.output.cleaner import MOVE_BACK, Cleaner
from pyforeman.output.render import Buffer, Origin, TextRenderer
from pyforeman.output.row import Row

QUIET = 0.05
"""Seconds without output after which an open line is shown: what is cut by a read goes on at once."""
PATIENCE = 0.25
"""Seconds after which an open line is shown although it grows all the time, letter by letter."""
FRAME = 1 / 30
"""Seconds between two drawings of a line that redraws itself."""
HOLD = 1.0
"""Seconds without a change after which the line that is shown gives its place to a bar that waits."""

_ERASE = b"\r\x1b[K"
_GOES_BACK = re.compile(b"(?:" + MOVE_BACK + b")(?=.)", re.DOTALL)
_LONGEST_SEQUENCE = 16  # bytes that are searched again, because a read may have cut a sequence
_LONGEST_ROW = 4096  # columns
_NARROWEST_FOLD = 16  # columns; with fewer, one word a line would be no help


class _OpenLine:
    """The line that a process has not ended yet."""

    __slots__ = (
        "changed",
        "data",
        "drawn_at",
        "due",
        "fed",
        "gave_up",
        "moves",
        "origin",
        "row",
        "searched",
        "since",
    )

    def __init__(self, origin: Origin, row: Row, clock: float) -> None:
        self.origin = origin
        self.row = row
        self.data: bytes | bytearray = b""
        self.fed = 0  # bytes of it that the row has had
        self.searched = 0  # bytes of it that were searched for what goes back
        self.since = clock
        self.changed = clock
        self.due: float | None = None
        self.drawn_at = clock - FRAME
        self.moves = False  # it goes back over its text, as progress bars do
        self.gave_up = False  # it was wider than the screen, and had to be ended

    def grow(self, data: bytes | bytearray, clock: float) -> None:
        """There is more of it."""
        self.data = data
        self.changed = clock
        start = max(0, self.searched - _LONGEST_SEQUENCE)
        self.moves = self.moves or _GOES_BACK.search(data, start) is not None
        self.searched = len(data)

    @property
    def is_long(self) -> bool:
        """Whether a row is no way to deal with it any more: it costs a microsecond for three letters."""
        return self.row.width > _LONGEST_ROW

    def catch_up(self) -> None:
        """Give the row what it has not had."""
        if self.is_long:
            return
        self.row.feed(bytes(memoryview(self.data)[self.fed :]))
        self.fed = len(self.data)


class Screen:
    """The renderer of a terminal that is ``columns`` wide and ``rows`` high.

    ``text`` makes the prefixes and our own messages; ``strip`` takes the children's colours away. On a
    terminal that is not ``erasable`` (TERM=dumb), every open line is treated as one that is too wide.
    """

    def __init__(
        self, text: TextRenderer, columns: int, rows: int, *, erasable: bool = True, strip: bool = False
    ) -> None:
        self._text = text
        self._erasable = erasable
        self._cleaner = Cleaner(rows, colours=not strip)
        self._open: dict[Origin, _OpenLine] = {}
        self._last: _OpenLine | None = None  # the one that belongs below all else
        self._drawn: bytes | None = None  # its text on the screen; None while it is not there
        self._drawn_width = 0
        self._drawn_fits = True
        self._may_have_echo = False
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size."""
        self._columns = columns
        # What was too wide has wrapped, and stays so on a terminal that does not flow its lines anew.
        self._drawn_fits = self._drawn_fits and self._fits(self._drawn_width)
        self._cleaner.resize(rows)

    # Whole lines

    def block(self, origin: Origin, block: bytes, now: float) -> Sequence[Buffer]:
        """Whole lines of one process; the first one may have been shown as an open line."""
        line = self._open.pop(origin, None)
        if line is None or not line.fed or line.is_long:
            lifted = self._lift()
            if line is not None and line is self._last:
                self._last = self._next_open()
            return (lifted, *self._lines(origin, block, now))
        cut = block.index(b"\n")
        line.row.feed(block[line.fed : cut])
        line.row.end()
        self._cleaner.ended(origin, line.row)
        ended = self._end(line, now)
        return (*ended, *self._lines(origin, block[cut + 1 :], now)) if cut + 1 < len(block) else ended

    def last_line(self, origin: Origin, line: bytes, now: float) -> Sequence[Buffer]:
        """A last line that had no newline of its own. It needs no row if there is nothing to see:
        programs that took the cursor away give it back when they end."""
        open_line = self._open.get(origin) or _OpenLine(origin, self._cleaner.row(origin), 0.0)
        open_line.grow(line, open_line.changed)
        open_line.catch_up()
        if open_line.is_long or not open_line.row.is_blank:
            return self.block(origin, line, now)
        self._open.pop(origin, None)
        if open_line is not self._last:
            return ()
        lifted = self._lift()
        self._last = self._next_open()
        return (lifted,)

    def notice(self, notice: Notice, last_lines: Sequence[bytes], now: float) -> bytes:
        """A message of our own."""
        lines = [self._cleaner.line(line) for line in last_lines]
        return self._lift() + self._text.notice(self._folded(notice), lines, now)

    def _folded(self, notice: Notice) -> Notice:
        """A notice that ends its own lines, between words: the terminal would begin the next one
        below the time."""
        room = self._columns - self._text.margin
        if len(notice.text) <= room or room < _NARROWEST_FOLD:
            return notice
        import textwrap

        text = re.sub(r"(?<=\d) (?=(s|min|h)\b)", "\xa0", notice.text)  # a time stays in one line
        lines = textwrap.wrap(text, room, subsequent_indent="  ", break_on_hyphens=False)
        return notice._replace(text="\n".join(lines).replace("\xa0", " "))

    def forget(self, origin: Origin) -> None:
        """This run of a process writes no more."""
        self._cleaner.forget(origin)

    def drop(self, origin: Origin) -> None:
        """Its open line has ended while the terminal was somebody else's: after ``lift``."""
        line = self._open.pop(origin, None)
        if line is not None and line is self._last:
            self._last = self._next_open()

    def _lines(self, origin: Origin, block: bytes, now: float) -> Sequence[Buffer]:
        prefix = self._text.prefix(origin.process, now)
        text = self._cleaner.block(origin, block).replace(b"\n", b"\n" + prefix)
        return prefix, memoryview(text)[: len(text) - len(prefix)]

    # The open line

    def unfinished(self, origin: Origin, data: bytes | bytearray, clock: float) -> None:
        """What a process has written since its last newline, more than before. Not kept, but looked at
        again until the line ends."""
        line = self._open.get(origin)
        if line is None:
            line = self._open[origin] = _OpenLine(origin, self._cleaner.row(origin), clock)
        line.grow(data, clock)
        at_once = line.moves or line is self._last
        quiet = clock if at_once else min(clock + QUIET, line.since + PATIENCE)
        line.due = max(quiet, line.drawn_at + FRAME)

    @property
    def deadline(self) -> float | None:
        """When ``tick`` wants to be called next, if ever, by the clock."""
        return min((line.due for line in self._open.values() if line.due is not None), default=None)

    def tick(self, clock: float, now: float) -> bytes:
        """Draw what is due."""
        drawn = b""
        for line in self._open.values():
            if line.due is None or line.due > clock:
                continue
            if (free_at := self._place_is_free_at(line)) > clock:
                line.due = free_at
                continue
            line.due = None
            line.drawn_at = clock
            line.catch_up()
            if line.is_long:
                line.gave_up = True
            elif not line.row.is_blank:
                drawn += self._draw(line, now)
            elif line is self._last:
                drawn += self._lift()
                self._last = self._next_open()
        return drawn

    def _place_is_free_at(self, line: _OpenLine) -> float:
        """When ``line`` may take the place of another one. The first time at once; later, and for bars,
        it waits for a pause of the other: two that were drawn in turn could not be read."""
        holder = self._last
        if holder is None or holder is line or not (line.moves or line.fed):
            return 0.0
        return holder.changed + HOLD if self._can_be_drawn(holder) else 0.0

    def settle(self, now: float) -> bytes:
        """The end of a turn: draw the open line again, below everything that has come."""
        self._may_have_echo = True
        return self._draw(self._last, now) if self._last is not None and self._drawn is None else b""

    def lift(self) -> bytes:
        """Leave the terminal to somebody else, until ``settle``: no open line, and no echo of ``^Z``."""
        self._may_have_echo = True
        return self._lift()

    def _lift(self) -> bytes:
        """Take the open line off the screen; one that is wider than that is ended.

        With the first line of a turn goes what the terminal has echoed where it is written: ``^C``, or
        what is typed and nobody reads.
        """
        echo, self._may_have_echo = self._may_have_echo, False
        drawn, self._drawn = self._drawn, None
        if drawn is None:
            return _ERASE if echo and self._erasable else b""
        if self._drawn_fits:
            return _ERASE
        if self._last is not None:
            self._last.gave_up = True
            self._last = self._next_open()
        return b"\n"

    def _draw(self, line: _OpenLine, now: float) -> bytes:
        """Make ``line`` the last one on the screen, in its present state."""
        text, width = line.row.text(), line.row.width
        if line is self._last and self._drawn is not None and not self._drawn_fits:
            if text.startswith(self._drawn):
                more, self._drawn, self._drawn_width = text[len(self._drawn) :], text, width
                return more
            if not self._fits(width):
                return b""  # it cannot be drawn over; it is shown whole when it ends
        if not self._can_be_drawn(line):
            return b""
        lifted = self._lift()
        self._last, self._drawn = line, text
        self._drawn_width, self._drawn_fits = width, self._fits(width)
        return lifted + self._text.prefix(line.origin.process, now) + text

    def _end(self, line: _OpenLine, now: float) -> Sequence[Buffer]:
        """The open line is whole."""
        text = line.row.text()
        if line is not self._last:
            return self._lift(), self._text.prefix(line.origin.process, now), text, b"\n"
        drawn = self._drawn
        if drawn is not None and not self._drawn_fits and text.startswith(drawn):
            self._drawn = None
            ended: Sequence[Buffer] = (text[len(drawn) :], b"\n")
        else:
            ended = (self._lift(), self._text.prefix(line.origin.process, now), text, b"\n")
        self._last = self._next_open()
        return ended

    def _can_be_drawn(self, line: _OpenLine) -> bool:
        return not line.gave_up or self._fits(line.row.width)

    def _fits(self, width: int) -> bool:
        return self._erasable and self._text.margin + width <= self._columns

    def _next_open(self) -> _OpenLine | None:
        """The open line that was changed last, of those that were shown before."""
        shown = [
            line
            for line in self._open.values()
            if line.fed and not line.row.is_blank and self._can_be_drawn(line)
        ]
        return max(shown, key=lambda line: line.changed, default=None)
