"""``pyforeman export systemd``: systemd finds no fault with the units, and what it would run is what
``start`` runs. That it does run so is for tests/engines/test_systemd.py."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from applications import NASTY, NASTY_ARGUMENTS, SHOP, env_file, nasty_argv
from conftest import Project
from harness import CHILDREN, PATIENCE, eventually
from systemd_reader import read_command, read_values

UNITS = "export/systemd"


def export(project: Project, procfile: str, *arguments: str) -> list[str]:
    """The names of the units of an export, an instance for each template."""
    project.write("Procfile", procfile)
    run = project.run("export", "systemd", "-a", "shop", *arguments)
    assert run.wait() == 0, run.err
    units = sorted(path.name for path in (project.folder / UNITS).glob("shop*.[st]*"))
    return [unit.replace("@.", "@1.") for unit in units]


def faults(project: Project, units: list[str], *options: str) -> str:
    """What systemd says about units: a line for each fault, and for what it ignores."""
    command = ["systemd-analyze", *options, "verify", "--recursive-errors=no", "--man=no", *units]
    done = subprocess.run(
        command,
        cwd=project.folder / UNITS,
        env={**os.environ, "XDG_RUNTIME_DIR": str(project.folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.stdout or ("" if done.returncode == 0 else f"exit code {done.returncode}")


analyzed = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed (apt: systemd)"
)
NASTY_SHOP = (
    f"web: {sys.executable} {NASTY_ARGUMENTS}\n"
    f"worker: cd / && {sys.executable} {NASTY_ARGUMENTS} | cat\n"
    "tab: echo a\tb 'c\fd' \\\\ \\\" ' ; ' # comment\\\n"
)


@analyzed
@pytest.mark.parametrize("procfile", [SHOP, NASTY_SHOP], ids=["shop", "nasty"])
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--user", "root", "--log", "/var/log/100% h", "--timeout", "0.5", "--restart", "never"),
        ("--user", "--timeout", "0", "--restart", "always", "--no-port"),
    ],
    ids=["system", "account", "user"],
)
def test_systemd_finds_no_fault(project: Project, procfile: str, options: tuple[str, ...]) -> None:
    project.write(".env", env_file(NASTY))
    units = export(project, procfile, *options, "all=2")
    is_user = "--user" in options and "root" not in options
    assert faults(project, units, *(["--user"] if is_user else [])) == ""


@analyzed
def test_systemd_would_find_one(project: Project, tmp_path: Path) -> None:
    units = export(project, "web: sleep 1\n")
    unit = project.folder / UNITS / "shop-web@.service"
    unit.write_text(unit.read_text().replace("KillMode=mixed", "KillMode=gentle"))
    assert "gentle" in faults(project, units)


@pytest.mark.parametrize("instance", ["1", "3"])
@pytest.mark.parametrize("command", ["{} {}", "true && {} {}"], ids=["simple", "compound"])
def test_the_command_line_of_a_unit_starts_the_program(
    project: Project, tmp_path: Path, command: str, instance: str
) -> None:
    project.write(".env", env_file(NASTY))
    arrived = tmp_path / "arrived"
    arrived.mkdir()
    program = f"{sys.executable} {CHILDREN / 'arrival.py'} {arrived}"
    export(project, f"web: {command.format(program, NASTY_ARGUMENTS)}\n")
    unit = (project.folder / UNITS / "shop-web@.service").read_text()
    environment = read_values((project.folder / UNITS / "shop.env").read_bytes().decode())
    subprocess.run(read_command(unit, "ExecCondition", instance), env=environment, check=True)
    process = subprocess.Popen(read_command(unit, "ExecStart", instance), env=environment, process_group=0)
    try:
        file = arrived / f"web.{instance}.json"
        eventually(file.exists, "it has arrived")
        found = json.loads(file.read_text())
        assert found["arguments"] == nasty_argv(4999 + int(instance))
        assert {key: found["environment"].get(key) for key in NASTY} == NASTY
        assert found["environment"]["PORT"] == str(4999 + int(instance))
        assert (found["pid"] == process.pid) == (command == "{} {}")
    finally:
        os.killpg(process.pid, 15)
        process.wait(timeout=PATIENCE)


@pytest.mark.parametrize("instance", ["0", "01", "101", "1x", "x", "-1", "", "9" * 30])
def test_a_number_without_a_port_is_refused(project: Project, instance: str) -> None:
    export(project, "web: sleep 1\n")
    unit = (project.folder / UNITS / "shop-web@.service").read_text()
    done = subprocess.run(
        read_command(unit, "ExecCondition", instance), stderr=subprocess.PIPE, text=True, check=False
    )
    # 1 to 254: the unit is skipped, and has not failed.
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        78,
        f"web.{instance}: ports are for 1 to 100",
    )
