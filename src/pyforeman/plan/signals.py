"""Signals as users name them."""

from signal import NSIG, Signals

from pyforeman.errors import UsageError


def number_of(word: str) -> int:
    """1 for HUP, SIGHUP, hup and 1. Raises UsageError for what is no signal."""
    name = word.upper().removeprefix("SIG")
    if name.isascii() and name.isdecimal() and len(name) < 4 and 0 < int(name) < NSIG:
        return int(name)
    if f"SIG{name}" not in Signals.__members__:
        raise UsageError(f"no signal {word!r}; kill -l lists them, as in: pyforeman signal HUP web")
    return Signals[f"SIG{name}"].value


def canonical(word: str) -> str:
    """``HUP`` for HUP, SIGHUP, hup and 1; the number of one without a name. Raises UsageError."""
    return name_of(number_of(word))


def name_of(number: int) -> str:
    """``HUP`` for 1; the number of one without a name."""
    try:
        return Signals(number).name.removeprefix("SIG")
    except ValueError:  # most real-time signals have no name in Python
        return str(number)
