"""``pyforeman check``: for people and for CI."""

import pytest

from conftest import Project
from harness import Run

SUCCESS = "valid procfile detected (web, worker)\n"


def check(project: Project, procfile: str | bytes, *arguments: str) -> Run:
    data = procfile if isinstance(procfile, bytes) else procfile.encode()
    (project.folder / "Procfile").write_bytes(data)
    return project.run("check", *arguments)


def assert_valid(run: Run, text: str = SUCCESS) -> None:
    assert run.wait() == 0
    assert run.text == text
    assert run.err == ""


def assert_invalid(run: Run, code: int, *parts: str) -> None:
    """One line on stderr for each part, in this order."""
    assert run.wait() == code
    assert run.text == ""
    lines = run.err.splitlines()
    assert len(lines) == len(parts)
    for line, part in zip(lines, parts, strict=True):
        assert line.startswith("pyforeman: ")
        assert part in line


@pytest.mark.parametrize(
    "procfile",
    [
        pytest.param(b"web: a\nworker: b\n", id="plain"),
        pytest.param(b"web: a\r\nworker: b\r\n", id="CRLF"),
        pytest.param(b"\xef\xbb\xbfweb: a\nworker: b", id="BOM, no newline at the end"),
        pytest.param(b"# c\n\nweb: a &&\nworker:b\n", id="commands are not judged"),
    ],
)
def test_a_valid_procfile_is_one_line_with_the_names(project: Project, procfile: bytes) -> None:
    assert_valid(check(project, procfile))


def test_the_names_are_in_the_order_of_the_file_with_release(project: Project) -> None:
    run = check(project, "worker: a\nrelease: b\nweb: c\n")
    assert_valid(run, "valid procfile detected (worker, release, web)\n")


def test_every_problem_has_its_line(project: Project) -> None:
    run = check(project, "web : a\nok: b\nok: c\nbad\n")
    assert_invalid(run, 1, "Procfile:1:4: ", "Procfile:3:1: ", "Procfile:4:1: ")


def test_problems_of_all_files_are_shown(project: Project) -> None:
    project.write(".env", "A\nB=1\nC D\n")
    project.write(".env.local", "\nE\n")
    run = check(project, "bad\n")
    assert_invalid(run, 1, "Procfile:1:1: ", ".env:1: ", ".env:3: ", ".env.local:2: ")


def test_a_valid_procfile_does_not_hide_a_bad_env_file(project: Project) -> None:
    project.write(".env", "A\n")
    assert_invalid(check(project, "web: a\n"), 1, ".env:1: ")


@pytest.mark.parametrize("arguments", [("--no-env",), ("-e", "good.env")], ids=" ".join)
def test_only_the_env_files_that_would_be_read_are_checked(
    project: Project, arguments: tuple[str, ...]
) -> None:
    project.write(".env", "A\n")
    project.write("good.env", "A=1\n")
    assert_valid(check(project, "web: a\nworker: b\n", *arguments))


@pytest.mark.parametrize(
    "arguments", [("-e", "bad.env"), ("-e", "good.env,bad.env"), ("-e", "good.env", "-e", "bad.env")]
)
def test_the_env_files_given_are_checked(project: Project, arguments: tuple[str, ...]) -> None:
    project.write("good.env", "A=1\n")
    project.write("bad.env", "A=1\n\nB\n")
    assert_invalid(check(project, "web: a\n", *arguments), 1, "bad.env:3: ")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("-f nowhere", "nowhere: No such file"),
        ("-d sub", "sub/Procfile: No such file"),
        ("-d nowhere", "nowhere is not a folder"),
        ("-f .", "directory"),
        ("-e nowhere", "nowhere: No such file"),
        ("--nonsense", "--nonsense"),
        ("word", "word"),
    ],
)
def test_what_cannot_be_judged_is_2(project: Project, arguments: str, part: str) -> None:
    (project.folder / "sub").mkdir()
    assert_invalid(check(project, "web: a\n", *arguments.split()), 2, part)


def test_no_procfile_is_2(project: Project) -> None:
    assert_invalid(project.run("check"), 2, "Procfile: No such file")


def test_a_missing_env_file_does_not_hide_the_problems_of_the_procfile(project: Project) -> None:
    run = check(project, "web : a\nbad\n", "-e", "nowhere")
    assert_invalid(run, 2, "Procfile:1:4: ", "Procfile:2:1: ", "nowhere: No such file")


def test_the_procfile_can_come_from_standard_input(project: Project) -> None:
    assert_valid(project.run("check", "-f", "-", stdin=b"web: a\nworker: b\n"))


def test_problems_on_standard_input_are_named_so(project: Project) -> None:
    assert_invalid(project.run("check", "-f", "-", stdin=b"\nweb\n"), 1, "<stdin>:2:1: ")


def test_the_env_file_beside_the_procfile_is_checked(project: Project) -> None:
    (project.folder / "sub").mkdir()
    project.write("sub/Procfile", "web: a\nworker: b\n")
    assert_valid(project.run("check", "-f", "sub/Procfile"))
    project.write("sub/.env", "A\n")
    assert_invalid(project.run("check", "-f", "sub/Procfile"), 1, "sub/.env:1: ")


@pytest.mark.parametrize(
    ("procfile", "env", "part"),
    [
        pytest.param("web: a\n", "PORT=abc\n", "PORT", id="an unreadable port"),
        pytest.param("web: a\n", "A=x\nPORT=70000\n", "PORT", id="a port past the last"),
    ],
)
def test_what_start_refuses_in_the_files_check_finds(
    project: Project, procfile: str, env: str, part: str
) -> None:
    project.write(".env", env)
    assert_invalid(check(project, procfile), 1, part)


@pytest.mark.parametrize(
    "arguments",
    ["web=2", "all=1 web=3", "-m web=2,worker=0", "web -x worker -p 8000 --port-step 10", "--no-port"],
)
def test_the_formation_is_judged_with_the_options_of_start(project: Project, arguments: str) -> None:
    assert_valid(check(project, "web: a\nworker: b\n", *arguments.split()))


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("wbe=2", "'wbe'"),
        ("web=many", "'web=many'"),
        ("-x wroker", "'wroker'"),
        ("--release", "--release"),
        ("-p 0", "--port"),
    ],
)
def test_a_formation_that_does_not_fit_the_procfile_is_2(project: Project, arguments: str, part: str) -> None:
    run = check(project, "web: a\nworker: b\n", *arguments.split())
    assert run.wait() == 2
    assert run.text == ""
    assert part in run.err


def test_what_start_has_by_itself_is_judged_too(project: Project) -> None:
    project.write(".foreman", "formation: wbe=2\n")
    run = check(project, "web: a\nworker: b\n")
    assert run.wait() == 2
    assert "'wbe'" in run.err


def test_check_runs_nothing(project: Project) -> None:
    assert_valid(check(project, "web: echo > started\nworker: $(echo > started)\n"))
    assert not (project.folder / "started").exists()
