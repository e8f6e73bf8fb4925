"""The server with real sockets and a real loop; behind it the real formation, on a kernel that obeys at once.

All is in one process: a client says something, and then the loop turns until the answer is there.
"""

import json
import os
import resource
import signal
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from fake_kernel import Formation
from harness import PATIENCE
from pyforeman.control import activity, server
from pyforeman.control.formation import RunningFormation
from pyforeman.control.listener import Entrance, Listener
from pyforeman.control.protocol import LONGEST_REQUEST
from pyforeman.control.server import MOST_CONNECTIONS, FormationServer, Identity
from pyforeman.core.status import ExitStatus
from pyforeman.core.supervisor import Order, Say
from pyforeman.errors import UsageError
from pyforeman.output.history import History
from pyforeman.plan.plan import make_plan, to_start
from pyforeman.plan.procfile import parse
from pyforeman.plan.settings import Settings
from pyforeman.runtime.limits import OpenFiles
from pyforeman.runtime.loop import Loop
from pyforeman.runtime.pty import Ptys

TERMINATED = ExitStatus(signal=signal.SIGTERM)


NO_WORKER = "worker is scaled to 0; pyforeman scale worker=1 starts one"
NO_RELEASE = "a release runs once, at the start, and only with --release"


class Runs:
    """Carries orders out at once; a process that is asked to end waits until the test says so."""

    def __init__(self, kernel: Formation) -> None:
        self.kernel = kernel
        self.sent: list[tuple[str, int, bool]] = []
        self.resized = 0

    def perform(self, orders: list[Order | Say]) -> None:
        self.kernel.perform(orders, time.monotonic())

    def signal(self, name: str, number: int, *, group: bool) -> None:
        self.sent.append((name, number, group))

    def resize(self) -> None:
        self.resized += 1


class Nobody:
    """Stands for the limits, the guardian and the publisher."""

    mark = "PYFOREMAN_MARK_x"

    def __init__(self) -> None:
        self.history = History()
        self.followers: list[Any] = []
        self.allowed: list[float] = []

    def allow(self, number: float, *, log_files: int = 0) -> None:
        self.allowed.append(number)


class Client:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(world.path)
        self.socket.setblocking(False)
        self.data = b""
        self.ended = False

    def send(self, data: bytes | dict[str, Any]) -> None:
        """Send all of it, or what is taken before the other side hangs up."""
        if isinstance(data, dict):
            data = json.dumps(data).encode() + b"\n"
        while data:
            try:
                data = data[self.socket.send(data) :]
            except BlockingIOError:
                self.world.turn()
            except (BrokenPipeError, ConnectionResetError):
                return

    def read(self) -> None:
        while True:
            try:
                data = self.socket.recv(1 << 16)
            except BlockingIOError:
                return
            except ConnectionResetError:
                data = b""
            self.data += data
            if not data:
                self.ended = True
                return

    def next(self) -> dict[str, Any]:
        """The next line; the loop turns until it is there."""
        deadline = time.monotonic() + PATIENCE
        while b"\n" not in self.data:
            assert not self.ended, f"EOF, and no line: {self.data!r}"
            assert time.monotonic() < deadline, "no line came"
            self.world.turn()
            self.read()
        line, _, self.data = self.data.partition(b"\n")
        return dict(json.loads(line))

    def ask(self, command: str, **arguments: object) -> dict[str, Any]:
        self.send({"command": command, **arguments})
        return self.next()

    def until_end(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.ended:
            assert time.monotonic() < deadline, "no EOF came"
            self.world.turn()
            self.read()


class World:
    """A formation that is served."""

    def __init__(self, folder: Path, procfile: str = "web: serve\nworker: work\n", **settings: Any) -> None:
        self.files: tuple[bytes, dict[str, str]] = (procfile.encode(), {})
        self.rereads = 0
        plan = make_plan(parse(self.files[0], "Procfile"), {}, Settings(**settings))
        self.kernel = Formation(*to_start(plan))
        self.kernel.perform(self.kernel.supervisor.start(time.monotonic()), time.monotonic())
        self.runs = Runs(self.kernel)
        self.limits, self.guardian, self.widened = Nobody(), Nobody(), [""]
        limits: Any = self.limits
        nobody: Any = self.guardian
        runs: Any = self.runs
        self.formation = RunningFormation(
            plan,
            self.reread,
            self.kernel.supervisor,
            runs,
            limits,
            nobody,
            Ptys(on_terminal=False, margin=0),
            self.widen,
            nobody,
        )
        self.path = str(folder / "s")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(self.path)
        listening.listen(128)
        listening.setblocking(False)
        self.loop = Loop()
        self.entrance = Entrance(Listener(self.path, listening.detach()), self.loop, self.make_server)
        self.clients: list[Client] = []
        self.is_over = False

    def make_server(self, fd: int) -> FormationServer:
        return FormationServer(fd, self.loop, self.formation, Identity("Procfile", "/shop", 4711))

    def widen(self, names: Sequence[str]) -> int:
        self.widened += names
        return len(self.widened)

    def reread(self) -> Any:
        self.rereads += 1
        return parse(self.files[0], "Procfile"), self.files[1]

    def turn(self) -> None:
        """As the engine does; a hundredth of a second at the most, for nothing may be ready."""
        self.loop.wait(time.monotonic() + 0.01, control_only=True)
        self.entrance.turn_ended()

    def turns(self, seconds: float = 0.2) -> int:
        """How often something was ready within so many seconds: one that is idle is not woken."""
        deadline, count = time.monotonic() + seconds, -1
        while time.monotonic() < deadline:
            self.loop.wait(deadline, control_only=True)
            self.entrance.turn_ended()
            count += 1
        return count

    def connect(self) -> Client:
        """A client that was greeted."""
        client = self.stranger()
        client.next()
        return client

    def stranger(self) -> Client:
        client = Client(self)
        self.clients.append(client)
        return client

    def end(self, exit_code: int) -> None:
        """The formation is over."""
        self.entrance.close(exit_code)
        self.is_over = True

    def close(self) -> None:
        for client in self.clients:
            client.socket.close()
        if not self.is_over:
            self.entrance.close(0)
        self.loop.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="pf-") as name:
        yield Path(name)


