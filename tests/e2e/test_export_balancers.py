"""``pyforeman export nginx`` and ``haproxy``: the real servers, in front of what ``start`` runs.

That each server gets the same share is asked of answers that do not end: one is asked for when the one
before has begun, so who has the fewest connections is never in doubt, and 30 of them are 10 each.
"""

import json
import os
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from conftest import Project
from harness import PATIENCE, Run, child, eventually, free_base, kill, wait_until_gone

WEB = [f"web.{index}" for index in (1, 2, 3)]


class Balancer(NamedTuple):
    """How a load balancer runs with the exported file, as nobody in particular, in a folder of its own."""

    name: str
    exported: str
    judged: Callable[[Path], list[str]]
    run: Callable[[Path], list[str]]


def nginx(folder: Path) -> list[str]:
    """As a distribution would include the file, with all its folders below ours."""
    is_root = os.geteuid() == 0
    (folder / "nginx.conf").write_text(
        f"{'user root;' if is_root else ''} daemon off; worker_processes 2; pid {folder}/pid;"
        " error_log stderr;"
        f"events {{}} http {{ access_log off; include {folder}/project.conf;"
        + "".join(
            f"{what}_temp_path {folder}/{what};" for what in "client_body proxy fastcgi uwsgi scgi".split()
        )
        + "}\n"
    )
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def haproxy(folder: Path) -> list[str]:
    return ["haproxy", "-f", str(folder / "project.cfg")]


BALANCERS = (
    Balancer("nginx", "project.conf", lambda folder: [*nginx(folder), "-t"], nginx),
    Balancer("haproxy", "project.cfg", lambda folder: [*haproxy(folder), "-c"], haproxy),
)


@pytest.fixture(params=BALANCERS, ids=lambda one: one.name)
def balancer(request: pytest.FixtureRequest) -> Balancer:
    found = request.param
    assert isinstance(found, Balancer)
    if shutil.which(found.name) is None:
        pytest.skip(f"{found.name} is not installed")
    return found


class Site(NamedTuple):
    """web=3, and a balancer in front of it that listens on ``port``."""

    run: Run
    port: int

    def ask(self, path: str = "/", body: bytes | None = None) -> tuple[int, str]:
        """One request on a connection of its own; the status and the body."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST" if body else "GET", path, body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@contextmanager
def site(project: Project, balancer: Balancer, *options: str) -> Iterator[Site]:
    """Run web=3, export it, and run the balancer with what was exported."""
    base = free_base(0, 1, 2, 100)
    listen = base + 100
    formation = ("web=3", "-p", str(base))
    run = project.start(f"web: {child('backend')}\n", *formation, "--restart", "never", "--stop-on", "never")
    for name in WEB:
        run.read_until(rf"{name} +\| ready")
    folder = project.folder / "balancer"
    words = (balancer.name, str(folder), *formation, "--listen", f"127.0.0.1:{listen}", *options)
    assert project.run("export", *words).wait() == 0
    with open(project.folder / "balancer.log", "wb") as log:
        judged = subprocess.run(
            balancer.judged(folder), stdout=log, stderr=log, check=False, timeout=PATIENCE
        )
        assert judged.returncode == 0, Path(log.name).read_text()
        server = subprocess.Popen(balancer.run(folder), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        eventually(lambda: accepts(listen) or server.poll() is not None, "the balancer listens")
        assert server.poll() is None, Path(log.name).read_text()
        yield Site(run, listen)
    finally:
        # The master, so that its workers end with it.
        below = psutil.Process(server.pid).children() if server.poll() is None else []
        server.terminate()
        try:
            server.wait(timeout=PATIENCE)
        finally:
            kill(server, *below)
    run.stop()


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_thirty_answers_are_shared_and_reach_the_client_while_they_go_on(
    project: Project, balancer: Balancer
) -> None:
    with site(project, balancer) as there, ExitStack() as still_open:
        answered = Counter(first_line(there.port, still_open) for _ in range(30))
        assert answered == dict.fromkeys(WEB, 10)


def first_line(port: int, still_open: ExitStack) -> str:
    """The first line of an answer that does not end; the connection stays."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    still_open.callback(connection.close)
    connection.request("GET", "/stream")
    return connection.getresponse().readline().decode().strip()


def test_after_the_death_of_one_every_request_is_answered(project: Project, balancer: Balancer) -> None:
    with site(project, balancer) as there:
        pid = there.run.pid_of("web.2")
        psutil.Process(pid).kill()
        while_it_dies = [there.ask() for _ in range(30)]
        assert {status for status, _ in while_it_dies} == {200}
        wait_until_gone(pid)
        assert {there.ask() for _ in range(30)} == {(200, "web.1"), (200, "web.3")}


def test_a_websocket_passes_in_both_directions(project: Project, balancer: Balancer) -> None:
    with site(project, balancer) as there:
        with socket.create_connection(("127.0.0.1", there.port), timeout=PATIENCE) as client:
            client.sendall(
                b"GET /chat HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            with client.makefile("rb") as answer:
                head = [answer.readline().decode().strip().lower()]
                while head[-1]:
                    head.append(answer.readline().decode().strip().lower())
                assert head[0].startswith("http/1.1 101 ")
                assert "upgrade: websocket" in head
                for frame in (b"\x81\x05hello", b"\x00\xff\n\r"):
                    client.sendall(frame)
                    assert answer.read(len(frame)) == frame


def test_the_application_learns_who_asked_and_for_what(project: Project, balancer: Balancer) -> None:
    with site(project, balancer) as there:
        headers = json.loads(there.ask("/headers")[1])
        asked = f"127.0.0.1:{there.port}"
        assert headers["host"] == asked
        told = {
            key.lower(): value for key, value in headers.items() if key.lower().startswith("x-forwarded-")
        }
        assert told == {
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-host": asked,
            "x-forwarded-port": str(there.port),
            "x-forwarded-proto": "http",
        }


def test_a_large_upload_passes(project: Project, balancer: Balancer) -> None:
    with site(project, balancer) as there:
        size = 5 << 20  # nginx refuses more than 1 MiB unless it is told otherwise
        assert there.ask("/", b"x" * size) == (200, str(size))


def test_haproxy_asks_the_path_and_leaves_out_who_is_not_well(project: Project) -> None:
    balancer = BALANCERS[1]
    if shutil.which(balancer.name) is None:
        pytest.skip(f"{balancer.name} is not installed")
    with site(project, balancer, "--health", "/up") as there:
        for name in WEB:
            there.run.read_until(rf"{name} +\| asked /up of localhost")
        (project.folder / "web.3.ill").touch()
        log = project.folder / "balancer.log"
        eventually(lambda: "project-web/web.3 is DOWN" in log.read_text(), "web.3 is found ill")
        answers = {there.ask() for _ in range(30)}
        assert answers == {(200, "web.1"), (200, "web.2")}
