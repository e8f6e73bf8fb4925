"""Carries facts from the loop to the core, and orders from the core to the kernel.

What runs and what ends is decided elsewhere. The end of a child is two facts, in either order and
seconds apart: its leader exited, and its output is at EOF (``sleep 9 & exit 3``). The exit is reported
at once, after all that could be read; the fd is read on until EOF, or until the formation is over.
"""

import errno
import os
import signal
import time
from collections import deque
from collections.abc import Iterable

from pyforeman.core import notices
from pyforeman.core.families import STRAYS
from pyforeman.core.lifecycle import Abandon, Event, Exited, Gone, Kill, Spawn, Spawned, SpawnFailed
from pyforeman.core.supervisor import Order, Say, Supervisor
from pyforeman.output.render import Origin
from pyforeman.plan.formation import Instance
from pyforeman.runtime import posix, terminal
from pyforeman.runtime.aftermath import Aftermath
from pyforeman.runtime.complaints import complain
from pyforeman.runtime.guardian import STOPPING, Guardian, ignored_by_nohup
from pyforeman.runtime.loop import Loop
from pyforeman.runtime.posix import Child, Platform
from pyforeman.runtime.pty import Ptys, resize, window_of
from pyforeman.runtime.publisher import Publisher
from pyforeman.runtime.spawner import Spawner
from pyforeman.runtime.stops import Stops
from pyforeman.runtime.streams import Stream, Streams
from pyforeman.runtime.terminal import Writer

_SIGNALS = STOPPING | {signal.SIGTSTP, signal.SIGWINCH, signal.SIGCHLD}
_STALLED_AFTER = 1.0  # seconds without progress, once all is over, after which the rest is dropped
_WRITTEN_WITHIN = 0.2  # seconds that ^Z waits for a terminal that takes its time


class _Run:
    """One run of a process, from the spawn until nothing of it lives and its leader is reaped."""

    __slots__ = ("child", "exited", "stream")

    def __init__(self, child: Child, stream: Stream) -> None:
        self.child = child
        self.stream = stream
        self.exited = False