@pytest.fixture
def world(folder: Path) -> Iterator[World]:
    world = World(folder)
    yield world
    world.close()


def open_fds() -> int:
    return len(os.listdir("/dev/fd"))


def fill_gaps() -> list[int]:
    """Open files until the last one has the highest number of all; so below it none is free."""
    highest = max(map(int, os.listdir("/dev/fd")))
    fillers = [os.open(os.devnull, os.O_RDONLY)]
    while fillers[-1] <= highest:
        fillers.append(os.open(os.devnull, os.O_RDONLY))
    return fillers


class TestRequests:
    def test_it_greets_first(self, world: World) -> None:
        greeting = world.stranger().next()
        assert greeting.pop("pyforeman")
        assert greeting == {
            "protocol": 1,
            "name": "Procfile",
            "root": "/shop",
            "pid": 4711,
            "stopping": False,
        }

    def test_a_line_may_come_in_pieces(self, world: World) -> None:
        client = world.connect()
        for piece in (b'{"comm', b'and": "ps"', b"}", b'\n{"command'):
            client.send(piece)
            world.turn()
        assert client.next()["formation"] == "web=1 worker=1"
        client.send(b'": "ps"}\n')
        assert client.next()["ok"] is True

    def test_several_at_once_are_answered_one_after_the_other(self, world: World) -> None:
        client = world.connect()
        client.send(b'{"command": "ps", "processes": ["web"]}\n\n{"command": "x"}\n{"command": "ps"}\n')
        assert len(client.next()["processes"]) == 1
        assert client.next()["ok"] is False
        assert len(client.next()["processes"]) == 2

    @pytest.mark.parametrize(
        ("line", "says"),
        [
            (b"hello", "not a request"),
            (bytes(range(128, 256)), "not a request"),
            (b"\0\1\2\3", "not a request"),
            (b"[" * 60_000, "not a request: nested too deeply"),
            (b'{"a":' * 10_000, "not a request: nested too deeply"),
            (b"[]", "not a JSON object"),
            (b"null", "not a JSON object"),
            (b'{"command": "ps"', "not a request"),
            (b"1" * 60_000, "not a request"),
            (b"{}", "no command None; there are ps, "),
            (b'{"command": "start"}', "no command 'start'"),
            (b'{"command": ["ps"]}', "no command ['ps']"),
            (b'{"command": "ps", "protocol": 2}', "protocol 2 is not spoken here"),
            (b'{"command": "ps", "processes": "web"}', "'processes' is not a list of words"),
            (b'{"command": "ps", "processes": [1]}', "'processes' is not a list of words"),
            (b'{"command": "stop", "processes": ""}', "'processes' is not a list of words"),  # all, for null
            (b'{"command": "stop", "processes": 0}', "'processes' is not a list of words"),
            (b'{"command": "stop", "processes": false}', "'processes' is not a list of words"),
            (b'{"command": "stop", "processes": {}}', "'processes' is not a list of words"),
            (
                b'{"command": "ps", "processes": ["mail"]}',
                "no process 'mail'; the formation is web=1 worker=1",
            ),
            (b'{"command": "ps", "processes": ["web", "\\ud800"]}', "no process"),
            (b'{"command": "logs", "processes": [""]}', "no process ''"),
            (b'{"command": "signal", "signal": "NONE", "processes": ["web"]}', "no signal 'NONE'"),
            (b'{"command": "signal", "signal": "0", "processes": ["web"]}', "no signal '0'"),
            (b'{"command": "signal", "processes": ["web"]}', "no signal"),
            (b'{"command": "signal", "signal": "HUP"}', "signal: to which process?"),
            (b'{"command": "scale", "words": ["web"]}', "'web' is not a change"),
            (b'{"command": "logs", "lines": true}', "'lines' is no number of lines: True"),
            (b'{"command": "logs", "since": true}', "'since' is no time in seconds: True"),
            (b'{"command": "logs", "since": NaN}', "'since' is no time in seconds: nan"),
            (b'{"command": "logs", "since": -1e999}', "'since' is no time in seconds: -inf"),
            (b'{"command": "logs", "since": 1%b}' % (b"0" * 400), "'since' is no time in seconds: 1000"),
        ],
    )
    def test_nonsense_is_a_usage_error_and_the_next_request_is_answered(
        self, world: World, line: bytes, says: str
    ) -> None:
        client = world.connect()
        client.send(line + b"\n")
        reply = client.next()
        assert reply["ok"] is False
        assert reply["exit"] == 2
        assert says in reply["error"]
        assert "\n" not in reply["error"]
        assert client.ask("ps")["ok"] is True

    def test_the_longest_request_is_read_and_a_longer_one_is_the_last(self, world: World) -> None:
        client = world.connect()
        request = b'{"command": "ps", "x": "%b"}' % (b"x" * (LONGEST_REQUEST - 28))
        client.send(request[: LONGEST_REQUEST - 4] + b'"}' + b"\n")
        assert client.next()["ok"] is True
        client.send(b"x" * LONGEST_REQUEST)
        assert client.next() == {
            "ok": False,
            "error": "a request is a line of 65536 bytes or more",
            "exit": 2,
        }
        client.until_end()

    def test_a_hundred_wait_for_their_turn_and_more_are_refused(self, world: World) -> None:
        client = world.connect()
        client.send(b'{"command": "ps"}\n' * 100)
        for _ in range(100):
            assert client.next()["ok"] is True
        client.send(b'{"command": "stop", "processes": ["web"]}\n' + b'{"command": "ps"}\n' * 102)
        reply = client.next()
        assert reply["error"] == "too many requests at once; wait for the replies"
        client.until_end()
        assert world.kernel.signals == []  # what it asked in the same breath was not begun

    def test_who_sends_a_hundred_gets_in_line_behind_the_others(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "_A_TURN", 0.0)
        rude, polite = world.connect(), world.connect()
        rude.send(b'{"command": "reload"}\n' * 100)
        polite.send({"command": "ps"})
        assert polite.next()["ok"] is True
        assert world.rereads < 10
        for _ in range(100):
            assert rude.next()["ok"] is True

    def test_requests_that_take_their_time_leave_some_to_the_formation(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "_A_TURN", 0.0)
        client = world.connect()
        client.send(b'{"command": "reload"}\n' * 3)
        for count in (1, 2, 3):
            world.turn()
            assert world.rereads == count
        for _ in range(3):
            assert client.next()["ok"] is True


