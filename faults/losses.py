"""The one loss that there can be: a reader that is stalled while all is stopped. It is counted, exactly."""

import re
import signal
import time

import tally
from rows import Measured, row
from scene import PATIENCE, Scene


def _stalled(measured: Measured, names: str, *flood: int, within: float) -> tuple[int, int]:
    """Stall the reader, stop, and read what there is then; gives what pyforeman says is lost, and what is."""
    procfile = tally.procfile(names, *flood)
    with Scene(procfile, "-t", "20", "--timestamps", "off", "--log-dir", "logs") as scene:
        for name in names:
            scene.read_until(rf"\| {name} 2000 ")
        scene.stall()
        time.sleep(0.5)  # until all that can be on its way is full: nobody tells of that
        before = scene.peak_memory()
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM), within=within)
        assert (measured.peak or 0) - before < 64, (
            f"the memory grew by {(measured.peak or 0) - before:.0f} MB"
        )
        scene.read_on()
        out = scene.read_to_end(PATIENCE)
        counts = tally.written(scene.folder, names)
        tally.missing(out, counts)  # what came is whole and in order
        # Besides the floods: "started" and "stopped" of each, and "SIGTERM received".
        total = sum(counts.values()) + 2 * len(names) + 1
        lost_in_logs = sum(
            tally.missing_in_log(scene.folder / "logs" / f"{name}.1.log", name, count)
            for name, count in counts.items()
        )
        assert not lost_in_logs, f"{lost_in_logs} lines are not in the log files, which nobody stalls"
        assert len(re.findall("lost", scene.err)) == 1, f"not said once: {scene.err!r}"
        return tally.lost(scene.err), total - out.count(b"\n")


@row(
    "a stalled reader, four children in a flood, SIGTERM",
    must="what did not come out is said to be lost, once, and the number is exact; the log files have all; "
    "exit code 143",
)
def counted(measured: Measured) -> None:
    """Less than 32 MiB."""
    told, missing = _stalled(measured, "abcd", within=10)
    measured.note_lost(abs(told - missing))
    assert missing, "the row itself is wrong: nothing was lost"


@row(
    "a stalled reader, two children that write 70 MB more after SIGTERM",
    must="the memory grows by less than 64 MB; what did not come out is said to be lost, and the number is "
    "exact; the log files have all; exit code 143",
)
def counted_beyond_the_limit(measured: Measured) -> None:
    """More than 32 MiB: whole blocks are dropped."""
    told, missing = _stalled(measured, "ab", 0, 600_000, within=30)
    measured.note_lost(abs(told - missing))
    assert missing, "the row itself is wrong: nothing was lost"


@row(
    "a reader that is stalled for 3 s, without a stop",
    must="children wait in their own writes: nothing is lost, exit code 0",
)
def waited_for(measured: Measured) -> None:
    """As long as it takes."""
    with Scene(tally.procfile("abcd", 60_000), "--timestamps", "off") as scene:
        for name in "abcd":
            scene.read_until(rf"\| {name} 1000 ")
        scene.stall()
        time.sleep(3)  # this is what the row is about
        since = time.monotonic()
        scene.read_on()
        measured.end(scene, 0, since=since)
        measured.note_lost(tally.missing(scene.read_to_end(), tally.written(scene.folder, "abcd")))
        assert not scene.err, scene.err