class Engine:
    """One formation, from its start to its exit code. ``writer`` is our stdout, fd 1."""

    def __init__(
        self,
        instances: Iterable[Instance],
        supervisor: Supervisor,
        publisher: Publisher,
        writer: Writer,
        loop: Loop,
        platform: Platform,
        spawner: Spawner,
        ptys: Ptys,
        guardian: Guardian,
    ) -> None:
        self._instances = {instance.name: instance for instance in instances}
        self._supervisor = supervisor
        self._publisher = publisher
        self._writer = writer
        self._loop = loop
        self._platform = platform
        self._spawner = spawner
        self._ptys = ptys
        self._guardian = guardian
        self._runs: dict[str, _Run] = {}
        self._streams = Streams(loop, publisher, writer)
        self._children_changed = False
        self._aftermath: Aftermath | None = None
        self._abandoned: set[int] = set()
        self._stops = Stops(platform)
        self._suspended = 0.0  # seconds, in all
        self._output_ended = False

    def run(self) -> int:
        """Run until it is over; gives the exit code. What an error of ours leaves, the guardian ends."""
        try:
            self._loop.catch_signals(_SIGNALS - ignored_by_nohup(), self._signalled)
            self._guardian.allow(self._supervisor.grace_left(time.monotonic()))
            self._writer.start()
            self._perform(self._supervisor.start(time.monotonic()))
            self._loop.watch(self._guardian.fd, self._check_guardian, control=True)
            if terminal.is_pipe(1):
                self._loop.watch(1, self._check_reader, control=True)
            self._publisher.hand_over()
            while not self._supervisor.over:
                self._turn()
            self._aftermath = Aftermath(self._stops, self._supervisor.grace_left(time.monotonic()))
            while not self._aftermath.is_over(time.monotonic(), forced=self._supervisor.forced):
                self._turn()
            if left := sorted(set(self._aftermath.left) - self._abandoned):
                self._publisher.notice(notices.left_running(left))
            self._finish()
            self._guardian.dismiss()
        finally:
            self._loop.close()
            self._publisher.close()
        return self._supervisor.exit_code

    def _turn(self) -> None:
        """Wait once, and deal with all that has come."""
        full = self._writer.full
        if not full:  # for what had to wait until there is room again
            self._streams.serve_passed_over()
            if self._children_changed:
                self._look_for_ends()
            self._publisher.hand_over()
        lines_due = None if full else self._publisher.deadline
        strays_due = self._aftermath.deadline if self._aftermath else None
        due = (self._supervisor.deadline, self._stops.look_at, lines_due, strays_due)
        self._loop.wait(min((at for at in due if at is not None), default=None), control_only=full)
        self._check_writer()
        now = time.monotonic()
        if self._supervisor.deadline is not None and self._supervisor.deadline <= now:
            self._perform(self._supervisor.tick(now))
        # What a process wrote is shown before its end. While the reader is stalled both wait, else a
        # process that writes, crashes and is restarted would fill our memory.
        if self._children_changed and not self._writer.full:
            self._look_for_ends()
        if self._stops.look_at is not None and self._stops.look_at <= time.monotonic():
            self._look_at_runs()
        if not full:  # else a line that was cut by our not reading on would be taken for a prompt
            self._publisher.tick()
        self._publisher.hand_over()

    def _finish(self) -> None:
        """Show what is left, and wait until it is taken; a stop does not wait for a stalled reader."""
        self._streams.close_all()
        if words := self._supervisor.last_words():
            self._publisher.notice(words)
        self._publisher.hand_over()
        progress, progress_at, suspended = self._writer.taken, time.monotonic(), self._suspended
        while not self._writer.await_end():
            hurried = self._supervisor.closing or self._writer.disk_full
            deadline = progress_at + _STALLED_AFTER if hurried else None
            self._loop.wait(deadline, control_only=True)
            self._check_writer()
            self._publisher.hand_over()
            progress_at += self._suspended - suspended
            suspended = self._suspended
            if self._writer.taken != progress:
                progress, progress_at = self._writer.taken, time.monotonic()
            late = hurried and time.monotonic() >= progress_at + _STALLED_AFTER
            if self._supervisor.forced or (late and self._writer.stalled()):
                self._writer.drop_rest()
                break
        self._check_writer()
        if loss := self._writer.loss():
            self._supervisor.output_lost()
            complain(loss)

    # Orders

    def _perform(self, orders: list[Order | Say]) -> None:
        """Carry out orders and what follows from them. Signals go out together, at the end: one look
        at /proc serves all of them."""
        queue = deque(orders)
        asked: dict[int, int] = {}
        killed = []
        while queue:
            match queue.popleft():
                case Say(notice):
                    self._publisher.notice(notice)
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

    def _spawn(self, name: str) -> Event:
        instance = self._instances[name]
        try:
            child = self._spawner.spawn(instance, self._ptys.window(instance))
        except OSError as error:
            return SpawnFailed(error.strerror or str(error))
        self._stops.add(name, child.pid)
        self._runs[name] = _Run(child, self._streams.open(Origin(name, child.pid), child.output))
        return Spawned(child.pid)

    def _abandon(self, name: str) -> None:
        """Name what no SIGKILL ends, and let it go."""
        alive = self._stops.living(self._runs[name].child.pid)
        self._abandoned.update(alive)
        self._publisher.notice(notices.abandoned(name, alive))
        self._end_run(name)

    def _end_run(self, name: str) -> None:
        run = self._runs.pop(name)
        self._stops.forget(name)
        if run.child.stdin >= 0:
            os.close(run.child.stdin)

    # Facts

    def _signalled(self, number: int) -> None:
        if number == signal.SIGCHLD:
            self._children_changed = True
            self._platform.reap_orphans(self._stops.leaders)
        elif number == signal.SIGTSTP:
            self._suspend()
        elif number == signal.SIGWINCH:
            self._resize()
        elif number != terminal.INTERRUPT:
            self._perform(self._supervisor.signalled(number, time.monotonic()))

    def _suspend(self) -> None:
        """^Z reaches only us: our children are in sessions of their own. SIGTSTP would not stop them,
        for their groups are orphaned in the sense of POSIX; SIGSTOP does."""
        began = time.monotonic()
        everybody = (*self._stops.leaders, STRAYS)
        self._stops.signal(everybody, signal.SIGSTOP)
        self._publisher.lift()
        self._writer.hand_over()
        self._writer.wait(_WRITTEN_WITHIN)  # else the shell's prompt would come in the middle of a line
        self._guardian.suspend()
        self._resize()  # while we were in the background, nobody told us
        self._stops.signal(everybody, signal.SIGCONT)
        stopped_for = time.monotonic() - began
        self._suspended += stopped_for
        self._supervisor.postpone(stopped_for)
        if self._aftermath:
            self._aftermath.postpone(stopped_for)

    def _resize(self) -> None:
        """Our terminal has another size, or may have."""
        if not self._ptys.on_terminal or not self._ptys.measure():
            return
        self._publisher.resize(*window_of(1))
        for name, run in self._runs.items():
            if (window := self._ptys.window(self._instances[name])) and run.stream.fd >= 0:
                resize(run.stream.fd, window)
                posix.announce_resize(run.child.pid)

    def _look_for_ends(self) -> None:
        """SIGCHLD coalesces, so every leader is looked at. Never waitpid(-1): it reaps what is not ours."""
        self._children_changed = False
        orders: list[Order | Say] = []
        for name, run in self._runs.items():
            if run.exited or (status := self._platform.ended(run.child.pid)) is None:
                continue
            run.exited = True
            self._streams.drain(run.stream)
            orders += self._supervisor.handle(name, Exited(status), time.monotonic())
        if orders:
            self._perform(orders)
            self._look_at_runs()

    def _look_at_runs(self) -> None:
        ended = {run.child.pid: name for name, run in self._runs.items() if run.exited}
        orders: list[Order | Say] = []
        for pid in sorted(self._stops.look(ended)):
            name = ended[pid]
            self._platform.reap(pid)
            self._streams.drain(self._runs[name].stream)
            self._end_run(name)
            orders += self._supervisor.handle(name, Gone(), time.monotonic())
        self._perform(orders)

    def _check_reader(self) -> None:
        """Our stdout is a pipe and reports something: either its reader left, or it is a FIFO that can
        also be read, which must not be watched any longer."""
        self._loop.unwatch(1)
        if terminal.reader_left(1):
            self._writer.error = errno.EPIPE

    def _check_guardian(self) -> None:
        if self._guardian.check():
            self._loop.unwatch(self._guardian.fd)
            self._perform(self._supervisor.guardian_ended(time.monotonic()))

    def _check_writer(self) -> None:
        """The thread had news."""
        if self._writer.error and not self._output_ended:
            self._output_ended = True
            # EIO: the terminal went away. Any other error is one that the user has to hear of.
            failed = self._writer.error not in (errno.EPIPE, errno.ECONNRESET, errno.EIO)
            if failed:
                complain(f"stdout: {os.strerror(self._writer.error)}; stopping")
            self._perform(self._supervisor.output_ended(time.monotonic(), failed=failed))
        if self._writer.became_full():
            complain("stdout: no space left on device; waiting until there is some")