class TestReplies:
    def test_a_stop_is_answered_when_all_have_ended(self, world: World) -> None:
        client, other = world.connect(), world.connect()
        client.send({"command": "stop", "processes": ["web", "worker"]})
        assert other.ask("ps")["processes"][0]["state"] == "stopping"
        world.kernel.ends("web.1", TERMINATED, time.monotonic())
        world.turn()
        client.read()
        assert client.data == b""
        world.kernel.ends("worker.1", TERMINATED, time.monotonic())
        rows = client.next()["processes"]
        assert [(row["state"], row["pid"], row["exit"]) for row in rows] == [("stopped", None, 143)] * 2

    def test_a_restart_is_answered_when_it_runs_anew(self, world: World) -> None:
        client = world.connect()
        client.send({"command": "restart", "processes": ["web"]})
        assert client.world.connect().ask("ps")["processes"][0]["state"] == "stopping"
        world.kernel.ends("web.1", TERMINATED, time.monotonic())
        (row,) = client.next()["processes"]
        assert (row["state"], row["restarts"], row["pid"]) == ("up", 1, 3)

    def test_who_has_no_more_to_say_still_gets_the_reply(self, world: World) -> None:
        client = world.connect()
        client.send(b'{"command": "stop", "processes": ["web"]}\n{"command": "ps"}\n')
        client.socket.shutdown(socket.SHUT_WR)
        world.turns(0.05)
        assert world.turns() == 0  # the EOF is seen once
        world.kernel.ends("web.1", TERMINATED, time.monotonic())
        assert client.next()["processes"][0]["state"] == "stopped"
        assert len(client.next()["processes"]) == 2
        client.until_end()

    def test_who_leaves_changes_nothing(self, world: World) -> None:
        client = world.connect()
        client.send({"command": "restart", "processes": ["web"]})
        client.socket.close()
        world.turns(0.05)
        world.kernel.ends("web.1", TERMINATED, time.monotonic())
        assert world.connect().ask("ps")["processes"][0]["state"] == "up"

    def test_of_two_who_want_different_things_both_are_answered(self, world: World) -> None:
        one, other = world.connect(), world.connect()
        one.send({"command": "restart", "processes": ["web"]})
        other.send({"command": "stop", "processes": ["web"]})
        world.turns(0.05)
        world.kernel.ends("web.1", TERMINATED, time.monotonic())
        assert one.next()["processes"][0]["state"] == "stopped"
        assert other.next()["processes"][0]["state"] == "stopped"

    def test_stop_without_names_is_answered_at_the_end_and_nothing_else_is_done(self, world: World) -> None:
        client, other = world.connect(), world.connect()
        client.send({"command": "stop"})
        world.turns(0.05)
        assert world.connect().ask("ps")["processes"][0]["state"] == "stopping"
        assert world.stranger().next()["stopping"] is True
        for command in ("restart", "scale", "reload", "stop"):
            words = {"words": ["web=2"]} if command == "scale" else {"processes": ["web"]}
            reply = other.ask(command, **words)
            assert reply["error"] == "the formation is stopping", command
        for name in ("web.1", "worker.1"):
            world.kernel.ends(name, TERMINATED, time.monotonic())
        world.turns(0.05)
        client.read()
        assert client.data == b""  # the socket is there as long as the formation is
        assert os.path.exists(world.path)
        world.end(0)
        client.read()
        assert client.next() == {"ok": True, "exit": 0}
        assert not os.path.exists(world.path)
        client.until_end()
        other.until_end()

    def test_when_all_has_ended_by_itself_nothing_is_started_any_more(self, world: World) -> None:
        """A slow reader keeps us for long after that; nobody would wait for what was started then."""
        client = world.connect()
        for name in ("web.1", "worker.1"):
            world.kernel.ends(name, ExitStatus(), time.monotonic())
        assert world.kernel.over()
        for command, words in (("restart", {}), ("scale", {"words": ["web=3"]}), ("reload", {})):
            assert client.ask(command, **words)["error"] == "the formation is stopping"
        assert world.kernel.over()
        client.send({"command": "stop"})
        world.turns(0.05)
        world.end(world.kernel.supervisor.exit_code)
        assert client.next() == {"ok": True, "exit": 0}


