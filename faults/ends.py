"""Every way in which a run ends, with every kind of process below it."""

import os
import signal
import time
from pathlib import Path

from cast import NAMELESS, PLAIN, POLITE, SETSID, STUBBORN, ZOO, Kind, act
from rows import Measured, row
from scene import Scene, until

_ALL = "every kind of process below it"
_GRACE = 1
_SLACK = 3.0
"""Seconds that a busy machine may take longer."""
_ZOO = {**ZOO, "polite": POLITE}


def _zoo() -> Scene:
    return act(_ZOO, "-t", str(_GRACE))


def _signalled(measured: Measured, number: int) -> None:
    with _zoo() as scene:
        measured.end(scene, 128 + number, since=scene.signal(number), within=_GRACE + _SLACK)
        _was_polite(scene)


def _was_polite(scene: Scene) -> None:
    assert (scene.folder / "polite.done").exists(), f"a graceful stop of 0.3 s was cut; {scene.tail()}"


@row(f"^C, {_ALL}", must="nothing survives, a graceful stop is done, exit code 130")
def interrupt(measured: Measured) -> None:
    """SIGINT."""
    _signalled(measured, signal.SIGINT)


@row(f"SIGTERM, {_ALL}", must="nothing survives, a graceful stop is done, exit code 143")
def term(measured: Measured) -> None:
    """SIGTERM."""
    _signalled(measured, signal.SIGTERM)


@row(f"SIGHUP, {_ALL}", must="nothing survives, a graceful stop is done, exit code 129")
def hangup(measured: Measured) -> None:
    """SIGHUP."""
    _signalled(measured, signal.SIGHUP)


@row(f"SIGQUIT, {_ALL}", must="nothing survives, a graceful stop is done, exit code 131")
def quit_key(measured: Measured) -> None:
    """SIGQUIT."""
    _signalled(measured, signal.SIGQUIT)


@row(f"a second ^C, {_ALL}, a grace of 60 s", must="all is killed at once, exit code 130")
def second_interrupt(measured: Measured) -> None:
    """SIGINT twice."""
    with act(ZOO, "-t", "60") as scene:
        scene.signal(signal.SIGINT)
        scene.read_until("SIGINT received")
        time.sleep(0.4)  # within 0.3 s it would count as the same one, by the clock
        measured.end(scene, 130, since=scene.signal(signal.SIGINT), within=_SLACK)


@row(
    "SIGTERM to both processes at once, as `killall` does",
    must="it counts as one: a graceful stop is done, nothing survives, exit code 143",
)
def term_to_both(measured: Measured) -> None:
    """Both get it."""
    with _zoo() as scene:
        manager = scene.wait_for_manager()
        since = scene.signal(signal.SIGTERM)
        os.kill(manager, signal.SIGTERM)
        measured.end(scene, 143, since=since, within=_GRACE + _SLACK)
        _was_polite(scene)


@row(
    f"the reader of stdout leaves (`| head -1`), {_ALL}",
    must="nothing survives, a graceful stop is done, exit code 141",
)
def stdout_closed(measured: Measured) -> None:
    """EPIPE."""
    with _zoo() as scene:
        scene.close_stdout()
        measured.end(scene, 141, since=time.monotonic(), within=_GRACE + _SLACK)
        _was_polite(scene)


@row(
    f"the reader of stderr leaves, then SIGTERM, {_ALL}",
    must="nothing survives, a graceful stop is done, exit code 143",
)
def stderr_closed(measured: Measured) -> None:
    """Nobody reads stderr."""
    reader, writer = os.pipe()
    os.close(reader)
    with act(_ZOO, "-t", str(_GRACE), stderr=writer) as scene:
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM), within=_GRACE + _SLACK)
        _was_polite(scene)


@row(
    "the reader of stderr leaves, then SIGKILL of the manager",
    must="the guardian, which cannot tell of it, ends all the same: nothing survives, exit code 137",
)
def stderr_closed_manager_killed(measured: Measured) -> None:
    """The guardian's one line goes nowhere."""
    reader, writer = os.pipe()
    os.close(reader)
    with act(_ZOO, "-t", str(_GRACE), stderr=writer) as scene:
        measured.killed(scene, 137, since=scene.kill_manager(), within=_GRACE + _SLACK)
        _was_polite(scene)


@row(
    f"SIGKILL of the guardian, {_ALL}",
    must="the manager ends all: nothing survives, a graceful stop is done",
)
def guardian_killed(measured: Measured) -> None:
    """What the user started is gone at once."""
    with _zoo() as scene:
        scene.wait_for_manager()
        measured.killed(scene, 137, since=scene.kill_guardian(), within=_GRACE + _SLACK)
        _was_polite(scene)


@row(
    f"SIGKILL of the manager, {_ALL}",
    must="the guardian ends all and says so in one line: nothing survives, a graceful stop is done, "
    "exit code 137",
)
def manager_killed(measured: Measured) -> None:
    """What runs the formation is gone at once."""
    with _zoo() as scene:
        measured.killed(scene, 137, since=scene.kill_manager(), within=_GRACE + _SLACK)
        _was_polite(scene)
        assert len(scene.err.splitlines()) == 1, f"not one line on stderr: {scene.err!r}"


