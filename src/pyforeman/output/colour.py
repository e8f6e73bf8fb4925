"""Whether what is shown has colours, and whether a line can be drawn again."""

from collections.abc import Mapping


def wants_colour(choice: str, environment: Mapping[str, str], *, on_terminal: bool) -> bool:
    """Whether to colour: ``--color`` decides, then NO_COLOR, then FORCE_COLOR, then where it goes.

    NO_COLOR (no-color.org) and FORCE_COLOR count when they are set to something, in the order of
    Python's own; ``FORCE_COLOR=0`` forces nothing.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return on_terminal and not is_dumb(environment)


def is_dumb(environment: Mapping[str, str]) -> bool:
    """Whether the terminal knows no escape sequences: TERM says so, or says nothing."""
    return environment.get("TERM", "dumb") == "dumb"