class TestWatch:
    def test_it_tells_each_change_until_it_is_over(self, world: World) -> None:
        client = world.connect()
        first = client.ask("watch", processes=["web"])
        assert [row["state"] for row in first["processes"]] == ["up"]
        assert first["stopping"] is False
        assert "ok" not in first
        world.runs.perform(world.kernel.supervisor.stop(["web.1"], time.monotonic()))
        assert client.next()["processes"][0]["state"] == "stopping"
        world.formation.end()
        assert client.next()["stopping"] is True
        world.end(5)
        client.read()
        lines = [json.loads(line) for line in client.data.splitlines()]
        assert lines[-1] == {"ok": True, "exit": 5}
        client.data = b""
        client.until_end()

    def test_without_news_nothing_is_sent(self, world: World) -> None:
        client = world.connect()
        client.ask("watch")
        assert world.turns() == 0
        client.read()
        assert client.data == b""

    def test_who_does_not_read_misses_what_lies_between_and_costs_no_memory(self, world: World) -> None:
        client = world.connect()
        client.ask("watch")
        now = time.monotonic()
        for _ in range(3000):
            world.formation.restart(["web.1"])
            world.kernel.ends("web.1", TERMINATED, now)
            world.entrance.turn_ended()
        assert world.turns() == 0
        world.formation.stop(["web.1"])
        world.kernel.ends("web.1", TERMINATED, now)
        lines = 0
        while client.next()["processes"][0]["state"] != "stopped":
            lines += 1
        assert lines < 1000

    def test_who_closes_his_side_wants_no_more(self, world: World) -> None:
        client = world.connect()
        client.ask("watch")
        client.socket.shutdown(socket.SHUT_WR)
        client.until_end()

    def test_who_has_closed_his_side_before_it_begins_gets_none(self, world: World) -> None:
        client = world.connect()
        client.send(b'{"command": "stop", "processes": ["web"]}\n{"command": "watch"}\n')
        client.socket.shutdown(socket.SHUT_WR)
        world.turns(0.05)
        world.kernel.ends("web.1", TERMINATED, time.monotonic())
        assert client.next()["processes"][0]["state"] == "stopped"
        client.until_end()
        assert client.data == b""

    def test_a_request_that_is_too_long_ends_it(self, world: World) -> None:
        client = world.connect()
        client.ask("watch")
        client.send(b"x" * LONGEST_REQUEST)
        assert client.next()["ok"] is False
        client.until_end()
        world.formation.stop(["web.1"])
        world.turns(0.05)


