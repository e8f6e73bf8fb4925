"""What an export does to a real folder: its own files, and nothing else, whatever stands there."""

import fcntl
import os
import re
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pyforeman.commands.destination import Destination, contents
from pyforeman.errors import PyforemanError
from pyforeman.export.changes import Change
from pyforeman.export.file import PROGRAM, SECRET, File

MANIFEST = ".pyforeman-shop-test.sha256"
NEW = ".pyforeman-shop-test.new"
LARGE = "x" * 10_000
"""More than is written at once."""


def look(folder: Path, *files: File) -> tuple[Change, ...]:
    return Destination(str(folder), "shop-test").changes(contents(files, None))


def export(folder: Path, *files: File, owner: int | None = None) -> list[str]:
    """Carry it out, and say what was done; with force."""
    destination = Destination(str(folder), "shop-test")
    wanted = contents(files, owner)
    found = destination.changes(wanted)
    destination.apply(wanted, found)
    return [f"{change.kind} {change.path}{' by force' if change.is_foreign else ''}" for change in found]


def tree(folder: Path) -> dict[str, str]:
    """All files below a folder, with their content; a folder has none."""
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
        if path.name != MANIFEST
    }


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@contextmanager
def umask(bits: int) -> Iterator[None]:
    before = os.umask(bits)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Python ignores SIGXFSZ: beyond the limit a write fails, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# What is written


@pytest.mark.parametrize("bits", [0o077, 0o000, 0o022, 0o777])
def test_modes_are_those_of_the_files_whatever_the_umask_is(tmp_path: Path, bits: int) -> None:
    folder = tmp_path / "a" / "b"
    with umask(bits):
        export(folder, File("x", "1"), File("d/run", "2", PROGRAM), File("e", "3", SECRET), File("l", LARGE))
        assert os.umask(bits) == bits
    assert [mode(folder / name) for name in ("x", "d/run", "e", "l")] == [0o644, 0o755, 0o600, 0o644]
    assert [mode(path) for path in (tmp_path / "a", folder, folder / "d")] == [0o755] * 3
    assert mode(folder / MANIFEST) == 0o600


def test_a_second_export_of_the_same_touches_nothing(tmp_path: Path) -> None:
    files = (File("x", "1"), File("d/y", LARGE))
    assert export(tmp_path, *files) == ["new x", "new d/y"]
    before = {path: path.stat() for path in tmp_path.rglob("*")}
    assert export(tmp_path, *files) == ["same x", "same d/y"]
    assert {path: path.stat() for path in tmp_path.rglob("*")} == before


def test_what_is_not_needed_any_more_is_removed_with_the_folders_it_leaves_empty(tmp_path: Path) -> None:
    export(tmp_path, File("x", "1"), File("a/b/c/y", "2"), File("a/z", "3"), File("s/run", "4"))
    (tmp_path / "s" / "theirs").touch()
    assert export(tmp_path, File("x", "2")) == [
        "changed x",
        "removed a/b/c/y",
        "removed a/z",
        "removed s/run",
    ]
    assert tree(tmp_path) == {"x": "2", "s": "", "s/theirs": ""}


def test_exports_of_another_name_know_nothing_of_each_other(tmp_path: Path) -> None:
    export(tmp_path, File("x", "1"))
    other = Destination(str(tmp_path), "blog-test")
    wanted = contents([File("y", "2")], None)
    other.apply(wanted, other.changes(wanted))
    assert tree(tmp_path) == {
        ".pyforeman-blog-test.sha256": tree(tmp_path)[".pyforeman-blog-test.sha256"]
    } | {
        "x": "1",
        "y": "2",
    }


def test_the_manifest_is_one_of_sha256sum(tmp_path: Path) -> None:
    export(tmp_path, File("x", "1"), File("d/y", "2"))
    lines = (tmp_path / MANIFEST).read_text().splitlines()
    assert [re.sub("^[0-9a-f]{64}", "DIGEST", line) for line in lines] == ["DIGEST  x", "DIGEST  d/y"]


