"""The runs of a formation: carries the orders of the core to the kernel, and the ends of children back.

The end of a child is two facts, in either order and seconds apart: its leader exited, and its output is
at EOF (``sleep 9 & exit 3``). The exit is reported at once, after all that could be read; the fd is read
on until EOF, or until the formation is over.
"""

import os
import signal
import time
from collections import deque
from typing import NamedTuple

from pyforeman.core import notices
from pyforeman.core.families import STRAYS
from pyforeman.core.lifecycle import (
    Abandon,
    Event,
    Exited,
    Gone,
    Kill,
    Spawn,
    Spawned,
    SpawnFailed,
    Stopping,
)
from pyforeman.core.supervisor import Order, Say, Supervisor
from pyforeman.output.render import Origin
from pyforeman.runtime import posix
from pyforeman.runtime.posix import Child, Platform
from pyforeman.runtime.pty import Ptys, resize
from pyforeman.runtime.publisher import Publisher
from pyforeman.runtime.spawner import Spawner
from pyforeman.runtime.stops import Stops
from pyforeman.runtime.streams import Stream, Streams
from pyforeman.runtime.taps import Taps
from pyforeman.runtime.terminal import Writer


class Kernel(NamedTuple):
    """How processes are started, looked at and signalled here."""

    platform: Platform
    spawner: Spawner
    ptys: Ptys


class _Run:
    """One run of a process, from the spawn until nothing of it lives and its leader is reaped."""

    __slots__ = ("child", "exited", "stream")

    def __init__(self, child: Child, stream: Stream) -> None:
        self.child = child
        self.stream = stream
        self.exited = False


class Runs:
    """Those of which something lives, by the name of their process."""

    def __init__(
        self,
        supervisor: Supervisor,
        publisher: Publisher,
        writer: Writer,
        streams: Streams,
        stops: Stops,
        kernel: Kernel,
        taps: Taps,
    ) -> None:
        self._supervisor = supervisor
        self._publisher = publisher
        self._writer = writer
        self._streams = streams
        self._stops = stops
        self._platform, self._spawner, self._ptys = kernel
        self.taps = taps
        self._runs: dict[str, _Run] = {}
        self._children_changed = False
        self.abandoned: set[int] = set()
        """The pids of what no SIGKILL ended, and was named."""

    # Orders

    def perform(self, orders: list[Order | Say]) -> None:
        """Carry out orders and what follows from them. Signals go out together, at the end: one look
        at /proc serves all of them. Once a stop has begun, nothing waits for the reader of our stdout."""
        queue = deque(orders)
        asked: dict[int, int] = {}
        killed = []
        while queue:
            match queue.popleft():
                case Say(notice):
                    self._say(notice)
                case Order(name, Spawn()):
                    queue.extend(self._supervisor.handle(name, self._spawn(name), time.monotonic()))
                case Order(name, Kill(signal.SIGKILL)):
                    killed.append(self._runs[name].child.pid)
                case Order(name, Kill(number)):
                    asked[self._runs[name].child.pid] = number
                case Order(name, Abandon()):
                    self._abandon(name)
        if killed:
            self._stops.kill(killed)
        if self._supervisor.closing and not self._writer.closing:  # a stop begins, and they belong to all
            asked[STRAYS] = signal.SIGTERM
        if asked:
            self._stops.ask(asked)
        self._writer.closing = self._supervisor.closing
        self.taps.settle()

    def signal(self, name: str, number: int, *, group: bool) -> None:
        """Send a signal to the process itself, or to all that lives of its run. That is no stop."""
        pid = self._runs[name].child.pid
        if group:
            self._stops.signal_once(pid, number)
        else:
            self._platform.signal(pid, os.getpid(), number)

    def resize(self) -> None:
        """The terminal has another size: so have the ptys."""
        for name, run in self._runs.items():
            if self.taps.window(name):
                continue  # it is looked at in another window than ours
            if (window := self._ptys.window(self._supervisor.instance(name))) and run.stream.fd >= 0:
                resize(run.stream.fd, window)
                posix.announce_resize(run.child.pid)

    def _spawn(self, name: str) -> Event:
        instance = self._supervisor.instance(name)
        try:
            child = self._spawner.spawn(instance, self.taps.window(name) or self._ptys.window(instance))
        except OSError as error:
            return SpawnFailed(error.strerror or str(error))
        self._stops.add(name, child.pid)
        stream = self._streams.open(Origin(name, child.pid), child.output)
        stream.tap = self.taps.began(name, child.pid, child.output)
        self._runs[name] = _Run(child, stream)
        return Spawned(child.pid)

    def _abandon(self, name: str) -> None:
        """Name what no SIGKILL ends, and let it go."""
        alive = self._stops.living(self._runs[name].child.pid)
        self.abandoned.update(alive)
        self._say(notices.abandoned(name, alive))
        self._end(name)

    def _say(self, notice: notices.Notice) -> None:
        """To all, and to who looks at the process."""
        self._publisher.notice(notice)
        self.taps.notice(notice)

    def _end(self, name: str) -> None:
        run = self._runs.pop(name)
        self._stops.forget(name)
        self.taps.run_ended(name)
        if run.child.stdin >= 0:
            os.close(run.child.stdin)

    # Facts

    def child_changed(self) -> None:
        """SIGCHLD came: for whom, ``look_for_ends`` finds out."""
        self._children_changed = True
        self._platform.reap_orphans(self._stops.leaders)

    def look_for_ends(self) -> None:
        """SIGCHLD coalesces, so every leader is looked at. Never waitpid(-1): it reaps what is not ours.

        What a process wrote is shown before its end. While the reader of our stdout is stalled both wait,
        else one that writes, crashes and is restarted would fill our memory. But whoever has asked for a stop
        hears of it.
        """
        if not self._children_changed:
            return
        stalled = self._writer.full
        self._children_changed = stalled
        orders: list[Order | Say] = []
        for name, run in self._runs.items():
            if stalled and not isinstance(self._supervisor.state(name), Stopping):
                continue
            if run.exited or (status := self._platform.ended(run.child.pid)) is None:
                continue
            run.exited = True
            self._streams.drain(run.stream)
            orders += self._supervisor.handle(name, Exited(status), time.monotonic())
        if orders:
            self.perform(orders)
            self._look_at_ended()

    def look_at_stops(self, now: float) -> None:
        """Carry on with what is to end, if it is time for that."""
        if self._stops.look_at is not None and self._stops.look_at <= now:
            self._look_at_ended()

    def _look_at_ended(self) -> None:
        ended = {run.child.pid: name for name, run in self._runs.items() if run.exited}
        orders: list[Order | Say] = []
        for pid in sorted(self._stops.look(ended)):
            name = ended[pid]
            self._platform.reap(pid)
            self._streams.drain(self._runs[name].stream)
            self._end(name)
            orders += self._supervisor.handle(name, Gone(), time.monotonic())
        self.perform(orders)
