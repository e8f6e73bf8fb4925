"""The hook of pre-commit, made from this project and run as its users do. Nothing is fetched."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness import BIN, clean_environment
from reader import ROOT
from wheels import offline, pack_needed

yaml: Any = pytest.importorskip("yaml", reason="no PyYAML here; it comes with pre-commit")

MADE_OF = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "src")
"""What the repository of a hook has to have."""


@pytest.fixture
def git(tmp_path: Path) -> dict[str, str]:
    """The environment for git and pre-commit: no settings but these, no folders but those of the test."""
    if shutil.which("git") is None:
        pytest.skip("no git here")
    who = {
        f"GIT_{role}_{what}": "x@localhost" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return {**clean_environment(), **who, **nowhere, "PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}


def repository(folder: Path, git: dict[str, str]) -> None:
    """Make a repository of a folder, with all that is in it."""
    for words in ("init --quiet", "add --all", "commit --quiet --message x"):
        subprocess.run(["git", *words.split()], cwd=folder, env=git, check=True)


def test_the_hook_judges_the_procfile_that_changed(tmp_path: Path, git: dict[str, str]) -> None:
    """Once, for it takes seconds: a failure with our words shows that it was installed and run."""
    pytest.importorskip("hatchling", reason="nothing here that builds pyforeman")
    if not (BIN / "pre-commit").exists():
        pytest.skip("no pre-commit here")
    ours, project, wheels = (tmp_path / name for name in ("pyforeman", "project", "wheels"))
    for folder in (ours, project, wheels):
        folder.mkdir()
    for name in MADE_OF:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, ours / name)
    repository(ours, git)
    (project / "Procfile").write_text("web: python web.py\nworker : python worker.py\n")
    repository(project, git)
    pack_needed("pyforeman", "hatchling", folder=wheels)

    hook = subprocess.run(
        [BIN / "pre-commit", "try-repo", ours, "pyforeman-check", "--color=never", "--files", "Procfile"],
        cwd=project,
        env={**git, **offline(wheels, tmp_path / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert hook.returncode == 1, hook.stdout
    assert re.search(r"^pyforeman check\.+Failed$", hook.stdout, re.MULTILINE), hook.stdout
    assert "Procfile:2:7: " in hook.stdout, hook.stdout


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Procfile", True),
        (".env", True),
        (".env.local", True),
        (".foreman", True),
        ("pyproject.toml", True),
        pytest.param("Procfile.dev", False, id="another Procfile is another run, with args"),
        pytest.param("sub/Procfile", False, id="so is one of another folder"),
        ("docs/Procfile.md", False),
        (".envrc", False),
    ],
)
def test_it_runs_when_something_that_it_reads_has_changed(path: str, expected: bool) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert bool(re.search(hook["files"], path)) is expected
