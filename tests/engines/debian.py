"""Debian as a folder: what an engine needs, installed once with debootstrap.

It stands in ``pyforeman-engines`` of the user's cache, and nobody writes into it. Which mirror it comes from
is what apt on this machine says.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pyforeman-engines"


class Unavailable(Exception):
    """The engine cannot be had here; says why."""


def installed(name: str, release: str, packages: Iterable[str], programs: Iterable[str]) -> Path:
    """The folder with these packages of that release, which takes minutes the first time.

    Raises Unavailable without root, without the ``programs`` that run it, and without a mirror.
    """
    if os.geteuid() != 0:
        raise Unavailable(f"{name} in a sandbox needs root")
    if missing := [program for program in ("debootstrap", *programs) if shutil.which(program) is None]:
        raise Unavailable(f"not installed: {', '.join(missing)}")
    folder = CACHE / f"{name}-{release}"
    if not folder.exists():
        _install(folder, release, packages)
    return folder


def mirror() -> str:
    """Where apt gets Debian's packages from. Raises Unavailable."""
    if shutil.which("apt-get") is None:
        raise Unavailable("not installed: apt-get")
    command = ["apt-get", "indextargets", "--format", "$(SITE)", "Label: Debian", "Created-By: Packages"]
    sites = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    if not sites:
        raise Unavailable("no mirror of Debian among the sources of apt; apt-get update finds one")
    return sites[0]


def _install(folder: Path, release: str, packages: Iterable[str]) -> None:
    unfinished = folder.with_name(f".{folder.name}-{os.getpid()}")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    options = ["--variant=minbase", f"--include={','.join(packages)}"]
    try:
        done = subprocess.run(
            ["debootstrap", *options, release, unfinished, mirror()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Unavailable(f"debootstrap {release}: {done.stdout.strip().splitlines()[-1]}")
        unfinished.rename(folder)  # all of it is there, or there is none
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
