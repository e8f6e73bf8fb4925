"""Children: spawn, signal, see an end, reap.

Each child leads a session of its own. So ^C reaches only us, and the pipeline of a shell goes down
as one.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from pyforeman.core.families import Relative
from pyforeman.core.status import ExitStatus
from pyforeman.errors import PyforemanError
from pyforeman.plan.command import SHELL
from pyforeman.runtime.pty import Window, open_pty

USUAL_ROOM = 64 * 1024
"""Bytes that a pipe holds, unless somebody has asked for another size."""

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


class Platform(Protocol):
    """What Linux and macOS each do in their own way.

    ``mark`` is the variable by which our children, and all they start, can be told from others; its
    value is the name of the process.
    """

    mark: str

    def relatives(self, leaders: Collection[int]) -> list[Relative]:
        """All that lives of what we have caused, each after its parent; ``leaders`` are those of the runs.

        Raises OSError where it cannot be told: there is no fd left to look with.
        """

    def signal(self, pid: int, parent: int, number: int) -> None:
        """Send a signal to the process that was seen as the child of ``parent``, and to no other."""

    def program(self, pid: int) -> str:
        """The file that a process runs; "" if it is gone or another user's."""

    def usage(self, pid: int) -> tuple[float, int] | None:
        """CPU time in seconds, with that of children it has waited for, and bytes in memory; None if it
        cannot be told: it is gone, or another user's."""

    def ended(self, pid: int) -> ExitStatus | None:
        """How our child ended, None while it lives. Where the kernel allows, it stays a zombie."""

    def reap(self, pid: int) -> None:
        """Let go of the zombie, and so of its pid."""

    def reap_orphans(self, leaders: Collection[int]) -> None:
        """Let go of our zombies that are none of these."""


class Child(NamedTuple):
    """A spawned process: it leads session and group ``pid``; both fds are ours to close.

    ``output`` reads what it writes, without blocking. ``stdin`` is the end of a pipe that nobody ever
    writes to: while it is open, the child's stdin neither ends nor steals a key. It is -1 where there
    is none: the child's stdin is at EOF, or its terminal, of which ``output`` is the other side.
    """

    pid: int
    output: int
    stdin: int


def this_platform(mark: str, not_ours: Collection[int] | None = None, below: int = 0) -> Platform:
    """The calls of the system we run on. ``mark`` is the variable that all has which we have caused;
    ``not_ours`` are the children that we had before; None: there were none. ``below``: whose relatives are
    listed, if not ours: for who only looks."""
    if sys.platform == "darwin":
        from pyforeman.runtime.darwin import Darwin

        return Darwin(mark, below)
    from pyforeman.runtime.linux import Linux

    return Linux(mark, not_ours, below)


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
        # Without a SIGCONT: what somebody has stopped must not go on because a window was dragged.
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


def is_in_group(pid: int, group: int) -> bool:
    """Whether a process is a member of a group; also when it is none any more: there is nothing to do."""
    try:
        return os.getpgid(pid) == group
    except ProcessLookupError:
        return True


def may_signal(pid: int) -> bool:
    """Whether the kernel lets us signal this process: not one that has become another user's (sudo)."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return False
    except ProcessLookupError:
        pass
    return True


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


def make_room(fd: int, size: int) -> None:
    """Let a pipe of the usual size hold ``size`` bytes: one of another size is somebody's choice. Nothing
    happens where ``fd`` is none, or the system has a limit."""
    import fcntl

    if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux
        with contextlib.suppress(OSError):
            if fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ) == USUAL_ROOM:
                fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, size)


def let_go_of_standard_fds() -> None:
    """Point 0, 1 and 2 at /dev/null: whoever reads our output is not to wait for us."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
