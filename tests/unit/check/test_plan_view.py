"""``check --plan``: what is shown of a plan, and which layer each variable came from."""

import json
from typing import Any

import pytest

from pyforeman.check.plan_view import plan_json, plan_text
from pyforeman.errors import UsageError
from pyforeman.plan.environment import origins, parse, resolve
from pyforeman.plan.plan import Plan, make_plan
from pyforeman.plan.procfile import parse as parse_procfile
from pyforeman.plan.settings import Settings

SHOP = """\
web: gunicorn app:app --bind 127.0.0.1:$PORT
worker: python worker.py
release: python manage.py migrate
"""
ROOT = "/srv/shop"


def planned(
    procfile: str = "web: a\n",
    env: str = "",
    *,
    real: dict[str, str] | None = None,
    override: bool = False,
    **settings: Any,
) -> tuple[Plan, dict[str, str]]:
    """A plan, and the layers of its variables."""
    assignments = parse(env.encode(), ".env")
    environment = resolve(real or {}, assignments, override=override)
    plan = make_plan(parse_procfile(procfile.encode(), "Procfile"), environment, Settings(**settings))
    return plan, origins(real or {}, assignments, override=override)


def text(*arguments: Any, **options: Any) -> list[str]:
    plan, layers = planned(*arguments, **options)
    shown = plan_text(plan, layers, ROOT)
    assert shown.endswith("\n")
    return shown.splitlines()


def objects(*arguments: Any, **options: Any) -> list[dict[str, Any]]:
    plan, layers = planned(*arguments, **options)
    found: list[dict[str, Any]] = json.loads(plan_json(plan, layers, ROOT))
    return found


def variables(*arguments: Any, **options: Any) -> dict[str, tuple[str, str]]:
    """Those of the first process: value and layer."""
    shown = objects(*arguments, **options)[0]["environment"]
    return {key: (variable["value"], variable["from"]) for key, variable in shown.items()}


GOLDEN = """\
web.1 on port 5000 in /srv/shop
  gunicorn app:app --bind 127.0.0.1:$PORT
  pyforeman  PORT=5000
  pyforeman  PS=web.1

web.2 on port 5001 in /srv/shop
  gunicorn app:app --bind 127.0.0.1:$PORT
  pyforeman  PORT=5001
  pyforeman  PS=web.2

worker.1 on port 5100 in /srv/shop
  python worker.py
  pyforeman  PORT=5100
  pyforeman  PS=worker.1

release.1, before the others, on port 5200 in /srv/shop
  python manage.py migrate
  pyforeman  PORT=5200
  pyforeman  PS=release.1

every process
  .env:1                     DATABASE_URL=postgres://shop:****@db/shop
  .env:2                     SECRET_KEY=****
  environment (over .env:3)  LOG_LEVEL=debug
  pyforeman                  PYFOREMAN_PROCESS_RELEASE_PORT=5200
  pyforeman                  PYFOREMAN_PROCESS_WEB_PORT=5000
  pyforeman                  PYFOREMAN_PROCESS_WORKER_PORT=5100
  pyforeman                  PYTHONUNBUFFERED=1
  environment                HOME=/home/pear
  environment                PATH=/usr/bin:/bin
"""


def test_all_of_it() -> None:
    plan, layers = planned(
        SHOP,
        "DATABASE_URL=postgres://shop:cherry-77@db/shop\nSECRET_KEY=s3cr3t-and-long\nLOG_LEVEL=info\n",
        real={"PATH": "/usr/bin:/bin", "HOME": "/home/pear", "LOG_LEVEL": "debug"},
        formation=("web=2", "worker"),
        release=True,
    )
    assert plan_text(plan, layers, ROOT) == GOLDEN


@pytest.mark.parametrize(
    ("env", "options", "key", "expected"),
    [
        pytest.param("A=1\n", {}, "A", ("1", ".env:1"), id="a file"),
        pytest.param("", {"real": {"A": "1"}}, "A", ("1", "environment"), id="the real one"),
        pytest.param(
            "A=1\n", {"real": {"A": "0"}}, "A", ("0", "environment (over .env:1)"), id="it wins over a file"
        ),
        pytest.param("A=1\n", {"real": {"A": "0"}, "override": True}, "A", ("1", ".env:1"), id="or not"),
        pytest.param("", {}, "PS", ("web.1", "pyforeman"), id="PS"),
        pytest.param("PS=x\n", {"real": {"PS": "y"}}, "PS", ("web.1", "pyforeman"), id="PS is always ours"),
        pytest.param("", {}, "PORT", ("5000", "pyforeman"), id="PORT"),
        pytest.param("PORT=6000\n", {}, "PORT", ("6000", "pyforeman"), id="PORT on top of a base"),
        pytest.param(
            "PORT=6000\n", {"no_port": True}, "PORT", ("6000", ".env:1"), id="PORT that is left as it is"
        ),
        pytest.param("", {}, "PYFOREMAN_PROCESS_WEB_PORT", ("5000", "pyforeman"), id="the ports of others"),
        pytest.param(
            "PYFOREMAN_PROCESS_WEB_PORT=x\n",
            {},
            "PYFOREMAN_PROCESS_WEB_PORT",
            ("5000", "pyforeman"),
            id="they are ours",
        ),
        pytest.param(
            "PYFOREMAN_PROCESS_DB_PORT=1\n",
            {},
            "PYFOREMAN_PROCESS_DB_PORT",
            ("1", ".env:1"),
            id="or nobody's",
        ),
        pytest.param("", {}, "PYTHONUNBUFFERED", ("1", "pyforeman"), id="PYTHONUNBUFFERED"),
        pytest.param("PYTHONUNBUFFERED=\n", {}, "PYTHONUNBUFFERED", ("", ".env:1"), id="unless it is set"),
    ],
)
def test_the_layer_of_a_variable(
    env: str, options: dict[str, Any], key: str, expected: tuple[str, str]
) -> None:
    assert variables(env=env, **options)[key] == expected


