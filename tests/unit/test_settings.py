"""From what was typed to the instances that run."""

import pytest

from pyforeman.errors import UsageError
from pyforeman.plan.plan import instances
from pyforeman.plan.procfile import parse
from pyforeman.plan.settings import Settings

PROCFILE = parse(b"worker: work\nrelease: migrate\nweb: serve\n", "Procfile")


def ports(settings: Settings, environment: dict[str, str] | None = None) -> dict[str, int | None]:
    return {found.name: found.port for found in instances(PROCFILE, environment or {}, settings)}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param(Settings(), {"worker.1": 5100, "web.1": 5000}, id="all but release"),
        pytest.param(Settings(formation=("web=2",)), {"web.1": 5000, "web.2": 5001}, id="just those"),
        pytest.param(Settings(formation=("web=0",)), {"worker.1": 5100}, id="the others"),
        pytest.param(
            Settings(formation=("all=2",), exclude=("web",)),
            {"worker.1": 5100, "worker.2": 5101},
            id="exclude",
        ),
        pytest.param(
            Settings(formation=("web", "worker"), exclude=("web",)), {"worker.1": 5100}, id="exclude a named"
        ),
        pytest.param(
            Settings(release=True), {"worker.1": 5100, "release.1": 5200, "web.1": 5000}, id="with release"
        ),
        pytest.param(
            Settings(release=True, formation=("web",)),
            {"release.1": 5200, "web.1": 5000},
            id="release and web",
        ),
        pytest.param(Settings(formation=("release",)), {"release.1": 5200}, id="release alone"),
        pytest.param(Settings(port=80), {"worker.1": 180, "web.1": 80}, id="port"),
        pytest.param(Settings(port_step=10), {"worker.1": 5010, "web.1": 5000}, id="port step"),
        pytest.param(Settings(port_step=0), {"worker.1": 5000, "web.1": 5000}, id="the base for all"),
        pytest.param(Settings(no_port=True), {"worker.1": None, "web.1": None}, id="no port"),
        pytest.param(Settings(port=65535, formation=("web",)), {"web.1": 65535}, id="the last port"),
    ],
)
def test_these_run_with_these_ports(settings: Settings, expected: dict[str, int | None]) -> None:
    assert ports(settings) == expected


def test_the_base_is_port_in_the_environment() -> None:
    assert ports(Settings(formation=("web",)), {"PORT": "1234"}) == {"web.1": 1234}
    assert ports(Settings(formation=("worker",)), {"PORT": "1234"}) == {"worker.1": 1334}


def test_without_ports_an_unreadable_port_does_not_matter() -> None:
    (found,) = instances(PROCFILE, {"PORT": "abc"}, Settings(formation=("web",), no_port=True))
    assert found.environment["PORT"] == "abc"


def test_blocks_beyond_the_step_are_in_the_order_asked() -> None:
    found = ports(Settings(formation=("worker=101", "web=101")))
    assert (found["worker.101"], found["web.101"]) == (5300, 5400)
    found = ports(Settings(formation=("web=101", "worker=101")))
    assert (found["worker.101"], found["web.101"]) == (5400, 5300)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(formation=("all=0",)),
        Settings(formation=("web=0", "worker=0")),
        Settings(formation=("web",), exclude=("web",)),
        Settings(exclude=("web", "worker")),
    ],
    ids=str,
)
def test_nothing_to_run_is_an_error_that_lists_the_names(settings: Settings) -> None:
    with pytest.raises(UsageError, match=r"nothing to start.*worker, release, web"):
        ports(settings)


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        (Settings(formation=("clock",)), "'clock' worker web"),
        (Settings(exclude=("clock",)), "--exclude 'clock' worker web"),
        (Settings(timeout="clock=5"), "--timeout 'clock' worker web"),
        (Settings(timeout="soon"), "--timeout 'soon' seconds"),
        (Settings(restart="sometimes"), "--restart 'sometimes' on-failure always never"),
        (Settings(restart="web=sometimes"), "--restart 'sometimes' on-failure always never"),
        (Settings(max_restarts="-1"), "--max-restarts '-1' whole number"),
        (Settings(stop_on="end"), "--stop-on 'end' never failure exit"),
        (Settings(port=65536), "worker.1 65636 --port"),
        (Settings(port=65500, formation=("web=37",)), "web.37 65536"),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_where(settings: Settings, parts: str) -> None:
    with pytest.raises(UsageError) as caught:
        ports(settings)
    for part in parts.split():
        assert part in str(caught.value)


def test_release_is_an_error_where_there_is_none() -> None:
    with pytest.raises(UsageError, match="'release'"):
        instances(parse(b"web: serve", "Procfile"), {}, Settings(release=True))


def test_each_type_has_its_policy() -> None:
    settings = Settings(timeout="5,worker=60", restart="web=always", max_restarts="3", stop_on="worker=exit")
    by_type = {found.type: found.policy for found in instances(PROCFILE, {}, settings)}
    web, worker = by_type["web"], by_type["worker"]
    assert (web.grace, web.restart, web.max_restarts, web.stop_on) == (5, "always", 3, "never")
    assert (worker.grace, worker.restart, worker.max_restarts, worker.stop_on) == (
        60,
        "on-failure",
        3,
        "exit",
    )


@pytest.mark.parametrize("restart", [None, "always", "release=always"])
@pytest.mark.parametrize("formation", [(), ("release",)], ids=["--release", "by name"])
def test_release_is_never_restarted_and_its_failure_ends_all(
    restart: str | None, formation: tuple[str, ...]
) -> None:
    settings = Settings(
        formation=formation, release=not formation, restart=restart, stop_on="never", max_restarts="9"
    )
    by_type = {found.type: found.policy for found in instances(PROCFILE, {}, settings)}
    assert by_type["release"].restart == "never"
    assert by_type["release"].stop_on == "failure"


def test_release_has_its_own_grace() -> None:
    (found,) = instances(PROCFILE, {}, Settings(formation=("release",), timeout="5,release=90"))
    assert found.policy.grace == 90
