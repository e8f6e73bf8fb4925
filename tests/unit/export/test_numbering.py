"""How an instance learns its port from its number: in words of a shell, so a shell is asked."""

import subprocess

import pytest

from applications import shop
from pyforeman.export.application import Process
from pyforeman.export.numbering import NOT_AN_INSTANCE, number_check, numbered
from pyforeman.plan.settings import Settings


def process(name: str, counts: str, settings: Settings) -> Process:
    application = shop(counts=counts, settings=settings)
    return next(one for one in application.everything if one.name == name)


def ask(shell_code: str, number: str) -> tuple[int, str, str]:
    done = subprocess.run(
        ["/bin/sh", "-c", f'{shell_code}\necho "${{PORT-unset}} ${{PS-unset}}"', "sh", number],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={"PATH": "/usr/bin:/bin"},
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip()


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        (process("web", "web=1", Settings()), "PORT=$((4999 + $1)) PS=web.$1; export PORT PS"),
        (process("worker", "worker=1", Settings()), "PORT=$((5099 + $1)) PS=worker.$1; export PORT PS"),
        (process("web", "web=1", Settings(no_port=True)), "PS=web.$1; export PS"),
        (
            process("web", "web=5", Settings(port_step=2)),
            "PORT=$(($1 <= 2 ? 4999 + $1 : $1 <= 4 ? 5005 + $1 : 5005 + $1)) PS=web.$1; export PORT PS",
        ),
    ],
    ids=["the first type", "the second one", "no port", "blocks"],
)
def test_what_sets_them(process: Process, expected: str) -> None:
    assert numbered(process) == expected


@pytest.mark.parametrize(
    "settings", [Settings(), Settings(port_step=2), Settings(port=1), Settings(port_step=0)]
)
@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_shell_finds_the_ports_of_the_plan(name: str, settings: Settings) -> None:
    found = process(name, "web=5 worker=3", settings)
    for index in range(1, found.count + 1):
        code = f"{number_check(found)}\n{numbered(found)}"
        assert ask(code, str(index)) == (0, f"{found.port(index)} {name}.{index}", "")


@pytest.mark.parametrize(
    "number",
    ["", "0", "01", "-1", "+1", "1 ", "1x", "x", "101", "99999999999999999999", "1;id", "$(id)", "*"],
)
def test_a_number_that_has_no_port_is_refused(number: str) -> None:
    code, out, err = ask(number_check(process("web", "web=2", Settings())), number)
    assert (code, out) == (NOT_AN_INSTANCE, "")
    assert err.splitlines()[-1] == f"web.{number}: ports are for 1 to 100"


@pytest.mark.parametrize("number", ["1", "2", "99", "100"])
def test_every_number_that_has_a_port_is_taken(number: str) -> None:
    assert ask(number_check(process("web", "web=2", Settings())), number)[0] == 0


def test_without_ports_there_is_nothing_to_check() -> None:
    assert number_check(process("web", "web=1", Settings(no_port=True))) == ""
