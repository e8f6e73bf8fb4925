"""New content in the place of a file: all of it, or none."""

import os
from pathlib import Path

import pytest

from pyforeman.errors import PyforemanError
from pyforeman.runtime.rewrite import rewrite


def test_the_content_is_new_and_the_mode_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "Procfile"
    file.write_bytes(b"old")
    file.chmod(0o640)
    rewrite(str(file), b"new\r\n")
    assert file.read_bytes() == b"new\r\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["Procfile"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    target = tmp_path / "Procfile.dev"
    target.write_bytes(b"old")
    link = tmp_path / "Procfile"
    link.symlink_to("Procfile.dev")
    rewrite(str(link), b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("folder", ["nowhere", "Procfile"])
def test_where_it_cannot_be_written_nothing_has_changed(tmp_path: Path, folder: str) -> None:
    file = tmp_path / "Procfile"
    file.write_bytes(b"old")
    path = tmp_path / folder / "x"
    with pytest.raises(PyforemanError, match=f"{path}: .*; it is as it was"):
        rewrite(str(path), b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["Procfile"]


def test_nothing_is_left_of_a_write_that_failed(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    file = tmp_path / "Procfile"
    file.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python ignores SIGXFSZ: beyond the limit a write fails, as it does on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(PyforemanError, match="it is as it was"):
            rewrite(str(file), b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["Procfile"]
