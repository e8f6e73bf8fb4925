"""How a process type is treated when it ends or is told to: restart policy, stop signal, grace.

Options take one value for all or ``TYPE=VALUE`` pairs: ``-t 5,worker=60``.
"""

import math
import signal
from collections.abc import Callable, Mapping
from typing import Generic, Literal, NamedTuple, TypeVar

from pyforeman.errors import UsageError

T = TypeVar("T")

Restart = Literal["on-failure", "always", "never"]
StopOn = Literal["never", "failure", "exit"]

_PTYS = {"yes": True, "no": False, "auto": None}
RESTARTS: tuple[Restart, ...] = ("on-failure", "always", "never")
STOP_ONS: tuple[StopOn, ...] = ("never", "failure", "exit")


class Policy(NamedTuple):
    """What holds for every instance of one process type.

    ``max_restarts`` counts restarts in a row (None: no limit); ``stop_on`` says whether an instance
    that has ended for good ends the formation; ``grace`` is the time in seconds between
    ``stop_signal`` and SIGKILL.
    """

    restart: Restart = "on-failure"
    max_restarts: int | None = None
    stop_on: StopOn = "never"
    stop_signal: int = signal.SIGTERM
    grace: float = 5.0
    pty: bool | None = None


DEFAULT = Policy()


class PerType(NamedTuple, Generic[T]):
    """A setting: one value for all types, and the exceptions by name."""

    default: T
    exceptions: Mapping[str, T]

    def of(self, process_type: str) -> T:
        """The value for one process type."""
        return self.exceptions.get(process_type, self.default)


def parse_per_type(
    option: str, text: str | None, convert: Callable[[str], T], default: T, names: tuple[str, ...]
) -> PerType[T]:
    """Read ``5``, ``worker=60`` or ``5,worker=60``; ``convert`` raises ValueError with what it wants.

    Raises UsageError, which names ``option``, for an unknown type or a value that does not convert.
    """
    exceptions: dict[str, T] = {}
    for part in (text or "").split(","):
        name, separator, value = part.strip().rpartition("=")
        if not part.strip():
            continue
        if separator and name not in names:
            raise UsageError(f"{option}: no process type {name!r}; there are {', '.join(names)}")
        try:
            converted = convert(value)
        except ValueError as error:
            raise UsageError(f"{option}: {value!r} is not {error}") from None
        if separator:
            exceptions[name] = converted
        else:
            default = converted
    return PerType(default, exceptions)


def restart(text: str) -> Restart:
    """One of the restart policies."""
    return _choice(text, RESTARTS)


def stop_on(text: str) -> StopOn:
    """One of the events that end the formation."""
    return _choice(text, STOP_ONS)


def pty(text: str) -> bool | None:
    """Whether to run on a pseudo-terminal; None for auto. 1 and 0 are for variables."""
    return _PTYS[_choice({"1": "yes", "0": "no"}.get(text, text), tuple(_PTYS))]


def count(text: str) -> int:
    """A number of times, 0 or more."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError("a whole number, 0 or more")
    return int(text)


def seconds(text: str) -> float:
    """A time in seconds, 0 or more."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValueError("a number of seconds, 0 or more")
    return value


def _choice(text: str, choices: tuple[T, ...]) -> T:
    for choice in choices:
        if choice == text:
            return choice
    raise ValueError(f"one of {', '.join(map(str, choices))}")
