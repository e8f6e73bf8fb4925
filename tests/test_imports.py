"""What finding a command must not load: each of these costs a start milliseconds."""

import subprocess
import sys

import pytest

EARLY = """
import sys
before = set(sys.modules)
import pyforeman.cli
print(*sorted(set(sys.modules) - before))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that ``import pyforeman.cli`` loads; -S: none that site has loaded already."""
    paths = [path for path in sys.path if path]
    code = f"import sys; sys.path[:0] = {paths!r}\n{EARLY}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


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
