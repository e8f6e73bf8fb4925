"""SIGKILL in the first milliseconds: before there is much to clean up, and before all is in place."""

import os
import signal
import time
from collections.abc import Callable

from cast import NAMELESS, PLAIN, STUBBORN
from census import census, descendants, living
from rows import Measured, row
from scene import Scene, until

_GRACE = 0.3
_SLACK = 3.0
_PROCFILE = f"plain: {PLAIN.command}\nnameless: {NAMELESS.command}\nstubborn: {STUBBORN.command}\n"


def _exists(_: Scene) -> None:
    """As soon as there is the process: it has not begun to import anything."""


def _manager_exists(scene: Scene) -> None:
    scene.wait_for_manager()


def _children(count: int) -> Callable[[Scene], None]:
    """As soon as so many processes live below the manager."""

    def fact(scene: Scene) -> None:
        manager = scene.wait_for_manager()
        while len(living(descendants(census(), manager))) < count:
            assert scene.process.poll() is None, f"it ended by itself; {scene.tail()}"

    return fact


def _said(scene: Scene) -> None:
    """As soon as it has said something."""
    until(lambda: scene.out, "it has said something")


_MOMENTS = (_manager_exists, _children(1), _children(3), _children(6), _said)


@row(
    "SIGKILL of the guardian as soon as there is it, its manager, the first child, the third, the sixth, the "
    "first line; twice each",
    must="nothing survives any of them",
)
def guardian(measured: Measured) -> None:
    """Before the manager knows whom to watch."""
    for moment in (_exists, *_MOMENTS) * 2:
        with Scene(_PROCFILE, "all=3", "-t", str(_GRACE)) as scene:
            moment(scene)
            measured.killed(scene, 137, since=scene.kill_guardian(), within=_GRACE + _SLACK)


@row(
    "SIGKILL of the manager as soon as there is it, the first child, the third, the sixth, the first line; "
    "twice each",
    must="nothing survives any of them, exit code 137, one line on stderr",
)
def manager(measured: Measured) -> None:
    """Before the guardian knows what there is."""
    for moment in _MOMENTS * 2:
        with Scene(_PROCFILE, "all=3", "-t", str(_GRACE)) as scene:
            moment(scene)
            measured.killed(scene, 137, since=scene.kill_manager(), within=_GRACE + _SLACK)
            assert len(scene.err.splitlines()) == 1, f"not one line on stderr: {scene.err!r}"


@row(
    "SIGTERM as soon as there is the guardian, its manager, the first child, the third, the sixth, the first "
    "line; twice each",
    must="nothing survives any of them, exit code 143",
)
def term(measured: Measured) -> None:
    """While handlers are being set up."""
    for moment in (_exists, *_MOMENTS) * 2:
        with Scene(_PROCFILE, "all=3", "-t", str(_GRACE)) as scene:
            moment(scene)
            measured.end(scene, 143, since=scene.signal(signal.SIGTERM), within=_GRACE + _SLACK)


@row(
    "SIGKILL of the guardian's whole group as soon as the manager exists; five times",
    must="nothing survives any of them",
)
def group(measured: Measured) -> None:
    """The manager may not have left the group yet; then it has started nothing."""
    for _ in range(5):
        with Scene(_PROCFILE, "-t", str(_GRACE)) as scene:
            scene.wait_for_manager()
            os.killpg(scene.guardian, signal.SIGKILL)
            measured.killed(scene, 137, since=time.monotonic(), within=_GRACE + _SLACK)
