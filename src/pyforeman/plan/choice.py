"""Which one process somebody means, where it has to be one."""

from collections.abc import Collection, Sequence

from pyforeman.errors import UsageError
from pyforeman.plan.procfile import RELEASE


def chosen(word: str, names: Sequence[str], formation: str, resting: Collection[str] = ()) -> str:
    """The process that ``word`` means: an instance, or a type of which there is one, or one that is not
    ``resting``.

    Raises UsageError for several, for none, and for the release: nobody types into it.
    """
    if word.partition(".")[0] == RELEASE:
        raise UsageError("the release reads no keys; pyforeman logs release shows what it writes")
    if word in names:
        return word
    all_of_type = [name for name in names if name.rpartition(".")[0] == word]
    of_type = [name for name in all_of_type if name not in resting] or all_of_type
    if len(of_type) > 1:
        raise UsageError(f"{word!r} is {len(of_type)} processes; choose one, such as {of_type[0]}")
    if not of_type:
        raise no_process(word, formation)
    return of_type[0]


def no_process(word: str, formation: str) -> UsageError:
    """What is said of a name that there is not. ``formation`` is ``web=100 worker=0``: all that there are, in
    the order of the Procfile, and yet short."""
    return UsageError(f"no process {word!r}; the formation is {formation}")
