"""Which ports are taken, by whom, and the way out."""

import os
import socket
import subprocess
from unittest.mock import Mock

import psutil
import pytest

from pyforeman.plan.formation import Instance
from pyforeman.plan.policy import Policy
from pyforeman.runtime.listening import is_answered, strangers
from pyforeman.runtime.ports import is_free, taken_ports


def instance(port: int, command: str = "serve $PORT") -> Instance:
    return Instance("api", 1, command, port, {}, Policy())


def test_a_port_is_taken_while_somebody_listens_on_any_address() -> None:
    for address in ("127.0.0.1", "0.0.0.0"):
        with socket.create_server((address, 0)) as server:
            port = server.getsockname()[1]
            assert not is_free(port)
        assert is_free(port)


def test_the_holder_and_a_way_out_are_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (taken,) = taken_ports([instance(port)], port)
        assert taken.pid == os.getpid()
        assert str(taken).startswith("is held by ")
        assert str(taken).endswith(f", pid {os.getpid()}")
        other = int(taken.advice.removeprefix("; try -p "))
        assert other > port
        assert (other - port) % 100 == 0


def test_what_no_process_will_listen_on_is_not_probed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not list(taken_ports([instance(port, "sleep 9")], port))


def test_who_listens_is_a_stranger_to_what_began_later(monkeypatch: pytest.MonkeyPatch) -> None:
    us = os.getpid()
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        subprocess.Popen(["cat"], stdin=subprocess.PIPE) as later,
    ):
        port = server.getsockname()[1]
        look = Mock(wraps=psutil.net_connections)
        monkeypatch.setattr(psutil, "net_connections", look)
        assert strangers({later.pid: port, us: port}) == {
            later.pid: f"{psutil.Process().name()}, pid {us}",
            us: "",
        }
        look.assert_called_once()  # for all of them: at each it would take seconds where there are many
        assert later.stdin
        later.stdin.close()
        later.wait()
        assert strangers({later.pid: port, us: port}) == {us: ""}


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_port_is_answered_while_somebody_listens(family: socket.AddressFamily, address: str) -> None:
    try:
        server = socket.create_server((address, 0), family=family)
    except OSError as error:
        pytest.skip(f"this machine has no {address}: {error}")
    with server:
        port = server.getsockname()[1]
        assert is_answered(port)
    assert not is_answered(port)
    assert strangers({os.getpid(): port}) == {os.getpid(): ""}
