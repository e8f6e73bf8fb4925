"""Two processes that watch each other, so that nothing is left behind when one of them is killed.

The one that the user started becomes the guardian: it forwards signals, ^Z and the exit code, as a
small init does, and waits. Its child manages the formation, in a session of its own. Whoever loses
its parent becomes the child of the manager, and when that is gone, of the guardian. So each of the
two has all that was caused below it, and ends that when the other one is killed.

They part before anything else is imported, so that the guardian stays small. For the same reason this
module imports next to nothing, and what a guardian needs at the end only then.
"""

import errno
import gc
import os
import signal
import sys
import time

from pyforeman.runtime.modes import Modes

STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP})
"""What stops a formation."""
_FORWARDED = STOPPING | {signal.SIGTSTP, signal.SIGWINCH, signal.SIGUSR1, signal.SIGUSR2}
_WAITED_FOR = _FORWARDED | {signal.SIGCHLD, signal.SIGCONT}
_KEYS = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP})
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_KILL_EVERY, _MOST_KILLS = 0.01, 500  # seconds, and how often
_GRACE, _SUSPEND, _DISMISS = b"grace", b"suspend", b"dismiss"
_IN_FOREGROUND, _IN_BACKGROUND = b"f", b"b"


class Guardian:
    """What the manager has of its guardian: ``fd`` is readable once that is gone.

    ``mark`` names a variable that is set in all that this run starts, and nowhere else: the one of a
    pyforeman inside another one has another name. ``has_terminal``: we were in the foreground of our
    terminal when we were started, or continued.
    """

    def __init__(self, mark: str, fd: int, to_guardian: int, modes: Modes, *, has_terminal: bool) -> None:
        self.mark = mark
        self.fd = fd
        self.has_terminal = has_terminal
        self._modes = modes
        self.is_gone = False
        self._to_guardian = to_guardian

    def check(self) -> bool:
        """Whether it is gone; to be asked when ``fd`` is readable."""
        if not self.is_gone:
            said = os.read(self.fd, 1)
            self.has_terminal = said == _IN_FOREGROUND
            if not said:
                self.is_gone = True
                self._modes.give_back()
        return self.is_gone

    def allow(self, grace: float) -> None:
        """Tell it how many seconds what we leave behind has between SIGTERM and SIGKILL."""
        self._tell(b"%b %a\n" % (_GRACE, grace))

    def dismiss(self) -> None:
        """All that was started has ended, but for what cannot be killed and was named: go, once we do."""
        self._tell(_DISMISS + b"\n")

    def suspend(self) -> None:
        """Have the job stopped, as ^Z asks; returns when it is continued, or the guardian is gone.

        We wait for that, and are not stopped ourselves: else we could not see the guardian's end.
        """
        self._tell(_SUSPEND + b"\n")
        self.check()

    def _tell(self, message: bytes) -> None:
        try:
            os.write(self._to_guardian, message)
            os.kill(os.getppid(), signal.SIGCHLD)
        except OSError:  # it is gone, and ``fd`` says so
            return


def guard() -> Guardian:
    """Become two. Returns in the manager; the guardian lives on here, and ends with the manager's exit code.

    Raises OSError if there may be no more processes or open files, or if this Python cannot call the kernel.
    """
    _open_standard_fds()
    not_ours = _children()  # a shell that becomes pyforeman hands on its jobs: tail -f log & exec …
    mark = f"PYFOREMAN_MARK_{os.urandom(8).hex()}"
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    from_guardian, to_manager = os.pipe()
    from_manager, to_guardian = os.pipe()
    # SIGTTOU would stop a guardian in the background that gives the terminal back.
    waiting = signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED_FOR | {signal.SIGTTOU})
    modes = Modes(1)
    has_terminal = modes.keep_output()
    gc.freeze()  # the collector writes to what it looks at, and each process would get a copy of it
    try:
        manager = os.fork()
    except OSError:
        modes.give_back()
        raise
    if manager:
        os.close(from_guardian)
        os.close(to_guardian)
        code = 1
        try:
            code = _stand_guard(_Manager(manager, mark, from_manager, to_manager, modes, not_ours))
        except BaseException:  # an error of ours; the manager sees our end, and stops all
            sys.excepthook(*sys.exc_info())
        os._exit(code)  # not by sys.exit: what the interpreter would put in order is the manager's
    os.close(from_manager)
    os.close(to_manager)
    os.setsid()
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGCONT)  # somebody may have stopped us when the guardian is killed
    signal.pthread_sigmask(signal.SIG_SETMASK, waiting)
    gc.disable()  # while all is imported, of which nothing becomes garbage; launch enables it
    return Guardian(mark, from_guardian, to_guardian, modes, has_terminal=has_terminal)


def _open_standard_fds() -> None:
    """Point those of the fds 0, 1 and 2 that are closed at /dev/null, else our pipes would become them."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is fd


def _children() -> set[int]:
    """The pids of our children, where the kernel lists them."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return set(map(int, file.read().split()))
    except OSError:
        return set()