@pytest.mark.parametrize("loosened", [0o666, 0o400, 0o604])
def test_a_mode_that_somebody_changed_is_as_it_was(tmp_path: Path, loosened: int) -> None:
    secret = File("e", "K=V", SECRET)
    export(tmp_path, secret)
    (tmp_path / "e").chmod(loosened)
    assert export(tmp_path, secret) == ["same e"]
    assert mode(tmp_path / "e") == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_the_account_must_read_is_given_to_it_alone_and_again(tmp_path: Path) -> None:
    files = (File("x", "1"), File("e", "K=V", SECRET, owned=True), File("l", LARGE, SECRET, owned=True))
    export(tmp_path, *files)
    assert (tmp_path / "e").stat().st_uid == 0
    for _ in range(2):
        export(tmp_path, *files, owner=4321)
        assert [(tmp_path / name).stat().st_uid for name in ("x", "e", "l")] == [0, 4321, 4321]
        assert [mode(tmp_path / name) for name in ("x", "e", "l")] == [0o644, 0o600, 0o600]


# What somebody else has written


def test_what_was_changed_or_is_not_ours_is_said_to_be_foreign(tmp_path: Path) -> None:
    files = (File("x", "1"), File("y", "1"), File("z", "1"))
    export(tmp_path, *files, File("old", "1"))
    (tmp_path / "y").write_text("theirs")
    (tmp_path / "old").write_text("theirs")
    (tmp_path / "n").write_text("theirs")
    found = look(tmp_path, File("x", "2"), File("y", "2"), File("n", "2"), File("z", "1"))
    assert found == (
        Change("x", "changed"),
        Change("y", "changed", is_foreign=True),
        Change("n", "changed", is_foreign=True),
        Change("z", "same"),
        Change("old", "removed", is_foreign=True),
    )


def test_looking_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    assert look(folder, File("d/x", "1")) == (Change("d/x", "new"),)
    assert not folder.exists()


def link(path: Path, to: Path) -> None:
    path.symlink_to(to)


def fifo(path: Path, _: Path) -> None:
    os.mkfifo(path)


def dangling(path: Path, to: Path) -> None:
    path.symlink_to(to.with_name("nowhere"))


@pytest.mark.parametrize("make", [link, dangling, fifo])
@pytest.mark.parametrize("size", [1, 10_000])
def test_what_is_no_file_is_foreign_and_replaced_but_never_followed(
    tmp_path: Path, make: object, size: int
) -> None:
    assert callable(make)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "there"
    folder.mkdir()
    make(folder / "x", victim)
    file = File("x", "1" * size)
    assert look(folder, file) == (Change("x", "changed", is_foreign=True),)
    assert export(folder, file) == ["changed x by force"]
    assert (folder / "x").read_text() == file.text
    assert not (folder / "x").is_symlink()
    assert victim.read_text() == "precious"
    assert not victim.with_name("nowhere").exists()


@pytest.mark.parametrize(("path", "in_the_way"), [("x", "x"), ("d/x", "d/x"), ("d/e/x", "d/e/x")])
def test_a_folder_where_a_file_belongs_is_left_and_nothing_is_written(
    tmp_path: Path, path: str, in_the_way: str
) -> None:
    (tmp_path / in_the_way).mkdir(parents=True)
    before = tree(tmp_path)
    with pytest.raises(
        PyforemanError, match=f"{tmp_path}/{in_the_way}: a folder stands where a file belongs"
    ):
        export(tmp_path, File("a", "1"), File(path, "1"))
    assert tree(tmp_path) == before


@pytest.mark.parametrize("make", [link, fifo, dangling, lambda path, _: path.write_text("a file")])
@pytest.mark.parametrize(("path", "in_the_way"), [("d/x", "d"), ("d/e/x", "d/e")])
def test_what_stands_where_a_folder_belongs_is_left_and_nothing_is_written(
    tmp_path: Path, make: object, path: str, in_the_way: str
) -> None:
    assert callable(make)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = tmp_path / "there"
    (folder / in_the_way).parent.mkdir(parents=True)
    make(folder / in_the_way, elsewhere)
    with pytest.raises(PyforemanError, match=f"{folder}/{in_the_way}: no folder; move it away"):
        export(folder, File("a", "1"), File(path, "1"))
    assert not (folder / "a").exists()
    assert not list(elsewhere.iterdir())


def test_nothing_is_removed_through_a_link_that_stands_for_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    export(folder, File("a", "1"), File("d/x", "1"))
    (folder / "d").rename(tmp_path / "elsewhere")
    (folder / "d").symlink_to(tmp_path / "elsewhere")
    assert export(folder, File("a", "1")) == ["same a"]
    assert (tmp_path / "elsewhere" / "x").read_text() == "1"


def test_a_folder_where_a_file_was_that_is_not_needed_is_left(tmp_path: Path) -> None:
    export(tmp_path, File("a", "1"), File("x", "1"))
    (tmp_path / "x").unlink()
    (tmp_path / "x").mkdir()
    assert export(tmp_path, File("a", "1")) == ["same a"]
    assert (tmp_path / "x").is_dir()


