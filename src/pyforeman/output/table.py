"""The table of ``ps``: one line a process, in columns."""

from collections.abc import Sequence

from pyforeman.core.usage import Entry

_TITLES = ("name", "state", "pid", "port", "up", "restarts", "exit", "cpu", "memory", "command")
_TO_THE_RIGHT = frozenset(("pid", "port", "up", "restarts", "exit", "cpu", "memory"))
_GAP = "  "
_NOTHING = "-"
"""For what there is not: each line has as many words before the command as there are columns."""


def table(entries: Sequence[Entry], width: int | None = None) -> list[str]:
    """The lines, a title first, without newlines; none is wider than ``width`` columns (None: no limit)."""
    cells = [_TITLES, *(_cells(entry) for entry in entries)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        aligned = (
            text.rjust(size) if title in _TO_THE_RIGHT else text.ljust(size)
            for title, text, size in zip(_TITLES[:-1], row[:-1], widths[:-1], strict=True)
        )
        line = _GAP.join((*aligned, row[-1])).rstrip()
        lines.append(line if width is None else fitted(line, width))
    return lines


def screenful(lines: Sequence[str], rows: int, width: int) -> list[str]:
    """As many lines as there are rows; where some are left out, the last one says how many."""
    rows = max(rows, 1)
    if len(lines) <= rows:
        return list(lines)
    return [*lines[: rows - 1], fitted(f"and {len(lines) - rows + 1} more", width)]


def fitted(line: str, width: int) -> str:
    """What of a line a terminal draws in ``width`` columns."""
    if line.isascii():
        return line[:width]
    from pyforeman.output.row import columns_of

    for place, letter in enumerate(line):
        width -= columns_of(letter)
        if width < 0:
            return line[:place]
    return line


def duration(seconds: float) -> str:
    """The two largest units: ``42s``, ``3m05s``, ``2h14m``, ``3d04h``."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02}m"
    return f"{whole // 86400}d{whole % 86400 // 3600:02}h"


def size(count: int) -> str:
    """Bytes for people: ``812K``, ``12.3M``, ``1.2G``."""
    if count < 1024 * 1024:
        return f"{count // 1024}K"
    megabytes = count / 1024 / 1024
    return f"{megabytes:.1f}M" if megabytes < 1000 else f"{megabytes / 1024:.1f}G"


def _cells(entry: Entry) -> tuple[str, ...]:
    def cell(key: str) -> str:
        return _NOTHING if entry[key] is None else str(entry[key])

    uptime, cpu, memory = entry["uptime"], entry["cpu"], entry["memory"]
    return (
        cell("name"),
        cell("state"),
        cell("pid"),
        cell("port"),
        _NOTHING if uptime is None else duration(uptime),
        cell("restarts"),
        cell("exit"),
        _NOTHING if cpu is None else f"{cpu:.1f}%",
        _NOTHING if memory is None else size(memory),
        _harmless(cell("command")),
    )


def _harmless(text: str) -> str:
    """What would do something to a terminal, as ``\\x1b``."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
