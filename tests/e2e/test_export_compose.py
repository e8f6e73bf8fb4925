"""``export compose``, read by Docker Compose. What runs is tested with an engine: tests/engines."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from applications import NASTY, NASTY_ARGUMENTS, env_file
from conftest import Project
from engines.debian import CACHE

_SHELL = "read -r PS </etc/hostname; PS=web.$PS; export PS; exec"


def _works(command: Sequence[str]) -> bool:
    """Whether it is there, and of version 2 or later: version 1 has another program's syntax."""
    if shutil.which(command[0]) is None:
        return False
    done = subprocess.run([*command, "version", "--short"], capture_output=True, text=True, check=False)
    return done.returncode == 0 and not done.stdout.lstrip("v").startswith("1.")


@pytest.fixture(scope="module")
def compose() -> list[str]:
    """The command that is ``docker compose`` here."""
    there = (["docker", "compose"], ["docker-compose"], [str(CACHE / "docker-compose" / "docker-compose")])
    found = next((command for command in there if _works(command)), None)
    if found is None:
        pytest.skip("no docker compose; tests/engines/docker_compose.sh fetches one")
    return found


def export(project: Project, values: Mapping[str, str], *arguments: str) -> list[str]:
    """Export with these values in .env; gives the commands that bring it up."""
    (project.folder / ".env").write_text(env_file(values), newline="")
    run = project.run("export", "compose", *arguments)
    assert run.wait() == 0, run.err
    return re.findall("^next: (.*)$", run.text, re.MULTILINE)


def read(compose: Sequence[str], folder: Path, *words: str) -> Any:
    """What compose reads in the file of a folder. In what it prints, each ``$`` is doubled again."""
    done = subprocess.run(
        [*compose, "-f", "compose.yaml", *words, "config", "--format", "json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    assert not done.stderr  # it warns of variables that are not set
    return json.loads(done.stdout)


def as_printed(values: Mapping[str, str]) -> dict[str, str]:
    return {key: value.replace("$", "$$") for key, value in values.items()}


def test_compose_reads_what_start_runs(project: Project, compose: list[str]) -> None:
    project.write(
        "Procfile", f"web: gunicorn {NASTY_ARGUMENTS}\nbot: cd bots && run\nrelease: python migrate.py\n"
    )
    export(project, NASTY, "deploy", "web=3", "bot=1", "--app", "Shop", "--timeout", "bot=60,web=0")
    config = read(compose, project.folder / "deploy")
    assert config["name"] == "shop"
    web, bot, release = (config["services"][name] for name in ("web", "bot", "release"))

    expected = {**NASTY, "PYTHONUNBUFFERED": "1", "PORT": "5000"}
    assert web["environment"] == as_printed(expected)
    assert web["command"] == ["/bin/sh", "-c", f"{_SHELL} gunicorn {NASTY_ARGUMENTS}".replace("$", "$$")]
    assert [(port["published"], port["target"]) for port in web["ports"]] == [("5000-5002", 5000)]
    assert (web["scale"], web["stop_grace_period"], bot["stop_grace_period"]) == (3, "0s", "1m0s")
    assert web["depends_on"]["release"]["condition"] == "service_completed_successfully"
    assert release["environment"] == as_printed({**expected, "PORT": "5200"})
    assert bot["init"] is True


def test_compose_reads_every_character(project: Project, compose: list[str]) -> None:
    """Alone, and before and behind each that means something to it."""
    characters = [chr(number) for number in (*range(1, 0x100), 0x2028, 0x2029, 0xFEFF, 0xFFFD, 0x1F389)]
    texts = [
        f"{before}{one}{after}" for one in characters for before in ("", *'\\"$') for after in ("", *'\\"${')
    ]
    values = {f"K{number}": text for number, text in enumerate(texts)}
    project.write("Procfile", "web: serve\n")
    export(project, values, "deploy", "--no-port")
    config = read(compose, project.folder / "deploy")
    read_as = config["services"]["web"]["environment"]
    assert read_as == as_printed({**values, "PYTHONUNBUFFERED": "1"})


def test_compose_comes_up_beside_an_env_file_that_it_cannot_read(
    project: Project, compose: list[str]
) -> None:
    project.write("Procfile", "web: serve\n")
    (step,) = export(project, {"A": "it's"}, ".", "--image", "shop")
    project.write(".env", "A='it'\"'\"'s'\n")
    words = shlex.split(step)
    assert words[:4] == ["docker", "compose", "--env-file", "/dev/null"]
    config = read(compose, project.folder, *words[2:4])
    assert config["services"]["web"]["environment"]["A"] == "it's"
