"""Follows the pages of the docs as their readers do: types a command line, looks, presses ^C.

No port of the machine is needed: ``PORT`` gives each run a base of its own, and in what it prints that
is 5000 again. Only where a page names a port itself, that one is used, by one test at a time.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from conftest import Project
from harness import BIN, free_base
from pages import Example, read_page
from terminal import Terminal
from transcripts import owners

ROOT = Path(__file__).parents[1]
PROJECTS = ROOT / "tests" / "docs"

PAGES = {
    str(path.relative_to(ROOT)): read_page(path.read_text())
    for pattern in ("README.md", "CONTRIBUTING.md", "docs/*.md", "examples/*/README.md")
    for path in sorted(ROOT.glob(pattern))
    if path.name != "coming-from.md"  # it has a test of its own, which also runs the commands of others
}

OFFSETS = [100 * index + instance for index in range(6) for instance in range(3)]
"""The ports that the processes of a page may have, counted from its base."""

HOME = "/home/me/shop"
"""What the pages call the folder of their project."""

_ELSEWHERE = re.compile(r"; there (?:is one|are some) in [^()]*\([^()]*\)")
"""What is said of formations of others on this machine, of other tests for example; it may be wrapped."""

PORTS_IN_FILES = ("examples/migrate/README.md",)
"""Pages of which the project has a port in a file, so that PORT does not count."""


class Case(NamedTuple):
    """An example and the page that it stands on."""

    page: str
    example: Example

    def __str__(self) -> str:
        return f"{self.page}:{self.example.line}"

    @property
    def command(self) -> str:
        """The command line without the remark after it."""
        return re.sub(r"\s\s+# .*", "", self.example.command)

    def is_for(self, *programs: str) -> bool:
        """Whether the command line is one for these programs."""
        return re.match(rf"(\w+=\S* )*({'|'.join(programs)}) ", self.command) is not None

    @property
    def names_a_port(self) -> bool:
        """Whether the ports are those of the page, and not ours to choose."""
        return bool(re.search(r"(-p |--port[ =]|PORT=)\d", self.command)) or self.page in PORTS_IN_FILES


def cases() -> list[Case]:
    """Each command line of each page, once for what is said of it."""
    found: dict[str, Case] = {}
    for page, text in PAGES.items():
        for example in text.examples:
            case = Case(page, example)
            what_is_said = example._replace(line=0, command=case.command)
            found.setdefault(f"{page}: {what_is_said}", case)
    return list(found.values())


class Typed(Terminal):
    """What a reader has typed, in bash, on a terminal that is wide enough for any page."""

    def __init__(
        self,
        project: Project,
        folder: Path,
        case: Case,
        *,
        words: Sequence[str] = (),
        base: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.case = case
        self.folder = folder
        self.base = base or free_base(*OFFSETS)
        variables = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(home(project)),
            "LC_ALL": "C.UTF-8",  # English, also from the shell
            "PIP_NO_INDEX": "1",  # nothing is fetched
            "PORT": str(self.base),
            **(environment or {}),
        }
        command = words or ("bash", "-c", case.example.command)
        with deaf_to_nothing():
            super().__init__(folder, command, columns=250, rows=50, environment=variables)
        project.runs.append(self)

    @property
    def printed(self) -> list[str]:
        """The lines, with the ports that they would have had without ``PORT``, in the folder of the page."""
        text = re.sub(r"(?<![\d.])\d{5}(?!\d)", self._as_if_5000, _ELSEWHERE.sub("", self.text))
        return text.replace(str(self.folder), HOME).split("\n") if text else []

    def is_up(self, *, with_all: bool = False) -> bool:
        """Whether all have started: somebody has printed something. ``with_all``: everybody has."""
        started: set[str] = set()
        spoke: set[str] = set()
        for line, owner in zip(self.lines, owners(self.lines), strict=True):
            if line.startswith("{"):
                message = json.loads(line)
                (started if message.get("event") == "started" else spoke).add(message["process"])
            elif owner:
                (started if f" {owner} started, pid " in line else spoke).add(owner)
        started.discard("release.1")  # the others start after it
        return bool(started & spoke) and (started <= spoke or not with_all)

    def press_when(self, key: str, fact: Callable[[], object]) -> bool:
        """Press a key once ``fact()`` holds, or when that never came; gives whether it did."""
        holds = True
        try:
            self.until_true(fact, "")
        except AssertionError:  # it ended by itself, or goes on without it
            holds = False
        try:
            self.press(key)
        except OSError:  # it has ended
            pass
        return holds

    def end(self) -> int:
        """Wait for its end; gives the exit code."""
        try:
            return self.wait()
        except AssertionError:
            return pytest.fail(self.explain("it does not end, and the page does not say what ends it"))

    def explain(self, what: str) -> str:
        """For people: where, which command line, what is wrong, and all that it printed."""
        return f"{self.case}: {self.case.command}\n{what}\n\nIt printed:\n{self.text}"

    def _as_if_5000(self, number: re.Match[str]) -> str:
        port = int(number[0]) - self.base + 5000
        return str(port) if 5000 <= port < 6000 else number[0]


def prepare(project: Project, case: Case) -> Path:
    """Make the project of a page; gives the folder in which its reader stands."""
    if case.page.startswith("examples/") or case.is_for("make"):
        root = checkout(project)
        from_the_root = "examples/" in case.command or case.is_for("make")
        return root if from_the_root else root / Path(case.page).parent
    shutil.copytree(PROJECTS / "shop", project.folder, dirs_exist_ok=True)
    own = PROJECTS / Path(case.page).stem
    if own.is_dir():
        shutil.copytree(own, project.folder, dirs_exist_ok=True)
    for name, text in case.example.files.items():
        project.write(name, text)
    return project.folder


def checkout(project: Project) -> Path:
    """A copy of the repository, in which ``make`` finds everything installed."""
    root = project.folder / "pyforeman"
    others = (".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "node_modules", "var")
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*others), symlinks=True)
    venv = root / ".venv"
    venv.mkdir()
    (venv / "bin").symlink_to(BIN)
    for stamp in re.findall(r"^\$\(VENV\)/(\S+):", (root / "Makefile").read_text(), re.MULTILINE):
        (venv / stamp).touch()
    return root


def home(project: Project) -> Path:
    """The home folder of the reader, which is nobody's."""
    folder = project.folder.parent / "home"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def deaf_to_nothing() -> Iterator[None]:
    """Tests in the background of a script ignore SIGINT. What they start would, too, and see no ^C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def ports_to_itself(case: Case) -> Iterator[None]:
    """Ports that a page names belong to the machine: one test at a time, also of tests that run beside."""
    if not case.names_a_port:
        yield
        return
    with open(Path(tempfile.gettempdir()) / f"pyforeman-docs-{os.getuid()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
