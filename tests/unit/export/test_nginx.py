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


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("My-Shop.v2", "$upgrade_my_shop_v2"),
        ("2048", "$upgrade_2048"),  # $2… is what a regular expression has found
        ("http", "$upgrade_http"),  # $http_… are the headers of a request
    ],
)
def test_the_variable_is_one_whatever_the_name_of_the_application(name: str, variable: str) -> None:
    made = text(shop(name=name))
    assert f"upstream {name}-web {{" in made
    assert f"map $http_upgrade {variable} {{" in made
    assert f"proxy_set_header Connection {variable};" in made


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
    assert list(nginx.next_steps(shop(), TARGET._replace(folder=folder), again=False)) == steps
