"""Measures pyforeman beside honcho, as ratios in one run: machines differ, ratios hardly do.

    make bench            all of it, about two minutes
    python benchmarks/bench.py --lines 50000 --runs 5

Both run the same Procfile with the same Python. Every figure is a median of interleaved runs, but
for honcho's throughput, which is one run: it takes some forty seconds.
"""

import argparse
import compileall
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyforeman

BIN = Path(sys.executable).parent
PYFOREMAN = [str(BIN / "pyforeman"), "start"]
HONCHO = [str(BIN / "honcho"), "start"]
WRITERS = "abcd"


def main() -> int:
    """Measure, print a table, and say whether each bar is reached; the exit code is 1 if one is not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=500_000, help="lines of each of the four writers")
    parser.add_argument("--runs", type=int, default=15, help="runs of what is short")
    options = parser.parse_args()
    # An editable install under PYTHONDONTWRITEBYTECODE would be compiled anew at every start.
    compileall.compile_dir(Path(pyforeman.__file__).parent, quiet=1)
    rows = [
        *first_child(options.runs),
        *throughput(options.lines),
        *to_terminal(options.lines),
        *import_time(options.runs),
        *idle(),
    ]
    width = max(len(name) for name, *_ in rows)
    for name, figures, reached in rows:
        print(f"{name:<{width}}  {figures}  {'reached' if reached else 'MISSED'}")
    return 0 if all(reached for *_, reached in rows) else 1


Row = tuple[str, str, bool]


def first_child(runs: int) -> Iterator[Row]:
    """From the start of the manager to the first instruction of its first child."""
    with folder({"Procfile": "clock: date +now=%s%N\n"}) as place:

        def once(command: list[str]) -> float:
            began = time.time_ns()
            done = subprocess.run(command, cwd=place, stdout=subprocess.PIPE, check=True, text=True)
            return (int(done.stdout.partition("now=")[2].split()[0]) - began) / 1e6

        ours, theirs = interleaved(runs, lambda: once(PYFOREMAN), lambda: once(HONCHO))
    figures = f"{ours:.1f} ms, honcho {theirs:.1f} ms: {ours / theirs:.2f} of honcho's (bar: < 1)"
    yield "first child", figures, ours < theirs


def throughput(lines: int) -> Iterator[Row]:
    """Four children that write as fast as they can, into a pipe that is read as fast as it can be."""
    procfile = "".join(f"{name}: cat {name}.txt\n" for name in WRITERS)
    with folder({"Procfile": procfile}) as place:
        write_lines(place, lines)

        def once(command: list[str], *, whole: bool) -> float:
            with open(place / "out", "wb") as out:
                began = time.perf_counter()
                manager = subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE)
                reader = subprocess.Popen(["cat"], stdin=manager.stdout, stdout=out)
                assert manager.stdout is not None
                manager.stdout.close()
                reader.wait()
                seconds = time.perf_counter() - began
            assert manager.wait() == 0
            check_complete(place / "out", lines, whole=whole)
            return seconds

        ours = statistics.median(once(PYFOREMAN, whole=True) for _ in range(5))
        limit = statistics.median(once(["sh", "-c", CATS], whole=False) for _ in range(5))
        theirs = once(HONCHO, whole=False)
    total = lines * len(WRITERS)
    figures = (
        f"{total / ours / 1e6:.2f} M lines/s, honcho {total / theirs / 1e3:.0f} k: {theirs / ours:.0f} times "
        f"(bar: >= 50); {limit / ours:.2f} of four cats without a manager"
    )
    yield "throughput", figures, theirs / ours >= 50


def write_lines(place: Path, lines: int) -> None:
    """What the writers write: numbered lines of 80 bytes."""
    for name in WRITERS:
        with open(place / f"{name}.txt", "w") as file:
            file.writelines(f"{name} {number:07d} {'x' * 69}\n" for number in range(lines))


CATS = " & ".join(f"cat {name}.txt" for name in WRITERS) + " & wait"


def check_complete(path: Path, lines: int, *, whole: bool) -> None:
    """Every line is there; for ``whole`` also each once, in order, under its own name."""
    expected = dict.fromkeys(WRITERS, 0)
    total = 0
    with open(path, "rb") as file:
        for written in file:
            line = written.replace(b"\r\n", b"\n")  # a terminal's
            if not line.endswith(b"x\n"):
                continue
            total += 1
            if whole:
                prefix, _, text = line.replace(b"\x1b[m", b"").partition(b" | ")
                name = text[:1].decode()
                assert f" {name}.1 ".encode() in prefix
                assert int(text[2:9]) == expected[name], line
                assert len(text) == 80, line
                expected[name] += 1
    assert total == lines * len(WRITERS), f"{total} lines instead of {lines * len(WRITERS)}"


def to_terminal(lines: int) -> Iterator[Row]:
    """The same four on a terminal that is read as fast as it can be, and the four without a manager."""
    with folder({"Procfile": "".join(f"{name}: cat {name}.txt\n" for name in WRITERS)}) as place:
        write_lines(place, lines)

        def once(command: list[str], *, whole: bool) -> float:
            """Seconds from the first byte on the terminal to the last one."""
            ours, theirs = os.openpty()
            termios.tcsetwinsize(theirs, (40, 120))
            variables = {**os.environ, "TERM": "xterm-256color"}
            with open(place / "out", "wb") as out:
                reader = subprocess.Popen(
                    [sys.executable, "-c", READER], stdin=ours, stdout=out, stderr=subprocess.PIPE, text=True
                )
                manager = subprocess.Popen(
                    command, cwd=place, env=variables, stdin=theirs, stdout=theirs, stderr=theirs
                )
                os.close(ours)
                os.close(theirs)
                seconds = float(reader.communicate()[1])
            assert manager.wait() == 0
            if whole:
                check_complete(place / "out", lines, whole=True)
            else:  # cats cut each other's lines anywhere
                assert (place / "out").read_bytes().count(b"\n") == lines * len(WRITERS)
            return seconds

        once(PYFOREMAN, whole=True)
        (place / "shown").write_bytes((place / "out").read_bytes().replace(b"\r\n", b"\n"))
        ours, cats, limit = interleaved(
            5,
            lambda: once(PYFOREMAN, whole=True),
            lambda: once(["sh", "-c", CATS], whole=False),
            lambda: once(["dd", "if=shown", "bs=64k", "status=none"], whole=True),
        )
    speed = lines * len(WRITERS) / ours / 1e3
    figures = (
        f"{speed:.0f} k lines/s: {cats / ours:.2f} of four cats without a manager (bar: >= 0.75), "
        f"{limit / ours:.2f} of one program that writes the same bytes"
    )
    yield "to a terminal", figures, cats / ours >= 0.75


READER = """
import os, sys, time
data = os.read(0, 65536)
began = time.perf_counter()
try:
    while data:
        os.write(1, data)
        data = os.read(0, 65536)
