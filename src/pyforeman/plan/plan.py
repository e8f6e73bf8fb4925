"""The plan of a formation: what was read and asked for, and the instances that follow from it.

``start``, ``check``, ``export`` and a formation that is changed while it runs make their instances here and
nowhere else, so they cannot drift.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyforeman.errors import UsageError
from pyforeman.plan.formation import (
    NEIGHBOUR,
    Instance,
    Ports,
    base_port,
    count_of_others,
    expand,
    expand_alike,
    parse_changes,
    parse_counts,
    port_plan,
    without,
)
from pyforeman.plan.policy import Policy
from pyforeman.plan.procfile import RELEASE, Procfile
from pyforeman.plan.settings import Settings, policies


class Plan(NamedTuple):
    """``counts`` has every type that was there at the start, or has joined; ``others`` is for one that joins.

    ``ports`` is None where there are none. ``counts`` and ``policies`` also have types that the Procfile had
    before.
    """

    procfile: Procfile
    environment: Mapping[str, str]
    settings: Settings
    counts: Mapping[str, int]
    others: int
    ports: Ports | None
    policies: Mapping[str, Policy]

    def instances(self) -> tuple[Instance, ...]:
        """All that should run, in the order of the Procfile. Raises UsageError for a port past 65535."""
        return expand(self.procfile, self.counts, self.ports, self.environment, self.policies)

    def outline(self) -> tuple[Instance, ...]:
        """The same for who runs nothing: with one environment for all, without PORT and PS."""
        return expand_alike(self.procfile, self.counts, self.ports, self.environment, self.policies)

    def formation(self) -> str:
        """``web=2 worker=1``: how many there are, as ``start`` and ``scale`` read it."""
        types = (name for name in self.procfile.names if name != RELEASE)
        return " ".join(f"{name}={self.counts.get(name, 0)}" for name in types)

    def changes(self, words: Sequence[str]) -> dict[str, int]:
        """The counts that ``web=3 worker+1`` asks for. Raises UsageError."""
        return parse_changes(words, {name: self.counts.get(name, 0) for name in self.procfile.names})

    def scaled(self, changes: Mapping[str, int]) -> "Plan":
        """The plan with other counts."""
        counts = {**self.counts, **changes}
        return self._replace(counts=counts, ports=self.ports.reserve(counts) if self.ports else None)

    def reread(self, procfile: Procfile, environment: Mapping[str, str]) -> "Plan":
        """The plan with the files as they are now; counts and places of ports stay, also those of types that
        are gone: on another branch they are back. What the Procfile has not had before does not run yet.
        Raises UsageError where PORT is none."""
        ports = self.ports
        if ports is not None:
            ports = ports._replace(base=base_port(self.settings.port, environment))
            ports = ports.joined_by(procfile.names)
        # The options may name types that are gone: no reason to refuse the file.
        names = tuple(dict.fromkeys((*self.policies, *procfile.names)))
        return self._replace(
            procfile=procfile,
            environment=environment,
            ports=ports,
            policies=policies(names, self.settings),
        )

    def joined(self) -> "Plan":
        """The plan with those types running, too, that have come to the Procfile."""
        left_out = (RELEASE, *self.settings.exclude)
        known = (*self.counts, *left_out)
        return self.scaled({name: self.others for name in self.procfile.names if name not in known})


def make_plan(procfile: Procfile, environment: Mapping[str, str], settings: Settings) -> Plan:
    """The plan that a formation starts with. Raises UsageError for what does not fit the Procfile."""
    counts = parse_counts(settings.formation, procfile)
    if settings.release:
        if RELEASE not in procfile.names:
            raise UsageError(f"--release: no process type {RELEASE!r} in {procfile.path}")
        counts[RELEASE] = 1
    counts = without(counts, settings.exclude, procfile.names)
    counts |= {name: 0 for name in procfile.names if name not in counts}
    ports = None
    if not settings.no_port:
        base = base_port(settings.port, environment)
        ports = port_plan(procfile, base, settings.port_step).reserve(counts)
    others = count_of_others(settings.formation, procfile)
    return Plan(procfile, environment, settings, counts, others, ports, policies(procfile.names, settings))


def instances(procfile: Procfile, environment: Mapping[str, str], settings: Settings) -> tuple[Instance, ...]:
    """Every instance to start. Raises UsageError for what does not fit the Procfile, or runs nothing."""
    return to_start(make_plan(procfile, environment, settings))


def to_start(plan: Plan) -> tuple[Instance, ...]:
    """The instances of a plan. Raises UsageError where there is none, or one has a port past 65535."""
    found = plan.instances()
    if not found:
        types = ", ".join(plan.procfile.names)
        hint = "; --release runs the release" if types == RELEASE else ""
        raise UsageError(
            f"nothing to start: every count is 0{hint}; the types in {plan.procfile.path} are {types}"
        )
    return found


def differences(before: Instance, after: Instance) -> dict[str, str]:
    """What is not the same any more, and how it is now; nothing where a process may go on as it is.

    Of variables the names alone: their values may be secrets. The ports of the others are not
    looked at: a type that joins a formation is no reason to restart all of it.
    """
    found = {}
    if before.command != after.command:
        found[f"{after.type}: the command"] = f"is now {after.command}"
    if before.port != after.port:
        found[f"{after.name}: the port"] = f"is now {after.port}"
    old, new = _own(before.environment), _own(after.environment)
    for key in sorted(old.keys() | new.keys()):
        if key not in old or key not in new:
            found[f"environment: {key}"] = f"is {'gone' if key in old else 'new'}"
        elif old[key] != new[key]:
            found[f"environment: {key}"] = "has changed"
    return found


def _own(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that were not made here."""
    made_here = {"PORT", "PS"}
    return {
        key: value
        for key, value in environment.items()
        if key not in made_here and not key.startswith(NEIGHBOUR)
    }
