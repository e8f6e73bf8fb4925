"""Carries blocks and notices to everybody who wants them: stdout, the history, the log files,
and who follows the formation from outside."""

import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from pyforeman.core.notices import Notice, not_shown
from pyforeman.output.history import History
from pyforeman.output.render import SYSTEM, Origin, Renderer
from pyforeman.runtime.logs import LogDirectory
from pyforeman.runtime.terminal import Writer

if TYPE_CHECKING:
    from pyforeman.output.screen import Screen
    from pyforeman.output.unseen import Unseen

_LAST_LINES = 5


class Follower(Protocol):
    """Who gets each block when it comes. It must not change ``Publisher.followers`` meanwhile."""

    def block(self, process: str, pid: int, block: bytes, now: float) -> None:
        """Whole lines, read ``now`` (seconds since the epoch); our own messages are from SYSTEM."""


class Publisher:
    """One subscriber after the other, in the same order for each block.

    ``make_renderer`` is called at the first output, which is a notice, and not before the first child
    runs: the colours and JSON take their time to import. ``on_terminal``: what it makes is a Screen.
    ``shows`` says which processes stdout is for (``--only``, ``--quiet``); ``history``, the log files
    and ``followers`` get all.
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
        self._unseen: Unseen | None = None  # while stdout is muted
        self._seen = ""
        self._logs: LogDirectory | None = None
        self._pid = os.getpid()
        self.history = History()
        self.followers: list[Follower] = []

    def open_logs(self, folder: str, names: Sequence[str], together: Renderer) -> None:
        """Also append to log files in ``folder``. Raises PyforemanError when one cannot be opened."""
        self._logs = LogDirectory(folder, names, together, self.notice)

    def block(self, origin: Origin, block: bytes, *, unended: bool = False) -> None:
        """Whole lines of one process; ``unended``: its last one, which had no newline of its own."""
        now = time.time()
        if self._is_shown(origin.process) and not self._writer.error:
            renderer = self._for_stdout
            if self._unseen is not None:
                if origin.process == self._seen:
                    self._unseen.forget_open(origin)
                else:
                    self._unseen.block(origin, block, now, unended=unended)
                if self._screen is not None:
                    self._screen.drop(origin)
            elif unended and self._screen is not None:
                self._writer.put(self._screen.last_line(origin, block, now))
            else:
                self._writer.put(renderer.block(origin, block, now))
        self.history.add(origin.process, origin.pid, block, now)
        if self.followers:
            for follower in self.followers:
                follower.block(origin.process, origin.pid, block, now)
        if self._logs is not None:
            self._logs.block(origin, block, now)

    def notice(self, notice: Notice) -> None:
        """A message of our own, with what its process wrote last where it asks for that."""
        now = time.time()
        lines = self.history.last_lines(notice.process, _LAST_LINES) if notice.with_last_lines else ()
        if self._unseen is None:
            self._writer.put((self._for_stdout.notice(notice, lines, now),))
        elif not notice.process or notice.process != self._seen:
            self._unseen.notice(notice, lines, now)
        text = notice.text.encode(errors="backslashreplace") + b"\n"
        self.history.add(SYSTEM, self._pid, text, now)
        for follower in self.followers:
            follower.block(SYSTEM, self._pid, text, now)
        if self._logs is not None:
            self._logs.notice(notice, lines, now)

    def unfinished(self, origin: Origin, data: bytes | bytearray) -> None:
        """What a process has written after its last newline: a terminal may show it as an open line."""
        if self._screen is None or not self._is_shown(origin.process):
            return
        if self._unseen is not None:
            self._unseen.unfinished(origin, data)
        else:
            self._screen.unfinished(origin, data, time.monotonic())

    def ended(self, origin: Origin) -> None:
        """This run of a process writes no more."""
        if self._unseen is not None:
            self._unseen.ended(origin)
        elif self._screen is not None:
            self._screen.forget(origin)

    @property
    def deadline(self) -> float | None:
        """When ``tick`` wants to be called, on the monotonic clock."""
        screen = self._draws_on
        return screen.deadline if screen is not None else None

    def tick(self) -> None:
        """Show the open lines that are due."""
        if (screen := self._draws_on) is not None:
            self._put(screen.tick(time.monotonic(), time.time()))

    def lift(self) -> None:
        """Leave the terminal to somebody else: no open line, no echoed key."""
        if (screen := self._draws_on) is not None:
            self._put(screen.lift())

    def mute(self, seen: str = "") -> None:
        """Leave stdout to somebody else until ``unmute``; the history and the log files get all. The lines of
        the process ``seen``, and those about it, are shown there."""
        self.lift()
        self._seen = seen
        if self._unseen is None:
            from pyforeman.output.unseen import Unseen

            self._unseen = Unseen()

    def unmute(self) -> None:
        """Write to stdout again: first the last lines of what has come meanwhile, and how many are left
        out. Whoever had the terminal leaves the cursor at the start of a row."""
        unseen, self._unseen = self._unseen, None
        if unseen is None or not (unseen.lines or self._screen):
            return
        renderer = self._for_stdout
        if unseen.left_out:
            self._writer.put((renderer.notice(not_shown(unseen.left_out), (), time.time()),))
        for buffers in unseen.shown(renderer, self._screen, time.monotonic()):
            self._writer.put(buffers)

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size."""
        if self._screen is not None:
            self._screen.resize(columns, rows)

    def hand_over(self) -> None:
        """Let the writer begin: at the end of every wake-up."""
        if (screen := self._draws_on) is not None:
            self._put(screen.settle(time.time()))
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

    @property
    def _draws_on(self) -> "Screen | None":
        """The terminal, unless it is somebody else's now."""
        return self._screen if self._unseen is None else None

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