except OSError:  # EIO: nobody has the terminal open any more
    pass
sys.stderr.write(str(time.perf_counter() - began))
"""


def import_time(runs: int) -> Iterator[Row]:
    """The command line's own imports, beside those of click alone."""

    def once(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - began

    ours, theirs = interleaved(2 * runs, lambda: once("import pyforeman.cli"), lambda: once("import click"))
    figures = (
        f"{ours * 1e3:.1f} ms, import click {theirs * 1e3:.1f} ms: {ours / theirs:.2f} times (bar: <= 1.3)"
    )
    yield "import", figures, ours / theirs <= 1.3


def idle(seconds: float = 10) -> Iterator[Row]:
    """Ten sleeping children: pyforeman's threads must not run at all, so make no system call."""
    if sys.platform != "linux":
        return
    with folder({"Procfile": "sleeper: echo ready; exec sleep 1000\n"}) as place:
        manager = subprocess.Popen([*PYFOREMAN, "sleeper=10"], cwd=place, stdout=subprocess.PIPE)
        assert manager.stdout is not None
        ready = 0
        while ready < 10:
            ready += manager.stdout.readline().endswith(b"ready\n")
        # The last line was written by the thread while the main one may still be on its way to sleep.
        time.sleep(0.5)
        before = time_on_cpu(manager.pid)
        time.sleep(seconds)
        spent = time_on_cpu(manager.pid) - before
        manager.terminate()
        manager.communicate()
    yield "idle", f"{spent} ns on a processor in {seconds:.0f} s with 10 children (bar: 0)", spent == 0


def time_on_cpu(pid: int) -> int:
    """Nanoseconds that all threads of a process have run so far: exact, from the scheduler."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def interleaved(runs: int, *functions: Callable[[], float]) -> list[float]:
    """The median of each function, all called in turn: the machine's speed drifts for all alike."""
    rounds = [[function() for function in functions] for _ in range(runs + 1)][1:]  # the first warms up
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


@contextlib.contextmanager
def folder(files: dict[str, str]) -> Iterator[Path]:
    """A temporary folder with these files."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for path, text in files.items():
            (place / path).write_text(text)
        yield place


if __name__ == "__main__":
    sys.exit(main())