def _prctl(option: int, value: int) -> None:
    """Ask the kernel for it. Become a subreaper: the parent of whoever loses its own below us. Or get a
    signal when our parent ends. macOS has no such things: see darwin.py."""
    if sys.platform == "linux":
        try:
            import _ctypes  # ctypes, around it, would take 3 ms of each start
        except ImportError:
            raise OSError(errno.ENOSYS, "this Python was built without ctypes (libffi)") from None
        ourselves = _ctypes.dlopen(None, os.RTLD_NOW)  # type: ignore[arg-type]  # as dlopen(3) and ctypes do
        _ctypes.call_cdeclfunction(_ctypes.dlsym(ourselves, "prctl"), (option, value, 0, 0, 0))


class _Manager:
    """What the guardian has of the manager. ``exit`` is what waitpid said of its end, None until then."""

    def __init__(
        self, pid: int, mark: str, fd: int, to_manager: int, modes: Modes, not_ours: set[int]
    ) -> None:
        self.pid = pid
        self.had_children = bool(not_ours)
        self.not_ours = not_ours
        self.modes = modes
        self.mark = mark
        self.exit: int | None = None
        self.may_leave_something = False
        self.stopping_since: float | None = None
        self._grace = 0.0
        self._fd = fd
        self._to_manager = to_manager
        os.set_blocking(fd, False)

    def listen(self) -> None:
        """Hear what it has to say."""
        try:
            messages = os.read(self._fd, 4096)
        except BlockingIOError:
            return
        for message in messages.splitlines():
            what, _, value = message.partition(b" ")
            if what == _GRACE:
                self._grace = float(value)
                self.may_leave_something = True
            elif what == _DISMISS:
                self.may_leave_something = False
            elif what == _SUSPEND:
                in_foreground = self._stop_ourselves()
                try:
                    os.write(self._to_manager, _IN_FOREGROUND if in_foreground else _IN_BACKGROUND)
                except BrokenPipeError:
                    return  # it was killed meanwhile

    def suspend(self) -> None:
        """^Z before it can hear of it: nothing runs yet."""
        os.kill(self.pid, signal.SIGSTOP)
        self._stop_ourselves()
        os.kill(self.pid, signal.SIGCONT)

    def _stop_ourselves(self) -> bool:
        """Do what ^Z would have done if we had not caught it; returns when we are continued, and whether
        that was in the foreground.

        The default action and not SIGSTOP: where nobody could continue us (no job control above us), the
        kernel then ignores the stop (POSIX, orphaned process groups).
        """
        self.modes.give_back()
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
        return self.modes.keep_output()

    def grace_left(self) -> float:
        """In seconds, for what it leaves behind: it has begun with the signal that stops all."""
        begun = 0.0 if self.stopping_since is None else time.monotonic() - self.stopping_since
        return max(0.0, self._grace - begun)

    def look(self) -> None:
        """See whether it has ended. Whoever else has ended is reaped: pid 1 gets orphans from elsewhere."""
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                self.not_ours.discard(pid)  # from now on the pid may be that of one of ours
                if pid == self.pid:
                    self.exit = status
                if not pid:
                    return
        except ChildProcessError:
            return


def ignored_by_nohup() -> frozenset[int]:
    """SIGHUP if it is ignored, which is to stay so."""
    return frozenset({signal.SIGHUP} if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else ())


def _stand_guard(manager: _Manager) -> int:
    """Forward signals until the manager ends, and end what it leaves behind; gives the exit code."""
    signals = _WAITED_FOR - ignored_by_nohup()
    for waited_for in signals - {signal.SIGTSTP}:
        signal.signal(waited_for, lambda *_: None)  # never called; but what is ignored does not wait on macOS
    while True:
        manager.listen()
        manager.look()
        if manager.exit is not None:
            break
        number = signal.sigwait(signals)
        if number in _KEYS:
            manager.modes.drop_keys()
        if number in STOPPING and manager.stopping_since is None:
            manager.stopping_since = time.monotonic()
        if number == signal.SIGCONT:
            manager.modes.keep_output()  # from the background to the foreground
        elif number == signal.SIGTSTP and not manager.may_leave_something:
            manager.suspend()
        elif number != signal.SIGCHLD:
            os.kill(manager.pid, number)  # still ours: nobody but ``look`` reaps it
        if number in STOPPING:
            os.kill(manager.pid, signal.SIGCONT)  # somebody may have stopped it, and it would not hear
    manager.listen()
    manager.modes.give_back_keys()
    manager.modes.give_back()
    code = os.waitstatus_to_exitcode(manager.exit)
    killed_by = -code if code < 0 and -code not in STOPPING else 0
    if killed_by or manager.may_leave_something:
        try:
            from pyforeman.runtime import aftermath

            not_ours = manager.not_ours if manager.had_children else None
            aftermath.of_manager(manager.pid, killed_by, manager.mark, manager.grace_left(), not_ours)
        except BaseException:  # there is no memory, or no file of ours on the disk any more
            _kill_what_is_left(manager)
    return code if code >= 0 else 128 - code


def _kill_what_is_left(manager: _Manager) -> None:
    """Without a grace, and with nothing but what is imported. The children of who is killed become ours."""
    for _ in range(_MOST_KILLS):
        children = _children() - manager.not_ours
        if manager.had_children:
            children = {pid for pid in children if _is_marked(pid, manager.mark)}
        if not children:
            return
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except PermissionError:
                continue  # another user's
        time.sleep(_KILL_EVERY)
        manager.look()


def _is_marked(pid: int, mark: str) -> bool:
    """Whether a process has our mark in its environment."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return mark.encode() in file.read()
    except OSError:
        return False
