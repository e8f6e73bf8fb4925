"""``export runit``: the folders of the services and the launchers, byte for byte."""

import subprocess
from signal import SIGINT
from typing import Any

import pytest

import golden
from applications import NASTY, SHELLS, TARGET, shop, templates, web_alone
from pyforeman.export import runit
from pyforeman.export.application import Application, Target
from pyforeman.export.file import File
from pyforeman.plan.settings import Settings

TEMPLATES = templates("runit")


def exported(application: Application, target: Target = TARGET) -> dict[str, File]:
    return {file.path: file for file in runit.files(application, target, TEMPLATES)}


def service(**policy: Any) -> dict[str, File]:
    """The files of web.1, below its folder."""
    made = exported(web_alone(**policy))
    return {path.removeprefix("shop-web-1/"): file for path, file in made.items() if "shop-web-1/" in path}


def test_services() -> None:
    golden.assert_golden("runit", runit.files(shop(), TARGET, TEMPLATES))


def test_services_of_an_account_with_log_folders() -> None:
    target = TARGET._replace(folder="/etc/the shop", user="deploy", log="/var/log/the shop/")
    settings = Settings(timeout="0.25,worker=60", restart="always,worker=never")
    application = shop(environment=NASTY, root="/srv/it's a shop", settings=settings)
    golden.assert_golden("runit-account", runit.files(application, target, TEMPLATES))


@pytest.mark.parametrize(
    ("policy", "paths"),
    [
        ({}, {"run", "log/run", "finish", "control/t"}),
        ({"restart": "never"}, {"run", "log/run", "finish", "control/t"}),
        ({"restart": "always"}, {"run", "log/run"}),
        ({"restart": "always", "stop_signal": SIGINT}, {"run", "log/run", "control/t"}),
    ],
)
def test_a_folder_has_what_runit_does_not_do_by_itself(policy: dict[str, Any], paths: set[str]) -> None:
    made = service(**policy)
    assert set(made) == paths
    assert {file.mode for file in made.values()} == {0o755}
    assert list(made)[-1] == "run"


@pytest.mark.parametrize(("number", "name"), [(SIGINT, "INT"), (40, "40")])
def test_another_signal_than_term(number: int, name: str) -> None:
    assert f"kill -{name} " in service(stop_signal=number)["control/t"].text


@pytest.mark.parametrize("folder", ["/etc/shop", "/a b", "/it's", "/100% $HOME;(a) #b"])
def test_every_script_is_one_for_every_shell(folder: str) -> None:
    target = TARGET._replace(folder=folder, log=folder)
    for file in exported(shop(), target).values():
        for shell in SHELLS:
            subprocess.run([*shell, "-n"], input=file.text.encode(), check=True, timeout=30)


AGAIN = "sv -w 5 force-restart /etc/service/shop-web-1 /etc/service/shop-web-2"


@pytest.mark.parametrize(
    ("target", "steps"),
    [
        (
            TARGET._replace(folder="/a b"),
            [
                "ln -sf '/a b/shop-web-1' '/a b/shop-web-2' /etc/service/",
                'for s in /etc/service/shop-*; do [ -e "$s/run" ] || rm -f "$s"; done  # what is no more',
                AGAIN,
            ],
        ),
        (
            TARGET._replace(folder="/etc/service"),
            [AGAIN],
        ),
    ],
)
def test_next_steps(target: Target, steps: list[str]) -> None:
    application = shop("web: gunicorn app", counts="web=2", settings=Settings())
    assert list(runit.next_steps(application, target, again=True)) == steps
    assert list(runit.next_steps(application, target, again=False)) == steps[:-2]
    assert runit.default_folder(target) == "/etc/sv"


def test_next_steps_wait_for_the_most_patient_one_and_begin_with_the_release() -> None:
    *_, last = runit.next_steps(shop(), TARGET, again=True)
    assert last.startswith("sv -w 68 force-restart /etc/service/shop-release-1 /etc/service/shop-web-1 ")
