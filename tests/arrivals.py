"""An application whose processes say what has arrived in them, to be exported and run by a real engine.

``web`` is a simple command with nasty arguments, ``worker`` a compound one of two processes. Both run
``tests/children/arrival.py``; the release writes its environment down.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from applications import NASTY, NASTY_ARGUMENTS, env_file, nasty_argv
from harness import CHILDREN, PYFOREMAN, clean_environment, eventually
from pyforeman.export.env_sh import quoted

ARRIVAL = f"{sys.executable} {CHILDREN / 'arrival.py'}"
LOWEST_SECRET = 8
"""Shorter values are found in any file."""


class Arrivals:
    """A project below ``folder``, with blanks and quotes in the name of its root."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.root = folder / f"it's the 100% {name}"
        self.arrived = folder / f"{name}-arrived"
        self.steps: list[str] = []
        for made in (self.root / "jobs", self.arrived):
            made.mkdir(parents=True, exist_ok=True)
        self.write(".env", env_file(NASTY))
        self.write(
            "Procfile",
            f"web: {ARRIVAL} {self.arrived} {NASTY_ARGUMENTS}\n"
            f"worker: cd jobs && {ARRIVAL} {self.arrived} 'a b' | PS=$PS.second {ARRIVAL} {self.arrived}\n"
            f"release: env -0 >{self.arrived}/release\n",
        )

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def export(self, engine: str, *words: str, environment: Mapping[str, str] | None = None) -> Path:
        """Export it; gives the folder of the export. ``steps`` are then what it says to be next."""
        done = subprocess.run(
            [PYFOREMAN, "export", engine, "-a", self.name, *words],
            cwd=self.root,
            env={**clean_environment(), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout
        self.steps = re.findall("^next: (.*)$", done.stdout, re.MULTILINE)
        return self.root / "export" / engine

    def of(self, process: str, *, after: int = 0) -> dict[str, Any]:
        """What has arrived in a process that has another pid than ``after``."""
        path = self.arrived / f"{process}.json"
        found: dict[str, Any] = {}

        def is_there() -> bool:
            if path.exists():
                found.update(json.loads(path.read_text()))
            return bool(found.get("pid", after) != after)

        eventually(is_there, f"{process} is started")
        return found

    def assert_stopped(self, *processes: str) -> None:
        """They were asked to stop, and have done so by themselves."""
        for process in processes:
            eventually((self.arrived / f"{process}.ended").exists, f"{process} has ended")

    def assert_all_arrived(self, base: int) -> None:
        """web.1, web.2, worker.1 and the release are what ``start`` would run, byte for byte."""
        for index in (1, 2):
            web = self.of(f"web.{index}")
            assert web["arguments"] == nasty_argv(base + index - 1)
            assert web["folder"] == str(self.root)
            assert_environment(web["environment"], PORT=str(base + index - 1), PS=f"web.{index}")
        worker = self.of("worker.1")
        assert worker["arguments"] == ["a b"]
        assert worker["folder"] == str(self.root / "jobs")
        assert_environment(worker["environment"], PORT=str(base + 100), PS="worker.1")
        assert_environment(self.of("worker.1.second")["environment"], PS="worker.1.second")
        assert_environment(written_by_env(self.arrived / "release"), PS="release.1")


def written_by_env(path: Path) -> dict[str, str]:
    """What ``env -0`` has written."""
    return dict(one.split("=", 1) for one in path.read_bytes().decode().split("\0")[:-1])


def assert_environment(found: Mapping[str, str], **own: str) -> None:
    """All values, byte for byte."""
    wanted = {**NASTY, "PYTHONUNBUFFERED": "1", **own}
    assert {key: found.get(key) for key in wanted} == wanted


def assert_no_value_is_readable(folder: Path, values: Mapping[str, str] = NASTY) -> None:
    """No file below ``folder`` that others may read has one of the values in it, as it is or quoted."""
    parts = {
        part
        for value in values.values()
        for text in (value, quoted(value)[1:-1], *value.splitlines())
        if len(part := text.strip()) >= LOWEST_SECRET
    }
    files = [Path(where, name) for where, _, names in os.walk(folder) for name in names]
    public = [path for path in files if path.is_file() and path.stat().st_mode & 0o077]
    assert public
    for path in public:
        text = path.read_bytes().decode(errors="replace")
        assert [part for part in parts if part in text] == [], path
