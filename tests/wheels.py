"""Wheels of what is installed here, so that an installer needs no index.

It is packed again from where it is installed: the same files, less what the installer has added.
"""

import base64
import hashlib
import importlib.metadata
import os
import re
import zipfile
from itertools import product
from pathlib import Path


def offline(wheels: Path, cache: Path) -> dict[str, str]:
    """The variables with which pip takes what it needs from a folder, and from nowhere else."""
    return {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CACHE_DIR": str(cache),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def pack_needed(*names: str, folder: Path) -> None:
    """Put wheels of these distributions into the folder, ours aside, and of all that they require."""
    for name in sorted(set[str]().union(*map(needed, names)) - {"pyforeman"}):
        pack(importlib.metadata.distribution(name), folder)


def needed(name: str) -> set[str]:
    """A distribution that is installed here, and all that it requires."""
    required = importlib.metadata.requires(name) or []
    names = {re.split(r"[^\w.-]", line)[0] for line in required if "extra ==" not in line}
    installed = {name for name in names if is_installed(name)}  # the rest is for other systems
    return {name}.union(*map(needed, installed))


def is_installed(name: str) -> bool:
    return any(True for _ in importlib.metadata.distributions(name=name))


def pack(distribution: importlib.metadata.Distribution, folder: Path) -> None:
    """Make a wheel of what is installed: the same files, less what the installer has added."""
    name = distribution.metadata["Name"].replace("-", "_")
    tags = [
        line[5:].split("-")
        for line in (distribution.read_text("WHEEL") or "").splitlines()
        if "Tag: " in line
    ]
    python, abi, platform = (".".join(dict.fromkeys(parts)) for parts in zip(*tags, strict=True))
    assert len(tags) == len(list(product(python.split("."), abi.split("."), platform.split("."))))
    added = re.compile(
        r"\.\./.*|.*__pycache__/.*|.*\.dist-info/(INSTALLER|REQUESTED|RECORD|direct_url\.json)"
    )
    record = []
    with zipfile.ZipFile(
        folder / f"{name}-{distribution.version}-{python}-{abi}-{platform}.whl", "w"
    ) as wheel:
        for path in distribution.files or []:
            if not added.fullmatch(str(path)):
                data = path.read_binary()
                wheel.writestr(str(path), data)
                digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
                record.append(f"{path},sha256={digest},{len(data)}")
        own = next(str(path) for path in distribution.files or [] if path.name == "RECORD")
        wheel.writestr(own, "\n".join([*record, f"{own},,", ""]))
