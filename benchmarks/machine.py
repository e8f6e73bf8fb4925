"""What the figures were measured on: the machine, and the versions of the tools."""

import importlib.metadata
import os
import platform
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from benchmarks.managers import Manager
from benchmarks.measures import LOAD
from benchmarks.scene import ENVIRONMENT

_ASK = {
    "foreman": ["version"],
    "nf": ["--version"],
    "concurrently": ["--version"],
    "hivemind": ["--version"],
    "overmind": ["--version"],
    "goreman": ["version"],
    "forego": ["version"],
}


def facts() -> dict[str, str]:
    """The machine, and how busy it is now: a name and a value for each fact."""
    return {
        "processors": str(len(os.sched_getaffinity(0))),
        "processor": _processor(),
        "kernel": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])} {platform.machine()}",
        "Python": platform.python_version(),
        LOAD: f"{os.getloadavg()[0]:.2f}",
    }


def versions(managers: Iterable[Manager]) -> dict[str, str]:
    """The versions of these tools, by their titles."""
    return {manager.title: _version(manager) for manager in managers if not manager.is_limit}


def _processor() -> str:
    match = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match[1] if match else platform.processor() or "unknown"


def _version(manager: Manager) -> str:
    if manager.name not in _ASK:
        return importlib.metadata.version(manager.name)
    try:
        done = subprocess.run(
            [manager.program, *_ASK[manager.name]],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env=ENVIRONMENT,
        )
    except subprocess.TimeoutExpired:
        return "unknown"
    match = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return match[0] if match else "unknown"