class TestConnections:
    def test_who_was_silent_for_longest_makes_room(self, world: World) -> None:
        asked = [world.connect() for _ in range(3)]
        for client in asked:
            client.ask("ps")
        silent = [world.connect() for _ in range(MOST_CONNECTIONS + 10)]
        for client in silent[:13]:
            assert client.next()["error"].startswith("too many connections")
            client.until_end()
        for client in (*asked, *silent[13:]):
            assert client.ask("ps")["ok"] is True

    def test_who_takes_nothing_makes_room_too(self, world: World) -> None:
        """Its connection is full, so it cannot be told why."""
        stuck = []
        before = open_fds()
        for _ in range(MOST_CONNECTIONS + 20):
            client = world.connect()
            for _ in range(12):
                client.send(b'{"command": "ps"}\n' * 100)
                world.turns(0)
                world.turn()
            stuck.append(client)
        # Of each we have its end, a connection and perhaps a duplicate of that.
        assert open_fds() - before <= len(stuck) + 2 * MOST_CONNECTIONS + 5
        assert world.connect().ask("ps")["ok"] is True

    def test_all_leave_and_nothing_is_left(self, world: World) -> None:
        world.connect().socket.close()
        world.turns(0.05)
        before = open_fds()
        for number in range(300):
            client = world.stranger() if number % 2 else world.connect()
            if number % 3:
                client.send(b'{"command": "watch"}\n{"comm')
            client.socket.close()
            world.turn()
        world.turns(0.05)
        assert open_fds() == before
        assert world.turns() == 0

    def test_without_fds_nobody_spins_and_later_it_works_again(self, world: World) -> None:
        first = world.connect()
        sockets = [socket.socket(socket.AF_UNIX) for _ in range(5)]
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        fillers = fill_gaps()
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (fillers[-1] + 1, hard))
            for one in sockets:
                one.connect(world.path)
            world.turns(0.05)
            assert world.turns() == 0
            for one in sockets:
                assert one.recv(1000) == b""  # they were sent away
            assert first.ask("ps")["ok"] is True
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for fd in fillers:
                os.close(fd)
            for one in sockets:
                one.close()
        assert world.connect().ask("ps")["ok"] is True

    def test_who_leaves_before_he_is_sent_away_does_not_use_the_spare_fd_up(self, world: World) -> None:
        world.connect()
        serving = world.entrance._server
        assert isinstance(serving, FormationServer)
        serving._turn_away()  # nobody is there any more
        assert serving._spare_fd >= 0

    def test_where_there_is_no_limit_of_open_files_nobody_makes_room(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "sysconf", {"SC_OPEN_MAX": -1}.__getitem__)
        first = world.connect()
        world.connect()
        assert first.ask("ps")["ok"] is True
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        OpenFiles().allow(10, log_files=0)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == before

    def test_where_few_fds_are_left_clients_take_none_of_them(self, world: World) -> None:
        world.connect()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        sockets = [socket.socket(socket.AF_UNIX) for _ in range(40)]
        fillers = fill_gaps()
        before = open_fds()
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (fillers[-1] + 30, hard))
            for one in sockets:
                one.connect(world.path)
                world.turns(0.001)
            world.turns(0.05)
            assert open_fds() - before < 20
            fillers += [os.open(os.devnull, os.O_RDONLY) for _ in range(8)]  # for a spawn
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for fd in fillers:
                os.close(fd)
            for one in sockets:
                one.close()


class TestEnd:
    def test_a_client_that_takes_nothing_is_not_waited_for(self, world: World) -> None:
        client = world.connect()
        client.send(b'{"command": "ps"}\n' * 100)
        world.turns(0.05)
        client.send(b'{"command": "ps"}\n' * 100)
        world.turns(0.05)
        began = time.monotonic()
        world.end(0)
        assert time.monotonic() - began < PATIENCE / 5

    @pytest.mark.parametrize("error", [ImportError("cannot import name 'x'"), TypeError("f() takes none")])
    def test_a_server_that_cannot_be_made_is_no_end_of_the_formation(
        self, world: World, capfd: pytest.CaptureFixture[str], error: Exception
    ) -> None:
        """pyforeman may have been upgraded since the start, and what is imported now does not fit."""
        world.entrance.close(0)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(world.path)
        listening.listen()
        world.entrance = Entrance(Listener(world.path, listening.detach()), world.loop, raising(error))
        client = world.stranger()
        client.until_end()
        assert not os.path.exists(world.path)
        assert capfd.readouterr().err == f"pyforeman: no control socket any more: {error}\n"


