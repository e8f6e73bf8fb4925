"""Each kind of process by itself, ended in three ways: SIGTERM, SIGKILL of the guardian, of the manager."""

import os
import shutil
import signal
import time

from cast import (
    DAEMON,
    HEADLESS,
    HYDRA,
    MUTE,
    NAMELESS,
    NESTED,
    SETSID,
    SHELL,
    STOPPED,
    STUBBORN,
    WRAPPER,
    ZOMBIES,
    Kind,
    act,
)
from census import census, command_line, living
from rows import Measured, SkippedError, row
from scene import BIN, PYFOREMAN, until

_GRACE = 1
_SLACK = 3.0
_THREE = "SIGTERM, SIGKILL of the guardian, SIGKILL of the manager"
_NOTHING = "nothing survives any of the three"


def _three(measured: Measured, *kinds: Kind) -> None:
    cast = {f"kind{number}": kind for number, kind in enumerate(kinds)}
    with act(cast, "-t", str(_GRACE)) as scene:
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM), within=_GRACE + _SLACK)
    with act(cast, "-t", str(_GRACE)) as scene:
        measured.killed(scene, 137, since=scene.kill_guardian(), within=_GRACE + _SLACK)
    with act(cast, "-t", str(_GRACE)) as scene:
        measured.killed(scene, 137, since=scene.kill_manager(), within=_GRACE + _SLACK)


@row(f"grandchildren behind `sh -c`: {_THREE}", must=_NOTHING)
def shell(measured: Measured) -> None:
    """Shells pass nothing on."""
    _three(measured, SHELL)


@row(f"wrappers that die before their server (as `npm run`): {_THREE}", must=_NOTHING)
def wrapper(measured: Measured) -> None:
    """The wrapper's child becomes an orphan."""
    _three(measured, WRAPPER)


@row(f"the real `npm run` and `uv run`, where they are: {_THREE}", must=_NOTHING)
def real_wrapper(measured: Measured) -> None:
    """As people have them."""
    kinds = []
    if shutil.which("npm"):
        package = ("package.json", '{"name": "shop", "scripts": {"web": "sleep 3301"}}\n')
        kinds.append(Kind("npm run web", (r"^sleep 3301",), (package,)))
    if (BIN / "uv").exists():
        kinds.append(Kind(f"{BIN / 'uv'} run --no-project --offline sleep 3302", (r"^sleep 3302",)))
    if not kinds:
        raise SkippedError("needs npm or uv")
    _three(measured, *kinds)


@row(f"grandchildren that call `setsid`: {_THREE}", must=_NOTHING)
def setsid(measured: Measured) -> None:
    """They leave their session."""
    _three(measured, SETSID)


@row(f"a daemon by the book (two forks, no files, folder /): {_THREE}", must=_NOTHING)
def daemon(measured: Measured) -> None:
    """It leaves everything but its environment."""
    _three(measured, DAEMON)


@row(f"`env -i setsid sleep`: {_THREE}", must=_NOTHING)
def nameless(measured: Measured) -> None:
    """It leaves its environment, too."""
    _three(measured, NAMELESS)


@row(f"processes that ignore SIGTERM, in a session of their own, too: {_THREE}", must=_NOTHING)
def stubborn(measured: Measured) -> None:
    """SIGKILL for them, after the grace."""
    _three(measured, STUBBORN)


@row(f"a child that is stopped (SIGSTOP): {_THREE}", must=_NOTHING)
def stopped(measured: Measured) -> None:
    """SIGTERM waits until it is continued."""
    _three(measured, STOPPED)


@row(f"a child that forks a successor in a new session every 3 ms: {_THREE}", must=_NOTHING)
def hydra(measured: Measured) -> None:
    """Each look at who is there comes too late."""
    _three(measured, HYDRA)


@row(f"a child that closes its stdout and stderr: {_THREE}", must=_NOTHING)
def mute(measured: Measured) -> None:
    """The end of its output is not its end."""
    _three(measured, MUTE)


@row(f"a child that lets zombies pile up: {_THREE}", must=_NOTHING)
def zombies(measured: Measured) -> None:
    """A zombie is nobody."""
    _three(measured, ZOMBIES)


@row(f"a child whose main thread has ended, while another one lives on: {_THREE}", must=_NOTHING)
def headless(measured: Measured) -> None:
    """It looks like a zombie, and is none."""
    _three(measured, HEADLESS)


@row(f"another pyforeman inside: {_THREE}", must=_NOTHING)
def nested(measured: Measured) -> None:
    """It has a guardian, a manager, and strays of its own."""
    _three(measured, NESTED)


@row(
    "another pyforeman inside, both its processes killed with SIGKILL, then SIGTERM to the outer one",
    must="the outer one ends what the inner one could not: nothing survives, exit code 143",
)
def nested_killed(measured: Measured) -> None:
    """Nobody else could."""
    with act({"nested": NESTED}, "-t", str(_GRACE), "--restart", "never") as scene:
        inner = [pid for pid, command in scene.survivors() if f"{PYFOREMAN} start -f inner" in command]
        inner = [pid for pid in inner if not command_line(pid).startswith("sh ")]
        for number in (signal.SIGSTOP, signal.SIGKILL):  # at the same moment: neither can act for the other
            for pid in inner:
                os.kill(pid, number)
        until(lambda: not {pid for pid in inner if pid in _living()}, "both are dead")
        since = scene.signal(signal.SIGTERM) if scene.process.poll() is None else time.monotonic()
        measured.note_code(scene.wait())
        measured.note_seconds(time.monotonic() - since)
        measured.note_survivors(scene)
        assert measured.code in {137, 143}, f"exit code {measured.code}; {scene.tail()}"


def _living() -> set[int]:
    return {person.pid for person in living(census().values())}
