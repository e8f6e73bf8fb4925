"""Output that is much, slow, long, binary, cut: what a child wrote comes out once, in order, whole."""

import os
import re
import runpy
import signal
import time
from pathlib import Path

import tally
from cast import PYTHON
from rows import Measured, row
from scene import Scene

_NOTHING_LOST = "every whole line is there once, in order"
_TICKER = "ticker: n=0; while :; do n=$((n+1)); echo tick $n; sleep 0.01; done\n"


@row("a flood from four children, stopped in the middle by SIGTERM", must=f"{_NOTHING_LOST}; exit code 143")
def stopped(measured: Measured) -> None:
    """What they wrote until their end, by their own account."""
    with Scene(tally.procfile("abcd"), "--timestamps", "off") as scene:
        for name in "abcd":
            scene.read_until(rf"\| {name} 20000 ")
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM))
        measured.note_lost(tally.missing(scene.read_to_end(), tally.written(scene.folder, "abcd")))


@row(
    "a flood from four children, and SIGKILL of the guardian in the middle",
    must=f"the manager ends all and still writes what there is: {_NOTHING_LOST}; nothing survives",
)
def guardian_killed(measured: Measured) -> None:
    """Who was killed had no line in its hands."""
    with Scene(tally.procfile("abcd"), "--timestamps", "off") as scene:
        for name in "abcd":
            scene.read_until(rf"\| {name} 5000 ")
        scene.wait_for_manager()
        measured.killed(scene, 137, since=scene.kill_guardian(), within=5)
        measured.note_lost(tally.missing(scene.read_to_end(), tally.written(scene.folder, "abcd")))


def _read_slowly(scene: Scene) -> bytes:
    out = bytearray()
    while data := os.read(scene.pipe, 1 << 16):
        out += data
        time.sleep(0.01)  # that is what makes it slow
    return bytes(out)


@row("a reader that is slower than four children", must=f"they wait for it: {_NOTHING_LOST}; exit code 0")
def slow_reader(measured: Measured) -> None:
    """64 KiB every 10 ms."""
    with Scene(tally.procfile("abcd", 20_000), "--timestamps", "off", stdout="unread") as scene:
        since = time.monotonic()
        out = _read_slowly(scene)
        measured.end(scene, 0, since=since)
        measured.note_lost(tally.missing(out, tally.written(scene.folder, "abcd")))


@row(
    "a reader that is slower than four children, and SIGTERM in the middle",
    must=f"it is slow and not stalled, so it gets all: {_NOTHING_LOST}; exit code 143",
)
def slow_reader_stopped(measured: Measured) -> None:
    """What is on its way at the stop is waited for."""
    with Scene(tally.procfile("abcd"), "--timestamps", "off", stdout="unread") as scene:
        head = b""
        while not all(b"| %c 5000 " % name in head for name in b"abcd"):
            head += os.read(scene.pipe, 1 << 16)
        since = scene.signal(signal.SIGTERM)
        out = head + _read_slowly(scene)
        measured.end(scene, 143, since=since)
        assert not scene.err, scene.err
        measured.note_lost(tally.missing(out, tally.written(scene.folder, "abcd")))


@row(
    "one line of 200 MB without a newline",
    must="all its bytes are there, in pieces of at most 1 MiB; the peak is below 64 MB",
)
def long_line(measured: Measured) -> None:
    """Nobody has that much memory for a line."""
    code = "import os; [os.write(1, b'~' * 1_000_000) for _ in range(200)]"
    with Scene(f'web: {PYTHON} -c "{code}"\n', "--timestamps", "off") as scene:
        measured.end(scene, 0, since=scene.began)
        out = scene.read_to_end()
        pieces = re.findall(rb"^web\.1 +\| (~*)$", out, re.MULTILINE)
        assert sum(map(len, pieces)) == out.count(b"~") == 200_000_000, f"{out.count(b'~')} bytes came"
        assert max(map(len, pieces)) <= 1 << 20, "a piece is too long"
        assert (measured.peak or 0) < 64, f"the peak is {measured.peak:.0f} MB"


@row(
    "32 MB of random bytes: no UTF-8, NULs, no newline for long, many at once",
    must="each byte is there, in order",
)
def noise(measured: Measured) -> None:
    """Bytes are bytes."""
    path = Path(__file__).parent.parent / "tests" / "children"
    expected = runpy.run_path(str(path / "noise.py"))["noise"]
    with Scene(f"web: {PYTHON} {path / 'noise.py'} 7 32000000\n", "--timestamps", "off") as scene:
        measured.end(scene, 0, since=scene.began)
        lines = [line for line in scene.read_to_end().split(b"\n") if line.startswith(b"web.1")]
    want = expected(7, 32_000_000).split(b"\n")
    got = [line.partition(b"| ")[2] for line in lines]
    if not want[-1]:
        want.pop()  # a last line without newline is shown at the end; there was none
    assert all(len(line) <= 1 << 20 for line in want), "the row itself is wrong: lines are shown in pieces"
    measured.note_lost(max(0, len(want) - len(got)))
    assert got == want, "what came is not what was written"