class TestFormation:
    def test_scale_starts_and_stops_the_highest(self, world: World) -> None:
        client = world.connect()
        reply = client.ask("scale", words=["web=3"])
        assert reply["formation"] == "web=3 worker=1"
        assert [row["name"] for row in reply["processes"]] == ["web.2", "web.3"]
        client.send({"command": "scale", "words": ["web-2", "worker=0"]})
        world.turns(0.05)
        for name in ("web.2", "web.3", "worker.1"):
            world.kernel.ends(name, TERMINATED, time.monotonic())
        reply = client.next()
        assert sorted(reply["stopped"]) == ["web.2", "web.3", "worker.1"]
        assert reply["processes"] == []
        assert [row["name"] for row in client.ask("ps")["processes"]] == ["web.1"]

    @pytest.mark.parametrize("ended", [False, True])
    def test_scale_starts_what_was_stopped_even_if_it_is_still_stopping(
        self, world: World, ended: bool
    ) -> None:
        client = world.connect()
        world.formation.stop(["web.1"])
        if ended:
            world.kernel.ends("web.1", TERMINATED, time.monotonic())
        client.send({"command": "scale", "words": ["web=1"]})
        world.turns(0.05)
        if not ended:
            world.kernel.ends("web.1", TERMINATED, time.monotonic())
        assert [row["state"] for row in client.next()["processes"]] == ["up"]

    def test_scale_leaves_alone_what_it_does_not_name(self, world: World) -> None:
        """Even what the Procfile has no more: a restart has read it, and only a reload may stop it."""
        client = world.connect()
        world.formation.stop(["worker.1"])
        world.kernel.ends("worker.1", TERMINATED, time.monotonic())
        world.files = (b"web: serve\n", {})
        world.formation.restart(["web.1"])
        world.kernel.ends("web.1", TERMINATED, time.monotonic())
        assert client.ask("scale", words=["web=2"])["stopped"] == []
        states = {row["name"]: row["state"] for row in client.ask("ps")["processes"]}
        assert states == {"web.1": "up", "web.2": "up", "worker.1": "stopped"}

    def test_restart_takes_the_files_as_they_are_now(self, world: World) -> None:
        client = world.connect()
        world.files = (b"web: serve -v\nworker: work\nmail: send\n", {"DEBUG": "1"})
        client.send({"command": "restart", "processes": ["web"]})
        world.turns(0.05)
        world.kernel.ends("web.1", TERMINATED, time.monotonic())
        reply = client.next()
        assert reply["changes"] == ["web: the command is now serve -v", "environment: DEBUG is new"]
        assert reply["processes"][0]["command"] == "serve -v"
        assert len(client.ask("ps")["processes"]) == 2
        world.files = (b"web: serve -v\nworker: work\n", {"DEBUG": "2"})
        # For the worker it is new.
        assert world.formation.reload().changes == ["environment: DEBUG is new"]

    def test_restart_of_what_the_files_have_no_more_is_refused_and_nothing_happens(
        self, world: World
    ) -> None:
        client = world.connect()
        world.files = (b"web: serve\n", {})
        reply = client.ask("restart")
        assert reply["error"] == "worker is not in Procfile any more; pyforeman reload would stop it"
        assert reply["exit"] == 1
        assert world.kernel.signals == []

    def test_restart_that_would_get_a_port_of_another_one_is_refused(self, world: World) -> None:
        client = world.connect()
        world.files = (world.files[0], {"PORT": "5100"})
        reply = client.ask("restart", processes=["web"])
        assert reply["error"] == "web.1 would get port 5100, which worker.1 still has; restart all together"
        assert world.kernel.signals == []

    def test_files_that_cannot_be_read_change_nothing(self, world: World) -> None:
        client = world.connect()

        def broken() -> Any:
            raise UsageError("Procfile:1: not a process type")

        world.formation._reread = broken
        for command in ("restart", "reload"):
            assert client.ask(command) == {
                "ok": False,
                "error": "Procfile:1: not a process type",
                "exit": 2,
            }
        assert world.kernel.signals == []

    def test_reload_applies_what_is_different_and_nothing_else(self, world: World) -> None:
        client = world.connect()
        world.files = (b"web: serve\nmail: send\n", {})
        client.send({"command": "reload"})
        world.turns(0.05)
        world.kernel.ends("worker.1", TERMINATED, time.monotonic())
        reply = client.next()
        assert (reply["added"], reply["removed"], reply["restarted"]) == (["mail.1"], ["worker.1"], [])
        assert [row["port"] for row in reply["processes"]] == [5200]
        assert world.kernel.signals == [("worker.1", signal.SIGTERM)]
        reply = client.ask("reload")
        assert (reply["added"], reply["removed"], reply["restarted"]) == ([], [], [])

    def test_reload_does_not_start_what_somebody_has_stopped(self, world: World) -> None:
        client = world.connect()
        world.formation.stop(["web.1"])  # and it is still stopping
        world.files = (b"web: serve -v\nworker: work\n", {})
        client.send({"command": "reload"})
        world.turns(0.05)
        assert client.next()["restarted"] == []
        world.kernel.ends("web.1", TERMINATED, time.monotonic())
        assert client.ask("ps", processes=["web"])["processes"][0]["state"] == "stopped"

    def test_a_signal_goes_to_all_or_to_none(self, world: World) -> None:
        client = world.connect()
        assert client.ask("signal", signal="sighup", processes=["w*"], group=True)["ok"] is True
        assert world.runs.sent == [("web.1", 1, True), ("worker.1", 1, True)]
        world.kernel.ends("worker.1", ExitStatus(), time.monotonic())
        reply = client.ask("signal", signal="1", processes=["w*"])
        assert (reply["error"], reply["exit"]) == ("worker.1 does not run (finished)", 1)
        assert len(world.runs.sent) == 2

    def test_a_formation_that_was_emptied_is_filled_again(self, world: World) -> None:
        client = world.connect()
        world.formation.scale(["all=0"])
        for name in ("web.1", "worker.1"):
            world.kernel.ends(name, TERMINATED, time.monotonic())
        assert client.ask("ps")["processes"] == []
        reply = client.ask("logs", processes=["x"])
        assert reply["error"] == "no process 'x'; the formation is web=0 worker=0"
        assert len(client.ask("scale", words=["web=2"])["processes"]) == 2

    @pytest.mark.parametrize(
        ("command", "arguments", "error"),
        [
            ("ps", {"processes": ["worker"]}, None),
            ("watch", {"processes": ["wor*"]}, None),
            ("stop", {"processes": ["worker"]}, None),
            ("logs", {"processes": ["worker"]}, None),
            ("signal", {"signal": "HUP", "processes": ["w*"]}, None),
            ("restart", {"processes": ["web", "worker"]}, NO_WORKER),
            ("signal", {"signal": "HUP", "processes": ["worker"]}, NO_WORKER),
            ("attach", {"process": "worker", "columns": 80, "rows": 24}, NO_WORKER),
            ("restart", {"processes": ["release"]}, NO_RELEASE),
            ("signal", {"signal": "HUP", "processes": ["release"]}, NO_RELEASE),
        ],
    )
    def test_a_type_of_which_none_runs_is_known(
        self, folder: Path, command: str, arguments: dict[str, Any], error: str | None
    ) -> None:
        (folder / "0").mkdir()
        procfile = "release: migrate\nweb: serve\nworker: work\n"
        world = World(folder / "0", procfile, formation=("web=1",))
        try:
            reply = world.connect().ask(command, **arguments)
            assert reply.get("error") == error
            assert reply.get("exit", 0) == (1 if error else 0)
            names = [row["name"] for row in reply.get("processes", ())]
            assert names == (["web.1"] if command == "signal" and not error else [])
        finally:
            world.close()

    def test_the_release_is_not_touched(self, folder: Path) -> None:
        (folder / "r").mkdir()
        world = World(folder / "r", "release: migrate\nweb: serve\n", release=True)
        try:
            client = world.connect()
            assert client.ask("restart", processes=["release"])["error"].startswith("a release runs once")
            assert client.ask("scale", words=["release=2"])["error"].startswith("a release runs once")
            reply = client.ask("restart")
            assert [row["state"] for row in reply["processes"]] == ["waiting"]
            world.files = (b"web: serve\n", {})
            assert client.ask("reload")["removed"] == []
            assert client.ask("scale", words=["web=2"])["stopped"] == []
            world.kernel.ends("release.1", ExitStatus(), time.monotonic())
            states = {row["name"]: row["state"] for row in client.ask("ps")["processes"]}
            assert states == {"release.1": "finished", "web.1": "up", "web.2": "up"}
        finally:
            world.close()


