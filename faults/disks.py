"""Disks that are full: what is written to them waits or is dropped, in one line each, and the run goes on."""

import re
import signal
from pathlib import Path

import tally
from mounts import fill, small_disk
from rows import Measured, root, row
from scene import Scene, until

_PAD = "0" * 300
"""So that a line is not for long in what the file has already of the disk, a page."""
_TICKER = f"ticker: n=0; while :; do n=$((n+1)); echo $n > count; echo tick $n {_PAD}; sleep 0.01; done\n"


def _count(scene: Scene) -> int:
    """How far the ticker has come, whatever becomes of its output."""
    text = (scene.folder / "count").read_text() if (scene.folder / "count").exists() else ""
    return int(text) if text.strip() else 0


def _goes_on(scene: Scene, more: int = 50) -> None:
    goal = _count(scene) + more
    until(lambda: _count(scene) >= goal, f"the ticker goes on to {goal}; {scene.tail()}")


@row(
    "stdout is a full disk (/dev/full), then SIGTERM",
    must="one line says so, the children run on, one line counts what is lost; exit code 143",
)
def dev_full(measured: Measured) -> None:
    """It never gets better."""
    with Scene(_TICKER, "-t", "1", stdout=Path("/dev/full")) as scene:
        until(lambda: scene.err, "it is said")
        _goes_on(scene)
        assert len(scene.err.splitlines()) == 1, f"not one line: {scene.err!r}"
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM), within=5)
        assert len(scene.err.splitlines()) == 2, f"not two lines: {scene.err!r}"
        assert tally.lost(scene.err), f"nothing counts the loss: {scene.err!r}"


@row(
    "stdout is a file on a disk that is full for a while",
    must="one line says so, and when there is room it goes on: no line is lost, exit code 0",
    needs=[root],
)
def stdout_full_for_a_while(measured: Measured) -> None:
    """A full disk is a reader that is slow."""
    with small_disk(8192) as disk:
        ballast = disk / "first"
        ballast.write_bytes(b"\0" * 5_000_000)
        with Scene(tally.procfile("ab", 30_000), "--timestamps", "off", stdout=disk / "out") as scene:
            until(lambda: scene.err, "it is said that the disk is full")
            ballast.unlink()
            measured.end(scene, 0, since=scene.began)
            out = (disk / "out").read_bytes()
            measured.note_lost(tally.missing(out, tally.written(scene.folder, "ab")))
            assert len(scene.err.splitlines()) == 1, f"not one line: {scene.err!r}"


@row(
    "the disk of --log-dir is full, and has room again after a while",
    must="one line for each file says so, the run and its output go on; then the files go on, and one line "
    "each says exactly how many lines are missing there; exit code 143",
    needs=[root],
)
def log_dir_full(measured: Measured) -> None:
    """A run is worth more than its log."""
    with small_disk(1024) as disk:
        procfile = f"{_TICKER}other: while :; do echo other; sleep 0.02; done\n"
        with Scene(procfile, "-t", "1", "--log-dir", str(disk / "logs")) as scene:
            log = disk / "logs" / "ticker.1.log"
            until(lambda: log.exists() and b"tick 5" in log.read_bytes(), "the log is written")
            ballast = fill(disk)
            # What goes into the page that the file has already goes in; so for some lines all is well.
            scene.read_until(r"ticker\.1\.log: No space left")
            _goes_on(scene, 200)
            last = int(scene.read_until(r"tick (\d+) ", after=max(0, len(scene.out) - 2000))[1])
            scene.read_until(rf"tick {last + 100} ", after=max(0, len(scene.out) - 2000))
            ballast.unlink()
            goal = _count(scene) + 100
            until(lambda: f"tick {goal} ".encode() in log.read_bytes(), "the log goes on")
            measured.end(scene, 143, since=scene.signal(signal.SIGTERM), within=5)
            said = scene.read_to_end().decode() + scene.err
            names = ("ticker.1.log", "other.1.log", "all.log")
            lines = {name: re.findall(rf"^.*{re.escape(name)}.*$", said, re.MULTILINE) for name in names}
            once = {name: sum("No space" in line for line in found) for name, found in lines.items()}
            assert max(once.values()) <= 1, f"not one line for each file: {lines}"
            assert once["ticker.1.log"], f"no line names ticker.1.log: {lines}"
            written = len(re.findall(rb"^tick \d+ 0{300}$", log.read_bytes(), re.MULTILINE))
            told = re.search(r"again; (\d+) lines", "".join(lines["ticker.1.log"]))
            assert told, f"nothing counts what is missing in the file: {lines}"
            came = len(re.findall(r"ticker\.1 +\| tick \d+ 0{300}$", said, re.MULTILINE))
            assert came - written == int(told[1]), f"{came} lines, {written} in the file, {told[0]!r}"


@row(
    "stdout is a file that may not grow further (`ulimit -f`)",
    must="one line says so, all is stopped, nothing survives, exit code 1",
)
def file_limit(measured: Measured) -> None:
    """That is no disk that somebody will clean up."""
    wrap = ("/bin/sh", "-c", 'ulimit -f 64; exec "$@" > out', "sh")
    with Scene(tally.procfile("ab"), "-t", "1", wrap=wrap) as scene:
        measured.end(scene, 1, since=scene.began, within=10)
        assert len(scene.err.splitlines()) == 1, f"not one line: {scene.err!r}"
