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
_SHELL_FILE = os.path.realpath(SHELL)

_NEVER_CAUGHT = (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT)

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
    """What Linux and macOS each do in their own way."""

    def members(self, sessions: frozenset[int]) -> dict[int, list[int]]:
        """The pids of what lives in each of these sessions, zombies aside; only sessions that have any."""

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
        # Not by _signal_group: what somebody has stopped must not go on because a window was dragged.
        os.killpg(leader, signal.SIGWINCH)
    except (ProcessLookupError, PermissionError):
        return


class Unsure(NamedTuple):
    """A process of a session that may have lost a signal: see ``signal_again``."""

    pid: int
    session: int
    signal: int


def signal_sessions(platform: Platform, signals: Mapping[int, int]) -> list[Unsure]:
    """Send each session (by the pid of its leader) its signal, in all its process groups.

    killpg is atomic, so nothing forks past it; groups other than the leader's have to be looked for
    first. Gives the processes to which it may have to be sent again.
    """
    members = living(platform, frozenset(signals))  # of which the leaders' groups are known without
    unsure = [
        Unsure(pid, leader, number)
        for leader, number in signals.items()
        if number not in _NEVER_CAUGHT
        for pid in members.get(leader, ())
        if pid != leader and platform.program(pid) == _SHELL_FILE
    ]
    for leader, number in signals.items():
        for group in {leader} | _groups(members.get(leader, ())):
            _signal_group(group, number)
    return unsure


def signal_again(platform: Platform, unsure: Iterable[Unsure]) -> list[Unsure]:
    """Send the signal again to those that have become a program since; gives those that have not yet.

    Between fork and exec of a command, dash still has the handler of our trap: it notes the signal
    there, and exec forgets it. The program would run on, to be killed after the grace. What was a
    program before we looked gets no second signal.
    """
    still = []
    for process in unsure:
        program = platform.program(process.pid)
        if program == _SHELL_FILE:
            still.append(process)
        elif program:
            try:
                if os.getsid(process.pid) == process.session:  # else its pid is another's by now
                    os.kill(process.pid, process.signal)
            except (ProcessLookupError, PermissionError):
                continue
    return still


def empty_sessions(platform: Platform, sessions: frozenset[int]) -> frozenset[int]:
    """Those of the sessions in which nothing lives any more. None where it cannot be told."""
    try:
        # A second look: what forked and ended between the listing and its turn was missed.
        for _ in range(2):
            if sessions:
                sessions -= platform.members(sessions).keys()
    except OSError:  # no fd left to look with
        return frozenset()
    return sessions


def living(platform: Platform, sessions: frozenset[int]) -> dict[int, list[int]]:
    """What lives in each of the sessions; nothing where it cannot be told."""
    try:
        return platform.members(sessions)
    except OSError:  # no fd left to look with
        return {}


def kill_groups(leaders: Iterable[int]) -> None:
    """SIGKILL to the groups of these leaders, without looking at anything: for when all else failed."""
    for leader in leaders:
        _signal_group(leader, signal.SIGKILL)


def _signal_group(group: int, number: int) -> None:
    # A group that went away, or that belongs to another user by now (sudo): there is nothing to do
    # here; what is left is seen, and named, by whoever looks at the members.
    try:
        os.killpg(group, number)
        if number not in _NEVER_CAUGHT:
            os.killpg(group, signal.SIGCONT)  # a stopped process takes no SIGTERM
    except (ProcessLookupError, PermissionError):
        pass


def _groups(pids: Iterable[int]) -> set[int]:
    groups = set()
    for pid in pids:
        try:
            groups.add(os.getpgid(pid))
        except ProcessLookupError:
            continue  # it ended since we looked
    return groups


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
