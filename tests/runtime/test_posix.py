"""Children, what they start, and their ends, with real processes."""

import os
import select
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from harness import PATIENCE
from harness import child as child_line
from pyforeman.core.families import families
from pyforeman.core.status import ExitStatus
from pyforeman.runtime import guardian, linux, posix
from pyforeman.runtime.darwin import Darwin
from pyforeman.runtime.posix import Child, Platform
from pyforeman.runtime.stops import Stops

NAMES: dict[int, str] = {}
"""What the children have in their mark, each by its pid."""
MARKED = "PYFOREMAN_MARK_OF_THIS_TEST"
PLATFORMS: list[Platform] = [posix.this_platform(MARKED)]
if sys.platform == "linux":
    PLATFORMS.append(Darwin(MARKED))  # it asks psutil and getsid, which work here, too


def read_until(child: Child, text: bytes) -> bytes:
    """Read the child's output until ``text`` is in it, or to its end where that is the text."""
    data = b""
    while text not in data:
        readable, _, _ = select.select([child.output], [], [], PATIENCE)
        assert readable, f"{text!r} did not come: {data!r}"
        chunk = os.read(child.output, 65536)
        assert chunk, f"{text!r} never came: {data!r}"
        data += chunk
    return data


def await_end(platform: Platform, pid: int) -> ExitStatus:
    """Ask until the child has ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if status := platform.ended(pid):
            return status
        time.sleep(0.001)  # SIGCHLD would be the fact; it belongs to the loop, which is not under test here
    raise AssertionError(f"{pid} did not end")


def members(platform: Platform, *children: Child) -> dict[int, dict[int, int]]:
    """What lives of each child, and who is whose parent."""
    leaders = {NAMES[child.pid]: child.pid for child in children}
    found = families(platform.relatives(leaders.values()), leaders)
    return {child.pid: found.get(child.pid, {}) for child in children}


def stops(platform: Platform, *children: Child) -> Stops:
    found = Stops(platform)
    for child in children:
        found.add(NAMES[child.pid], child.pid)
    return found


def await_empty(platform: Platform, child: Child) -> None:
    deadline = time.monotonic() + PATIENCE
    while members(platform, child)[child.pid]:
        assert time.monotonic() < deadline
        platform.reap_orphans((child.pid,))
        time.sleep(0.001)  # nobody tells of the end of a process that is not our child


def open_files(pid: int) -> set[str]:
    """What the fds of a process are, as /proc names it."""
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:
            continue  # a library that was being loaded
    return found


def spawn(line: str, *, stdin_at_eof: bool = False) -> Child:
    name = f"web.{len(NAMES)}"
    child = posix.spawn(line, {**os.environ, MARKED: name}, stdin_at_eof=stdin_at_eof)
    NAMES[child.pid] = name
    return child


def let_go(platform: Platform, child: Child) -> None:
    """Kill all of it, reap, close."""
    stops(platform, child).kill([child.pid])
    try:
        await_end(platform, child.pid)
        await_empty(platform, child)
        platform.reap(child.pid)
    except ChildProcessError:
        pass  # the test has reaped it
    os.close(child.output)
    if child.stdin >= 0:
        os.close(child.stdin)


@pytest.fixture(autouse=True, scope="module")
def orphans_are_ours() -> Iterator[None]:
    """As in pyforeman; else what has left its session would outlive the tests."""
    guardian._prctl(guardian._PR_SET_CHILD_SUBREAPER, 1)
    yield
    guardian._prctl(guardian._PR_SET_CHILD_SUBREAPER, 0)


@pytest.fixture(params=PLATFORMS, ids=lambda platform: type(platform).__name__)
def platform(request: pytest.FixtureRequest) -> Platform:
    found: Platform = request.param
    return found


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("exit 0", ExitStatus()),
        ("exit 3", ExitStatus(code=3)),
        ("kill -9 $$", ExitStatus(signal=9)),
        ("kill -TERM $$", ExitStatus(signal=15)),
    ],
)
def test_an_end_is_decoded(platform: Platform, line: str, status: ExitStatus) -> None:
    child = spawn(line)
    assert await_end(platform, child.pid) == status
    platform.reap(child.pid)
    os.close(child.output)
    os.close(child.stdin)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS before Python 3.13 has to reap to look")
def test_linux_keeps_the_leader_unreaped_so_that_its_id_stays_its_own() -> None:
    platform = posix.this_platform(MARKED)
    child = spawn("exit 3")
    assert await_end(platform, child.pid) == ExitStatus(code=3)
    assert platform.ended(child.pid) == ExitStatus(code=3)
    os.killpg(child.pid, 0)  # the group is still there, though nothing lives in it
    assert members(platform, child) == {child.pid: {}}
    platform.reap(child.pid)
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)
    os.close(child.output)
    os.close(child.stdin)


def test_a_child_leads_a_session_and_its_group() -> None:
    platform = posix.this_platform(MARKED)
    child = spawn("echo ready; exec sleep 1000")
    read_until(child, b"ready")
    assert os.getsid(child.pid) == os.getpgid(child.pid) == child.pid
    let_go(platform, child)


def test_members_are_all_that_live_in_the_session_in_whichever_group(platform: Platform) -> None:
    # timeout makes a group of its own when it does not lead one
    child = spawn("sh -c 'timeout 1000 sleep 1000 & echo ready; wait'")
    read_until(child, b"ready")
    deadline = time.monotonic() + PATIENCE
    while len(found := members(platform, child)[child.pid]) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.001)  # timeout has no way to say that it has forked
    assert child.pid in found
    stops(platform, child).kill([child.pid])
    await_end(platform, child.pid)
    await_empty(platform, child)
    platform.reap(child.pid)
    os.close(child.output)
    os.close(child.stdin)


def test_one_look_serves_many_sessions(platform: Platform) -> None:
    children = [spawn("echo ready; exec sleep 1000") for _ in range(5)]
    for child in children:
        read_until(child, b"ready")
    assert members(platform, *children) == {child.pid: {child.pid: os.getpid()} for child in children}
    for child in children:
        let_go(platform, child)


def test_a_stopped_process_gets_its_sigterm() -> None:
    platform = posix.this_platform(MARKED)
    child = spawn("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done")
    read_until(child, b"ready")
    stops(platform, child).signal([child.pid], signal.SIGSTOP)
    stops(platform, child).ask({child.pid: signal.SIGTERM})
    read_until(child, b"bye")
    let_go(platform, child)


def test_stdin_never_ends_and_nobody_writes_to_it() -> None:
    platform = posix.this_platform(MARKED)
    child = spawn("read line; echo ended")
    readable, _, _ = select.select([child.output], [], [], 0.2)
    assert not readable
    os.close(child.stdin)  # now it does end
    read_until(child, b"ended")
    let_go(platform, child._replace(stdin=-1))


def test_stdin_at_eof() -> None:
    child = spawn("cat; echo ended", stdin_at_eof=True)
    read_until(child, b"ended")
    let_go(posix.this_platform(MARKED), child)


def test_children_share_no_pipe_so_that_eof_means_one_child() -> None:
    platform = posix.this_platform(MARKED)
    first = spawn("echo ready; exec sleep 1000")
    second = spawn("echo ready; exec sleep 1000")
    read_until(first, b"ready")
    read_until(second, b"ready")
    if sys.platform == "linux":
        pipes_of_first = {os.readlink(f"/proc/self/fd/{fd}") for fd in (first.output, first.stdin)}
        assert not pipes_of_first & open_files(second.pid)
        assert pipes_of_first <= open_files(first.pid)
    stops(platform, first).kill([first.pid])
    readable, _, _ = select.select([first.output], [], [], PATIENCE)
    assert readable
    assert os.read(first.output, 10) == b""
    let_go(platform, first)
    let_go(platform, second)


def test_the_childs_end_of_the_pipe_blocks_and_ours_does_not() -> None:
    child = spawn(f"{sys.executable} -c 'import os; print(os.get_blocking(0), os.get_blocking(1))'")
    assert read_until(child, b"\n") == b"True True\n"
    assert not os.get_blocking(child.output)
    let_go(posix.this_platform(MARKED), child)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_child_inherits_no_ignored_and_no_blocked_signal() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    child = spawn("exec grep -E 'Sig(Blk|Ign)' /proc/self/status")
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    signal.signal(signal.SIGINT, before)
    text = read_until(child, b"SigIgn:\t").decode()
    values = {line.split(":\t")[0]: int(line.split(":\t")[1], 16) for line in text.splitlines()}
    # glibc leaves the two signals it uses itself (32 and 33) ignored; no program can use them
    assert values["SigIgn"] & ~(3 << 31) == 0
    assert values["SigBlk"] == 0
    let_go(posix.this_platform(MARKED), child)


def test_a_failed_spawn_leaves_nothing_open() -> None:
    def fds() -> set[str]:
        return set(os.listdir("/dev/fd"))

    before = fds()
    too_long = {"BIG": "x" * (4 << 20)}
    with pytest.raises(OSError, match="Argument list too long"):
        posix.spawn("true", too_long)
    assert fds() == before


def test_a_signal_to_a_session_that_is_gone_is_no_error(platform: Platform) -> None:
    child = spawn("exit 0")
    await_end(platform, child.pid)
    stops(platform, child).ask({child.pid: signal.SIGTERM})
    platform.reap(child.pid)
    stops(platform, child).ask({child.pid: signal.SIGTERM})
    os.close(child.output)
    os.close(child.stdin)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS threads cannot outlive the main one like this")
def test_a_process_whose_main_thread_ended_is_no_zombie() -> None:
    platform = posix.this_platform(MARKED)
    child = spawn(f"sh -c '{child_line('lone_thread')} & wait'")
    read_until(child, b"ready")
    deadline = time.monotonic() + PATIENCE

    def zombie_leaders() -> list[int]:
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if fields[0] == "Z" and int(fields[3]) == child.pid:
                found.append(int(entry))
        return found

    while not (zombies := zombie_leaders()):
        assert time.monotonic() < deadline
        time.sleep(0.01)  # the end of a thread tells nobody
    assert zombies[0] in members(platform, child)[child.pid]
    let_go(platform, child)
    await_empty(platform, child)


def started(child: Child) -> int:
    """The pid that the child prints of what it has started."""
    return int(read_until(child, b"\n"))


def test_what_has_left_the_session_is_still_a_member_below_its_parent(platform: Platform) -> None:
    child = spawn("setsid sleep 1000 & echo $!; wait")
    left = started(child)
    deadline = time.monotonic() + PATIENCE
    while os.getsid(left) == child.pid:
        assert time.monotonic() < deadline
        time.sleep(0.001)  # setsid tells nobody
    assert members(platform, child)[child.pid] == {child.pid: os.getpid(), left: child.pid}
    let_go(platform, child)
    await_empty(platform, child)


COUNTING = """
import os, signal
numbers = {signal.SIGRTMIN, signal.SIGRTMAX}
signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
if os.fork() == 0:
    os.setsid()
