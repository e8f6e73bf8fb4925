"""Fixtures: a project in a temporary folder, and pyforeman run in it, on pipes or on a terminal."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from harness import Run
from terminal import Terminal, pyforeman

# An example that takes long says that the machine is busy.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


class Project:
    """A folder with a Procfile, in which commands are run. Nothing may survive a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs: list[Run | Terminal] = []

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def run(
        self,
        *arguments: str,
        environment: dict[str, str] | None = None,
        stdin: bytes = b"",
        wrap: Sequence[str] = (),
    ) -> Run:
        """Start ``pyforeman ARGUMENTS`` in the folder."""
        run = Run(self.folder, arguments, environment=environment, stdin=stdin, wrap=wrap)
        self.runs.append(run)
        return run

    def start(
        self,
        procfile: str,
        *arguments: str,
        environment: dict[str, str] | None = None,
        wrap: Sequence[str] = (),
    ) -> Run:
        """Write the Procfile and start the formation."""
        self.write("Procfile", procfile)
        return self.run("start", *arguments, environment=environment, wrap=wrap)

    def terminal(
        self,
        procfile: str,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        environment: dict[str, str] | None = None,
        command: Sequence[str] = (),
    ) -> Terminal:
        """Write the Procfile and start the formation on a terminal; or ``command`` instead, a shell."""
        self.write("Procfile", procfile)
        terminal = Terminal(
            self.folder,
            command or pyforeman("start", *arguments),
            columns=columns,
            rows=rows,
            environment=environment,
        )
        self.runs.append(terminal)
        return terminal


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = tmp_path / "project"
    folder.mkdir()
    project = Project(folder)
    yield project
    survivors = [
        survivor for run in project.runs if run.process.poll() is not None for survivor in run.survivors()
    ]
    names = [repr(survivor) for survivor in survivors]
    for run in project.runs:
        run.close()
    assert not names, "left behind after pyforeman had ended"
