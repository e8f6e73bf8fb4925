"""What a load balancer has to know."""

import pytest

from applications import shop
from pyforeman.errors import UsageError
from pyforeman.export.balancer import Listen, Server, read_listen, servers
from pyforeman.plan.settings import Settings

ANYWHERE = Listen("", 80)


def test_the_servers_are_all_instances_of_web() -> None:
    assert servers(shop(counts="web=2 worker=1"), ANYWHERE) == (
        Server("web.1", "127.0.0.1:5000"),
        Server("web.2", "127.0.0.1:5001"),
    )


def test_a_web_with_more_instances_than_a_step_has_its_other_ports() -> None:
    found = servers(shop(counts="web=3", settings=Settings(port_step=2)), ANYWHERE)
    assert [server.address.partition(":")[2] for server in found] == ["5000", "5001", "5008"]


@pytest.mark.parametrize(
    ("counts", "settings", "message"),
    [
        ("worker=1", Settings(), "no web process to export"),
        ("web=2", Settings(no_port=True), "--no-port: "),
        ("web=2", Settings(port=79), "--listen: web.2 has port 80"),
        ("web=1 worker=2", Settings(port=1, port_step=78), "--listen: worker.2 has port 80"),
    ],
)
def test_what_cannot_be_balanced_is_refused(counts: str, settings: Settings, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        servers(shop(counts=counts, settings=settings), ANYWHERE)


@pytest.mark.parametrize("port", [78, 81, 5002])
def test_a_port_that_no_instance_has_is_free(port: int) -> None:
    found = servers(shop(counts="web=2", settings=Settings(port=79)), Listen("", port))
    assert len(found) == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("80", Listen("", 80)),
        ("65535", Listen("", 65535)),
        ("*:80", Listen("*", 80)),
        ("127.0.0.1:8080", Listen("127.0.0.1", 8080)),
        ("[::]:80", Listen("[::]", 80)),
        ("[fe80::1]:8080", Listen("[fe80::1]", 8080)),
    ],
)
def test_where_to_listen_is_read(text: str, found: Listen) -> None:
    assert read_listen(text) == found


@pytest.mark.parametrize(
    "text",
    ["", "0", "65536", "-1", "x", "80;", "80 default_server", "127.0.0.1", "127.0.0.1:", "1.2.3:80", "::1:80",
     "[::1]", "[127.0.0.1]:80", "[::g]:80", "٨٠", "80\n"],
)  # fmt: skip
def test_what_is_no_place_to_listen_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"--listen: .* is neither a port nor ADDRESS:PORT"):
        read_listen(text)
