"""The lines that install pyforeman, as the pages have them, from wheels of this project.

Nothing is fetched: the project is built, what it depends on is packed again from where it is installed
here, and pip, pipx and uv are told to look at that folder alone. Their own folders are temporary.
"""

import importlib.metadata
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from conftest import Project
from harness import BIN
from reader import PROJECTS, ROOT, Case, Typed, cases
from wheels import offline, pack_needed

INSTALL = [case for case in cases() if case.is_for("pipx", "pip", "uvx", "uv")]
PYFOREMAN = importlib.metadata.metadata("pyforeman")
NAME = f"pyforeman-{PYFOREMAN['Version']}"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheels of pyforeman and all that it needs, and with its sdist."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheels")
    build(ROOT, folder)
    pack_needed("pyforeman", folder=folder)
    return folder


@pytest.fixture
def nowhere_else(tmp_path: Path, wheels: Path) -> dict[str, str]:
    """The variables with which the installers take what they need from there, and keep it here."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("pipx", "uv", "uvx"):
        if (BIN / name).exists():
            (tools / name).symlink_to(BIN / name)
    return {
        "PATH": f"{tools}:{tmp_path / 'bin'}:/usr/bin:/bin",
        **offline(wheels, tmp_path / "cache"),
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_DEFAULT_PYTHON": sys.executable,
        "UV_NO_CONFIG": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(wheels),
        "UV_OFFLINE": "1",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_TOOL_DIR": str(tmp_path / "uv"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "UV_PYTHON": sys.executable,
    }


@pytest.mark.parametrize("case", INSTALL, ids=str)
def test_a_line_installs_pyforeman(project: Project, nowhere_else: dict[str, str], case: Case) -> None:
    shutil.copytree(PROJECTS / "shop", project.folder, dirs_exist_ok=True)
    if case.is_for("pip"):
        venv = project.folder.parent / "venv"
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        nowhere_else["PATH"] = f"{venv / 'bin'}:/usr/bin:/bin"
    elif shutil.which(case.command.split()[0], path=nowhere_else["PATH"]) is None:
        pytest.skip(f"no {case.command.split()[0]} here")
    run = Typed(project, project.folder, case, environment=nowhere_else)
    if "pyforeman start" in case.command:
        assert run.press_when("\x03", run.is_up), run.explain("it does not start")
        assert run.end() == 130, run.explain("not stopped by ^C")
    else:
        assert run.end() == 0, run.explain("it failed")
        for words, answer in (
            ("pyforeman version", f"pyforeman {PYFOREMAN['Version']} "),
            ("pip check", "No broken requirements found."),
        ):
            then = Typed(project, project.folder, case, words=words.split(), environment=nowhere_else)
            assert then.end() == 0, then.explain(words)
            assert answer in then.text, then.explain(words)


def test_the_pages_say_how_to_install_it() -> None:
    assert {case.command.split()[0] for case in INSTALL} == {"pip", "pipx", "uvx"}


def test_the_wheel_has_the_program_and_nothing_else(wheels: Path) -> None:
    with zipfile.ZipFile(wheels / f"{NAME}-py3-none-any.whl") as wheel:
        names = wheel.namelist()
        scripts = wheel.read(f"{NAME}.dist-info/entry_points.txt").decode()
    assert {name.partition("/")[0] for name in names} == {"pyforeman", f"{NAME}.dist-info"}
    source = ROOT / "src"
    templates = (source / "pyforeman" / "export" / "templates").rglob("*")
    files = {*source.rglob("*.py"), *filter(Path.is_file, templates), source / "pyforeman" / "py.typed"}
    expected = {str(path.relative_to(source)) for path in files}
    assert {name for name in names if name.startswith("pyforeman/")} == expected
    assert f"{NAME}.dist-info/licenses/LICENSE" in names
    assert "[console_scripts]\npyforeman = pyforeman.__main__:main\n" in scripts


def test_the_sdist_makes_the_same_wheel(wheels: Path, tmp_path: Path) -> None:
    with tarfile.open(wheels / f"{NAME}.tar.gz") as sdist:
        sdist.extractall(tmp_path, filter="data")
    build(tmp_path / NAME, tmp_path, "-t", "wheel")
    name = f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(wheels / name) as ours, zipfile.ZipFile(tmp_path / name) as theirs:
        assert theirs.namelist() == ours.namelist()
        assert [theirs.read(name) for name in theirs.namelist()] == [
            ours.read(name) for name in ours.namelist()
        ]


def build(project: Path, folder: Path, *options: str) -> None:
    """Build a project with what ``pyproject.toml`` names for it, as pip does, without fetching that."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", folder, *options], cwd=project, check=True
    )
