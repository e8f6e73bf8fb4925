"""What all commands share: help, version, variables for options, one line for an error, closed outputs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Project
from harness import PATIENCE, PYFOREMAN, clean_environment
from pyforeman import __version__
from pyforeman.cli import COMMANDS

HELPS = [("--help",), *((name, "--help") for name in COMMANDS)]


@pytest.mark.parametrize("arguments", HELPS, ids=" ".join)
def test_help_says_how_to_use_it_with_an_example(project: Project, arguments: tuple[str, ...]) -> None:
    run = project.run(*arguments)
    assert run.wait() == 0
    assert run.err == ""
    assert run.text.startswith(" ".join(("Usage: pyforeman", *arguments[:-1])))
    command = " ".join(("pyforeman", *arguments[:-1]))
    assert re.search(rf"^  Examples:\n    {command}", run.text, re.MULTILINE)


@pytest.mark.parametrize("arguments", [("-h",), *((name, "-h") for name in COMMANDS)], ids=" ".join)
def test_h_is_help(project: Project, arguments: tuple[str, ...]) -> None:
    run = project.run(*arguments)
    assert run.wait() == 0
    assert run.text.startswith("Usage: pyforeman")


def test_help_lists_the_commands(project: Project) -> None:
    run = project.run("--help")
    assert run.wait() == 0
    for name in COMMANDS:
        assert re.search(rf"^  {name} +\S", run.text, re.MULTILINE)


@pytest.mark.parametrize("name", ["start", "run", "check"])
def test_help_needs_no_procfile_and_reads_none(project: Project, name: str) -> None:
    project.write("Procfile", "bad\n")
    assert project.run(name, "--help").wait() == 0


def test_no_command_shows_what_there_is(project: Project) -> None:
    run = project.run()
    assert run.wait() == 2
    assert run.text == ""
    assert "start" in run.err
    assert "Traceback" not in run.err


def test_version_is_the_same_in_both_ways(project: Project) -> None:
    runs = [project.run("--version"), project.run("version")]
    assert [run.wait() for run in runs] == [0, 0]
    assert runs[0].text == runs[1].text
    assert runs[0].text.startswith(f"pyforeman {__version__} (Python {sys.version_info[0]}.")


def test_python_m_is_the_same(project: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pyforeman", "version"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"pyforeman {__version__} ")
    failed = subprocess.run(
        [sys.executable, "-m", "pyforeman", "nonsense"], capture_output=True, text=True, check=False
    )
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr.startswith("pyforeman: ")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("nonsense", "nonsense"),
        ("strat", "strat"),
        ("--nonsense", "--nonsense"),
        ("-f Procfile start", "-f"),
        ("start --nonsense", "--nonsense"),
        ("check --nonsense", "--nonsense"),
        ("run --nonsense", "--nonsense"),
        ("version --nonsense", "--nonsense"),
        ("version nonsense", "nonsense"),
        ("check -f", "-f"),
        ("start --no-env=1", "--no-env"),
    ],
)
def test_what_is_unknown_is_one_line(project: Project, arguments: str, part: str) -> None:
    project.write("Procfile", "web: echo started\n")
    run = project.run(*arguments.split())
    assert run.wait() == 2
    assert run.text == ""
    (line,) = run.err.splitlines()
    assert line.startswith("pyforeman: ")
    assert part in line
    assert "--help)" in line


@pytest.mark.parametrize(
    ("environment", "arguments", "expected"),
    [
        ({"PYFOREMAN_PORT": "6100"}, "", "6100"),
        ({"PYFOREMAN_PORT": "6100", "PORT": "6200"}, "", "6100"),
        ({"PYFOREMAN_PORT": "6100"}, "-p 6200", "6200"),
        ({"PYFOREMAN_PORT": ""}, "-p 6200", "6200"),
        ({"PYFOREMAN_NO_PORT": "1"}, "", "none"),
        ({"PYFOREMAN_NO_PORT": "0"}, "-p 6100", "6100"),
    ],
)
def test_start_takes_options_from_variables(
    project: Project, environment: dict[str, str], arguments: str, expected: str
) -> None:
    run = project.start("once: echo ${PORT-none}\n", *arguments.split(), environment=environment)
    assert run.wait() == 0
    assert run.lines("once.1") == [expected]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"PYFOREMAN_FORMATION": "b=2"}, {"b.1", "b.2"}),
        ({"PYFOREMAN_FORMATION": "a,b"}, {"a.1", "b.1"}),
        ({"PYFOREMAN_EXCLUDE": "a,b"}, {"c.1"}),
        ({"PYFOREMAN_PROCFILE": "Procfile.dev"}, {"dev.1"}),
        ({"PYFOREMAN_ROOT": "sub"}, {"sub.1"}),
    ],
)
def test_start_takes_the_formation_from_variables(
    project: Project, environment: dict[str, str], expected: set[str]
) -> None:
    (project.folder / "sub").mkdir()
    project.write("Procfile.dev", "dev: echo $PS\n")
    project.write("sub/Procfile", "sub: echo $PS\n")
    run = project.start("a: echo $PS\nb: echo $PS\nc: echo $PS\n", environment=environment)
    assert run.wait() == 0
    assert {name for name in "a.1 b.1 b.2 c.1 dev.1 sub.1".split() if run.lines(name) == [name]} == expected


@pytest.mark.parametrize(
    ("environment", "arguments", "expected"),
    [
        ({"PYFOREMAN_PROCFILE": "Procfile.dev"}, "web", "dev file\n"),
        ({"PYFOREMAN_PROCFILE": "Procfile.dev"}, "-f Procfile web", "plain file\n"),
        ({"PYFOREMAN_ENV": "one.env"}, "web", "plain one\n"),
        ({"PYFOREMAN_ENV": "one.env,two.env"}, "web", "plain two\n"),
        ({"PYFOREMAN_ENV": "two.env,one.env"}, "web", "plain one\n"),
        ({"PYFOREMAN_ENV": " two.env , one.env,"}, "web", "plain one\n"),
        ({"PYFOREMAN_ENV": "one.env"}, "-e two.env web", "plain two\n"),
        ({"PYFOREMAN_ENV": ""}, "web", "plain file\n"),
        ({"PYFOREMAN_NO_ENV": "1"}, "web", "plain \n"),
        ({"PYFOREMAN_NO_ENV": "true"}, "web", "plain \n"),
        ({"PYFOREMAN_NO_ENV": "0"}, "web", "plain file\n"),
        ({"PYFOREMAN_ENV_OVERRIDE": "1", "A": "real"}, "web", "plain file\n"),
        ({"PYFOREMAN_ENV_OVERRIDE": "0", "A": "real"}, "web", "plain real\n"),
    ],
)
def test_run_takes_options_from_variables(
    project: Project, environment: dict[str, str], arguments: str, expected: str
) -> None:
    project.write("Procfile", "web: echo plain $A\n")
    project.write("Procfile.dev", "web: echo dev $A\n")
    for name, value in ((".env", "file"), ("one.env", "one"), ("two.env", "two")):
        project.write(name, f"A={value}\n")
    run = project.run("run", *arguments.split(), environment=environment)
    assert run.wait() == 0
    assert run.text.replace("plain\n", "plain \n") == expected


@pytest.mark.parametrize(
    "environment",
    [{"PYFOREMAN_PROCFILE": "nowhere"}, {"PYFOREMAN_ENV": "nowhere"}, {"PYFOREMAN_ENV": "good.env,nowhere"}],
    ids=str,
)
def test_a_file_that_a_variable_names_must_be_there(project: Project, environment: dict[str, str]) -> None:
    project.write("Procfile", "web: x\n")
    project.write("good.env", "A=1\n")
    run = project.run("check", environment=environment)
    assert run.wait() == 2
    assert "nowhere" in run.err


def call(project: Project, arguments: tuple[str, ...], stdout: int) -> subprocess.CompletedProcess[str]:
    project.write("Procfile", "web: x\n")
    return subprocess.run(
        [PYFOREMAN, *arguments],
        cwd=project.folder,
        env=clean_environment(),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


PRINTING = pytest.mark.parametrize(
    "arguments", [*HELPS, ("--version",), ("version",), ("check",)], ids=" ".join
)


@PRINTING
def test_a_reader_that_has_left_is_no_error_message(project: Project, arguments: tuple[str, ...]) -> None:
    """As ``pyforeman --help | head -1``, with a head that is gone from the start."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = call(project, arguments, writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@PRINTING
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(project: Project, arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:
        done = call(project, arguments, full.fileno())
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("pyforeman: ")
    assert "No space left" in line


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_standard_files_that_are_closed_are_no_traceback(project: Project, closed: str) -> None:
    project.write("Procfile", "web: x\n")
    for words, code in (("check", 0), ("--help", 0), ("check -f nowhere", 2)):
        done = subprocess.run(
            ["/bin/sh", "-c", f'"$0" {words} {closed}', PYFOREMAN],
            cwd=project.folder,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code
        assert "Traceback" not in done.stderr


def test_a_folder_that_is_gone_is_one_line(project: Project) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && "$0" check', PYFOREMAN],
        cwd=project.folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode in {1, 2}
    (line,) = done.stderr.splitlines()
    assert line.startswith("pyforeman: ")


def test_names_that_are_not_utf8_can_be_shown(project: Project) -> None:
    done = subprocess.run(
        [PYFOREMAN, "check", "-f", b"\xff"], cwd=project.folder, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"pyforeman: ")
    assert done.stderr.count(b"\n") == 1
