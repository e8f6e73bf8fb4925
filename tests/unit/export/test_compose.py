"""Docker Compose: what its files say of an application."""

import signal
from typing import Any

import pytest
import yaml

from applications import NASTY, NASTY_ARGUMENTS, TARGET, shop, templates, web_alone
from golden import assert_golden
from pyforeman.errors import UsageError
from pyforeman.export import compose
from pyforeman.export.application import Application, Target
from pyforeman.export.container import arguments
from pyforeman.export.file import File
from pyforeman.plan.settings import Settings

WEB = "web: gunicorn app:app\n"


def made_of(text: str = WEB, *, name: str = "shop", **settings: Any) -> Application:
    """The application of a Procfile, with one of each type unless ``counts`` says how many."""
    counts = settings.pop("counts", "all=1")
    return shop(text, counts=counts, name=name, schedulers=(), settings=Settings(**settings))


def files(application: Application, target: Target = TARGET) -> dict[str, File]:
    return {file.path: file for file in compose.files(application, target, templates("compose"))}


def services(application: Application, target: Target = TARGET) -> dict[str, Any]:
    read = yaml.safe_load(files(application, target)["compose.yaml"].text)["services"]
    assert isinstance(read, dict)
    return read


def one(text: str = WEB, *, target: Target = TARGET, **settings: Any) -> dict[str, Any]:
    """The service that web becomes."""
    service = services(made_of(text, **settings), target)["web"]
    assert isinstance(service, dict)
    return service


def test_golden() -> None:
    assert_golden("compose", files(shop()).values())


def test_golden_of_an_image_and_a_user() -> None:
    target = TARGET._replace(image="registry.example/shop:1.4", user="shop")
    assert_golden("compose-image", files(made_of(WEB), target).values())


def test_the_values_stand_in_one_file_that_nobody_else_reads() -> None:
    made = files(shop(environment=NASTY))
    secret = made.pop("shop.env")
    assert secret.mode == 0o600
    assert not secret.owned  # docker compose reads it, and whoever calls that has written it
    for value in (value for value in NASTY.values() if len(value) > 8):
        assert not [path for path, file in made.items() if value in file.text]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("", '""'),
        ("0123", '"0123"'),
        (" a # b ", '" a # b "'),
        ("it's", '"it\'s"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("$HOME ${PATH} $$", '"\\$HOME \\${PATH} \\$\\$"'),
        ("c:\\new\\", '"c:\\\\new\\\\"'),
        ("\\$", '"\\\\\\$"'),
        ("two\nlines\r\n", '"two\\nlines\\r\\n"'),
        ("tab\t\x01 {{x}} 🎉", '"tab\t\x01 {{x}} 🎉"'),
    ],
)
def test_a_value_in_the_env_file(value: str, written: str) -> None:
    assert compose.env_value(value) == written


@pytest.mark.parametrize("value", NASTY.values())
def test_a_value_stands_on_one_line(value: str) -> None:
    text = files(shop(environment={"A": value, "B": "x"}))["shop.env"].text
    assert [line.partition("=")[0] for line in text.split("\n")[1:]] == ["A", "B", ""]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("gunicorn app:app", "exec gunicorn app:app"),
        ("exec gunicorn", "exec gunicorn"),
        ("gunicorn --name '$HOME' -b :$PORT", "exec gunicorn --name '$HOME' -b :$PORT"),
        (f"gunicorn {NASTY_ARGUMENTS}", f"exec gunicorn {NASTY_ARGUMENTS}"),
    ],
)
def test_the_command_is_that_of_start(command: str, line: str) -> None:
    written = one(f"web: {command}\n")["command"]
    expected = f"read -r PS </etc/hostname; PS=web.$PS; export PS; {line}"
    assert written == ["/bin/sh", "-c", expected.replace("$", "$$")]


def test_a_compound_command_is_run_as_in_any_container() -> None:
    shell, option, script, *words = arguments("cd web && serve $PORT")
    script = f"read -r PS </etc/hostname; PS=web.$PS; export PS; {script}"
    expected = [text.replace("$", "$$") for text in (shell, option, script, *words)]
    assert one("web: cd web && serve $PORT\n")["command"] == expected


def test_the_port_is_the_same_in_every_container() -> None:
    assert one(counts="web=3")["environment"] == {"PORT": "5000"}
    assert "environment" not in one(no_port=True)


@pytest.mark.parametrize(
    ("counts", "settings", "ports"),
    [
        ("web=1", {}, ["5000:5000"]),
        ("web=3", {}, ["5000-5002:5000"]),
        ("web=2", {"port": 8000}, ["8000-8001:8000"]),
        ("web=150", {"port_step": 150}, ["5000-5149:5000"]),
        ("web=150", {"port_step": 0}, ["5000-5149:5000"]),
        ("web=2", {"no_port": True}, None),
    ],
)
def test_the_ports_are_those_of_start(counts: str, settings: Any, ports: list[str] | None) -> None:
    assert one(counts=counts, **settings).get("ports") == ports


