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
    file = logs._files["web.1"]
    assert file is not None
    os.dup2(fd, file._fd)
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


def test_a_process_that_is_added_later_gets_its_file_with_its_first_block(tmp_path: Path) -> None:
    said: list[Notice] = []
    logs = directory(tmp_path, said)
    logs.block(Origin("web.12", 8), b"one\n", 0)
    logs.block(Origin("web.12", 8), b"two\n", 0)
    logs.block(WEB, b"three\n", 0)
    logs.close()
    assert not said
    assert (tmp_path / "web.12.log").read_text() == "one\ntwo\n"
    assert (tmp_path / "all.log").read_text() == "web.12 | one\nweb.12 | two\nweb.1  | three\n"


def test_a_file_that_cannot_be_opened_later_is_said_once(tmp_path: Path) -> None:
    said: list[Notice] = []
    logs = directory(tmp_path, said)
    (tmp_path / "web.2.log").mkdir()
    logs.block(Origin("web.2", 8), b"one\n", 0)
    logs.block(Origin("web.2", 8), b"two\n", 0)
    logs.close()
    assert [notice.text for notice in said] == [
        f"{tmp_path}/web.2.log: Is a directory; the lines of web.2 are in all.log only"
    ]
    assert (tmp_path / "all.log").read_text() == "web.2  | one\nweb.2  | two\n"
