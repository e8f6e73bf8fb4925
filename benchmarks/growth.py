"""How cost grows with the number of children, from 1 to 1,000: start, memory, idling, throughput, stop."""

import contextlib
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial

from benchmarks.idle import activity
from benchmarks.managers import ONE_HOP, Job, Manager
from benchmarks.measures import OURS, Measure
from benchmarks.memory import pss_bytes
from benchmarks.options import Options
from benchmarks.scene import PATIENCE, FailedError, Gate, folder, running
from benchmarks.silence import silence
from benchmarks.survey import survey
from benchmarks.table import Table, figure

COUNTS = (1, 10, 100, 200, 500, 1000)
IDLE_SECONDS = 5.0
PEERS = (OURS, "honcho")
LINE = b"x" * 79 + b"\n"

_KEYS = {
    "up": ("until {} children are up", "ms"),
    "memory": ("memory of the manager of {} silent children", "MB"),
    "idle": (f"time of the idle manager of {{}} children on a processor in {IDLE_SECONDS:.0f} s", "ns"),
    "stop": ("from ^C to the end of {} children", "ms"),
}
_THROUGHPUT = "throughput of {} writers of the same number of bytes in all"
_HEAD = [
    *("", "children", "all up, ms", "ms for each more", "memory, MB", "KB for each more"),
    *(f"ns on a processor in {IDLE_SECONDS:.0f} s", "MB/s", f"of {ONE_HOP}", "stopped, ms"),
]
# All stay until the end: managers end when a child does, and some lose what is on its way then.
_WRITER = "echo $$ >up\nread _ <go\ncat lines.txt\necho $$ >done\nread _ <end\n"


def measure(options: Options) -> Iterator[Measure]:
    """For each number of children: what ``_KEYS`` names, and the throughput beside that of the limits."""
    managers = tuple(manager for manager in options.managers if manager.name in PEERS)
    sinks = tuple(manager for manager in options.managers if manager.is_limit)
    runs = options.runs(1, 1, 3)
    for count in options.pick(COUNTS[:3], COUNTS, COUNTS):
        allow_files(4 * count + 100)
        found = survey(managers, runs, partial(_silent, count))
        for key, (title, unit) in _KEYS.items():
            yield found.measure(key, f"growth.{key}.{count}", title.format(count), unit)
        # Who could not do so many is not asked for more.
        managers = tuple(manager for manager in managers if manager.name not in found.remarks)
        found = survey((*managers, *sinks), runs, partial(write, count), warm_up=True)
        name, title = f"growth.throughput.{count}", _THROUGHPUT.format(count)
        yield found.measure("throughput", name, title, "MB/s", more_is_better=True)


def allow_files(count: int) -> None:
    """Let the managers open so many files. The hard limit is raised only where it is lower than that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        print(f"the hard limit of open files is raised from {hard} to {count}", file=sys.stderr)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
        except (OSError, ValueError) as error:
            print(f"it cannot be: {error}", file=sys.stderr)
    elif soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def _silent(count: int, manager: Manager) -> dict[str, float]:
    with silence(manager, count) as scene:
        pids = scene.come_to_rest()
        idle = activity(pids, IDLE_SECONDS)["cpu"]
        memory = pss_bytes(pids)
        stop = scene.run.interrupt(PATIENCE)
        return {"up": scene.seconds * 1e3, "memory": memory / 1e6, "idle": idle * 1e6, "stop": stop * 1e3}


def write(count: int, manager: Manager) -> dict[str, float]:
    """MB/s of so many writers, from the moment when they may begin to the last byte in the sink."""
    # honcho is some 200 times slower.
    total = 800_000 if manager.name == OURS or manager.is_limit else 20_000
    lines = total // count
    with folder() as place, contextlib.ExitStack() as stack:
        (place / "lines.txt").write_bytes(LINE * lines)
        (place / "writer.sh").write_text(_WRITER)
        up, go, done, _ = (
            stack.enter_context(contextlib.closing(Gate(place / name)))
            for name in ("up", "go", "done", "end")
        )
        with running(manager, Job({"writer": "sh writer.sh"}, {"writer": count}), place) as run:
            up.arrivals(count)
            began = time.time_ns()
            go.open(count)
            done.arrivals(count)
            ended = run.await_silence(count * lines * len(LINE))
            # The limits' writers share a pipe and cut each other's lines: all of the text has to be there.
            whole = run.out.read_bytes().count(b"\n" if manager.is_limit else LINE)
    if whole < count * lines:
        raise FailedError(f"{count * lines - whole} of {count * lines} lines lost or cut")
    return {"throughput": count * lines * len(LINE) / (ended - began) * 1e3}


def by_count(measures: Iterable[Measure]) -> Table | None:
    """A row for each number of children, with what each one more cost since the row before."""
    named = {measure.name: measure for measure in measures}

    def median(key: str, count: int, tool: str) -> float | None:
        measure = named.get(f"growth.{key}.{count}")
        return measure.median(tool) if measure else None

    rows = []
    for tool in PEERS:
        before: dict[str, tuple[int, float]] = {}
        for count in COUNTS:
            cells = [tool, f"{count:,}"]
            for key, factor in (("up", 1), ("memory", 1000)):  # MB, and KB for each more
                now = median(key, count, tool)
                cells += [_rounded(now), _rounded(_slope(before.get(key), count, now), factor)]
                if now is not None:
                    before[key] = count, now
            flow, hop = median("throughput", count, tool), median("throughput", count, ONE_HOP)
            cells += [_rounded(median("idle", count, tool)), _rounded(flow)]
            cells += [f"{flow / hop:.3f}" if flow and hop else "-", _rounded(median("stop", count, tool))]
            if any(name.endswith(f".{count}") and tool in one.figures for name, one in named.items()):
                rows.append(cells)
    return Table("How cost grows", _HEAD, rows, []) if rows else None


def _slope(before: tuple[int, float] | None, count: int, now: float | None) -> float | None:
    if before is None or now is None:
        return None
    return (now - before[1]) / (count - before[0])


def _rounded(value: float | None, factor: float = 1) -> str:
    return "-" if value is None else figure(value * factor, "")
