"""Golden files: the exports of a sample, byte for byte, in ``tests/golden/NAME``.

``tests/golden/NAME/FILES`` has the modes, which git does not keep. After a change that is meant, write them
anew with ``PYFOREMAN_GOLDEN=write``, and read the difference before you commit it.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from pyforeman.export.file import File

FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, files: Iterable[File]) -> None:
    """The files are those of ``tests/golden/NAME``: no other ones, none missing, no byte changed."""
    made = {file.path: file for file in files}
    expected = FOLDER / name
    if os.environ.get("PYFOREMAN_GOLDEN") == "write":
        _write(expected, made)
    there = {str(path.relative_to(expected)) for path in expected.rglob("*") if path.is_file()} - {"FILES"}
    assert sorted(made) == sorted(there)
    for path, file in made.items():
        assert file.text.encode() == (expected / path).read_bytes(), path
    assert _modes(made) == (expected / "FILES").read_text()


def _modes(made: dict[str, File]) -> str:
    return "".join(
        f"{file.mode:04o} {path}{' (of the account)' if file.owned else ''}\n" for path, file in made.items()
    )


def _write(folder: Path, made: dict[str, File]) -> None:
    for old in sorted(folder.rglob("*"), reverse=True):
        old.rmdir() if old.is_dir() else old.unlink()
    for path, file in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.text.encode())
    (folder / "FILES").write_text(_modes(made))
