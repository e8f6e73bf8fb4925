"""The GitHub action: its form, and what its steps do with the inputs that GitHub gives them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness import clean_environment
from reader import ROOT
from wheels import offline, pack_needed

yaml: Any = pytest.importorskip("yaml", reason="no PyYAML here; it comes with pre-commit")

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
INPUTS = {name: definition["default"] for name, definition in ACTION["inputs"].items()}
STEPS = {step.get("name", step.get("id")): step for step in ACTION["runs"]["steps"]}
INSTALL, CHECK = "Install pyforeman", "Check the Procfile"
EXPRESSION = re.compile(
    r"\$\{\{ (?:inputs\.([\w-]+)|steps\.python\.outputs\.python-path \|\| 'python3') \}\}"
)


def run(
    step: str, folder: Path, *, environment: dict[str, str], python: str = sys.executable, **inputs: str
) -> tuple[int, str]:
    """Run the script of a step as GitHub's runner does; gives its exit code and what it printed."""
    given = {**INPUTS, **inputs}
    variables = {}
    for key, text in STEPS[step]["env"].items():
        expression = EXPRESSION.fullmatch(text)
        assert expression, f"{key}: {text}"
        variables[key] = given[expression[1]] if expression[1] else python
    script = folder.parent / f"{len(list(folder.parent.iterdir()))}.sh"
    script.write_text(STEPS[step]["run"])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
        cwd=folder,
        env={**clean_environment(), **environment, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Procfile").write_text("web: echo web\n")
    return folder


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """The variables of a runner on which the step before has installed a pyforeman that repeats its words."""
    programs = tmp_path / "temp" / "pyforeman" / "bin"
    programs.mkdir(parents=True)
    (programs / "pyforeman").write_text("#!/bin/sh\nprintf '<%s>' \"$@\"\n")
    (programs / "pyforeman").chmod(0o755)
    return {"RUNNER_TEMP": str(tmp_path / "temp")}


def test_it_is_a_composite_action_whose_scripts_have_no_expression_in_them() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert {INSTALL, CHECK} < STEPS.keys()
    for step in STEPS.values():
        assert "uses" in step or step["shell"] == "bash"
        assert "${{" not in step.get("run", ""), "an input would become a part of the script"


def test_every_input_is_described_and_used() -> None:
    assert all(definition["description"] for definition in ACTION["inputs"].values())
    used = set(re.findall(r"inputs\.([\w-]+)", repr(ACTION["runs"])))
    assert used == set(INPUTS)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, ""),
        ({"procfile": "Procfile.dev"}, "<--procfile=Procfile.dev>"),
        ({"procfile": "-x", "root": "a b"}, "<--procfile=-x><--root=a b>"),
        ({"strict": "true"}, "<--strict>"),
        ({"strict": "false"}, ""),
        ({"args": " web=2  --no-env\n-x worker\n"}, "<web=2><--no-env><-x><worker>"),
        ({"strict": "true", "args": "web=2"}, "<--strict><web=2>"),
        pytest.param(
            {"args": '$(touch x) `touch x` ; touch x "*" *'},
            '<$(touch><x)><`touch><x`><;><touch><x><"*"><*>',
            id="what a shell would do something with",
        ),
        pytest.param(
            {"procfile": '"; touch x; "$(touch x)', "root": "*"},
            '<--procfile="; touch x; "$(touch x)><--root=*>',
            id="also in a name",
        ),
    ],
)
def test_the_inputs_become_words(
    project: Path, installed: dict[str, str], inputs: dict[str, str], words: str
) -> None:
    before = os.listdir(project)
    assert run(CHECK, project, environment=installed, **inputs) == (
        0,
        f"<check><--output-format><github>{words}",
    )
    assert os.listdir(project) == before


def test_the_steps_install_and_run_the_pyforeman_of_the_action(project: Path, tmp_path: Path) -> None:
    """And a finding fails the job."""
    pytest.importorskip("hatchling", reason="nothing here that builds pyforeman")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    pack_needed("pyforeman", "hatchling", folder=wheels)
    runner = {
        **offline(wheels, tmp_path / "cache"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_ACTION_PATH": str(ROOT),
    }
    assert run(INSTALL, project, environment=runner) == (0, "")
    good = run(CHECK, project, environment=runner)
    assert good == (0, "valid procfile detected (web)\n")
    (project / "Procfile").write_text("web: echo web\nworker : b\n")
    code, printed = run(CHECK, project, environment=runner)
    assert code == 1
    assert printed.startswith("::error "), printed


@pytest.mark.parametrize("version", ["1.2.3", "1.2.3 --index-url=http://localhost"])
def test_a_version_is_asked_of_the_index(project: Path, tmp_path: Path, version: str) -> None:
    """By a Python that repeats its words."""
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\nprintf "<%s>" "$@"\n'
        'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n'
    )
    python.chmod(0o755)
    environment = {"RUNNER_TEMP": str(tmp_path / "temp"), "GITHUB_ACTION_PATH": str(ROOT)}
    code, printed = run(INSTALL, project, environment=environment, python=str(python), version=version)
    assert code == 0
    assert printed.endswith(f"<pyforeman=={version}>"), "one word, whatever is in it"
