"""Is the output right: every line that was written is there, once, whole, in order, under its own prefix.

What must be there follows from the seed (``nasty.cast``) and from the marks: how many writes each actor has
finished. An actor that was killed may have done one more, or a part of it.
"""

import json
import re
from base64 import b64decode
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from chaos_plan import Plan
from nasty import LIMIT, cast, written

STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d ")
_STAMP_SIZE = 30
_STARTED = re.compile(r"(\S+) started, pid (\d+)")
_OWNER = re.compile(rb"(\S+)/(\d+)/(\w+!?) ")


class WrongError(Exception):
    """The output is not what it has to be."""


class LostError(WrongError):
    """Lines are missing, and nothing says so."""

    def __init__(self, text: str, lines: int) -> None:
        super().__init__(text)
        self.lines = lines


class Entry(NamedTuple):
    """One line: who wrote it (``system``: pyforeman itself), and what, without its newline."""

    who: str
    text: bytes


class Reader:
    """Takes the lines of a round apart."""

    def __init__(self, plan: Plan) -> None:
        self._json = plan.json
        names = [*plan.flags, *(f"{name}.1" for name in plan.types), "system"]
        self._width = max(map(len, names)) + 3
        self._owners = {f"{name:<{self._width - 3}} | ".encode(): name for name in names}

    def stdout(self, data: bytes, *, cut: bool) -> list[Entry]:
        """The lines of stdout. ``cut``: the last one may be incomplete, and is left out then."""
        parse = self._object if self._json else self._line
        return [parse(line) for line in _whole(data, cut=cut)]

    def logs(self, folder: Path, *, cut: bool) -> list[Entry]:
        """The lines of all.log, which have to be those of the other files."""
        entries = []
        for line in _whole((folder / "all.log").read_bytes(), cut=cut):
            if not STAMP.match(line):
                raise WrongError(f"all.log has a line without a time: {_short(line)}")
            entries.append(self._line(line[_STAMP_SIZE:]))
        texts: dict[str, list[bytes]] = {path.name.removesuffix(".log"): [] for path in folder.iterdir()}
        for who, text in entries:
            texts.setdefault(who, []).append(text + b"\n")
        for who in texts.keys() - {"all", "system"}:
            own, told = (folder / f"{who}.log").read_bytes(), b"".join(texts[who])
            if not own.startswith(told) if cut else own != told:
                raise WrongError(f"{who}.log ({len(own)} bytes) is not what all.log has of it ({len(told)})")
        return entries

    def text(self, entries: Sequence[Entry]) -> bytes:
        """What stdout would be without --format json."""
        prefixes = {name: prefix for prefix, name in self._owners.items()}
        return b"".join(prefixes[who] + text + b"\n" for who, text in entries)

    def _line(self, line: bytes) -> Entry:
        owner = self._owners.get(line[: self._width])
        if owner is None:
            raise WrongError(f"a line without an owner: {_short(line)}")
        return Entry(owner, line[self._width :])

    def _object(self, line: bytes) -> Entry:
        try:
            told = json.loads(line)
        except ValueError:
            raise WrongError(f"no JSON: {_short(line)}") from None
        if "event" in told:
            return Entry("system", told["text"].encode())
        text = b64decode(told["base64"]) if "base64" in told else told["text"].encode()
        return Entry(told["process"], text)


def agree(out: bytes, logged: bytes, lost: tuple[int, int], *, cut: bool) -> None:
    """Compare stdout with what it should be by all.log. ``lost``: the lines and bytes that may be missing at
    the end of stdout, so many and no others; ``cut``: any may be, at the end of either."""
    if not logged.startswith(out) and not (cut and out.startswith(logged)):
        place = _first_difference(out, logged)
        there, here = _around(logged, place), _around(out, place)
        raise WrongError(f"at byte {place}, stdout has {here} and all.log has {there}")
    rest = logged[len(out) :]
    missing = (rest.count(b"\n"), len(rest))
    if not cut and missing != lost:
        raise LostError(f"(lines, bytes) missing on stdout: {missing}; told: {lost}", missing[0] - lost[0])


