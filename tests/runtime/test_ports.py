"""Which ports are taken, by whom, and the way out."""

import os
import socket

from pyforeman.plan.formation import Instance
from pyforeman.plan.policy import Policy
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