def test_what_listens_is_published() -> None:
    application = made_of("web: serve\nadmin: serve --port $PORT\nworker: work\n", counts="all=2")
    found = {name: service.get("ports") for name, service in services(application).items()}
    assert found == {"web": ["5000-5001:5000"], "admin": ["5100-5101:5100"], "worker": None}


def test_ports_that_are_not_one_range_are_refused() -> None:
    with pytest.raises(UsageError, match=r"^web=101: .*use --port-step 101$"):
        one(counts="web=101")
    # Nobody outside asks a worker.
    application = made_of("worker: work\n", counts="worker=101")
    assert services(application)["worker"]["scale"] == 101


def test_all_wait_for_a_release_that_succeeds() -> None:
    found = services(shop())
    release = found.pop("release")
    assert release["restart"] == "no"
    assert "depends_on" not in release
    for service in found.values():
        assert service["depends_on"] == {"release": {"condition": "service_completed_successfully"}}
    assert "depends_on" not in one()


def test_the_release_has_a_name_of_its_own() -> None:
    written = services(shop())["release"]["command"]
    assert written[2] == "PS=release.1; export PS; exec python -m shop.migrate"


@pytest.mark.parametrize(
    ("restart", "written"), [("on-failure", "unless-stopped"), ("always", "always"), ("never", "no")]
)
def test_restarts(restart: str, written: str) -> None:
    assert one(restart=restart)["restart"] == written


@pytest.mark.parametrize(
    ("timeout", "written"),
    [("5", "5s"), ("0", "0s"), ("0.2", "1s"), ("1.5", "2s"), ("1e30", "1000000000s")],
)
def test_the_grace_is_in_whole_seconds(timeout: str, written: str) -> None:
    assert one(timeout=timeout)["stop_grace_period"] == written


@pytest.mark.parametrize(
    ("number", "written"), [(signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT"), (40, "40")]
)
def test_the_stop_signal(number: int, written: str) -> None:
    assert services(web_alone(stop_signal=number))["web"]["stop_signal"] == written


@pytest.mark.parametrize(
    ("name", "project", "image"),
    [("shop", "shop", "shop"), ("My.Shop", "my-shop", "my.shop"), ("a_b-1", "a_b-1", "a_b-1")],
)
def test_names(name: str, project: str, image: str) -> None:
    made = files(made_of(name=name))
    read = yaml.safe_load(made["compose.yaml"].text)
    assert list(made) == ["compose.yaml", f"{name}.env"]
    assert read["name"] == project
    assert read["services"]["web"]["image"] == image
    assert read["services"]["web"]["env_file"] == [f"./{name}.env"]


@pytest.mark.parametrize("name", ["a..b", "a-_b", "shop-", "shop."])
def test_a_name_that_makes_no_image_is_refused(name: str) -> None:
    application = made_of(name=name)
    with pytest.raises(UsageError, match="--image"):
        files(application)
    files(application, TARGET._replace(image="shop"))


@pytest.mark.parametrize("name", ["yes", "null", "0123", "1e3", "-", "_", "a--b"])
def test_any_name_of_a_type_is_the_name_of_a_service(name: str) -> None:
    found = services(made_of(f"{name}: run\n"))
    assert list(found) == [name]


def test_an_image_of_this_machine_is_not_fetched() -> None:
    assert one()["pull_policy"] == "never"
    assert "pull_policy" not in one(target=TARGET._replace(image="shop:1.4"))


def test_what_a_user_says_is_nothing_that_compose_expands() -> None:
    service = one(target=TARGET._replace(image="a$b", user="$c"))
    assert (service["image"], service["user"]) == ("a$$b", "$$c")


def test_next_steps() -> None:
    shop_with_image = TARGET._replace(image="shop:1.4", folder="/srv/a shop")
    assert list(compose.next_steps(shop(), TARGET, again=False)) == [
        "docker build -t shop /srv/shop",
        "docker compose -f /etc/shop/compose.yaml up -d",
    ]
    assert list(compose.next_steps(shop(), shop_with_image, again=False)) == [
        "docker compose -f '/srv/a shop/compose.yaml' up -d"
    ]


def test_compose_does_not_read_the_env_file_of_the_project() -> None:
    """It has a syntax of its own, with which Compose ends in an error: ``'it'"'"'s'``."""
    target = TARGET._replace(folder="/srv/shop", image="shop")
    (step,) = compose.next_steps(shop(), target, again=False)
    assert step == "docker compose --env-file /dev/null -f /srv/shop/compose.yaml up -d"
