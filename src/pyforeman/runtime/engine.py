"""One formation from its start to its exit code: waits for what happens, and carries it to who decides.

What runs and what ends is decided in the core; orders are carried out by ``runs``.
"""

import errno
import os
import signal
import time
from typing import TYPE_CHECKING, Protocol

from pyforeman.core import notices
from pyforeman.core.families import STRAYS
from pyforeman.core.supervisor import Supervisor
from pyforeman.runtime import terminal
from pyforeman.runtime.aftermath import Aftermath
from pyforeman.runtime.complaints import complain
from pyforeman.runtime.guardian import STOPPING, Guardian, ignored_by_nohup
from pyforeman.runtime.loop import Loop
from pyforeman.runtime.pty import Ptys, window_of
from pyforeman.runtime.publisher import Publisher
from pyforeman.runtime.runs import Runs
from pyforeman.runtime.stops import Stops
from pyforeman.runtime.streams import Streams
from pyforeman.runtime.terminal import Writer

if TYPE_CHECKING:
    from pyforeman.runtime.foreground import Foreground

_SIGNALS = STOPPING | {signal.SIGTSTP, signal.SIGWINCH, signal.SIGCHLD}
_STALLED_AFTER = 1.0  # seconds without progress, once all is over, after which the rest is dropped
_WRITTEN_WITHIN = 0.2  # seconds that ^Z waits for a terminal that takes its time


class Control(Protocol):
    """Who talks to the users of a running formation."""

    def turn_ended(self) -> None:
        """Something may have happened."""

    def withdraw(self) -> None:
        """Nobody is to find this formation any more: another one may take its place."""

    def close(self, exit_code: int) -> None:
        """The formation is over."""


class Engine:
    """One formation, from its start to its exit code. ``writer`` is our stdout, fd 1."""

    def __init__(
        self,
        supervisor: Supervisor,
        publisher: Publisher,
        writer: Writer,
        loop: Loop,
        streams: Streams,
        stops: Stops,
        runs: Runs,
        ptys: Ptys,
        guardian: Guardian,
        control: Control,
        foreground: "Foreground | None" = None,
    ) -> None:
        self._supervisor = supervisor
        self._publisher = publisher
        self._writer = writer
        self._loop = loop
        self._streams = streams
        self._stops = stops
        self._runs = runs
        self._ptys = ptys
        self._guardian = guardian
        self._control = control
        self._foreground = foreground
        self._aftermath: Aftermath | None = None
        self._suspended = 0.0  # seconds, in all
        self._output_ended = False

    def run(self) -> int:
        """Run until it is over; gives the exit code. What an error of ours leaves, the guardian ends."""
        try:
            self._loop.catch_signals(_SIGNALS - ignored_by_nohup(), self._signalled)
            self._guardian.allow(self._supervisor.grace_left(time.monotonic()))
            self._writer.start()
            self._runs.perform(self._supervisor.start(time.monotonic()))
            self._loop.watch(self._guardian.fd, self._check_guardian, control=True)
            if terminal.is_pipe(1):
                self._loop.watch(1, self._check_reader, control=True)
            self._publisher.hand_over()
            while not self._supervisor.over:
                self._turn()
            self._aftermath = Aftermath(self._stops, self._supervisor.grace_left(time.monotonic()))
            while not self._aftermath.is_over(time.monotonic(), forced=self._supervisor.forced):
                self._turn()
            if left := sorted(set(self._aftermath.left) - self._runs.abandoned):
                self._publisher.notice(notices.left_running(left))
            self._finish()
            self._control.close(self._supervisor.exit_code)
            self._guardian.dismiss()
        finally:
            if self._foreground is not None:
                self._foreground.let_go()
            self._loop.close()
            self._publisher.close()
        return self._supervisor.exit_code

    def _turn(self) -> None:
        """Wait once, and deal with all that has come."""
        full = self._writer.full
        if not full:  # for what had to wait until there is room again
            self._streams.serve_passed_over()
            self._runs.look_for_ends()
            self._publisher.hand_over()
        lines_due = None if full else self._publisher.deadline
        strays_due = self._aftermath.deadline if self._aftermath else None
        due = (self._supervisor.deadline, self._stops.look_at, lines_due, strays_due)
        self._loop.wait(min((at for at in due if at is not None), default=None), control_only=full)
        self._check_writer()
        now = time.monotonic()
        if self._supervisor.deadline is not None and self._supervisor.deadline <= now:
            self._runs.perform(self._supervisor.tick(now))
        self._runs.look_for_ends()
        self._runs.look_at_stops(time.monotonic())
        if self._foreground is not None and self._supervisor.closing:
            self._foreground.let_go()  # a stop is about all of them
        if not full:  # else a line that was cut by our not reading on would be taken for a prompt
            self._publisher.tick()
        self._publisher.hand_over()
        self._control.turn_ended()

    def _finish(self) -> None:
        """Show what is left, and wait until it is taken; a stop does not wait for a stalled reader."""
        self._streams.close_all()
        if self._foreground is not None:
            self._foreground.let_go()
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
            self._control.turn_ended()
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

    # Facts

    def _signalled(self, number: int) -> None:
        if number == signal.SIGCHLD:
            self._runs.child_changed()
        elif number == signal.SIGTSTP:
            self._suspend()
        elif number == signal.SIGWINCH:
            self._resize()
        elif number != terminal.INTERRUPT:
            self._runs.perform(self._supervisor.signalled(number, time.monotonic()))

    def _suspend(self) -> None:
        """^Z reaches only us: our children are in sessions of their own. SIGTSTP would not stop them,
        for their groups are orphaned in the sense of POSIX; SIGSTOP does."""
        began = time.monotonic()
        everybody = (*self._stops.leaders, STRAYS)
        self._stops.signal(everybody, signal.SIGSTOP)
        self._publisher.lift()
        if self._foreground is not None:
            self._foreground.suspend()
        self._writer.hand_over()
        self._writer.wait(_WRITTEN_WITHIN)  # else the shell's prompt would come in the middle of a line
        self._guardian.suspend()
        self._resize()  # while we were in the background, nobody told us
        if self._foreground is not None:
            self._foreground.resume()
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
        self._runs.resize()
        if self._foreground is not None:
            self._foreground.resize()

    def _check_reader(self) -> None:
        """Our stdout is a pipe and reports something: either its reader left, or it is a FIFO that can
        also be read, which must not be watched any longer."""
        self._loop.unwatch(1)
        if terminal.reader_left(1):
            self._writer.error = errno.EPIPE

    def _check_guardian(self) -> None:
        if self._guardian.check():
            self._loop.unwatch(self._guardian.fd)
            self._control.withdraw()  # who has killed it may start it again at once
            self._runs.perform(self._supervisor.guardian_ended(time.monotonic()))

    def _check_writer(self) -> None:
        """The thread had news."""
        if self._writer.error and not self._output_ended:
            self._output_ended = True
            # EIO: the terminal went away. Any other error is one that the user has to hear of.
            failed = self._writer.error not in (errno.EPIPE, errno.ECONNRESET, errno.EIO)
            if failed:
                complain(f"stdout: {os.strerror(self._writer.error)}; stopping")
            self._runs.perform(self._supervisor.output_ended(time.monotonic(), failed=failed))
        if self._writer.became_full():
            complain("stdout: no space left on device; waiting until there is some")
