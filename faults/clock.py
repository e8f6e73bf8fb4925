"""The clock of the machine is set: an hour forward, an hour back."""

import re
import signal
from pathlib import Path

from rows import Measured, row
from scene import Scene

_LIBRARIES = ("libfaketimeMT.so.1", "libfaketime.so.1")
_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu/faketime",
    "/usr/lib/aarch64-linux-gnu/faketime",
    "/usr/lib64/faketime",
)


def _library() -> str:
    """Where libfaketime is; "" where it is not."""
    paths = (Path(folder) / name for folder in _FOLDERS for name in _LIBRARIES)
    return next((str(path) for path in paths if path.exists()), "")


def _faketime() -> str:
    return "" if _library() else "needs libfaketime (apt-get install faketime)"


def _jump(measured: Measured, by: str) -> None:
    """Set the clock while a crashed child waits for its next try, and again in the middle of the grace."""
    environment = {"DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_RESET": "1"}
    wrap = (
        "/bin/sh",
        "-c",
        f'export LD_PRELOAD={_library()} FAKETIME_TIMESTAMP_FILE="$PWD/clock"; exec "$@"',
        "sh",
    )
    procfile = (
        "web: unset LD_PRELOAD; exec sleep 3801\n"
        "crash: unset LD_PRELOAD; sleep 0.2; exit 1\n"
        "stubborn: unset LD_PRELOAD; trap '' TERM; sleep 3802; true\n"
    )
    with Scene(procfile, "-t", "2", wrap=wrap, environment=environment, files={"clock": "+0\n"}) as scene:
        first = scene.read_until(r"^(\d\d):\d\d:\d\d system +\| crash\.1 crashed .* next try in 1 s")
        (scene.folder / "clock").write_text(f"{by}\n")
        after = len(scene.out)
        # 1 s, then 2 s: neither at once nor in an hour.
        second = scene.read_until(
            r"^(\d\d):\d\d:\d\d system +\| crash\.1 crashed .* next try in 2 s", after=after
        )
        hours = (int(second[1]) - int(first[1])) % 24
        assert hours in {1, 2, 22, 23, 0} - {0}, "the row itself is wrong: the clock did not jump"
        since = scene.signal(signal.SIGTERM)
        scene.read_until("SIGTERM received")
        (scene.folder / "clock").write_text("+0\n")
        measured.end(scene, 143, since=since, within=2 + 3, at_least=1.9)
        assert not re.search(r"Traceback", scene.err), scene.tail()


@row(
    "the clock jumps an hour forward while a restart is due, and back in the middle of the grace",
    must="the restart comes in time, the grace is 2 s, nothing survives, exit code 143",
    needs=[_faketime],
)
def forward(measured: Measured) -> None:
    """As after a sleep of the machine."""
    _jump(measured, "+3600")


@row(
    "the clock jumps an hour back while a restart is due, and forward in the middle of the grace",
    must="the restart comes in time, the grace is 2 s, nothing survives, exit code 143",
    needs=[_faketime],
)
def back(measured: Measured) -> None:
    """As when the time is set by hand."""
    _jump(measured, "-3600")
