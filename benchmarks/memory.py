"""Memory of all that a manager is, without its children: with 1, 50 and 500 silent ones, and for one more."""

import re
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from benchmarks.managers import Manager
from benchmarks.measures import Measure
from benchmarks.options import Options
from benchmarks.scene import FailedError
from benchmarks.silence import silence
from benchmarks.survey import Survey, survey

COUNTS = (1, 50, 500)


def measure(options: Options) -> Iterator[Measure]:
    """PSS of the managers at rest, in MB; and what each child after the first costs, in KB."""
    found: dict[int, Survey] = {}
    # A peer that cannot do 50 is not asked for 500.
    managers = options.peers
    for count in COUNTS:
        found[count] = survey(managers, options.runs(1, 3, 5), partial(_once, count))
        managers = tuple(manager for manager in managers if manager.name not in found[count].remarks)
        children = f"{count} silent child{'ren' if count > 1 else ''}"
        yield found[count].measure("MB", f"memory.{count}", f"memory of the manager of {children}", "MB")
    # Not from 1: the more children there are, the less of libc is counted as the manager's.
    few, many = COUNTS[-2:]
    first, last = found[few].figures["MB"], found[many].figures["MB"]
    yield Measure(
        "memory.further",
        f"memory of the manager for one child more, from {few} to {many}",
        "KB",
        False,
        {
            tool: [
                (top - low) * 1000 / (many - few) for low, top in zip(first[tool], last[tool], strict=True)
            ]
            for tool in last
        },
        {tool: remark for count in COUNTS for tool, remark in found[count].remarks.items()},
    )


def _once(count: int, manager: Manager) -> dict[str, float]:
    with silence(manager, count) as scene:
        return {"MB": pss_bytes(scene.come_to_rest()) / 1e6}


def pss_bytes(pids: Collection[int]) -> int:
    """The proportional set size of these: a page that n processes share counts as 1/n for each.

    RSS would count what our two processes share twice. What is shared with processes that are not the
    manager's (libc with the children, the interpreter with this very benchmark) is counted in part: of
    two Pythons that share some 0.7 MB of libpython with a third one, 0.4 MB less in all.
    """
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError as error:
            raise FailedError(f"one of the manager's processes has ended: {error.strerror}") from None
        match = re.search(r"^Pss:\s+(\d+) kB$", text, re.MULTILINE)
        assert match, "no PSS in smaps_rollup"
        total += int(match[1]) * 1024
    return total