def test_without_ports_nothing_is_said_of_them() -> None:
    assert text(no_port=True) == [
        "web.1 in /srv/shop",
        "  a",
        "  pyforeman  PS=web.1",
        "",
        "every process",
        "  pyforeman  PYTHONUNBUFFERED=1",
    ]
    assert objects(no_port=True)[0]["port"] is None


def test_the_variables_of_the_project_stand_before_those_of_the_shell() -> None:
    shown = variables(env="Z=1\nB=2\n", real={"A": "0", "B": "0"}, no_port=True)
    assert list(shown) == ["Z", "B", "PS", "PYTHONUNBUFFERED", "A"]


def test_what_is_the_same_for_all_is_there_once() -> None:
    lines = text("web: a\nworker: b\n", "A=1\n", real={"HOME": "/"}, formation=("all=20",))
    assert sum(line.endswith((" A=1", " HOME=/", "PYTHONUNBUFFERED=1")) for line in lines) == 3
    assert sum("  PORT=" in line for line in lines) == 40


@pytest.mark.parametrize(
    ("env", "shown"),
    [
        pytest.param('A="one\ntwo"\n', "A=one\\ntwo", id="of several lines"),
        pytest.param('A="\x1b[2J"\n', "A=\\x1b[2J", id="an escape sequence"),
        pytest.param("A=grün\n", "A=grün", id="not ASCII"),
        pytest.param("API_TOKEN=abcdef\n", "API_TOKEN=****", id="a secret"),
    ],
)
def test_a_value_is_one_harmless_line(env: str, shown: str) -> None:
    assert f"  .env:1     {shown}" in text(env=env)


def test_an_environment_that_is_no_text_is_shown_too() -> None:
    assert "  environment  A=\\udcff" in text(real={"A": "\udcff"})
    assert variables(real={"A": "\udcff"})["A"] == ("\udcff", "environment")


def test_a_secret_in_a_command_is_masked() -> None:
    command = "python worker.py --password=Xq3rt88zz9kk1"
    assert "  python worker.py --password=****" in text(f"web: {command}\n")
    assert objects(f"web: {command}\n")[0]["command"] == "python worker.py --password=****"


def test_a_secret_in_another_value_is_masked() -> None:
    env = "DB_PASSWORD=q8v2m5x0\nOPTIONS=-p ${DB_PASSWORD} -v\n"
    assert not any("q8v2m5x0" in line for line in text(env=env))
    assert variables(env=env)["OPTIONS"] == ("-p **** -v", ".env:2")
    env = "DB_PASSWORD=postgres\nDB_USER=postgres\nREDIS_PASSWORD=6379\nREDIS_PORT=6379\n"
    shown = variables(env=env)
    assert (shown["DB_USER"][0], shown["REDIS_PORT"][0]) == ("postgres", "6379")


def test_an_object_has_all_of_its_process() -> None:
    (release,) = objects("release: a\n", env="K=1\n", release=True, no_port=True)
    assert release == {
        "process": "release.1",
        "type": "release",
        "release": True,
        "port": None,
        "folder": ROOT,
        "command": "a",
        "environment": {
            "K": {"value": "1", "from": ".env:1"},
            "PS": {"value": "release.1", "from": "pyforeman"},
            "PYTHONUNBUFFERED": {"value": "1", "from": "pyforeman"},
        },
    }


def test_the_objects_are_the_processes_that_start_would_start() -> None:
    shown = objects(SHOP, formation=("web=2", "worker=0"), port=8000)
    assert [(one["process"], one["port"], one["release"]) for one in shown] == [
        ("web.1", 8000, False),
        ("web.2", 8001, False),
    ]


@pytest.mark.parametrize("view", [plan_text, plan_json])
def test_what_start_refuses_has_no_plan(view: Any) -> None:
    plan, layers = planned("release: a\n")
    with pytest.raises(UsageError, match="nothing to start"):
        view(plan, layers, ROOT)
