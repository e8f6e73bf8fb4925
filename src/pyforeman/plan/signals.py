"""Signals as users name them."""

from signal import NSIG, Signals

from pyforeman.errors import UsageError


def canonical(word: str) -> str:
    """``HUP`` for HUP, SIGHUP, hup and 1; the number of one without a name. Raises UsageError."""
    if word.isdecimal() and 0 < int(word) < NSIG:
        try:
            return Signals(int(word)).name.removeprefix("SIG")
        except ValueError:  # real-time signals have no name in Python
            return str(int(word))
    name = word.upper().removeprefix("SIG")
    if f"SIG{name}" not in Signals.__members__:
        raise UsageError(f"no signal {word!r}; kill -l lists them, as in: pyforeman signal HUP web")
    return Signals[f"SIG{name}"].name.removeprefix("SIG")