@row(
    "SIGKILL of the user's whole process group",
    must="nothing survives, a graceful stop is done",
)
def group_killed(measured: Measured) -> None:
    """As a shell's ``kill -9 %1`` does."""
    with _zoo() as scene:
        scene.wait_for_manager()
        os.killpg(scene.guardian, signal.SIGKILL)
        measured.killed(scene, 137, since=time.monotonic(), within=_GRACE + _SLACK)
        _was_polite(scene)


@row(
    "SIGTERM, and SIGKILL of the manager in the middle of the grace",
    must="the guardian goes on with the stop: nothing survives",
)
def manager_killed_while_stopping(measured: Measured) -> None:
    """Nobody waits for ever, nobody starts anew."""
    with act({"stubborn": STUBBORN, "plain": PLAIN, "nameless": NAMELESS}, "-t", "1") as scene:
        manager = scene.wait_for_manager()
        scene.signal(signal.SIGTERM)
        scene.read_until("SIGTERM received")
        os.kill(manager, signal.SIGKILL)
        since = time.monotonic()
        scene.until_gone(_GRACE + _SLACK, since=since)
        measured.note_seconds(time.monotonic() - since)
        measured.note_code(scene.wait())
        measured.note_survivors(scene)
        assert measured.code in {137, 143}, f"exit code {measured.code}; {scene.tail()}"


@row(
    "SIGTERM, and SIGKILL of the guardian in the middle of the grace",
    must="the manager goes on with the stop: nothing survives",
)
def guardian_killed_while_stopping(measured: Measured) -> None:
    """The grace is the same."""
    with act({"stubborn": STUBBORN, "plain": PLAIN, "nameless": NAMELESS}, "-t", "1") as scene:
        scene.wait_for_manager()
        scene.signal(signal.SIGTERM)
        scene.read_until("SIGTERM received")
        measured.killed(scene, 137, since=scene.kill_guardian(), within=_GRACE + _SLACK)


@row(
    "the manager is stopped (SIGSTOP) by somebody, then SIGTERM to the guardian",
    must="it is continued: nothing survives, exit code 143",
)
def manager_stopped(measured: Measured) -> None:
    """A stopped process takes no signal but SIGKILL and SIGCONT."""
    with act({"plain": PLAIN, "nameless": NAMELESS}, "-t", "1") as scene:
        os.kill(scene.wait_for_manager(), signal.SIGSTOP)
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM), within=_GRACE + _SLACK)


@row(
    "an error of ours in the manager, in the middle of the run",
    must="it is told with a traceback, nothing survives, exit code 1",
)
def manager_fails(measured: Measured) -> None:
    """The clock of the manager raises, from one moment on."""
    with act(
        {**ZOO, "trigger": PLAIN},
        "-t",
        str(_GRACE),
        environment={"PYTHONPATH": str(Path(__file__).parent / "broken")},
    ) as scene:
        (scene.folder / "fail").write_text(str(scene.wait_for_manager()))
        os.kill(scene.pid_of("trigger.1"), signal.SIGKILL)  # so that it wakes up
        measured.end(scene, 1, since=time.monotonic(), within=_GRACE + _SLACK)
        assert "BrokenClockError" in scene.err, f"no traceback: {scene.tail()}"


@row(
    "`--stop-on exit`, and the first process ends with 3",
    must="what has left its session is ended, too: nothing survives, exit code 3",
)
def stop_on_exit(measured: Measured) -> None:
    """A stop that no signal has asked for."""
    first = Kind("while [ ! -e go ]; do sleep 0.05; done; exit 3", ())
    kinds = {**ZOO, "first": first}
    with act(kinds, "-t", str(_GRACE), "--restart", "never", "--stop-on", "failure,first=exit") as scene:
        (scene.folder / "go").touch()
        measured.end(scene, 3, since=time.monotonic(), within=_GRACE + _SLACK)


@row(
    "all processes finish, and have left daemons behind",
    must="the run is over, and the daemons are ended: nothing survives, exit code 0",
)
def all_finish(measured: Measured) -> None:
    """There is nothing to stop but what was left."""
    procfile = "web: setsid -f sleep 3201; env -i setsid -f sleep 3202\nworker: exec sleep 0.1\n"
    with Scene(procfile, "-t", str(_GRACE)) as scene:
        measured.end(scene, 0, since=time.monotonic(), within=_GRACE + _SLACK)


@row(
    "a process crashes, and has left a daemon behind; it is restarted, again and again",
    must="what it left does not pile up and ends with the run: nothing survives, exit code 143",
)
def daemons_of_crashes(measured: Measured) -> None:
    """Each try leaves one."""
    with Scene("web: setsid -f sleep 3203; exit 1\nplain: sleep 3204\n", "-t", str(_GRACE)) as scene:
        scene.read_until_count("web.1 started", 3)
        left = [command for _, command in scene.survivors() if command == "sleep 3203"]
        assert len(left) <= 1, f"{len(left)} daemons of former tries live"
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM), within=_GRACE + _SLACK)


@row(
    "five ends in a row of a formation that needs SIGKILL, 0.1 s after the start each",
    must="nothing survives any of them, exit code 143",
)
def short_lives(measured: Measured) -> None:
    """Start and stop, start and stop."""
    for _ in range(5):
        with Scene(f"web: {STUBBORN.command}\nworker: {SETSID.command}\n", "-t", "0.3") as scene:
            until(lambda: "worker.1 started" in scene.text, "it is started")  # at once
            measured.end(scene, 143, since=scene.signal(signal.SIGTERM), within=0.3 + _SLACK)