def test_a_link_that_the_user_names_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    export(tmp_path / "link", File("x", "1"))
    assert (tmp_path / "real" / "x").read_text() == "1"


@pytest.mark.parametrize(
    "path",
    ["../victim", "d/../../victim", "{}/victim", "//victim", "./../victim", "..", "x\0y", "", "\udce9"],
)
def test_a_manifest_that_somebody_wrote_removes_nothing_else(tmp_path: Path, path: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "there"
    export(folder, File("precious", "precious"))
    digest = (folder / MANIFEST).read_text().split()[0]
    (folder / "d").mkdir()
    added = f"{digest}  {path.format(tmp_path)}\n".encode(errors="surrogateescape")
    (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes() + added)
    assert export(folder, File("x", "1")) == ["new x", "removed precious"]
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("make", [link, fifo, dangling])
def test_a_manifest_that_is_no_file_is_not_read(tmp_path: Path, make: object) -> None:
    assert callable(make)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "there"
    folder.mkdir()
    make(folder / MANIFEST, victim)
    with pytest.raises(PyforemanError, match=f"{folder}/{MANIFEST}: .*; move it away"):
        export(folder, File("x", "1"))
    assert not (folder / "x").exists()


# What goes wrong


def test_where_no_folder_can_be_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("theirs")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(PyforemanError, match=f"{folder}: "):
            export(folder, File("x", "1"))
    assert (tmp_path / "file").read_text() == "theirs"


@pytest.mark.parametrize("size", [500, 3000, 20_000])
@pytest.mark.parametrize("there", [False, True])
def test_a_full_disk_leaves_whole_files_and_the_next_export_goes_on(
    tmp_path: Path, size: int, there: bool
) -> None:
    old = [File("a", "old"), File("b", "old"), File("c", "old")] if there else []
    if there:
        export(tmp_path, *old)
    files = [File("a", "1"), File("b", "y" * size), File("c", "3")]
    with no_room_beyond(450):
        with pytest.raises(PyforemanError, match=f"{tmp_path}/b: .*; mend that, and export again"):
            export(tmp_path, *files)
    assert tree(tmp_path) == {"a": "1"} | ({"b": "old", "c": "old"} if there else {})
    assert not any(change.is_foreign for change in look(tmp_path, *files))
    export(tmp_path, *files)
    assert tree(tmp_path) == {"a": "1", "b": "y" * size, "c": "3"}


def test_where_the_manifest_finds_no_room_nothing_is_written(tmp_path: Path) -> None:
    with no_room_beyond(50), pytest.raises(PyforemanError, match=MANIFEST):
        export(tmp_path, File("a", "1"))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kills_after", range(7))
def test_an_export_that_was_killed_goes_on_without_force(tmp_path: Path, kills_after: int) -> None:
    """It is killed as the so many-th file has just been opened to be written, in a process of its own."""
    old = [File("a", "old"), File("b", "old" + LARGE), File("gone", "old")]
    new = [File("a", "new"), File("b", "new" + LARGE), File("c", "new"), File("d/l", LARGE)]
    export(tmp_path, *old)
    if (child := os.fork()) == 0:
        import pyforeman.commands.destination as module

        fill, opened = module._fill, iter(range(kills_after))

        def fill_or_die(fd: int, content: module.Content) -> None:
            if next(opened, None) is None:
                os.kill(os.getpid(), 9)
            fill(fd, content)

        module._fill = fill_or_die
        try:
            export(tmp_path, *new)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    was_killed = os.WIFSIGNALED(status)
    assert was_killed == (kills_after < 6)  # the manifest is written before and after the four files
    assert not any(change.is_foreign for change in look(tmp_path, *new))
    assert not any(change.is_foreign for change in look(tmp_path, *old))
    export(tmp_path, *new)
    assert tree(tmp_path) == {"a": "new", "b": "new" + LARGE, "c": "new", "d": "", "d/l": LARGE}


def test_two_exports_do_not_mix(tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        with pytest.raises(PyforemanError, match=f"{tmp_path}: another export writes there; wait for it"):
            export(tmp_path, File("x", "1"))
    finally:
        os.close(fd)
    assert export(tmp_path, File("x", "1")) == ["new x"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_left(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PyforemanError, match=r"Permission denied; mend that, and export again"):
            export(tmp_path, File("x", "1"))
    finally:
        tmp_path.chmod(0o700)
