"""What a row of the table is: one fault, what must hold, and what was measured of it.

A module of rows is a list of functions with ``@row`` above them; ``faults.py`` names the modules.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from scene import PATIENCE, Scene


class SkippedError(Exception):
    """This row cannot run here; the text says why."""


@dataclass
class Measured:
    """What a row has found out; None is what this row does not measure."""

    survivors: int | None = None
    lost: int | None = None
    code: int | None = None
    seconds: float | None = None
    peak: float | None = None

    def end(
        self, scene: Scene, code: int, *, since: float, within: float = PATIENCE, at_least: float = 0.0
    ) -> None:
        """It ends in time, with this exit code, and nothing is left in that moment."""
        self.note_code(scene.wait(within + 10))
        self.note_seconds(time.monotonic() - since)
        self.note_survivors(scene)
        self._note_peak(scene)
        self._judge(scene, code, self.seconds or 0.0, within, at_least)

    def killed(self, scene: Scene, code: int, *, since: float, within: float) -> None:
        """One of the two was killed: all is gone in time, whoever has to see to it."""
        try:
            seconds = scene.until_gone(within + 5, since=since)
        except AssertionError:
            self.note_survivors(scene)
            raise
        self.note_seconds(seconds)
        self.note_survivors(scene)
        self.note_code(scene.wait())
        self._note_peak(scene)
        self._judge(scene, code, seconds, within, 0.0)

    def note_survivors(self, scene: Scene) -> None:
        """Count who is left; none may be."""
        left = scene.survivors()
        self.survivors = max(self.survivors or 0, len(left))
        commands = [command for _, command in left]
        assert not left, f"left behind: {commands[:12]}{', …' * (len(commands) > 12)}; {scene.tail()}"

    def note_code(self, code: int) -> None:
        """The exit code, of the last run if the row has several."""
        self.code = code

    def note_seconds(self, seconds: float) -> None:
        """The longest, if the row has several runs."""
        self.seconds = max(self.seconds or 0.0, seconds)

    def note_lost(self, lost: int) -> None:
        """Lines that did not come out, and were not said to be lost."""
        self.lost = (self.lost or 0) + max(0, lost)
        assert lost <= 0, f"{lost} lines are lost"

    def _note_peak(self, scene: Scene) -> None:
        self.peak = max(self.peak or 0.0, scene.peak_memory())

    def _judge(self, scene: Scene, code: int, seconds: float, within: float, at_least: float) -> None:
        assert self.code == code, f"exit code {self.code} instead of {code}; {scene.tail()}"
        assert seconds <= within, f"it took {seconds:.2f} s, more than {within:g} s; {scene.tail()}"
        assert seconds >= at_least, f"it took {seconds:.2f} s, less than {at_least:g} s; {scene.tail()}"


class Row(NamedTuple):
    """One fault."""

    name: str
    fault: str
    must: str
    play: Callable[[Measured], None]
    limit: int
    alone: bool
    needs: tuple[Callable[[], str], ...]


ROWS: dict[str, Row] = {}
Play = Callable[[Measured], None]


def row(
    fault: str,
    *,
    must: str,
    alone: bool = False,
    limit: int = 60,
    needs: Iterable[Callable[[], str]] = (),
) -> Callable[[Play], Play]:
    """Make a row of a function: ``fault`` says what is done, ``must`` what has to hold.

    ``alone``: nothing else of the harness runs beside it, because it measures time closely. ``limit``: the
    seconds after which it has failed. ``needs``: each gives the reason why the row cannot run here, or "".
    """

    def add(play: Play) -> Play:
        name = f"{play.__module__}.{play.__name__}".replace("_", "-")
        ROWS[name] = Row(name, fault, must, play, limit, alone, tuple(needs))
        return play

    return add


# What a row may need


def root() -> str:
    """It has to be run by root."""
    return "" if os.geteuid() == 0 else "needs root"


def linux() -> str:
    """What every row needs: /proc, and subreapers."""
    return "" if sys.platform == "linux" else "needs Linux"
