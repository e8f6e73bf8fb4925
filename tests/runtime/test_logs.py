"""Log files that meet a full disk."""

import os
from pathlib import Path

import pytest

from pyforeman.core.notices import Notice
from pyforeman.errors import PyforemanError
from pyforeman.output.render import Origin, TextRenderer
from pyforeman.runtime.logs import LogDirectory

WEB = Origin("web.1", 7)


def directory(folder: Path, said: list[Notice]) -> LogDirectory:
    return LogDirectory(str(folder), ["web.1"], TextRenderer(["web.1"], "off", 0), said.append)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_said_once_and_so_is_its_end(tmp_path: Path) -> None:
    said: list[Notice] = []
    (tmp_path / "web.1.log").symlink_to("/dev/full")
    logs = directory(tmp_path, said)
    logs.block(WEB, b"one\ntwo\n", 0)
    logs.block(WEB, b"three\n", 0)
    assert [notice.event for notice in said] == ["log_failed"]
    assert said[0].text == f"{tmp_path}/web.1.log: No space left on device; lines will be missing there"
    fd = os.open(tmp_path / "later", os.O_WRONLY | os.O_CREAT)
    os.dup2(fd, logs._files["web.1"]._fd)
    os.close(fd)
    logs.block(WEB, b"four\n", 0)
    assert said[1].text == f"{tmp_path}/web.1.log: written again; 3 lines are missing there"
    assert (tmp_path / "later").read_bytes() == b"four\n"
    assert (tmp_path / "all.log").read_bytes().count(b"\n") == 4
    logs.close()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PyforemanError, match=r"--log-dir: .*file/logs: Not a directory"):
        directory(tmp_path / "file" / "logs", [])
