"""What the machine's speed does not change: instructions, counted by valgrind, and imported modules.

Hardly any two runs differ by a thousandth.
"""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.scene import ENVIRONMENT, folder

_PROCFILE = "a: true\n"
# From a read of 64 KB to the queue of the writer: all that is done for each block, on any way to stdout.
# The chunks end in the middle of a line, as they do.
_OUTPUT = """\
import os, sys
from pyforeman.output.lines import LineBuffer
from pyforeman.output.render import Origin, TextRenderer
from pyforeman.runtime.publisher import Publisher
from pyforeman.runtime.terminal import Writer
writer = Writer(os.open(os.devnull, os.O_WRONLY), lambda: None)
style = {"web.1": "\\x1b[36m"}
publisher = Publisher(
    writer, lambda: TextRenderer(["web.1"], "time", 0.0, style), lambda name: True, on_terminal=False
)
lines = LineBuffer()
lines.feed(b"x" * 40)
origin = Origin("web.1", 1)
publisher.block(origin, b"first\\n")
chunk = (b"x" * 39 + b"\\n" + b"x" * 40) * 800
for _ in range(32):
    if sys.argv[1] == "ours":
        publisher.block(origin, lines.feed(chunk))
        publisher.hand_over()
    elif sys.argv[1] == "replace":
        chunk.replace(b"\\n", b"\\n\\x1b[36m12:34:56 web.1  | \\x1b[m")
"""


def ratios() -> dict[str, float]:
    """What commands execute, as multiples of ``import click``; and the way of output, as one of a replace.

    What the interpreter itself executes is subtracted from both. Without valgrind it is empty.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return {}
    with folder() as place:
        (place / "Procfile").write_text(_PROCFILE)
        (place / "output.py").write_text(_OUTPUT)
        programs = {
            "nothing": ["-c", "pass"],
            "click": ["-c", "import click"],
            "version": ["-m", "pyforeman", "version"],
            "check": ["-m", "pyforeman", "check"],
            "start": ["-m", "pyforeman", "start"],
            "output.nothing": ["output.py", "nothing"],
            "output.replace": ["output.py", "replace"],
            "output.ours": ["output.py", "ours"],
        }
        # Side by side: others on the processor do not change what is counted.
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            counts = dict(
                zip(
                    programs,
                    pool.map(lambda args: _count(valgrind, place, args), programs.values()),
                    strict=True,
                )
            )
    click = counts["click"] - counts["nothing"]
    replace = counts["output.replace"] - counts["output.nothing"]
    return {
        **{name: (counts[name] - counts["nothing"]) / click for name in ("version", "check", "start")},
        "output": (counts["output.ours"] - counts["output.nothing"]) / replace,
    }


def _count(valgrind: str, place: Path, arguments: list[str]) -> int:
    """Instructions of this interpreter and of all that it forks, until they become another program."""
    done = subprocess.run(
        [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, *arguments],
        cwd=place,
        # Where sets and dictionaries put what they have depends on the hash, and the number of steps on that.
        env={**ENVIRONMENT, "PYTHONHASHSEED": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    counts = [int(count) for count in re.findall(r"Collected : (\d+)", done.stderr)]
    if done.returncode or not counts:
        raise SystemExit(f"valgrind {' '.join(arguments)}: {done.stderr[-300:]}")
    return sum(counts)


def modules() -> float:
    """How many modules ``pyforeman version`` imports, as a multiple of those of ``import click``."""
    nothing, click, version = (
        _imports(arguments)
        for arguments in (["-c", "pass"], ["-c", "import click"], ["-m", "pyforeman", "version"])
    )
    return (version - nothing) / (click - nothing)


def _imports(arguments: list[str]) -> int:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stderr.count("import time:")
