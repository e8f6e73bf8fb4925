"""What stdout would have shown while it was muted: the last of it, to be shown afterwards."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyforeman.core.notices import Notice
from pyforeman.output.render import Buffer, Origin, Renderer

if TYPE_CHECKING:
    from pyforeman.output.screen import Screen

LINES = 100
"""Lines that are kept to be shown afterwards."""
_BYTES = 1024 * 1024  # of what is kept, about: a line may be as long as that


class _Block(NamedTuple):
    lines: int
    size: int
    now: float
    origin: Origin
    text: bytes
    unended: bool


class _Said(NamedTuple):
    lines: int
    size: int
    now: float
    notice: Notice
    last_lines: Sequence[bytes]


class Unseen:
    """The last lines that nobody has seen, and the lines that are open since; ``lines`` counts all."""

    def __init__(self) -> None:
        self.lines = 0
        self._items: deque[_Block | _Said] = deque()
        self._lines_kept = 0
        self._bytes_kept = 0
        self._open: dict[Origin, bytes | bytearray] = {}
        self._ended: list[Origin] = []

    def block(self, origin: Origin, block: bytes, now: float, *, unended: bool) -> None:
        """As ``Renderer.block``; ``unended``: as ``Screen.last_line``."""
        self.forget_open(origin)
        self._keep(_Block(block.count(b"\n"), len(block), now, origin, block, unended))

    def notice(self, notice: Notice, last_lines: Sequence[bytes], now: float) -> None:
        """As ``Renderer.notice``."""
        size = len(notice.text) + sum(map(len, last_lines))
        self._keep(_Said(1 + len(last_lines), size, now, notice, last_lines))

    def forget_open(self, origin: Origin) -> None:
        """Its open line has ended, and was seen."""
        self._open.pop(origin, None)

    def unfinished(self, origin: Origin, data: bytes | bytearray) -> None:
        """As ``Screen.unfinished``."""
        self._open[origin] = data

    def ended(self, origin: Origin) -> None:
        """As ``Screen.forget``."""
        self._ended.append(origin)

    def shown(self, renderer: Renderer, screen: "Screen | None", clock: float) -> Iterator[Sequence[Buffer]]:
        """All that is kept, as ``renderer`` shows it. It is ``screen`` where there is a terminal: that
        also gets the lines that are open by now."""
        too_many = max(0, self._lines_kept - LINES)
        for item in self._items:
            if isinstance(item, _Said):
                yield (renderer.notice(item.notice, item.last_lines, item.now),)
                continue
            text = item.text.split(b"\n", too_many)[-1] if too_many else item.text
            too_many = 0
            if item.unended and screen is not None:
                yield screen.last_line(item.origin, text, item.now)
            else:
                yield renderer.block(item.origin, text, item.now)
        if screen is not None:
            for origin, data in self._open.items():
                screen.unfinished(origin, data, clock)
            for origin in self._ended:
                screen.forget(origin)

    @property
    def left_out(self) -> int:
        """Lines that ``shown`` will not give."""
        return self.lines - min(self._lines_kept, LINES)

    def _keep(self, item: _Block | _Said) -> None:
        self._items.append(item)
        self.lines += item.lines
        self._lines_kept += item.lines
        self._bytes_kept += item.size
        first = self._items[0]
        while self._lines_kept - first.lines >= LINES or (self._bytes_kept > _BYTES and first is not item):
            self._items.popleft()
            self._lines_kept -= first.lines
            self._bytes_kept -= first.size
            first = self._items[0]
