"""The formation: how many instances of each process type, each with its port and environment.

Ports never depend on which subset runs: instance n of the type at index i has
``base + step*i + (n-1)``, with ``web`` at index 0 and the others in the order of the Procfile
(Foreman's scheme, except that ``web`` comes first, as on Heroku).
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyforeman.errors import UsageError
from pyforeman.plan.policy import Policy
from pyforeman.plan.procfile import RELEASE, Procfile

DEFAULT_BASE = 5000
DEFAULT_STEP = 100
HIGHEST_PORT = 65535
NEIGHBOUR = "PYFOREMAN_PROCESS_"
"""How the variables begin that tell a process the ports of the others."""
MOST_INSTANCES = 9999
_COUNT = re.compile(r"([A-Za-z0-9_-]+)(?:=([0-9]{1,4}))?")
_CHANGE = re.compile(r"([A-Za-z0-9_-]+)([=+-])([0-9]{1,4})")


class Instance(NamedTuple):
    """One process to run: all that a spawner, an exporter or a rule needs to know of it."""

    type: str
    index: int  # type: ignore[assignment]  # tuples have a method of that name
    command: str
    port: int | None
    environment: Mapping[str, str]
    policy: Policy

    @property
    def name(self) -> str:
        """``web.1``: what the user calls it."""
        return f"{self.type}.{self.index}"

    @property
    def is_release(self) -> bool:
        """Whether it runs once, before the others, and with its stdin at EOF."""
        return self.type == RELEASE

    @property
    def uses_port(self) -> bool:
        """Whether it will listen on its port."""
        return self.port is not None and wants_port(self.type, self.command)


def wants_port(process_type: str, command: str) -> bool:
    """Whether such a process listens on the port it is given: it is ``web``, or its command mentions PORT."""
    return process_type == "web" or "PORT" in command


class Ports(NamedTuple):
    """Which port belongs to which instance.

    ``order`` has the types, ``web`` first, each with its place. ``blocks`` are the (type, n-th block)
    pairs that did not fit in the type's own ``step`` ports, in the order they were asked for: each takes
    a whole step after the last type and keeps it. So does the first block of a type that came to the
    Procfile while the formation ran: the ports of the others stay what they are.
    """

    base: int
    step: int
    order: Mapping[str, int]
    blocks: tuple[tuple[str, int], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All types that have ports."""
        return (*self.order, *(name for name, block in self.blocks if not block))

    def joined_by(self, names: Sequence[str]) -> "Ports":
        """These ports with room for the types among ``names`` that have none yet."""
        new = tuple((name, 0) for name in names if name not in self.names)
        return self._replace(blocks=(*self.blocks, *new))

    def reserve(self, counts: Mapping[str, int]) -> "Ports":
        """These ports with room for so many instances of each type."""
        blocks = list(self.blocks)
        for name, count in counts.items():
            last = (count - 1) // self.step if self.step else 0
            blocks += [(name, n) for n in range(1, last + 1) if (name, n) not in self.blocks]
        return self._replace(blocks=tuple(blocks))

    def number(self, name: str, index: int) -> int:
        """The number that instance ``index`` (from 1) has by the rule, whether or not it is a port."""
        block, offset = divmod(index - 1, self.step) if self.step else (0, index - 1)
        if block or name not in self.order:
            slot = len(self.order) + self.blocks.index((name, block))
        else:
            slot = self.order[name]
        return self.base + self.step * slot + offset

    def of(self, name: str, index: int) -> int:
        """The port of instance ``index``. Raises UsageError past 65535."""
        port = self.number(name, index)
        if port > HIGHEST_PORT:
            raise UsageError(
                f"{name}.{index} would get port {port}, past {HIGHEST_PORT}; "
                "lower --port or --port-step, or use --no-port"
            )
        return port


