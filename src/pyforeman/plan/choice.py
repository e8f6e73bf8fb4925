"""Which one process somebody means, where it has to be one."""

from collections.abc import Sequence

from pyforeman.errors import UsageError


def chosen(word: str, names: Sequence[str]) -> str:
    """The process that ``word`` means: an instance, or a type of which there is one.

    Raises UsageError with those there are.
    """
    if word in names:
        return word
    of_type = [name for name in names if name.rpartition(".")[0] == word]
    if len(of_type) > 1:
        raise UsageError(f"{word!r} is {', '.join(of_type)}; choose one of them")
    if not of_type:
        raise UsageError(f"no process {word!r}; there are {', '.join(names) or 'none'}")
    return of_type[0]