@pytest.mark.parametrize("words", [["[" * 60_000], ["web"] * 5000, ["*a" * 1000]])
def test_what_nobody_needs_to_ask_is_not_looked_for(world: World, words: list[str]) -> None:
    """60,000 brackets took 20 s, in which nobody else was served."""
    reply = world.connect().ask("ps", processes=words)
    assert reply["ok"] is False
    assert "no more than" in reply["error"]


def test_who_watches_sees_what_a_request_that_had_to_wait_has_changed(world: World) -> None:
    """It is carried out when the one before it is answered, and no event comes after that."""
    watcher, other = world.connect(), world.connect()
    watcher.ask("watch")
    other.send({"command": "stop", "processes": ["web"]})
    other.send({"command": "stop", "processes": ["worker"]})
    while states(watcher.next()) != {"web.1": "stopping", "worker.1": "up"}:
        pass
    world.kernel.ends("web.1", ExitStatus(signal=signal.SIGTERM), time.monotonic())
    world.entrance.turn_ended()
    watcher.read()
    *_, last = watcher.data.splitlines()
    assert states(json.loads(last)) == {"web.1": "stopped", "worker.1": "stopping"}


def states(reply: dict[str, Any]) -> dict[str, str]:
    return {row["name"]: row["state"] for row in reply["processes"]}


def test_who_watches_is_told_that_it_stops(world: World) -> None:
    """Where there is no process, no event of one says so."""
    world.formation.scale(["all=0"])
    for name in ("web.1", "worker.1"):
        world.kernel.ends(name, TERMINATED, time.monotonic())
    watcher = world.connect()
    assert watcher.ask("watch")["stopping"] is False
    world.formation.end()
    assert watcher.next()["stopping"] is True


