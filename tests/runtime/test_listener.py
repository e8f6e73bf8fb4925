"""Claims of a name with real sockets and folders: who may have it, where it is, and who comes too late."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import CHILDREN, eventually
from pyforeman.control.address import LONGEST_PATH, file_name, folders
from pyforeman.control.listener import Listener, claim, is_alive
from pyforeman.errors import PyforemanError

ROUNDS = 25


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short $XDG_RUNTIME_DIR: pytest's own folders may be too long for a socket."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="pf-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def held() -> Iterator[list[Listener]]:
    """What is to be let go of at the end."""
    held: list[Listener] = []
    yield held
    for listener in held:
        listener.withdraw()


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


class TestPlace:
    @pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
    def test_folder_and_socket_are_for_us_alone_whatever_the_umask(
        self, private: Path, tmp_path: Path, umask: int
    ) -> None:
        before = os.umask(umask)
        try:
            listener = claim(str(tmp_path), "n")
            assert os.umask(umask) == umask  # it is the children's, too
        finally:
            os.umask(before)
        assert Path(listener.path).parent == private / "pyforeman"
        assert mode(private / "pyforeman") == 0o700
        assert mode(listener.path) == 0o600
        assert stat.S_ISSOCK(os.lstat(listener.path).st_mode)
        listener.withdraw()
        assert os.listdir(private / "pyforeman") == []

    def test_a_folder_that_others_can_read_is_not_used(
        self, private: Path, tmp_path: Path, held: list[Listener]
    ) -> None:
        (private / "pyforeman").mkdir(mode=0o755)
        (private / "pyforeman").chmod(0o755)
        held.append(claim(str(tmp_path), "n"))
        assert not held[0].path.startswith(str(private))
        assert list((private / "pyforeman").iterdir()) == []

    def test_a_link_to_a_folder_of_ours_is_not_used(
        self, private: Path, tmp_path: Path, held: list[Listener]
    ) -> None:
        (private / "real").mkdir(mode=0o700)
        (private / "pyforeman").symlink_to("real")
        held.append(claim(str(tmp_path), "n"))
        assert not held[0].path.startswith(str(private))

    def test_a_file_in_place_of_the_folder_is_not_used(
        self, private: Path, tmp_path: Path, held: list[Listener]
    ) -> None:
        (private / "pyforeman").touch()
        held.append(claim(str(tmp_path), "n"))
        assert not held[0].path.startswith(str(private))

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
    def test_a_folder_of_another_user_is_not_used(
        self, private: Path, tmp_path: Path, held: list[Listener]
    ) -> None:
        (private / "pyforeman").mkdir(mode=0o700)
        os.chown(private / "pyforeman", 65534, -1)
        held.append(claim(str(tmp_path), "n"))
        assert not held[0].path.startswith(str(private))

    @pytest.mark.parametrize("bits", [0o770, 0o777, 0o1777])
    def test_where_others_can_put_it_aside_it_is_not_made(
        self, private: Path, tmp_path: Path, held: list[Listener], bits: int
    ) -> None:
        private.chmod(bits)
        held.append(claim(str(tmp_path), "n"))
        assert not (private / "pyforeman").exists()

    def test_a_relative_folder_is_ignored(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)
        tmp_path.chmod(0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", ".")
        assert all(os.path.isabs(folder) for folder in folders())

    @pytest.mark.parametrize("more", [0, 1])
    def test_a_path_that_does_not_fit_makes_room_for_the_next_folder(
        self,
        private: Path,
        tmp_path: Path,
        held: list[Listener],
        monkeypatch: pytest.MonkeyPatch,
        more: int,
    ) -> None:
        rest = len("/pyforeman/") + len(file_name(str(tmp_path), "n"))
        long = private / ("x" * (LONGEST_PATH - rest - len(f"{private}/") + more))
        long.mkdir()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
        held.append(claim(str(tmp_path), "n"))
        assert held[0].path.startswith(str(long)) == (not more)
        assert is_alive(held[0].path)
        with pytest.raises(PyforemanError, match="pid 4711 runs it"):
            _greeted_claim(tmp_path, held[0])

    def test_root_and_name_may_be_as_long_and_as_odd_as_they_like(
        self, private: Path, tmp_path: Path, held: list[Listener]
    ) -> None:
        name = "a/b\n\0é\udc80" + "x" * 10_000
        held.append(claim(str(tmp_path) + "/x" * 2000, name))
        assert is_alive(held[0].path)


def _greeted_claim(root: Path, holder: Listener) -> None:
    """Claim what ``holder`` has, in this process; somebody else says who that is."""
    greeter = subprocess.Popen([sys.executable, "-c", GREET, str(holder.fd)], pass_fds=[holder.fd])
    try:
        claim(str(root), "n").withdraw()
    finally:
        greeter.kill()
        greeter.wait()


GREET = """
import socket, sys
listening = socket.socket(fileno=int(sys.argv[1]))
listening.setblocking(True)
while True:
    connection, _ = listening.accept()
    try:
        connection.sendall(b'{"protocol": 1, "pid": 4711, "name": "n", "stopping": false}\\n')
    except OSError:  # who only looked whether we live
        pass
    connection.close()