def port_number(text: str, source: str) -> int:
    """Read a base port. Raises UsageError, which names ``source``, if it is none: not what it says, for it
    may come from an env file."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= HIGHEST_PORT):
        raise UsageError(f"{source}: not a port (1 to {HIGHEST_PORT})")
    return int(text)


def base_port(option: int | None, environment: Mapping[str, str]) -> int:
    """The option, else PORT in the environment (real or from a file, whichever won), else 5000."""
    if option is not None:
        return option
    text = environment.get("PORT", "")
    return port_number(text, "PORT") if text else DEFAULT_BASE


def port_plan(procfile: Procfile, base: int, step: int = DEFAULT_STEP) -> Ports:
    """The ports of all types of a Procfile, whichever of them will run."""
    names = procfile.names
    web_first = sorted(names, key=lambda name: name != "web")
    return Ports(base, step, {name: place for place, name in enumerate(web_first)})


def parse_counts(words: Sequence[str], procfile: Procfile) -> dict[str, int]:
    """Read ``web=2 worker all=1`` (blanks or commas between) into counts, in the order asked.

    Named counts apply over ``all``, which is every type but ``release``. When every count given is
    0, the others run once. Raises UsageError for unknown names and for what is not a count.
    """
    named, others = _read_counts(words, procfile)
    if named.get(RELEASE, 0) > 1:
        raise UsageError(f"release={named[RELEASE]}: a release runs once")
    unnamed = {name: others for name in procfile.names if name != RELEASE and name not in named}
    return {**named, **unnamed}


def count_of_others(words: Sequence[str], procfile: Procfile) -> int:
    """How often a type runs that the words do not name: ``web=2`` is just that, ``all=2`` is all types."""
    return _read_counts(words, procfile)[1]


def parse_changes(words: Sequence[str], counts: Mapping[str, int]) -> dict[str, int]:
    """Read ``web=3 worker+1 clock-1`` (Heroku's syntax, blanks or commas between) as changes of ``counts``;
    gives the new counts of those types that are named.

    ``all`` stands for every type but ``release``. Below 0 there is nothing. Raises UsageError for what
    cannot be read, a type that ``counts`` has not, and for a release, which is not scaled.
    """
    changed: dict[str, int] = {}
    types = [name for name in counts if name != RELEASE]
    for word in filter(None, (part.strip() for text in words for part in text.split(","))):
        found = _CHANGE.fullmatch(word)
        if found is None:
            raise UsageError(f"{word!r} is not a change (0 to {MOST_INSTANCES}); write web=3, web+1 or web-1")
        name, sign, number = found[1], found[2], int(found[3])
        if name == RELEASE:
            raise UsageError("a release runs once, and is not scaled")
        if name != "all" and name not in counts:
            raise UsageError(f"no process type {name!r}; there are {', '.join(types)}")
        for one in types if name == "all" else (name,):
            before = changed.get(one, counts[one])
            count = {"=": number, "+": before + number, "-": before - number}[sign]
            if count > MOST_INSTANCES:
                raise UsageError(f"{word!r}: {MOST_INSTANCES} of a type are the most")
            changed[one] = max(0, count)
    return changed


def _read_counts(words: Sequence[str], procfile: Procfile) -> tuple[dict[str, int], int]:
    """The counts of those that are named, and that of all others."""
    names = procfile.names
    everyone: int | None = None
    named: dict[str, int] = {}
    for word in (part.strip() for text in words for part in text.split(",")):
        if not word:
            continue
        found = _COUNT.fullmatch(word)
        name = found[1] if found else word.partition("=")[0]
        if name != "all" and name not in names:
            raise UsageError(f"no process type {name!r} in {procfile.path}; there are {', '.join(names)}")
        if found is None:
            count, types = word.partition("=")[2], ", ".join(names)
            raise UsageError(
                f"{word!r}: {count!r} is not a count (0 to {MOST_INSTANCES}); the types are {types}"
            )
        number = int(found[2] or 1)
        if name == "all":
            everyone = number
        else:
            named[name] = number
    if everyone is None and not any(named.values()):
        everyone = 1
    return named, everyone or 0


def without(counts: Mapping[str, int], excluded: Sequence[str], names: tuple[str, ...]) -> dict[str, int]:
    """The counts less the excluded types. Raises UsageError for a name that is no type."""
    for name in excluded:
        if name not in names:
            raise UsageError(f"--exclude: no process type {name!r}; there are {', '.join(names)}")
    return {name: 0 if name in excluded else count for name, count in counts.items()}


def expand(
    procfile: Procfile,
    counts: Mapping[str, int],
    ports: Ports | None,
    environment: Mapping[str, str],
    policies: Mapping[str, Policy],
) -> tuple[Instance, ...]:
    """Every instance to run, in the order of the Procfile.

    ``ports``, with room for all of them, is None for ``--no-port``. Each child also learns the first port
    of every type, as ``PYFOREMAN_PROCESS_<TYPE>_PORT``, so that processes find each other. Raises
    UsageError when a port would lie past 65535.
    """
    alike = expand_alike(procfile, counts, ports, environment, policies)
    return tuple(instance._replace(environment=_own_environment(instance)) for instance in alike)


def expand_alike(
    procfile: Procfile,
    counts: Mapping[str, int],
    ports: Ports | None,
    environment: Mapping[str, str],
    policies: Mapping[str, Policy],
) -> tuple[Instance, ...]:
    """The same for who runs nothing: all have one environment, without PORT and PS. A thousand environments
    would be 40 MB."""
    shared = shared_environment(environment, ports)
    return tuple(
        Instance(
            entry.name,
            index,
            entry.command,
            ports.of(entry.name, index) if ports else None,
            shared,
            policies[entry.name],
        )
        for entry in procfile.types
        for index in range(1, counts.get(entry.name, 0) + 1)
    )


def _own_environment(instance: Instance) -> dict[str, str]:
    own = {**instance.environment, "PS": instance.name}
    if instance.port is not None:
        own["PORT"] = str(instance.port)
    return own


def shared_environment(environment: Mapping[str, str], ports: Ports | None) -> dict[str, str]:
    """What every child is given beside its own PORT and PS."""
    shared = {"PYTHONUNBUFFERED": "1", **environment}
    if ports is not None:
        for name in ports.names:
            # A type past the last port cannot run, but must not keep the others from running.
            if (port := ports.number(name, 1)) <= HIGHEST_PORT:
                shared[f"{NEIGHBOUR}{name.upper().replace('-', '_')}_PORT"] = str(port)
    return shared


def one_off_environment(environment: Mapping[str, str], ports: Ports, name: str) -> dict[str, str]:
    """What ``run`` gives its command: the children's variables, and PORT if it is a process type's line."""
    own = {**shared_environment(environment, ports), "PS": "run.1"}
    if name in ports.names:
        own["PORT"] = str(ports.of(name, 1))
    return own
