"""What check asks the machine: programs as the children will find them, paths, ports."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pyforeman.check.facts import Program
from pyforeman.check.questions import Questions
from pyforeman.commands.facts import gather, shell_errors
from pyforeman.plan.formation import Instance
from pyforeman.plan.policy import Policy
from pyforeman.plan.procfile import ProcessType
from pyforeman.runtime.shell_syntax import Syntax

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def one(path: str, text: str = "#!/bin/sh\n", *, executable: bool = True) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755 if executable else 0o644)
        return file

    return one


def programs(*asked: Program) -> Questions:
    return Questions(frozenset(asked), frozenset())


def test_a_program_is_looked_for_on_the_path_of_the_children(tmp_path: Path, write: Write) -> None:
    write("tools/serve")
    serve = Program("", "serve")
    there = gather(programs(serve), str(tmp_path), {"PATH": f"/nowhere:{tmp_path}/tools"})
    assert there.programs == {serve: "found"}
    assert gather(programs(serve), str(tmp_path), {"PATH": "/nowhere"}).programs == {serve: "missing"}
    assert gather(programs(serve), str(tmp_path), {}).programs == {serve: "unknown"}


@pytest.mark.parametrize("part", ["tools", "./tools", "nowhere::tools"])
def test_what_is_relative_on_the_path_begins_in_the_folder_of_the_command(
    tmp_path: Path, write: Write, part: str
) -> None:
    write("api/tools/serve")
    inside, outside = Program("api", "serve"), Program("", "serve")
    facts = gather(programs(inside, outside), str(tmp_path), {"PATH": part})
    assert facts.programs == {inside: "found", outside: "missing"}


def test_an_empty_part_of_the_path_is_the_folder_of_the_command(tmp_path: Path, write: Write) -> None:
    write("api/serve")
    inside = Program("api", "serve")
    assert gather(programs(inside), str(tmp_path), {"PATH": "/nowhere:"}).programs == {inside: "found"}


def test_a_name_with_a_slash_is_not_looked_for_on_the_path(tmp_path: Path, write: Write) -> None:
    write("api/bin/serve")
    write("api/bin/notes", executable=False)
    asked = [Program("api", name) for name in ("bin/serve", "./bin/notes", "./bin", "bin/worker")]
    asked.append(Program("", str(tmp_path / "api/bin/serve")))
    facts = gather(programs(*asked), str(tmp_path), {"PATH": "/nowhere"})
    assert [facts.programs[one] for one in asked] == [
        "found",
        "not executable",
        "a folder",
        "missing",
        "found",
    ]


def test_folders_and_data_on_the_path_are_no_programs(tmp_path: Path, write: Write) -> None:
    write("one/serve", executable=False)
    write("two/serve/readme")
    write("three/serve")
    serve = Program("", "serve")
    path = [str(tmp_path / part) for part in ("one", "two", "three")]
    assert gather(programs(serve), str(tmp_path), {"PATH": ":".join(path)}).programs == {serve: "found"}
    assert gather(programs(serve), str(tmp_path), {"PATH": ":".join(path[:2])}).programs == {serve: "missing"}


@pytest.mark.parametrize(
    ("file", "folder", "found"),
    [
        (".venv/bin/gunicorn", "", ".venv/bin/gunicorn"),
        ("api/node_modules/.bin/gunicorn", "api", "api/node_modules/.bin/gunicorn"),
        ("vendor/bin/gunicorn", "api", "vendor/bin/gunicorn"),
        ("other/gunicorn", "", None),
    ],
)
def test_a_missing_program_is_looked_for_among_the_tools_of_the_project(
    tmp_path: Path, write: Write, file: str, folder: str, found: str | None
) -> None:
    write(file)
    gunicorn = Program(folder, "gunicorn")
    facts = gather(programs(gunicorn), str(tmp_path), {"PATH": "/nowhere"})
    assert facts.programs == {gunicorn: "missing"}
    assert facts.elsewhere.get(gunicorn) == found


def test_python_may_go_by_another_name(tmp_path: Path, write: Write) -> None:
    write("tools/python3")
    python = Program("", "python")
    facts = gather(programs(python), str(tmp_path), {"PATH": f"{tmp_path}/tools"})
    assert facts.elsewhere == {python: "python3"}


@pytest.mark.parametrize(
    ("first_line", "missing"),
    [
        ("#!/bin/sh", None),
        ("#! /bin/sh -e", None),
        ("#!/usr/bin/env sh", None),
        ("#!/usr/bin/env -S A=1 sh -e", None),
        ("#!/nowhere/bin/python", "/nowhere/bin/python"),
        ("#!/usr/bin/env no-such-ruby", "no-such-ruby"),
        ("#!/usr/bin/env -S no-such-ruby -w", "no-such-ruby"),
        ("#!/bin/sh\r", "/bin/sh\r"),
        ("\x7fELF", None),
    ],
)
def test_the_interpreter_of_a_script_must_be_there(
    tmp_path: Path, write: Write, first_line: str, missing: str | None
) -> None:
    write("bin/web", f"{first_line}\necho\n")
    web = Program("", "bin/web")
    facts = gather(programs(web), str(tmp_path), {"PATH": os.environ["PATH"]})
    assert facts.programs == {web: "found"}
    assert facts.interpreters.get(web) == missing


def test_paths_are_asked_from_the_root(tmp_path: Path, write: Write) -> None:
    write("app/wsgi.py")
    asked = frozenset(("app", "app/wsgi.py", "app/asgi.py", "app/wsgi.py/x", str(tmp_path), "x" * 5000))
    facts = gather(Questions(frozenset(), asked), str(tmp_path), {})
    assert facts.paths == {
        "app": True,
        "app/wsgi.py": True,
        "app/asgi.py": False,
        "app/wsgi.py/x": False,
        str(tmp_path): True,
        # a name that is too long: nobody knows
    }


def test_a_taken_port_has_its_holder_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        web = Instance("web", 1, "serve", port, {}, Policy())
        worker = web._replace(type="worker")
        assert gather(Questions(frozenset(), frozenset()), str(tmp_path), {}, [worker]).ports == {}
        ports = gather(Questions(frozenset(), frozenset()), str(tmp_path), {}, [web]).ports
    assert list(ports) == [port]
    assert ports[port].endswith(f", pid {os.getpid()}")


def test_the_shell_reads_each_command() -> None:
    types = ProcessType("web", "serve", 1), ProcessType("worker", "if true", 2)
    (error,) = shell_errors(Syntax([one.command for one in types]), types)
    assert error.type == "worker"
    assert error.message
