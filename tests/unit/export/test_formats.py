"""The formats: each module is one, and uses what it has."""

from pathlib import Path

import pytest

import pyforeman.export
from applications import TARGET, shop, templates
from pyforeman.errors import UsageError
from pyforeman.export import compose, haproxy, kubernetes, nginx, runit, supervisord, systemd
from pyforeman.export.application import Target
from pyforeman.export.formats import FORMATS, NOT_MADE, Format, find

MODULES: dict[str, Format] = {  # mypy compares each with the Protocol
    "systemd": systemd,
    "compose": compose,
    "kubernetes": kubernetes,
    "supervisord": supervisord,
    "runit": runit,
    "nginx": nginx,
    "haproxy": haproxy,
}
FOLDER = Path(pyforeman.export.__file__).parent / "templates"


def test_a_format_is_found_by_its_name() -> None:
    assert {name: find(name) for name in FORMATS} == MODULES


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("swarm", "no format 'swarm'; there are systemd, "),
        *((name, f"{name}: not made: ") for name in NOT_MADE),
    ],
)
def test_what_is_none(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}"):
        find(name)


@pytest.mark.parametrize("name", FORMATS)
def test_every_option_is_one_of_a_target(name: str) -> None:
    assert {*Target._fields} - {"folder", "path"} >= find(name).OPTIONS


@pytest.mark.parametrize("name", FORMATS)
def test_every_template_is_there_and_no_other(name: str) -> None:
    own = {template for template in find(name).TEMPLATES if "/" not in template}
    assert own == {path.name for path in (FOLDER / name).iterdir()}


@pytest.mark.parametrize("name", FORMATS)
def test_every_file_says_what_made_it_and_that_it_will_be_overwritten(name: str) -> None:
    ours = f"Made by pyforeman export {name}; a new export overwrites this file."
    for file in find(name).files(shop(), TARGET, templates(name)):
        assert ours in "".join(file.text.splitlines()[:2]) or file.path.endswith("release.lock")