else:
    os.fork()
os.write(1, b"ready ")
while signal.sigwait(numbers) == signal.SIGRTMIN:
    os.write(1, b"told ")
os.write(1, b"end ")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has no signals that queue, and can be counted")
def test_a_signal_that_counts_comes_once_to_the_group_and_to_who_has_left_it(platform: Platform) -> None:
    child = spawn(f"exec {sys.executable} -c '{COUNTING}'")
    output = b""
    while output.count(b"ready") < 3:
        output += read_until(child, b"ready ")
    stops(platform, child).signal_once(child.pid, signal.SIGRTMIN)
    for pid in members(platform, child)[child.pid]:
        os.kill(pid, signal.SIGRTMAX)  # taken after all others: they are numbered lower
    output = b""
    while output.count(b"end") < 3:
        output += read_until(child, b"end ")
    assert output.count(b"told") == 3
    let_go(platform, child)


def test_only_the_process_that_was_seen_is_signalled(platform: Platform) -> None:
    child = spawn("sleep 1000 & echo $!; wait")
    grandchild = started(child)
    platform.signal(grandchild, 1 << 30, signal.SIGKILL)  # the child of another: its pid has changed hands
    os.kill(grandchild, 0)
    assert grandchild in members(platform, child)[child.pid]
    platform.signal(grandchild, child.pid, signal.SIGKILL)
    assert await_end(platform, child.pid) == ExitStatus()
    let_go(platform, child)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_children_are_found_on_a_kernel_that_does_not_list_them() -> None:
    child = spawn("sleep 1000 & sleep 1000 & echo ready; wait")
    read_until(child, b"ready")
    listed = linux._children(child.pid)
    assert len(listed) == 2
    assert sorted(linux._searched_children(child.pid)) == sorted(listed)
    let_go(posix.this_platform(MARKED), child)
