"""What is exported, as data: the plan that ``start`` runs."""

import pytest

from applications import ENVIRONMENT, SHOP, TARGET, shop
from pyforeman.errors import UsageError
from pyforeman.export.application import host_environment
from pyforeman.plan.policy import Policy
from pyforeman.plan.settings import Settings


def test_it_has_the_processes_in_the_order_of_the_procfile_and_the_release_beside_them() -> None:
    application = shop()
    assert [(one.name, one.count) for one in application.processes] == [
        ("web", 2),
        ("worker", 1),
        ("clock-1", 1),
    ]
    assert application.release is not None
    assert application.release.name == "release"
    assert [one.name for one in application.everything] == ["release", "web", "worker", "clock-1"]
    assert [one.name for one in application.everything if one.is_scheduler] == ["clock-1"]


def test_a_type_of_which_there_is_none_is_not_there() -> None:
    assert [one.name for one in shop(counts="web=1 worker=0").everything] == ["release", "web"]


def test_without_a_release_there_is_none() -> None:
    application = shop("web: x\n", counts="web=1", settings=Settings())
    assert application.release is None
    assert application.everything == application.processes


@pytest.mark.parametrize(
    ("settings", "ports"),
    [
        (Settings(), {"web": [5000, 5001], "worker": [5100], "clock-1": [5200], "release": [5300]}),
        (Settings(port=80), {"web": [80, 81], "worker": [180], "clock-1": [280], "release": [380]}),
        (
            Settings(port_step=1),
            {"web": [5000, 5004], "worker": [5001], "clock-1": [5002], "release": [5003]},
        ),
        (
            Settings(port_step=0),
            {"web": [5000, 5001], "worker": [5000], "clock-1": [5000], "release": [5000]},
        ),
        (Settings(no_port=True), {"web": [None] * 2, "worker": [None], "clock-1": [None], "release": [None]}),
    ],
)
def test_the_ports_are_those_of_start(settings: Settings, ports: dict[str, list[int | None]]) -> None:
    found = {
        one.name: [one.port(index) for index in range(1, one.count + 1)]
        for one in shop(settings=settings).everything
    }
    assert found == ports


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        (Settings(), 100),
        (Settings(port_step=2), 2),
        (Settings(port_step=1), 2),  # the second one is behind the other types
        (Settings(port=65_000, port_step=0), 536),
        (Settings(port=65_500, port_step=10), 10),
        (Settings(port=65_534, port_step=2, exclude=("worker", "clock-1", "release")), 2),
        (Settings(no_port=True), 0),
    ],
)
def test_there_is_room_for_more_than_there_are(settings: Settings, most: int) -> None:
    web = shop(settings=settings).processes[0]
    assert web.most == most
    assert web.port(most + 1) is None


def test_a_port_past_the_last_one_is_refused() -> None:
    with pytest.raises(UsageError, match="would get port"):
        shop(settings=Settings(port=65_535))


@pytest.mark.parametrize(
    ("name", "command", "settings", "uses_port"),
    [
        ("web", "x", Settings(), True),
        ("api", "x --bind :$PORT", Settings(), True),
        ("worker", "x", Settings(), False),
        ("web", "x", Settings(no_port=True), False),
        ("api", "x $PORT", Settings(no_port=True), False),
    ],
)
def test_who_uses_its_port(name: str, command: str, settings: Settings, uses_port: bool) -> None:
    application = shop(f"{name}: {command}\n", counts=f"{name}=1", settings=settings)
    assert application.processes[0].uses_port is uses_port


def test_the_policies_are_those_of_the_settings_and_a_release_is_never_restarted() -> None:
    settings = Settings(timeout="5,worker=0.5", restart="always")
    application = shop(settings=settings)
    web, worker, _ = application.processes
    assert (web.policy.grace, worker.policy.grace) == (5.0, 0.5)
    assert web.policy.restart == "always"
    assert application.release is not None
    assert application.release.policy == Policy("never", None, "failure", grace=5.0)


@pytest.mark.parametrize(
    ("timeout", "seconds"), [("5", 5), ("0", 0), ("0.2", 1), ("1.5", 2), ("1e9", 10**9), ("1e300", 10**9)]
)
def test_the_grace_in_whole_seconds(timeout: str, seconds: int) -> None:
    assert [one.whole_grace for one in shop(settings=Settings(timeout=timeout)).everything] == [seconds] * 4


@pytest.mark.parametrize(("settings", "kept"), [(Settings(), {}), (Settings(no_port=True), {"PORT": "7000"})])
def test_what_every_process_has_of_its_own_is_not_in_the_environment(
    settings: Settings, kept: dict[str, str]
) -> None:
    environment = {**ENVIRONMENT, "PORT": "7000", "PS": "x.1"}
    assert shop(environment=environment, settings=settings).environment == {**ENVIRONMENT, **kept}


def test_the_port_of_the_env_files_is_the_first_one() -> None:
    assert shop(environment={**ENVIRONMENT, "PORT": "7000"}).processes[0].port(1) == 7000


def test_a_host_gives_a_path_unless_the_files_have_one() -> None:
    assert host_environment(shop(), TARGET) == {"PATH": TARGET.path, **ENVIRONMENT}
    own = shop(environment={"PATH": "/opt/bin"})
    assert host_environment(own, TARGET) == {"PATH": "/opt/bin"}


@pytest.mark.parametrize("name", ["shop", "Shop-2", "a", "9", "my_shop.v2"])
def test_a_name_is_made_of_letters_that_every_engine_takes(name: str) -> None:
    assert shop(SHOP, name=name).name == name


@pytest.mark.parametrize("name", ["", "-x", ".x", "_x", "a b", "a/b", "..", "é", "a\n", "a%", "a@b"])
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"--app: .* is not a name"):
        shop(SHOP, name=name)
