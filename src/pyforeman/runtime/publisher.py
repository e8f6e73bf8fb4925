"""Carries blocks and notices to everybody who wants them: stdout, the history, the log files."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from pyforeman.core.notices import Notice
from pyforeman.output.history import History
from pyforeman.output.render import Origin, Renderer
from pyforeman.runtime.logs import LogDirectory
from pyforeman.runtime.terminal import Writer

if TYPE_CHECKING:
    from pyforeman.output.screen import Screen

_LAST_LINES = 5


class Publisher:
    """One subscriber after the other, in the same order for each block.

    ``make_renderer`` is called at the first output, which is a notice, and not before the first child
    runs: the colours and JSON take their time to import. ``on_terminal``: what it makes is a Screen.
    ``shows`` says which processes stdout is for (``--only``, ``--quiet``); the history and the log
    files get all.
    """

    def __init__(
        self,
        writer: Writer,
        make_renderer: "Callable[[], Renderer | Screen]",
        shows: Callable[[str], bool],
        *,
        on_terminal: bool,
    ) -> None:
        self._writer = writer
        self._make_renderer = make_renderer
        self._on_terminal = on_terminal
        self._renderer: Renderer | None = None
        self._screen: Screen | None = None
        self._shows = shows
        self._shown: dict[str, bool] = {}
        self._history = History()
        self._logs: LogDirectory | None = None

    def open_logs(self, folder: str, names: Sequence[str], together: Renderer) -> None:
        """Also append to log files in ``folder``. Raises PyforemanError when one cannot be opened."""
        self._logs = LogDirectory(folder, names, together, self.notice)

    def block(self, origin: Origin, block: bytes, *, unended: bool = False) -> None:
        """Whole lines of one process; ``unended``: its last one, which had no newline of its own."""
        now = time.time()
        if self._is_shown(origin.process) and not self._writer.error:
            renderer = self._for_stdout
            if unended and self._screen is not None:
                self._writer.put(self._screen.last_line(origin, block, now))
            else:
                self._writer.put(renderer.block(origin, block, now))
        self._history.add(origin.process, block)
        if self._logs is not None:
            self._logs.block(origin, block, now)

    def notice(self, notice: Notice) -> None:
        """A message of our own, with what its process wrote last where it asks for that."""
        now = time.time()
        lines = self._history.last_lines(notice.process, _LAST_LINES) if notice.with_last_lines else ()
        self._writer.put((self._for_stdout.notice(notice, lines, now),))
        if self._logs is not None:
            self._logs.notice(notice, lines, now)

    def unfinished(self, origin: Origin, data: bytes | bytearray) -> None:
        """What a process has written after its last newline: a terminal may show it as an open line."""
        if self._screen is not None and self._is_shown(origin.process):
            self._screen.unfinished(origin, data, time.monotonic())

    def ended(self, origin: Origin) -> None:
        """This run of a process writes no more."""
        if self._screen is not None:
            self._screen.forget(origin)

    @property
    def deadline(self) -> float | None:
        """When ``tick`` wants to be called, on the monotonic clock."""
        return self._screen.deadline if self._screen is not None else None

    def tick(self) -> None:
        """Show the open lines that are due."""
        if self._screen is not None:
            self._put(self._screen.tick(time.monotonic(), time.time()))

    def lift(self) -> None:
        """Leave the terminal to somebody else: no open line, no echoed key."""
        if self._screen is not None:
            self._put(self._screen.lift())

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size."""
        if self._screen is not None:
            self._screen.resize(columns, rows)

    def hand_over(self) -> None:
        """Let the writer begin: at the end of every wake-up."""
        if self._screen is not None:
            self._put(self._screen.settle(time.time()))
        self._writer.hand_over()

    def close(self) -> None:
        """Close the log files."""
        if self._logs is not None:
            self._logs.close()

    def _is_shown(self, name: str) -> bool:
        shown = self._shown.get(name)
        if shown is None:
            shown = self._shown[name] = self._shows(name)
        return shown

    def _put(self, data: bytes) -> None:
        if data:
            self._writer.put((data,))

    @property
    def _for_stdout(self) -> Renderer:
        if self._renderer is None:
            self._renderer = self._make_renderer()
            if self._on_terminal:
                self._screen = cast("Screen", self._renderer)
        return self._renderer
