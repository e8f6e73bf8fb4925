"""A client against something that listens: found, greeted, asked."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import socketpair

import pytest

from formation import HANG_UP, Formation
from pyforeman.commands import waiting
from pyforeman.control.client import Client, EndedError
from pyforeman.control.peer import Peer
from pyforeman.control.search import NotRunningError, find, hint
from pyforeman.errors import PyforemanError, UsageError


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for sockets; its path is short, as sun_path is."""
    folder = Path(tempfile.mkdtemp(prefix="pf-", dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def found(root: Path | str | None, name: str | None = None) -> str:
    """The name of the formation that is found, which is hung up."""
    client = find(None if root is None else str(root), name)
    client.close()
    return client.name


def message_of(root: Path | str | None, name: str | None = None) -> str:
    with pytest.raises(PyforemanError) as caught:
        find(None if root is None else str(root), name)
    return str(caught.value)


# Who is found


def test_the_one_that_runs_there(runtime: Path, root: Path) -> None:
    with Formation(runtime, root, name="Procfile.dev"):
        assert found(root) == "Procfile.dev"
        assert found(root, "Procfile.dev") == "Procfile.dev"


def test_from_below_and_by_a_link(
    runtime: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(root)
    with Formation(runtime, root):
        monkeypatch.chdir(root / "a" / "b")
        assert found(None) == "Procfile"
        assert found(tmp_path / "link") == "Procfile"


def test_the_nearest_wins(runtime: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "a").mkdir()
    monkeypatch.chdir(root / "a")
    with Formation(runtime, root, name="outer"):
        with Formation(runtime, root / "a", name="inner"):
            assert found(None) == "inner"
            assert found(None, "outer") == "outer"
        assert found(None) == "outer", "a socket that nobody listens on counts for one that runs"


def test_of_several_the_usual_one(runtime: Path, root: Path) -> None:
    with Formation(runtime, root, name="blue"), Formation(runtime, root), Formation(runtime, root, name="a"):
        assert found(root) == "Procfile"
        assert found(root, "blue") == "blue"


def test_of_several_with_names_of_their_own_one_has_to_be_chosen(runtime: Path, root: Path) -> None:
    with Formation(runtime, root, name="green"), Formation(runtime, root, name="blue"):
        with pytest.raises(UsageError) as caught:
            find(str(root), None)
    assert str(caught.value) == f"several formations run in {root}: blue, green; choose one with --name"


def test_none(runtime: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others may run on this machine, so a message may go on."""
    monkeypatch.chdir(root)
    assert message_of(None).startswith(f"no formation is running in {root} or above it")
    assert message_of(".").partition(";")[0] == f"no formation is running in {root}"
    assert message_of(".", "blue").partition(";")[0] == f"no formation 'blue' is running in {root}"
    with pytest.raises(UsageError, match="--root: missing is not a folder"):
        find("missing", None)


def test_none_here_but_elsewhere(runtime: Path, root: Path, tmp_path: Path) -> None:
    others = [tmp_path / "a", tmp_path / "b"]
    with Formation(runtime, others[0]), Formation(runtime, others[1]):
        message = message_of(root)
        assert message.startswith(f"no formation is running in {root}; there are some in ")
        assert all(str(other) in message for other in others)


@pytest.mark.parametrize(
    ("others", "with_name", "text"),
    [
        ([], False, ""),
        ([("/srv/shop", "Procfile")], False, "; there is one in /srv/shop (--root /srv/shop)"),
        ([("/srv/shop", "a")], True, "; there is one in /srv/shop (--root /srv/shop --name a)"),
        ([("/my shop", "a b")], True, "; there is one in /my shop (--root '/my shop' --name 'a b')"),
        ([("/b", "x"), ("/a", "x")], False, "; there are some in /a, /b (choose with --root)"),
        (
            [("/b", "jobs"), ("/a", "y"), ("/a", "x")],
            True,
            "; there are 'x' in /a, 'y' in /a, 'jobs' in /b (choose with --root and --name)",
        ),
    ],
)
def test_hints(others: list[tuple[str, str]], with_name: bool, text: str) -> None:
    assert hint(others, with_name=with_name) == text


def test_a_folder_that_is_not_ours_alone_is_not_used(runtime: Path, root: Path) -> None:
    with Formation(runtime, root):
        (runtime / "pyforeman").chmod(0o750)
        with pytest.raises(NotRunningError):
            find(str(root), None)
        (runtime / "pyforeman").chmod(0o700)
        assert found(root) == "Procfile"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can listen as somebody else")
def test_nobody_answers_in_its_place(runtime: Path, root: Path) -> None:
    with Formation(runtime, root) as formation:
        path = formation.path
    runtime.chmod(0o755)
    path.parent.chmod(0o777)
    path.unlink()
    code = (
        "import os, socket, sys; os.setuid(65534); s = socket.socket(socket.AF_UNIX);"
        "s.bind(sys.argv[1]); s.listen(); print(flush=True); sys.stdin.read()"
    )
    stranger = subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with stranger:
        assert stranger.stdout
        assert stranger.stdout.readline() == "\n"
        path.parent.chmod(0o700)
        assert message_of(root) == f"{path}: another user answers there (uid 65534); remove the socket"
        stranger.communicate()


# The greeting


@pytest.mark.parametrize(
    ("greeting", "message"),
    [
        ({"protocol": 2}, "speaks protocol 2, this pyforeman 1; use the pyforeman that started it"),
        (b"HTTP/1.1 400 Bad Request\r\n", "is no formation: "),
        (b'{"ok": false, "error": "too many", "exit": 2}\n', "^too many$"),
    ],
)
def test_greetings_that_are_none(runtime: Path, root: Path, greeting: bytes, message: str) -> None:
    with Formation(runtime, root, greeting=greeting):
        with pytest.raises(PyforemanError, match=message):
            find(str(root), None)


def test_without_a_greeting_it_may_be_stopped(runtime: Path, root: Path) -> None:
    with Formation(runtime, root, greeting=None):
        with pytest.raises(PyforemanError) as caught:
            find(str(root), None, 0.05)
    assert str(caught.value) == (
        f"the formation in {root}, pid {os.getppid()}, does not answer; it may be stopped (^Z)"
    )


def test_what_is_stopped_after_its_greeting_outlasts_no_wait(
    runtime: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Formation(runtime, root, lambda request: []), closing(find(str(root), None)) as client:
        monkeypatch.setattr(waiting, "find_at_once", lambda root, name: client)
        monkeypatch.setattr(client, "greet", lambda patience: None)
        with pytest.raises(PyforemanError) as caught:
            waiting.Wait(str(root), None, "up", (), 0.05).run()
    assert caught.value.exit_code == 124
    assert str(caught.value) == (
        f"not within 0.05 s: the formation in {root} does not answer; it may be stopped (^Z)"
    )


# Asking


def test_requests_and_replies(runtime: Path, root: Path) -> None:
    with Formation(runtime, root, lambda request: [{"ok": True, "said": request["n"]}]) as formation:
        client = find(str(root), None)
        assert [client.ask({"n": n})["said"] for n in range(3)] == [0, 1, 2]
        assert formation.requests == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert client.pid == os.getpid()
        client.close()


def test_a_refusal_is_an_error_with_its_exit_code(runtime: Path, root: Path) -> None:
    refusal = {"ok": False, "error": "no process 'x'; there are web.1", "exit": 2}
    with Formation(runtime, root, lambda request: [refusal]):
        client = find(str(root), None)
        with pytest.raises(PyforemanError, match=r"no process 'x'; there are web.1") as caught:
            client.ask({})
        assert caught.value.exit_code == 2
        client.close()


def test_messages_come_one_by_one_however_large(runtime: Path, root: Path) -> None:
    said: list[dict[str, object] | bytes] = [{"a": 1}, {"b": "x" * 1_000_000}, {"ok": True, "exit": 3}]
    with Formation(runtime, root, lambda request: said):
        client = find(str(root), None)
        for _ in range(2):
            client.send({})
            assert [client.next() for _ in said] == said
        client.close()


def test_what_was_said_before_a_refusal_counts() -> None:
    ours, theirs = socketpair()
    theirs.sendall(b'{"a": 1}\n{"ok": false, "error": "enough", "exit": 1}\n')
    client = Client(ours, "/srv/shop", Peer(0, 0))
    assert client.read() == [{"a": 1}]
    assert client.has_more
    with pytest.raises(PyforemanError, match=r"^enough$"):
        client.read()
    theirs.close()
    client.close()


def test_who_was_hung_up_on_hears_why() -> None:
    """The request meets a closed connection, in which the reason waits."""
    ours, theirs = socketpair()
    theirs.sendall(b'{"ok": false, "error": "more than 64 connections", "exit": 1}\n')
    theirs.close()
    client = Client(ours, "/srv/shop", Peer(0, 0))
    with pytest.raises(PyforemanError, match=r"^more than 64 connections$"):
        client.ask({"command": "ps"})
    with pytest.raises(EndedError):
        client.ask({"command": "ps"})
    client.close()


@pytest.mark.parametrize("said", [[HANG_UP], [b'{"ok": tr', HANG_UP], [{"a": 1}, HANG_UP]])
def test_a_formation_that_vanishes_has_ended(runtime: Path, root: Path, said: list[bytes]) -> None:
    with Formation(runtime, root, lambda request: said):
        client = find(str(root), None)
        client.send({})
        with pytest.raises(EndedError, match=r"^the formation ended$"):
            list(iter(client.next, None))
        client.close()


def test_with_a_deadline_there_may_be_nothing(runtime: Path, root: Path) -> None:
    with Formation(runtime, root, lambda request: [{"a": 1}, {"b": 2}] if request else []):
        client = find(str(root), None)
        client.send({})
        assert client.next(0) is None
        client.send({"go": True})
        got: list[object] = []
        while len(got) < 2:
            got += client.read()
        assert got == [{"a": 1}, {"b": 2}]
        client.close()


@pytest.mark.parametrize("patience", [1e7, 1e300, float("inf")])
def test_a_deadline_may_be_as_far_away_as_anybody_likes(runtime: Path, root: Path, patience: float) -> None:
    with Formation(runtime, root):
        client = find(str(root), None)
        client.send({})
        assert client.next(patience) == {"ok": True}
        client.close()