def test_who_watches_what_there_is_not_is_told_so(world: World) -> None:
    reply = world.connect().ask("watch", processes=["mail"])
    assert (reply["ok"], reply["exit"]) == (False, 2)


def test_what_is_at_rest_cannot_be_attached_to(world: World) -> None:
    world.formation.stop(["web.1"])
    world.kernel.ends("web.1", TERMINATED, time.monotonic())
    reply = world.connect().ask("attach", process="web", columns=80, rows=24)
    assert reply["error"] == "web.1 does not run (stopped); pyforeman restart web.1 starts it"


def test_another_user_is_told_so_and_is_not_answered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = os.geteuid()
    world.connect()
    monkeypatch.setattr(os, "geteuid", lambda: uid + 1)
    client = world.stranger()
    client.send({"command": "ps"})
    assert client.next() == {
        "ok": False,
        "error": f"this formation is another user's (uid {uid + 1})",
        "exit": 1,
    }
    client.until_end()
    assert client.data == b""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ImportError("no module"), "ImportError: no module"),
        (OSError(24, "Too many open files"), "OSError: [Errno 24] Too many open files"),
        (TypeError("f() takes 1 argument"), "TypeError: f() takes 1 argument"),
    ],
)
class TestWhatGoesWrong:
    """pyforeman may have been upgraded since the start, and what is imported now does not fit; or no file may
    be opened. The formation runs on, and who has asked is told."""

    def test_in_a_request(
        self, world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
    ) -> None:
        client = world.connect()
        monkeypatch.setattr(world.formation, "_reread", raising(error))
        assert client.ask("reload")["error"] == f"cannot be answered: {said}"
        assert client.ask("ps")["ok"] is True

    def test_in_a_stream(
        self, world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
    ) -> None:
        client, other = world.connect(), world.connect()
        client.ask("watch")
        monkeypatch.setattr(activity, "described", raising(error))
        world.kernel.supervisor.changes += 1
        assert client.next() == {"ok": False, "error": f"cannot be answered: {said}", "exit": 1}
        client.until_end()
        monkeypatch.undo()
        assert other.ask("ps")["ok"] is True

    def test_in_what_a_client_says_meanwhile(
        self, world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
    ) -> None:
        client, other = world.connect(), world.connect()
        monkeypatch.setattr(activity.Watch, "listens", True)
        monkeypatch.setattr(activity.Watch, "receive", raising(error))
        client.ask("watch")
        client.send({"keys": "Aw=="})
        assert client.next()["error"] == f"cannot be answered: {said}"
        client.until_end()
        assert other.ask("ps")["ok"] is True


def raising(error: Exception) -> Any:
    def broken(*_: object) -> None:
        raise error

    return broken


def test_what_scale_adds_is_allowed_for_and_gets_room_on_the_screen(world: World) -> None:
    world.connect().ask("scale", words=["web=3"])
    assert world.limits.allowed == [2]
    assert world.guardian.allowed == [5.0]
    assert world.widened == ["", "web.2", "web.3"]
    assert world.runs.resized == 1


def test_where_all_types_share_a_port_nobody_is_refused_for_it(folder: Path) -> None:
    (folder / "s").mkdir()
    world = World(folder / "s", port_step=0)
    try:
        client = world.connect()
        client.send({"command": "restart", "processes": ["web"]})
        world.turns(0.05)
        world.kernel.ends("web.1", TERMINATED, time.monotonic())
        assert client.next()["ok"] is True
    finally:
        world.close()


def test_a_reload_that_leaves_none_but_what_has_ended_ends_the_formation(world: World) -> None:
    """Nobody can want again what the Procfile has no more."""
    world.kernel.ends("worker.1", ExitStatus(), time.monotonic())
    client = world.connect()
    world.files = (b"worker: work\n", {})
    client.send({"command": "reload"})
    world.turns(0.05)
    world.kernel.ends("web.1", TERMINATED, time.monotonic())
    assert client.next()["removed"] == ["web.1"]
    assert world.kernel.over()


def test_who_has_to_wait_for_its_turn_is_not_read_beyond_what_there_is_room_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else keys were lost of a paste into a process that reads nothing, while others have much to ask."""
    got: list[object] = []
    monkeypatch.setattr(server, "_A_TURN", 0.0)
    monkeypatch.setattr(activity.Watch, "listens", True)
    monkeypatch.setattr(activity.Watch, "may_receive", property(lambda _: not got))
    monkeypatch.setattr(activity.Watch, "receive", lambda _, message: got.append(message))
    typing, others = world.connect(), [world.connect() for _ in range(3)]
    typing.ask("watch")
    for other in others:
        other.send(b'{"command": "ps"}\n' * 20)
    world.turn()  # they stand in line
    typing.socket.send(b'{"keys": "%b"}\n' % (b"x" * 1000) * 120)
    for _ in range(8):
        world.turn()
    assert 0 < len(got) <= 64 * 1024 // 1000
