"""The diagram of the house: who may import whom. Read from the sources, not from what was imported."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyforeman

ROOT = Path(pyforeman.__file__).parent

FLOORS: dict[str, set[str]] = {
    "errors": set(),
    "plan": {"errors"},
    "core": {"errors", "plan"},
    "check": {"errors", "plan"},
    "export": {"errors", "plan"},
    "output": {"errors", "plan", "core"},
    "runtime": {"errors", "plan", "core", "output"},
    "control": {"errors", "plan", "core", "output", "runtime", "__init__"},
    "commands": {"errors", "plan", "core", "check", "export", "output", "runtime", "control", "__init__"},
    "outcome": {"errors"},
    "cli": {"errors", "commands", "outcome"},
    "__init__": set(),
    # The guardian parts before anything else is imported, and without options nothing is parsed.
    "__main__": {"cli", "runtime", "commands", "outcome"},
}
"""Each floor, with the floors that stand below it. Whatever is imported must be in its row."""

MODULES = sorted(ROOT.rglob("*.py"))


def floor_of(module: str) -> str:
    """``pyforeman.plan.procfile`` stands on ``plan``; a name of the package itself on ``__init__``."""
    room = module.split(".")[1]
    return "__init__" if hasattr(pyforeman, room) and room.startswith("__") else room


def imports(path: Path) -> Iterator[str]:
    """Every module of ours that the file names, also inside functions and type checks."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            if node.module == "pyforeman":
                yield from (f"pyforeman.{alias.name}" for alias in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    floor = path.relative_to(ROOT).parts[0].removesuffix(".py")
    ours = {floor_of(name) for name in imports(path) if name.split(".")[0] == "pyforeman"}
    assert ours <= FLOORS[floor] | {floor}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_runtime_and_the_commands_make_system_calls(path: Path) -> None:
    floor = path.relative_to(ROOT).parts[0].removesuffix(".py")
    calls = {"os", "socket", "select", "selectors", "subprocess", "threading", "fcntl", "psutil"}
    if floor in {"plan", "core", "check", "export", "output", "errors"}:
        assert not calls & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_at_most_300_lines_or_says_why(path: Path) -> None:
    source = path.read_text()
    docstring = ast.get_docstring(ast.parse(source)) or ""
    assert source.count("\n") <= 300 or " lines" in docstring


def test_no_room_is_a_lumber_room() -> None:
    names = {path.stem for path in MODULES}
    assert not names & {"utils", "util", "helpers", "base", "common", "manager", "misc"}


def test_the_house_is_drawn_with_all_its_rooms() -> None:
    page = (ROOT.parents[1] / "docs" / "design.md").read_text()
    drawn = set(re.findall(r"^ +(\w+)\.py ", page, re.MULTILINE))
    # A rule, a report and a command have the name of what they are for.
    named = {"rules", "reports", "commands"}
    rooms = {path.stem for path in MODULES if path.parent.name not in named and path.stem != "__init__"}
    assert rooms <= drawn