"""


class TestWhatIsThere:
    def test_a_dead_socket_is_replaced(self, private: Path, tmp_path: Path, held: list[Listener]) -> None:
        dead = claim(str(tmp_path), "n")
        os.close(dead.fd)
        assert not is_alive(dead.path)
        held.append(claim(str(tmp_path), "n"))
        assert held[0].path == dead.path
        assert is_alive(held[0].path)

    @pytest.mark.parametrize("what", ["file", "link to nowhere", "link to a file", "fifo"])
    def test_whatever_else_is_in_the_way_is_replaced(
        self, private: Path, tmp_path: Path, held: list[Listener], what: str
    ) -> None:
        (private / "pyforeman").mkdir(mode=0o700)
        path = private / "pyforeman" / file_name(str(tmp_path), "n")
        kept = tmp_path / "kept"
        kept.write_text("kept")
        match what:
            case "file":
                path.write_text("x")
            case "link to nowhere":
                path.symlink_to(tmp_path / "nowhere")
            case "link to a file":
                path.symlink_to(kept)
            case "fifo":
                os.mkfifo(path)
        held.append(claim(str(tmp_path), "n"))
        assert held[0].path == str(path)
        assert is_alive(str(path))
        assert kept.read_text() == "kept"
        assert not (tmp_path / "nowhere").exists()

    def test_a_folder_in_the_way_makes_it_go_elsewhere(
        self, private: Path, tmp_path: Path, held: list[Listener]
    ) -> None:
        (private / "pyforeman").mkdir(mode=0o700)
        (private / "pyforeman" / file_name(str(tmp_path), "n")).mkdir()
        held.append(claim(str(tmp_path), "n"))
        assert not held[0].path.startswith(str(private))

    def test_the_same_root_by_a_link_is_the_same_name(
        self, private: Path, tmp_path: Path, held: list[Listener]
    ) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        held.append(claim(str(tmp_path / "real"), "n"))
        assert file_name(str(tmp_path / "link"), "n") == os.path.basename(held[0].path)

    def test_other_names_and_other_roots_are_free(
        self, private: Path, tmp_path: Path, held: list[Listener]
    ) -> None:
        for root, name in (("", "n"), ("", "m"), ("/a", "n"), ("/a", "m")):
            held.append(claim(f"{tmp_path}{root}", name))
        assert len({listener.path for listener in held}) == 4

    def test_one_that_was_started_with_another_environment_is_found(
        self, private: Path, tmp_path: Path, held: list[Listener], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        held.append(claim(str(tmp_path), "n"))
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(private))
        with pytest.raises(PyforemanError, match=r"'n' runs in .* already: pid 4711 runs it; give this"):
            _greeted_claim(tmp_path, held[0])

    def test_who_withdraws_late_does_not_take_the_next_one_along(
        self, private: Path, tmp_path: Path, held: list[Listener]
    ) -> None:
        first = claim(str(tmp_path), "n")
        os.unlink(first.path)  # somebody has cleaned up
        held.append(claim(str(tmp_path), "n"))
        first.withdraw()
        assert is_alive(held[0].path)


class Claimer:
    """Another process that claims."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(CHILDREN / "claimer.py")],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, word: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def claimers(private: Path, tmp_path: Path) -> Iterator[list[Claimer]]:
    claimers = [Claimer(tmp_path) for _ in range(3)]
    yield claimers
    for claimer in claimers:
        claimer.close()


