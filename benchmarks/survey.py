"""Several figures of each run of each tool, all tools in turn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.managers import Manager
from benchmarks.measures import OURS, Measure
from benchmarks.scene import FailedError


@dataclass(frozen=True)
class Survey:
    """What was found: ``figures[key][tool]`` has a number for each run."""

    figures: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    """Why a tool has no figures, or what has to be said of them."""

    def measure(self, key: str, name: str, title: str, unit: str, *, more_is_better: bool = False) -> Measure:
        """The figures below this key, as a measure."""
        return Measure(name, title, unit, more_is_better, self.figures.get(key, {}), dict(self.remarks))


def survey(
    managers: Sequence[Manager],
    runs: int | Mapping[str, int],
    once: Callable[[Manager], Mapping[str, float]],
    *,
    warm_up: bool = False,
) -> Survey:
    """Call ``once`` for every tool, then for every tool again: the machine's speed drifts for all alike.

    ``runs`` is how often, for all or by name. ``warm_up``: another run comes before the others and is not
    counted; what counts bytes or system calls needs none. A peer that fails is left out from then on, with a
    remark; ours may not fail.
    """
    found = Survey()
    wanted = {one.name: runs if isinstance(runs, int) else runs.get(one.name, 0) for one in managers}
    for number in range(-1 if warm_up else 0, max(wanted.values(), default=0)):
        for manager in managers:
            if manager.name in found.remarks or not wanted[manager.name] or number >= wanted[manager.name]:
                continue
            try:
                figures = once(manager)
            except FailedError as error:
                if manager.name.split()[0] == OURS:  # "pyforeman plain"
                    raise
                found.remarks[manager.name] = str(error)
                continue
            if number >= 0:
                for key, figure in figures.items():
                    found.figures.setdefault(key, {}).setdefault(manager.name, []).append(figure)
    return found


def rounds(
    managers: Sequence[Manager],
    runs: int | Mapping[str, int],
    once: Callable[[Manager], float],
    *,
    warm_up: bool = True,
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """The same where a run has a single figure: those of each tool, and the remarks."""
    found = survey(managers, runs, lambda manager: {"": once(manager)}, warm_up=warm_up)
    return found.figures.get("", {}), found.remarks
