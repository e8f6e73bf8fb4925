"""Compares what a page shows of a run with the lines of a real one.

Times and pids differ from run to run, so they count as equal; how long something took may be longer in
the real run. Which of two processes prints first is chance, too: each process is compared for itself,
its own lines and those of ``system`` that speak of it, with the lines that speak of all (``SIGINT
received``, an error, ``ended with exit code 3``) between them.
"""

import re
from collections.abc import Sequence
from difflib import ndiff
from itertools import takewhile

from pages import ANY

_LATER = 20.0
"""Seconds that something may have taken longer than the page shows, on a busy machine."""

_STAMP = re.compile(r"(?:\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\d(\.\d{3})?(?:[+-]\d\d:\d\d)?")
_SINCE_START = re.compile(r"^ *\+\d+\.\d{3} ")
_PID = re.compile(r"\b(pid|(?:pid|manager)\":) ?\d+")
_LOST = re.compile(r"(nobody read it: )\d+ lines")
_BYTES = re.compile(r"\b\d+ bytes")
_VERSION = re.compile(r"\b(Java|Node|Python|Ruby) \d+(\.\d+)+")
_BAR = re.compile(r"\[#+\.+\] \d+/")
_SHELL_ERROR = re.compile(r"\b(sh: )(?:line )?(\d+: )")
_DURATION = re.compile(r"(\bafter |\"seconds\": )(\d+(?:\.\d+)?)")
_FIGURE = re.compile(r"(\"(?:uptime|cpu|memory)\": )[\d.]+")
_TABLE = re.compile(
    r"(?P<name>[\w-]+\.\d+|name) +(?P<state>[a-z]+) +(?P<pid>\d+|-|pid) +(?P<port>\d+|-|port) +"
    r"(?P<up>\d\w+|-|up) +(?P<restarts>\d+|restarts) +(?P<exit>\d+|-|exit) +(?P<cpu>\d[\d.]*%|-|cpu) +"
    r"(?P<memory>\d[\d.]*[KMG]|-|memory) +(?P<command>\S.*)"
)
_PREFIX = re.compile(r"(?: *[-+:.\dT]+ +)?(system|[\w-]+\.\d+) +\| ?(.*)")
_NAME = re.compile(r"([\w-]+\.\d+)[ ,]")


def is_like(shown: str, real: str) -> bool:
    """Whether a line is the one that the page shows."""
    pattern = ".*".join(map(re.escape, normal(shown).split(ANY)))
    if not re.fullmatch(pattern, normal(real)):
        return False
    took = ([float(seconds) for _, seconds in _DURATION.findall(line)] for line in (shown, real))
    return all(_at_least(a) <= b <= a + _LATER for a, b in zip(*took, strict=False))


def _at_least(shown: float) -> float:
    """How long it must have taken: a sleep is never shorter, but a program may be quick."""
    return shown - 0.1 if shown >= 0.5 else 0.0


def normal(line: str) -> str:
    """The line without what differs from run to run."""
    line = _STAMP.sub(lambda stamp: re.sub(r"[+-]\d\d:\d\d$", "+00:00", re.sub(r"\d", "0", stamp[0])), line)
    line = _SINCE_START.sub("+0.000 ", line)
    line = _PID.sub(r"\1 N", line)
    line = _BYTES.sub("N bytes", _LOST.sub(r"\1N lines", line))
    line = _VERSION.sub(r"\1 N", line)
    line = _BAR.sub("[##..] N/", line)
    line = _FIGURE.sub(r"\1N", line)
    if row := _TABLE.fullmatch(line):
        line = " ".join(_cell(*cell) for cell in row.groupdict().items())
    line = _SHELL_ERROR.sub(r"\1\2", line)  # dash: "sh: 1: …", bash: "sh: line 1: …"
    return _DURATION.sub(r"\1N", line).rstrip()


def _cell(title: str, text: str) -> str:
    """A cell of ``ps``, without its width."""
    return "N" if title in {"pid", "up", "cpu", "memory"} and text[0].isdecimal() else text


def owners(lines: Sequence[str]) -> list[str]:
    """The process that each line belongs to; "" for what is about none, or about all."""
    result: list[str] = []
    for line in lines:
        prefix = _PREFIX.fullmatch(line)
        if not prefix:
            owner = ""
        elif prefix[1] != "system":
            owner = prefix[1]
        elif prefix[2].startswith("    "):  # the last lines of a process, shown again
            owner = result[-1] if result else ""
        else:
            about = _NAME.match(prefix[2])
            owner = about[1] if about else ""
        result.append(owner)
    return result


def begins(shown: Sequence[str], real: Sequence[str]) -> bool:
    """Whether all that is shown has come. Each process may have printed more by now."""
    of_shown, of_real = owners(shown), owners(real)
    strangers = set(of_real) - set(of_shown)
    return (ANY in shown or not strangers - {""}) and all(
        _follows(_of(name, shown, of_shown), _of(name, real, of_real), partly=True)
        for name in {"", *of_shown}
    )


def matches(shown: Sequence[str], real: Sequence[str]) -> bool:
    """Whether the page shows this run, and all of it."""
    of_shown, of_real = owners(shown), owners(real)
    return all(
        _follows(_of(name, shown, of_shown), _of(name, real, of_real), partly=False)
        for name in {"", *of_shown, *of_real}
    )


def before_the_signal(shown: Sequence[str]) -> list[str]:
    """What is shown before the line that says that a signal came; all, if there is none."""
    return list(takewhile(lambda line: "SIGINT received" not in line, shown))


def goes_on(shown: Sequence[str]) -> bool:
    """Whether the page leaves the run before its end: with an ellipsis, or at a moving bar."""
    return shown[-1] == ANY or bool(_BAR.search(shown[-1]))


def difference(shown: Sequence[str], real: Sequence[str]) -> str:
    """Both, for people: - is what only the page has, + what only the run has."""
    lines = ndiff([normal(line) for line in shown], [normal(line) for line in real])
    return "\n".join(line.rstrip() for line in lines if not line.startswith("?"))


def _of(name: str, lines: Sequence[str], names: Sequence[str]) -> list[str]:
    """The lines of one process and the ones that are about all."""
    return [line for line, owner in zip(lines, names, strict=True) if owner in {name, ""}]


def _follows(shown: Sequence[str], real: Sequence[str], *, partly: bool) -> bool:
    """Whether ``real`` is what is ``shown``, in this order; if ``partly``, more may come after it."""
    places = {0}  # how much of ``real`` may have been used up
    for line in shown:
        if line == ANY:
            places = set(range(min(places, default=len(real) + 1), len(real) + 1))
        else:
            places = {place + 1 for place in places if place < len(real) and is_like(line, real[place])}
    return bool(places) if partly else len(real) in places