class TestAtOnce:
    @pytest.mark.parametrize("end", ["withdraw", "die"])
    def test_exactly_one_wins(self, claimers: list[Claimer], end: str) -> None:
        """In each round but the first there is what the last one has left: nothing, or a dead socket."""
        for _ in range(ROUNDS):
            for claimer in claimers:
                claimer.ask("n")
            answers = [claimer.answer() for claimer in claimers]
            (winner,) = [place for place, answer in enumerate(answers) if answer.startswith("won ")]
            pid = claimers[winner].process.pid
            for place, answer in enumerate(answers):
                assert place == winner or f"already: pid {pid} runs it" in answer, answers
            for claimer in claimers:
                claimer.ask(end)
            assert [claimer.answer() for claimer in claimers] == ["done"] * 3

    def test_a_claim_while_the_holder_lets_go_wins_or_says_who_had_it(self, claimers: list[Claimer]) -> None:
        leaving, coming, _ = claimers
        for _ in range(ROUNDS):
            leaving.ask("n")
            assert leaving.answer().startswith("won ")
            leaving.ask("withdraw")
            coming.ask("n")
            assert leaving.answer() == "done"
            answer = coming.answer()
            if answer.startswith("won "):
                assert is_alive(answer.removeprefix("won "))
                coming.ask("withdraw")
                assert coming.answer() == "done"
            else:
                assert f"pid {leaving.process.pid} runs it" in answer

    def test_a_claim_while_the_holder_is_killed_wins(
        self, private: Path, tmp_path: Path, held: list[Listener], claimers: list[Claimer]
    ) -> None:
        """The holder is stopped, so the claim waits for its greeting, until the kill comes."""
        listener = claim(str(tmp_path), "n")
        holder = subprocess.Popen(["sleep", "600"], pass_fds=[listener.fd])
        os.close(listener.fd)
        try:
            claimers[0].ask("n")
            # Whoever waits for us in accept() shows in the queue: a line for it, without a path of its own.
            eventually(lambda: _connections(listener.path) > 0, "the claim is connected")
        finally:
            holder.kill()
            holder.wait()
        assert claimers[0].answer() == f"won {listener.path}"


def _connections(path: str) -> int:
    """How many have connected to a socket and were not accepted: they have its path, and are no listeners."""
    if sys.platform != "linux":
        pytest.skip("reads /proc/net/unix")
    lines = Path("/proc/net/unix").read_text().splitlines()[1:]
    # Num RefCount Protocol Flags Type St Inode Path; flag 0x10000: it listens
    return sum(line.endswith(path) and line.split()[3] == "00000000" for line in lines)


def test_a_stopped_start_that_has_the_lock_makes_nobody_wait_for_long(
    private: Path, tmp_path: Path, held: list[Listener]
) -> None:
    import fcntl

    (private / "pyforeman").mkdir(mode=0o700)
    lock = os.open(private / "pyforeman", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    held.append(claim(str(tmp_path), "n"))
    os.close(lock)
    assert not held[0].path.startswith(str(private))


def test_who_asks_whether_somebody_is_there_wakes_nobody_and_needs_no_place(
    tmp_path: Path, private: Path
) -> None:
    """Where the queue of who is to be accepted is full, connect would wait on Linux, and fail on macOS."""
    path = str(private / "s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(0)
        listening.setblocking(False)
        assert is_alive(path)
        with pytest.raises(BlockingIOError):
            listening.accept()
        clients = []
        for _ in range(5):
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            client.connect_ex(path)
            clients.append(client)
        assert is_alive(path)
        for client in clients:
            client.close()
    assert not is_alive(path)
    assert not is_alive(str(private / "none"))


def test_what_killed_formations_have_left_is_swept_away(
    private: Path, tmp_path: Path, held: list[Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    """But not who lives. Who ends meanwhile has removed it before us."""
    held.append(claim(str(tmp_path), "alive"))
    folder = Path(held[0].path).parent
    for number in range(3):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(folder / file_name("/gone", str(number))))
    ending = str(folder / file_name("/gone", "0"))

    def is_alive_but_ends(path: str) -> bool:
        if path == ending:
            os.unlink(path)
        return is_alive(path)

    monkeypatch.setattr("pyforeman.control.listener.is_alive", is_alive_but_ends)
    held.append(claim(str(tmp_path), "many"))
    assert sorted(map(str, folder.iterdir())) == sorted(one.path for one in held)