class Book:
    """What the children of a round say that they have written."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._plan = plan
        seeds = re.findall(r"(?m)^(\w+): .*nasty\.pyc (\d+) ", plan.procfile)
        self._seeds = dict(seeds)
        self.marks = {path.name: path.stat().st_size for path in (folder / "marks").iterdir()}
        self._lives = {
            (path.name.rpartition(".")[0], pid): int(path.name.rpartition(".")[2])
            for path in (folder / "lives").iterdir()
            if (pid := path.read_text())
        }

    @property
    def processes(self) -> int:
        """How many processes have played an actor."""
        return sum(not name.endswith("!") for name in self.marks)

    def check(self, entries: Sequence[Entry], *, complete: bool) -> int:
        """Compare; gives the number of lines. ``complete``: nothing may be missing at the end. Raises
        WrongError."""
        streams: dict[tuple[str, str], list[bytes]] = {}
        current: dict[str, list[bytes]] = {}
        pids = {(who, str(life)): pid for (who, pid), life in self._lives.items()}
        for who, text in entries:
            if who != "system":
                if who not in current:
                    raise WrongError(f"{who} wrote before it was started: {_short(text)}")
                # What left its session with an empty environment may live on beside the next life.
                owner = _OWNER.match(text)
                pid = pids.get((owner[1].decode(), owner[2].decode()), "") if owner else ""
                streams.get((who, pid), current[who]).append(text)
            elif started := _STARTED.match(text.decode(errors="replace")):
                current[started[1]] = streams[started[1], started[2]] = []
        if complete:
            for stream in self._lives.keys() - streams.keys():
                raise WrongError(f"nothing says that {stream[0]} was started with pid {stream[1]}")
        for (who, pid), lines in streams.items():
            self._check_stream(who, self._lives.get((who, pid)), lines, complete)
        return sum(map(len, streams.values()))

    def _check_stream(self, who: str, life: int | None, lines: list[bytes], complete: bool) -> None:
        if life is None:
            if lines and who.rpartition(".")[0] in self._seeds:
                raise WrongError(f"{who} shows lines of a life that never was: {_short(lines[0])}")
            return  # it was killed before it could begin, or it is none of ours
        flags = self._plan.flags[who]
        actors = cast(self._seeds[who.rpartition(".")[0]], who, life, flags)
        parts: dict[str, list[bytes]] = {}
        for name, actor in actors.items():
            parts[name] = written(who, life, name, flags, actor.steps)
            parts[name + "!"] = written(who, life, name + "!", flags, actor.farewell or [])
        writers = {name.rstrip("!") for name, texts in parts.items() if texts}
        done = {name: self.marks.get(f"{who}.{life}.{name}") for name in parts}
        where = f"{who}, life {life}"
        if len(writers) > 1:
            _check_many(where, lines, parts, done, complete)
        else:
            for name in writers or {"a"}:
                _check_one(
                    where, lines, parts[name], parts[name + "!"], (done[name], done[name + "!"]), complete
                )


def _check_one(
    where: str,
    lines: list[bytes],
    steps: list[bytes],
    farewell: list[bytes],
    counts: tuple[int | None, int | None],
    complete: bool,
) -> None:
    """A stream with one writer: the bytes of its writes, to the last, or to somewhere in the next one."""
    done, last = counts
    if last is not None:  # it was asked to stop, so what it had done by then is certain
        texts, finished = steps[: done or 0] + farewell, (done or 0) + last
    else:
        texts, finished = steps, done or 0
    least = sum(map(len, texts[:finished])) if complete else 0
    whole = b"".join(texts[: finished + 1])
    shown, breaks = _shown(whole)
    told = b"\n".join(lines)
    if not shown.startswith(told):
        place = _first_difference(told, shown)
        here, there = _around(told, place), _around(shown, place)
        raise WrongError(f"{where}: at byte {place} stands {here}, not {there}")
    count = 0
    if lines:
        count = len(told) - bisect_left(breaks, len(told))
        count += whole[count : count + 1] == b"\n"
    if count < least:
        missing = whole.count(b"\n", count, least)
        end = _short(told[-60:])
        raise LostError(f"{where}: {count} of {least} bytes, {finished} writes; the last are {end}", missing)


def _check_many(
    where: str,
    lines: list[bytes],
    parts: dict[str, list[bytes]],
    done: dict[str, int | None],
    complete: bool,
) -> None:
    """A stream with several writers, whose lines reach the pipe as one piece each."""
    seen: dict[str, int] = dict.fromkeys(parts, 0)
    for line in lines:
        owner = _OWNER.match(line)
        name = owner[3].decode() if owner else ""
        if name not in parts:
            raise WrongError(f"{where}: nobody wrote {_short(line)}")
        expected = parts[name][seen[name]] if seen[name] < len(parts[name]) else b""
        if line + b"\n" != expected:
            raise WrongError(f"{where}: {name} has {_short(line)} instead of {_short(expected)}")
        seen[name] += 1
    for name, count in seen.items():
        finished = done[name] or 0
        if count > finished + 1:
            raise WrongError(f"{where}: {count} lines of {name}, which wrote {finished}")
        if complete and count < finished:
            raise LostError(f"{where}: {count} lines of {name}, which wrote {finished}", finished - count)


def _shown(data: bytes) -> tuple[bytes, list[int]]:
    """What of this is shown, without the last newline, and where a newline was put in."""
    if len(data) <= LIMIT:
        return data.removesuffix(b"\n"), []
    pieces, breaks, size = [], [], 0
    for line in data.removesuffix(b"\n").split(b"\n"):
        for start in range(0, max(1, len(line)), LIMIT):
            pieces.append(line[start : start + LIMIT])
            size += len(pieces[-1]) + 1
            if start + LIMIT < len(line):
                breaks.append(size - 1)
    return b"\n".join(pieces), breaks


def _whole(data: bytes, *, cut: bool) -> list[bytes]:
    lines = data.split(b"\n")
    last = lines.pop()
    if last and not cut:
        raise WrongError(f"the last line has no end: {_short(last)}")
    return lines


def _first_difference(one: bytes, other: bytes) -> int:
    """The place of the first byte that is not the same in both."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def _short(data: bytes) -> str:
    return repr(data if len(data) < 160 else data[:150] + b"...") + f" ({len(data)} bytes)"


def _around(data: bytes, place: int) -> str:
    return repr(data[max(0, place - 60) : place + 60])
