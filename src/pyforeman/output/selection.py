"""Which processes are meant: by ``--only`` and ``--quiet``, and by the commands for a running formation."""

from collections.abc import Sequence


def selected(process: str, *, only: Sequence[str], quiet: Sequence[str]) -> bool:
    """Whether to show ``process``: one of ``only`` (if there are any) and none of ``quiet``.

    Each pattern is a type, an instance or a glob: ``web``, ``web.2``, ``w*``.
    """
    return (not only or matches(process, only)) and not matches(process, quiet)


def unmatched(patterns: Sequence[str], types: Sequence[str]) -> list[str]:
    """The patterns that can fit no process, whatever the formation: most likely they are mistyped."""
    return [
        pattern
        for pattern in patterns
        if not any(matches(f"{name}.{_index_of(pattern)}", (pattern,)) for name in types)
    ]


def _index_of(pattern: str) -> str:
    """The instance that the pattern names, 1 if it names none."""
    index = pattern.rpartition(".")[2]
    return index if index.isdigit() else "1"


def matches(process: str, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns fits: a type, an instance or a glob."""
    if not patterns:
        return False
    from fnmatch import fnmatchcase

    names = (process, process.rpartition(".")[0] or process)  # system is of no type, and "" is no name
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)
