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
    runs: int,
    once: Callable[[Manager], Mapping[str, float]],
    *,
    warm_up: bool = False,
) -> Survey:
    """Call ``once`` for every tool, then for every tool again: the machine's speed drifts for all alike.

    ``warm_up``: another run comes before the others and is not counted; what counts bytes or system calls
    needs none. A peer that fails is left out from then on, with a remark; ours may not fail.
    """
    found = Survey()
    for number in range(-1 if warm_up else 0, runs):
        for manager in managers:
            if manager.name in found.remarks:
                continue
            try:
                figures = once(manager)
            except FailedError as error:
                if manager.name == OURS:
                    raise
                found.remarks[manager.name] = str(error)
                continue
            if number >= 0:
                for key, figure in figures.items():
                    found.figures.setdefault(key, {}).setdefault(manager.name, []).append(figure)
    return found
