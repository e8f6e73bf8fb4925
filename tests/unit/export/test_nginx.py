"""The file for nginx. That nginx balances with it is in tests/e2e/test_export_balancers.py."""

import pytest

from applications import TARGET, shop, templates
from golden import assert_golden
from pyforeman.export import nginx
from pyforeman.export.application import Application, Target


def text(application: Application, target: Target = TARGET) -> str:
    (file,) = nginx.files(application, target, templates("nginx"))
    return file.text


def test_it_is_these_bytes() -> None:
    assert_golden("nginx", nginx.files(shop(), TARGET, templates("nginx")))


@pytest.mark.parametrize(
    ("listen", "line"),
    [
        ("80", "listen 80;"),
        ("127.0.0.1:8080", "listen 127.0.0.1:8080;"),
        ("[::1]:8080", "listen [::1]:8080;"),
        ("*:80", "listen *:80;"),
    ],
)
def test_it_listens_where_it_is_told_to(listen: str, line: str) -> None:
    assert f"    {line}\n" in text(shop(), TARGET._replace(listen=listen))


def test_the_variable_is_one_whatever_the_name_of_the_application() -> None:
    made = text(shop(name="My-Shop.v2"))
    assert "upstream My-Shop.v2-web {" in made
    assert "map $http_upgrade $my_shop_v2_connection {" in made


def test_there_is_a_server_for_each_instance_at_its_port() -> None:
    made = text(shop(counts="web=3 worker=2"))
    servers = [line.split()[1] for line in made.splitlines() if line.strip().startswith("server 127")]
    assert servers == ["127.0.0.1:5000", "127.0.0.1:5001", "127.0.0.1:5002"]


def test_nothing_of_the_environment_or_of_a_command_is_in_it() -> None:
    made = text(shop())
    for private in ("p%40ss", "hello", "gunicorn", "GREETING"):
        assert private not in made


@pytest.mark.parametrize(
    ("folder", "steps"),
    [
        ("/etc/nginx/conf.d", ["nginx -t", "nginx -s reload"]),
        (
            "/srv/my shop",
            ["ln -sf '/srv/my shop/shop.conf' /etc/nginx/conf.d/", "nginx -t", "nginx -s reload"],
        ),
    ],
)
def test_the_next_steps_bring_it_to_where_nginx_looks(folder: str, steps: list[str]) -> None:
    assert list(nginx.next_steps(shop(), TARGET._replace(folder=folder))) == steps
