"""What pyforeman has not caused is never signalled: neighbours in the same group, session, terminal."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cast import HYDRA, NAMELESS, NESTED, PLAIN, PLAYERS, SETSID, act, files, procfile, until_up
from census import census, kill
from rows import Measured, row
from scene import PATIENCE, Scene

_KINDS = {"plain": PLAIN, "setsid": SETSID, "nameless": NAMELESS, "hydra": HYDRA}
_WHO = (
    "a neighbour in the same process group, one beside it in the session, one of another session, an orphan, "
    "and one with the environment of a child"
)
_UNTOUCHED = "they live, and no signal has come to any of them; nothing survives of what was started"


class Neighbours:
    """Processes that write down every signal they get."""

    def __init__(self, scene: Scene) -> None:
        self.pids: dict[str, int] = {}
        self._folder = scene.folder
        self._ours: list[subprocess.Popen[bytes]] = []
        environment = {"PS": "plain.1", "PORT": "5000", "PYFOREMAN_PROCESS_PLAIN_PORT": "5000"}
        self._start(scene, "same group", group=scene.guardian)
        self._start(scene, "same session", group=0)
        self._start(scene, "other session", session=True)
        self._start(scene, "same environment", group=0, environment=environment)
        self._start(scene, "orphan", orphan=True)

    def touched(self) -> dict[str, str]:
        """What became of those that were not left alone."""
        told = {}
        for name, pid in self.pids.items():
            signals = self._book(name).read_text().split()
            person = census().get(pid)
            if signals or person is None or person.state in "ZTX":
                told[name] = f"got {signals}, state {person.state if person else 'gone'}"
        return told

    def end(self) -> None:
        """End them: they are ours."""
        kill(self.pids.values())
        for process in self._ours:
            process.wait(timeout=PATIENCE)

    def _book(self, name: str) -> Path:
        return self._folder / f"signals to {name}"

    def _start(
        self,
        scene: Scene,
        name: str,
        *,
        group: int | None = None,
        session: bool = False,
        environment: dict[str, str] | None = None,
        orphan: bool = False,
    ) -> None:
        command = [sys.executable, "-IS", str(PLAYERS / "witness.py"), str(self._book(name))]
        if orphan:
            command = ["sh", "-c", '"$@" & echo $!', "sh", *command]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            process_group=group,
            start_new_session=session,
            env={**os.environ, **(environment or {})},
        )
        assert process.stdout
        said = [process.stdout.readline() for _ in range(1 + orphan)]  # the pid and "ready", in some order
        pid = next((int(line) for line in said if line.strip().isdigit()), process.pid)
        scene.spared |= {pid, process.pid}
        self.pids[name] = pid
        self._ours.append(process)


@contextmanager
def _play() -> Iterator[tuple[Scene, Neighbours]]:
    with Scene(procfile(_KINDS), "-t", "1", files=files(_KINDS.values())) as scene:
        neighbours = Neighbours(scene)
        try:
            until_up(scene, _KINDS.values())
            yield scene, neighbours
        finally:
            neighbours.end()


@row(f"SIGTERM, with {_WHO}", must=_UNTOUCHED)
def term(measured: Measured) -> None:
    """A stop."""
    with _play() as (scene, neighbours):
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM))
        assert not (touched := neighbours.touched()), touched


def _killed(measured: Measured, kill: Callable[[Scene], float]) -> None:
    with _play() as (scene, neighbours):
        scene.wait_for_manager()
        measured.killed(scene, 137, since=kill(scene), within=4)
        assert not (touched := neighbours.touched()), touched


@row(f"SIGKILL of the guardian, with {_WHO}", must=_UNTOUCHED)
def guardian_killed(measured: Measured) -> None:
    """Orphans of others are at hand, too."""
    _killed(measured, Scene.kill_guardian)


@row(f"SIGKILL of the manager, with {_WHO}", must=_UNTOUCHED)
def manager_killed(measured: Measured) -> None:
    """Orphans of others are at hand, too."""
    _killed(measured, Scene.kill_manager)


@row(
    "two pyforemans side by side; SIGKILL of the manager of one, SIGKILL of the guardian of another",
    must="the processes of a third one live on; it stops as ever, exit code 143",
)
def side_by_side(measured: Measured) -> None:
    """Each knows its own."""
    with act({"plain": PLAIN, "nameless": NAMELESS}) as third:
        before = third.survivors()
        with act(_KINDS, "-t", "1") as first:
            measured.killed(first, 137, since=first.kill_manager(), within=4)
        with act(_KINDS, "-t", "1") as second:
            second.wait_for_manager()
            measured.killed(second, 137, since=second.kill_guardian(), within=4)
        assert third.survivors() == before, f"before: {before}; now: {third.survivors()}"
        measured.end(third, 143, since=third.signal(signal.SIGTERM))


@row(
    "a pyforeman inside another one is stopped by SIGTERM",
    must="the other processes of the outer one live on; it stops as ever, exit code 143",
)
def inside(measured: Measured) -> None:
    """An inner one ends its own, and not what is beside it."""
    kinds = {"plain": PLAIN, "nameless": NAMELESS, "nested": NESTED}
    with act(kinds, "-t", "2", "--restart", "never") as scene:
        beside = {"sleep 3101", "sleep 3108", "sleep 3109"}
        os.kill(scene.pid_of("nested.1"), signal.SIGTERM)
        scene.read_until(r"system +\| nested\.1 (crashed|finished|failed|stopped)")
        alive = {command for _, command in scene.survivors()}
        assert beside <= alive, f"gone: {beside - alive}"
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM))