@row(
    "a child writes 50,000 lines and exits at once; another one does, and dies of SIGKILL",
    must=f"{_NOTHING_LOST}, before the line that tells of the end",
)
def last_words(measured: Measured) -> None:
    """The pipe has to be emptied before the end is told."""
    procfile = "good: seq 50000\nbad: seq 50000; kill -9 $$\n"
    with Scene(procfile, "--restart", "never", "--timestamps", "off") as scene:
        measured.end(scene, 137, since=scene.began)
        out = scene.read_to_end().decode()
    want = [str(number) for number in range(1, 50_001)]
    for name, end in (("good", "finished"), ("bad", "crashed")):
        lines = re.findall(rf"^(?:{name}\.1 +\| (\d+)|system +\| {name}\.1 ({end}).*)$", out, re.MULTILINE)
        assert lines[-1] == ("", end), f"{name}: the end is not told last, but {lines[-1]}"
        got = [number for number, _ in lines[:-1]]
        measured.note_lost(len(want) - len(got))
        assert got == want, f"{name}: out of order"


@row(
    "a prompt without newline, from a child that then waits for ever; on a pipe and on a pty of its own",
    must="the lines of others come on; at the end the prompt is shown",
)
def prompt(measured: Measured) -> None:
    """Nobody waits for the end of a line."""
    for pty in ("--no-pty", "--pty"):
        with Scene(f"ask: printf 'name? '; exec sleep 3501\n{_TICKER}", pty) as scene:
            number = int(scene.read_until(r"\| tick (\d+)$")[1])
            scene.read_until(rf"\| tick {number + 100}$", patience=20)
            measured.end(scene, 143, since=scene.signal(signal.SIGTERM))
            scene.read_to_end()
            assert scene.lines("ask.1")[:1] == ["name? "], scene.lines("ask.1")


@row(
    "a child crashes, and what it has left in the background holds its output open; also in another session",
    must="the crash is told at once, what is left is ended, exit code 3",
)
def held_pipe(measured: Measured) -> None:
    """The end of a process and the end of its output are two facts."""
    for left in ("sleep 3502 & exit 3", "setsid -f sleep 3503; exit 3"):
        with Scene(f"web: {left}\n", "--restart", "never") as scene:
            scene.read_until(r"web\.1 crashed \(code 3\)")
            measured.end(scene, 3, since=scene.began, within=5)


@row("three children that write half lines, at random moments", must="each line is whole, and of one child")
def half_lines(measured: Measured) -> None:
    """A write is no line."""
    code = (
        "import os,random,sys,time; n=sys.argv[1]; r=random.Random(n)\n"
        "for k in range(300):\n"
        "    line = f'{n} {k} {n * 60}\\n'.encode()\n"
        "    while line:\n"
        "        cut = r.randrange(1, 40); os.write(1, line[:cut]); line = line[cut:]\n"
        "        time.sleep(r.choice((0, 0, 0.0005)))\n"
    )
    procfile = "".join(f"{name}: {PYTHON} halves.py {name}\n" for name in "abc")
    with Scene(procfile, "--timestamps", "off", files={"halves.py": code}) as scene:
        measured.end(scene, 0, since=scene.began)
        scene.read_to_end()
        for name in "abc":
            want = [f"{name} {number} {name * 60}" for number in range(300)]
            measured.note_lost(len(want) - len(scene.lines(f"{name}.1")))
            assert scene.lines(f"{name}.1") == want


@row(
    "a child crashes and is restarted twenty times in the middle of a flood of others",
    must=f"of the flood and of the crashes: {_NOTHING_LOST}",
)
def crashes_in_a_flood(measured: Measured) -> None:
    """Each end empties a pipe."""
    procfile = tally.procfile("ab", 200_000) + "".join(
        f"crash{number}: seq 1 500; exit 1\n" for number in range(10)
    )
    with Scene(procfile, "--max-restarts", "1", "--timestamps", "off") as scene:
        measured.end(scene, 1, since=scene.began)
        out = scene.read_to_end()
        measured.note_lost(tally.missing(out, tally.written(scene.folder, "ab")))
        for number in range(10):
            got = scene.lines(f"crash{number}.1")
            want = [str(line) for line in range(1, 501)] * 2
            measured.note_lost(len(want) - len(got))
            assert got == want, f"crash{number}: out of order"
