"""What finding a command, and starting a formation, must not load: each of these costs milliseconds."""

import subprocess
import sys

import pytest

COUNTED = """
import sys
before = set(sys.modules)
import {module}
print(*sorted(set(sys.modules) - before))
"""


def modules_loaded_by(module: str) -> set[str]:
    """What importing ``module`` loads; -S: none that site has loaded already."""
    paths = [path for path in sys.path if path]
    code = f"import sys; sys.path[:0] = {paths!r}\n{COUNTED.format(module=module)}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """What every command line pays for."""
    return modules_loaded_by("pyforeman.cli")


@pytest.fixture(scope="module")
def loaded_by_start() -> set[str]:
    """What stands between ``start`` without options and its first child."""
    return modules_loaded_by("pyforeman.commands.launch")


def test_it_loads_what_it_is(loaded: set[str]) -> None:
    assert {"pyforeman.cli", "pyforeman.errors", "click"} <= loaded


@pytest.mark.parametrize(
    "module",
    [
        "asyncio",
        "colorama",
        "dotenv",
        "json",
        "logging",
        "psutil",
        "pyforeman.commands.start",
        "pyforeman.core",
        "pyforeman.output",
        "pyforeman.plan",
        "pyforeman.runtime",
        "selectors",
        "socket",
        "subprocess",
    ],
)
def test_importing_the_command_line_does_not_load(module: str, loaded: set[str]) -> None:
    assert not {name for name in loaded if name == module or name.startswith(f"{module}.")}


@pytest.mark.parametrize("module", ["typing", "re", "contextlib", "threading", "pyforeman.cli"])
def test_what_the_guardian_would_keep_is_not_loaded_before_there_are_two(module: str) -> None:
    assert module not in modules_loaded_by("pyforeman.__main__, pyforeman.runtime.guardian")


def test_start_loads_what_it_is(loaded_by_start: set[str]) -> None:
    assert {"pyforeman.runtime.engine", "pyforeman.plan.settings"} <= loaded_by_start


@pytest.mark.parametrize(
    "module",
    [
        "array",
        "asyncio",
        "click",
        "colorama",
        "dataclasses",
        "datetime",
        "dotenv",
        "inspect",
        "json",
        "logging",
        "psutil",
        "pyforeman.output.screen",
        "shutil",
        "socket",
        "subprocess",
        "tempfile",
    ],
)
def test_starting_without_options_does_not_load(module: str, loaded_by_start: set[str]) -> None:
    assert not {name for name in loaded_by_start if name == module or name.startswith(f"{module}.")}


def test_the_help_of_start_does_not_load_what_runs_a_formation() -> None:
    code = (
        "import sys; sys.argv = ['pyforeman', 'start', '--help']; from pyforeman.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "pyforeman.commands.options" in loaded  # which start imports
    assert not {"pyforeman.runtime.engine", "pyforeman.core", "pyforeman.commands.launch"} & loaded


@pytest.mark.parametrize("module", ["dotenv", "logging", "pathlib", "shutil", "tempfile"])
def test_an_env_file_is_read_without_the_rest_of_python_dotenv(module: str) -> None:
    loaded = modules_loaded_by("pyforeman.plan.dotenv_parser")
    assert {"dotenv.parser", "dotenv.variables"} <= loaded
    assert module not in loaded


def test_who_imports_python_dotenv_after_that_gets_all_of_it() -> None:
    then = "import pyforeman.plan.dotenv_parser, dotenv; print(dotenv.dotenv_values.__name__)"
    whole = subprocess.run([sys.executable, "-c", then], capture_output=True, text=True, check=True)
    assert whole.stdout == "dotenv_values\n"
