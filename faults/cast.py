"""Who plays in a scene: kinds of processes, each as a line of a Procfile.

Each kind is known by the number of seconds that its ``sleep`` has: so who is left is seen at once.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from scene import PATIENCE, PYFOREMAN, Scene, until

PLAYERS = Path(__file__).parent / "players"
PYTHON = f"{sys.executable} -IS"


class Kind(NamedTuple):
    """A command for a Procfile, and patterns of the command lines that are there once it is up."""

    command: str
    up: tuple[str, ...]
    files: tuple[tuple[str, str], ...] = ()


def player(name: str, *arguments: object) -> str:
    """The command line that runs ``faults/players/NAME.py``."""
    return " ".join([f"{PYTHON} {PLAYERS / name}.py", *map(str, arguments)])


PLAIN = Kind("sleep 3101", (r"^sleep 3101",))
SHELL = Kind("cd . && sh -c 'sleep 3102; true'", (r"^sleep 3102",))
WRAPPER = Kind(player("wrapper", "sleep", 3103), (r"^sleep 3103",))
SETSID = Kind("setsid -f sleep 3104; setsid sleep 3105 & sleep 3106", (r"^sleep 3104", "^sleep 3105", "3106"))
DAEMON = Kind(player("daemon", 3107), (r"^sleep 3107",))
NAMELESS = Kind("env -i setsid -f sleep 3108; env -i sleep 3109", (r"^sleep 3108", r"^sleep 3109"))
STUBBORN = Kind(
    "trap '' TERM HUP INT; setsid -f sleep 3110; sleep 3111; true", (r"^sleep 3110", r"^sleep 3111")
)
STOPPED = Kind(player("stopped", 3112), (r"stopped\.py 3112",))
HYDRA = Kind(player("hydra", 3113), (r"hydra\.py 3113", r"^sleep 3113"))
MUTE = Kind("exec >&- 2>&-; exec sleep 3114", (r"^sleep 3114",))
ZOMBIES = Kind(player("zombies", 3115), (r"zombies\.py 3115",))
HEADLESS = Kind(player("headless", 3119), (r"^sleep 3119",))
NESTED = Kind(
    f"{PYFOREMAN} start -f inner/Procfile -t 1",
    (r"^sleep 3116", r"^sleep 3117", r"^sleep 3118"),
    (
        (
            "inner/Procfile",
            "web: sleep 3116\ndeep: env -i setsid -f sleep 3117; trap '' TERM; sleep 3118; true\n",
        ),
    ),
)

ZOO = {
    "plain": PLAIN,
    "shell": SHELL,
    "wrapper": WRAPPER,
    "setsid": SETSID,
    "daemon": DAEMON,
    "nameless": NAMELESS,
    "stubborn": STUBBORN,
    "stopped": STOPPED,
    "hydra": HYDRA,
    "mute": MUTE,
    "zombies": ZOMBIES,
    "headless": HEADLESS,
    "nested": NESTED,
}
"""All of them at once."""

OBEDIENT = {"plain": PLAIN, "shell": SHELL, "wrapper": WRAPPER, "setsid": SETSID} | {
    "daemon": DAEMON,
    "nameless": NAMELESS,
    "mute": MUTE,
}
"""Those that end at SIGTERM, at once."""

POLITE = Kind(player("polite", "polite.done"), (r"polite\.py",))
"""Takes 0.3 s to stop gracefully; then the file is there."""


def procfile(kinds: dict[str, Kind]) -> str:
    """The Procfile of these."""
    return "".join(f"{name}: {kind.command}\n" for name, kind in kinds.items())


def files(kinds: Iterable[Kind]) -> dict[str, str]:
    """The files that these need."""
    return {name: text for kind in kinds for name, text in kind.files}


def until_up(scene: Scene, kinds: Iterable[Kind], patience: float = PATIENCE) -> None:
    """Wait until everybody is there."""
    patterns = {pattern for kind in kinds for pattern in kind.up}

    def missing() -> set[str]:
        commands = [command for _, command in scene.survivors()]
        return {pattern for pattern in patterns if not any(re.search(pattern, line) for line in commands)}

    try:
        until(lambda: not missing(), "all are up", patience)
    except AssertionError as error:
        raise AssertionError(f"{error}: {missing()} are not; {scene.tail()}") from None


def act(kinds: dict[str, Kind], *arguments: str, **options: object) -> Scene:
    """A scene with these, all of them up."""
    scene = Scene(procfile(kinds), *arguments, files=files(kinds.values()), **options)  # type: ignore[arg-type]
    try:
        until_up(scene, kinds.values())
    except BaseException:
        scene.close()
        raise
    return scene
