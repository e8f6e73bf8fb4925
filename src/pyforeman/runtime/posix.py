"""Children: spawn, signal a session, see an end, reap. The only module that knows pids.

Each child leads a session of its own. So ^C reaches only us, the pipeline of a shell goes down as
one, and what belongs to a child can be told: it is in its session, in whichever process group
(``timeout 30 server`` makes a group of its own).
"""

import os
import signal
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from pyforeman.core.status import ExitStatus
from pyforeman.errors import PyforemanError
from pyforeman.runtime.pty import Window, open_pty

SHELL = "/bin/sh"

# What a child must not inherit from us: Python ignores SIGPIPE and SIGXFSZ, and a non-interactive
# shell starts its background jobs with SIGINT and SIGQUIT ignored; an ignored signal stays ignored
# across exec. SIGHUP is left alone: under nohup, children expect it to be ignored.
_DEFAULT_SIGNALS = (
    signal.SIGPIPE,
    signal.SIGXFSZ,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGTSTP,
)


Members = dict[int, dict[int, int]]
"""Of each session in which anything lives, by the pid of its leader: the parent of every member."""


class Platform(Protocol):
    """What Linux and macOS each do in their own way."""

    def members(self, sessions: frozenset[int]) -> Members:
        """What lives in each of these sessions, zombies aside. Raises OSError where it cannot be told."""

    def program(self, pid: int) -> str:
        """The file that a process runs; "" if it is gone or another user's."""

    def ended(self, pid: int) -> ExitStatus | None:
        """How our child ended, None while it lives. Where the kernel allows, it stays a zombie."""

    def reap(self, pid: int) -> None:
        """Let go of the zombie, and so of its pid."""


class Child(NamedTuple):
    """A spawned process: it leads session and group ``pid``; both fds are ours to close.

    ``output`` reads what it writes, without blocking. ``stdin`` is the end of a pipe that nobody ever
    writes to: while it is open, the child's stdin neither ends nor steals a key. It is -1 where there
    is none: the child's stdin is at EOF, or its terminal, of which ``output`` is the other side.
    """

    pid: int
    output: int
    stdin: int


def this_platform() -> Platform:
    """The calls of the system we run on."""
    if sys.platform == "darwin":
        from pyforeman.runtime.darwin import Darwin

        return Darwin()
    from pyforeman.runtime.linux import Linux

    return Linux()


def spawn(
    shell_line: str,
    environment: Mapping[str, str],
    *,
    window: Window | None = None,
    stdin_at_eof: bool = False,
) -> Child:
    """Run a shell line in a new session, in the current folder: on a pty of that size, or on pipes.

    posix_spawn and not fork: it is five times as fast, and fork beside a thread can deadlock. Raises
    OSError when the kernel refuses (EAGAIN, EMFILE, E2BIG, ENOSPC: no pty); nothing is left open then.
    """
    opened: set[int] = set()
    try:
        output, child_output = open_pty(window) if window else os.pipe()
        opened |= {output, child_output}
        child_stdin, stdin = child_output, -1
        if stdin_at_eof:
            child_stdin = os.open(os.devnull, os.O_RDONLY)
        elif not window:
            child_stdin, stdin = os.pipe()
        opened |= {child_stdin, stdin} - {-1}
        pid = os.posix_spawn(
            SHELL,
            ("sh", "-c", shell_line),
            environment,
            # The other ends are close-on-exec: a child that held a sibling's pipe would hide its EOF.
            file_actions=(
                (os.POSIX_SPAWN_DUP2, child_stdin, 0),
                (os.POSIX_SPAWN_DUP2, child_output, 1),
                (os.POSIX_SPAWN_DUP2, child_output, 2),
            ),
            setsid=True,
            setsigmask=(),
            setsigdef=_DEFAULT_SIGNALS,
        )
    except OSError:
        for fd in opened:
            os.close(fd)
        raise
    for fd in {child_output, child_stdin}:
        os.close(fd)
    os.set_blocking(output, False)  # this end is ours alone; the child's end stays blocking
    return Child(pid, output, stdin)


def announce_resize(leader: int) -> None:
    """Send SIGWINCH to the group of a leader: the kernel does it for controlling terminals only."""
    try:
        # Not by signal_one: what somebody has stopped must not go on because a window was dragged.
        os.killpg(leader, signal.SIGWINCH)
    except (ProcessLookupError, PermissionError):
        return


def signal_group(group: int, number: int) -> None:
    """Send every process of a group a signal.

    A group that went away, or that belongs to another user by now (sudo): there is nothing to do
    here; what is left is seen, and named, by whoever looks at the members.
    """
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def may_signal(pid: int) -> bool:
    """Whether the kernel lets us signal this process: not one that has become another user's (sudo)."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return False
    except ProcessLookupError:
        pass
    return True


def signal_one(pid: int, session: int, number: int) -> None:
    """Send one process of a session a signal."""
    try:
        if os.getsid(pid) == session:  # else its pid is another's by now
            os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def kill_groups(leaders: Iterable[int]) -> None:
    """SIGKILL to the groups of these leaders, without looking at anything: for when all else failed."""
    for leader in leaders:
        signal_group(leader, signal.SIGKILL)


def become(arguments: list[str], environment: Mapping[str, str]) -> None:
    """Replace this process by a program, looked up in the PATH of ``environment``. Returns never.

    Raises PyforemanError with 127 when there is no such program, 126 when it cannot be run (POSIX,
    2.8.2).
    """
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(arguments[0], arguments, environment)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: an empty word
        hint = "; for a shell line, use: sh -c '…'" if " " in arguments[0] else ""
        raise PyforemanError(f"{arguments[0]}: command not found{hint}", 127) from None
    except OSError as error:
        raise PyforemanError(f"{arguments[0]}: {error.strerror}", 126) from None


def stop_ourselves() -> None:
    """Do what ^Z would have done without our handler; returns when we are continued.

    The default action and not SIGSTOP: where nobody could continue us (no job control above us), the
    kernel then ignores the stop (POSIX, orphaned process groups).
    """
    ours = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, ours)


def open_standard_fds() -> None:
    """Point those of the fds 0, 1 and 2 that are closed at /dev/null, else our pipes would become them."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is fd
