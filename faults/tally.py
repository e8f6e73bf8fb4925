"""Whether the lines of ``players/flood.py`` have come out: whole, in order, each once; how many have not."""

import re
from pathlib import Path


def procfile(names: str, *arguments: object) -> str:
    """A flood for each letter."""
    from cast import player

    return "".join(f"{name}: {player('flood', name, *arguments)}\n" for name in names)


def written(folder: Path, names: str) -> dict[str, int]:
    """How many lines each flood has written, by its own account at its end."""
    paths = {name: folder / f"{name}.count" for name in names}
    assert all(path.exists() for path in paths.values()), "a flood did not come to its own end"
    return {name: int(path.read_text()) for name, path in paths.items()}


def missing(out: bytes, counts: dict[str, int]) -> int:
    """How many of the lines are not in ``out``. Those that are have to be whole, in order and there once; a
    cut last line of all does not count."""
    return sum(_missing(out, name, count) for name, count in counts.items())


def _missing(out: bytes, name: str, count: int) -> int:
    found = re.findall(rb"^(?:\S+ )?%s\.1 *\| (.*)\n" % name.encode(), out, re.MULTILINE)
    return _missing_of(found, name, count)


def _missing_of(found: list[bytes], name: str, count: int) -> int:
    last, seen = -1, 0
    for line in found:
        whole = re.fullmatch(rb"%s (\d+) (x*)" % name.encode(), line)
        assert whole, f"a line that is not whole: {line[:200]!r}"
        number = int(whole[1])
        assert len(whole[2]) == number % 97, f"a line that is not whole: {line[:200]!r}"
        assert number > last, f"out of order, or twice: {number} after {last}"
        last, seen = number, seen + 1
    assert last < count, f"{last} was never written: they were {count}"
    return count - seen


def missing_in_log(path: Path, name: str, count: int) -> int:
    """The same of a log file, in which lines have no prefix, or one with the time."""
    found = re.findall(rb"^.*?(%s \d+ x*)\n" % name.encode(), path.read_bytes(), re.MULTILINE)
    return _missing_of(found, name, count)


def lost(err: str) -> int:
    """How many lines pyforeman says are lost."""
    return sum(int(number) for number in re.findall(r"(\d+) lines?\b[^\n]* lost", err))
