"""What passes through the ptys of a formation, byte by byte, for those who look at one process alone.

A tap belongs to the name of a process and not to a run, so who looks stays through its restarts.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from pyforeman.core.notices import Notice
from pyforeman.core.supervisor import Supervisor
from pyforeman.runtime import posix
from pyforeman.runtime.loop import Loop
from pyforeman.runtime.pty import Ptys, Window, resize

if TYPE_CHECKING:  # imported when somebody writes to a pty, or types
    from pyforeman.output.backlog import Backlog
    from pyforeman.runtime.keys import Keys


class Viewer(Protocol):
    """Who looks at a process: a client, or the terminal of ``start`` itself."""

    def show(self, data: bytes) -> None:
        """The process has written this."""

    def began(self) -> None:
        """What comes from now on is of a new run, on a new pty."""

    def said(self, text: str) -> None:
        """One line about it: it was started, it crashed and is tried again."""

    def may_type(self) -> None:
        """``Tap.can_take_keys`` has become true again."""

    def ended(self, text: str) -> None:
        """It will not run again, and why: nothing comes any more, and it looks no longer."""


class Tap:
    """The pty of one process, of the run that is, or will be. ``usual`` is the window it has where nobody
    looks; None: it gets no pty. ``watched`` has those that somebody looks at."""

    def __init__(
        self, name: str, loop: Loop, usual: Callable[[], Window | None], watched: "set[Tap]"
    ) -> None:
        self.name = name
        self._watched = watched
        self._loop = loop
        self._usual = usual
        self.pid = 0
        """The leader of the run; 0 while there is none."""
        self.last_words = ""
        self._fd = -1
        self._keys: Keys | None = None
        self._backlog: Backlog | None = None
        self._viewers: dict[Viewer, Window] = {}

    # What happens to the process

    def began(self, pid: int, fd: int) -> None:
        """A new run: ``fd`` is our side of its pty."""
        self._forget_pty()
        self.pid, self._fd = pid, fd
        undone = self._backlog.new_run() if self._backlog is not None else b""
        for viewer in list(self._viewers):
            if undone:
                viewer.show(undone)
            viewer.began()

    def feed(self, chunk: bytes) -> None:
        """It has written something."""
        if self._backlog is None:
            from pyforeman.output.backlog import Backlog

            self._backlog = Backlog()
        self._backlog.add(chunk)
        if self._viewers:
            for viewer in list(self._viewers):
                viewer.show(chunk)

    def run_ended(self) -> None:
        """The leader is reaped, and its pid may be another's soon. What it left behind may still write."""
        self.pid = 0
        if self._keys is not None:
            self._keys.leader_ended()

    def closed(self, fd: int) -> None:
        """``fd`` is at its end, and about to be closed: that of this run or of a former one."""
        if fd == self._fd:
            self._forget_pty()

    def said(self, text: str) -> None:
        """Tell who looks."""
        self.last_words = text
        for viewer in list(self._viewers):
            viewer.said(text)

    def ended(self, text: str) -> None:
        """Let go of who looks."""
        viewers, self._viewers = list(self._viewers), {}
        self._watched.discard(self)
        for viewer in viewers:
            viewer.ended(text)
        self._fit()

    # What those who look do

    @property
    def window(self) -> Window | None:
        """The smallest of the windows in which it is looked at; None where nobody looks."""
        if not self._viewers:
            return None
        windows = self._viewers.values()
        return Window(min(window.columns for window in windows), min(window.rows for window in windows))

    def attach(self, viewer: Viewer, window: Window) -> bytes:
        """Look at it from now on; gives what belongs on the screen first."""
        self._viewers[viewer] = window
        self._watched.add(self)
        screenful = self.screenful(window.rows)
        self._fit()  # after that: what a program draws anew in its new window comes later
        return screenful

    def detach(self, viewer: Viewer) -> None:
        """Look no longer; nothing happens if it does not."""
        if self._viewers.pop(viewer, None):
            if not self._viewers:
                self._watched.discard(self)
            self._fit()

    def resize(self, viewer: Viewer, window: Window) -> None:
        """The window of a viewer has another size."""
        if viewer in self._viewers:
            self._viewers[viewer] = window
            self._fit()

    def screenful(self, rows: int) -> bytes:
        """The last lines that it has written, with the one that is not ended, on the screen and with the
        mouse that it has asked for, however long ago."""
        return self._backlog.screenful(rows) if self._backlog is not None else b""

    @property
    def can_take_keys(self) -> bool:
        """Whether there is room for keys; if not, ``Viewer.may_type`` is called when there is."""
        return self._keys is None or self._keys.can_take

    def type(self, data: bytes) -> None:
        """Type on its terminal. Nothing happens while it does not run."""
        if self._fd < 0:
            return
        if self._keys is None:
            from pyforeman.runtime.keys import Keys

            self._keys = Keys(self._loop, self._fd, self.pid, echo=self.feed, on_room=self._tell_of_room)
        self._keys.type(data)

    def _tell_of_room(self) -> None:
        for viewer in list(self._viewers):
            viewer.may_type()

    def _forget_pty(self) -> None:
        """Nothing is typed into this pty any more, nor by who is told of the room and types at once."""
        self._fd = -1
        keys, self._keys = self._keys, None
        if keys is not None:
            full = not keys.can_take
            keys.close()
            if full:
                self._tell_of_room()

    def _fit(self) -> None:
        """Give the pty the window that it should have. Nobody tells the process but we."""
        if self._fd >= 0 and (window := self.window or self._usual()) is not None:
            resize(self._fd, window)
            if self.pid:
                posix.announce_resize(self.pid)


class Taps:
    """All taps of a formation."""

    def __init__(self, loop: Loop, supervisor: Supervisor, ptys: Ptys) -> None:
        self._loop = loop
        self._supervisor = supervisor
        self._ptys = ptys
        self._taps: dict[str, Tap] = {}
        self._watched: set[Tap] = set()

    def tap(self, name: str) -> Tap | None:
        """That of a process; None where it gets no pty, and so no keys."""
        tap = self._taps.get(name)
        if tap is None and self._usual(name) is not None:
            tap = self._taps[name] = Tap(name, self._loop, lambda: self._usual(name), self._watched)
        return tap

    def window(self, name: str) -> Window | None:
        """The window that is asked for by who looks; None where nobody does."""
        tap = self._taps.get(name)
        return tap.window if tap is not None else None

    def began(self, name: str, pid: int, fd: int) -> Tap | None:
        """A new run, see ``Tap.began``; gives what its stream is to feed."""
        tap = self.tap(name)
        if tap is not None:
            tap.began(pid, fd)
        return tap

    def run_ended(self, name: str) -> None:
        """Nothing of a run is left, and its leader is reaped."""
        if name in self._taps:
            self._taps[name].run_ended()

    def notice(self, notice: Notice) -> None:
        """Something is said about a process, or about all."""
        if not notice.process:
            for tap in list(self._watched):
                tap.said(notice.text)
        elif notice.process in self._taps:
            self._taps[notice.process].said(notice.text)

    def settle(self) -> None:
        """Let go of whoever looks at what will not run again, and forget the processes that are no more."""
        for tap in list(self._watched):
            if self._supervisor.is_at_rest(tap.name):
                tap.ended(tap.last_words or f"{tap.name} does not run any more")
        for name in self._taps.keys() - self._supervisor.names:
            del self._taps[name]

    def _usual(self, name: str) -> Window | None:
        """The window of its pty where nobody looks; None if it gets none, or is no more."""
        if self._supervisor.state(name) is None:
            return None
        return self._ptys.window(self._supervisor.instance(name))
