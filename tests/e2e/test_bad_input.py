"""What ``start`` refuses: one line that says why, the right exit code, and nothing has started."""

from pathlib import Path

import pytest

from conftest import Project
from harness import Run

PROCFILE = "web: echo web > started\nworker: echo worker > started\n"
USAGE, CONTENT = 2, 1


def assert_refused(project: Project, run: Run, code: int, *parts: str) -> None:
    assert run.wait() == code
    assert run.text == ""
    (line,) = run.err.splitlines()
    assert line.startswith("pyforeman: ")
    assert "Traceback" not in line
    for part in parts:
        assert part in line
    assert not (project.folder / "started").exists()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ("clock", "'clock' web worker"),
        ("web clock=2", "'clock' web worker"),
        ("web=-1", "web=-1 worker"),
        ("web=many", "web=many worker"),
        ("web=1.5", "web=1.5 worker"),
        ("web=", "web= worker"),
        ("=", "web worker"),
        ("-m clock=1", "'clock' web worker"),
        ("-x clock", "'clock' web worker"),
        ("-x web,worker", "nothing web worker"),
        ("all=0", "nothing web worker"),
        ("web=0 worker=0", "nothing web worker"),
        ("--release", "'release'"),
        ("-p 0", "--port"),
        ("-p 65536", "--port"),
        ("-p x", "--port"),
        ("-p 65500", "worker.1 65600 --port"),
        ("web=101 -p 65400", "web.101 65600"),
        ("--port-step -1", "--port-step"),
        ("--port-step x", "--port-step"),
        ("--port-step 65000", "worker.1 70000 --port-step"),
        ("-t soon", "--timeout 'soon'"),
        ("-t clock=5", "--timeout 'clock' web worker"),
        ("-t -1", "--timeout '-1'"),
        ("-t worker=", "--timeout"),
        ("--restart sometimes", "--restart always never on-failure"),
        ("--restart web=sometimes", "--restart always never on-failure"),
        ("--max-restarts -1", "--max-restarts"),
        ("--stop-on end", "--stop-on never failure exit"),
        ("--timestamps never", "--timestamps iso delta"),
        ("--color red", "--color auto"),
        ("--format xml", "--format json"),
        ("-d nowhere", "--root nowhere"),
        ("-d Procfile", "--root Procfile"),
        ("--prot 5000", "--prot"),
        ("-Z", "-Z"),
        ("-p", "-p start"),
    ],
)
def test_wrong_usage(project: Project, arguments: str, parts: str) -> None:
    project.write("Procfile", PROCFILE)
    assert_refused(project, project.run("start", *arguments.split()), USAGE, *parts.split())


@pytest.mark.parametrize(
    ("procfile", "parts"),
    [
        pytest.param(b"web : x\n", "Procfile:1:4: colon", id="blank before the colon"),
        pytest.param(
            b"web: echo > started\n worker: x\n", "Procfile:2:1: blank", id="a good line and a bad one"
        ),
        pytest.param(b"web: a\nweb: b\n", "Procfile:2:1: line 1", id="a name twice"),
        pytest.param(b"bad\nworse\nworst\n", "Procfile:1:1: 2 more check", id="three bad lines"),
        pytest.param(b"", "Procfile:1:1: web:", id="empty"),
        pytest.param(b"# web: x\n", "Procfile:1:1: web:", id="only a comment"),
        pytest.param("web: x\n".encode("utf-16"), "Procfile:1:1: UTF-8", id="UTF-16"),
        pytest.param(b"web: a\0b\n", "Procfile:1:7: NUL", id="NUL"),
        pytest.param(
            b"web: \x1b[31m\nbad\x1b[31m\n", "Procfile:2:1: \\x1b", id="an escape sequence is not sent on"
        ),
    ],
)
def test_a_procfile_that_does_not_parse(project: Project, procfile: bytes, parts: str) -> None:
    (project.folder / "Procfile").write_bytes(procfile)
    assert_refused(project, project.run("start"), CONTENT, *parts.split())


@pytest.mark.parametrize(
    ("env", "parts"),
    [
        pytest.param(b"A\n", ".env:1: KEY=", id="no ="),
        pytest.param(b'\n\nA="open\n', ".env:3: quote", id="open quote"),
        pytest.param(b"A=1\nB=\xff\n", ".env:2: UTF-8", id="not UTF-8"),
        pytest.param(b"A=1\0\n", ".env:1: character", id="NUL"),
        pytest.param(b"A\nB\n", ".env:1: 1 more", id="two lines"),
    ],
)
def test_an_env_file_that_does_not_parse(project: Project, env: bytes, parts: str) -> None:
    project.write("Procfile", PROCFILE)
    (project.folder / ".env").write_bytes(env)
    assert_refused(project, project.run("start"), CONTENT, *parts.split())


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ("-f nowhere", "nowhere No such file"),
        ("-f nowhere/Procfile", "nowhere/Procfile No such file"),
        ("-f .", "directory --procfile"),
        ("-d sub", "sub/Procfile No such file"),
        ("-e nowhere", "nowhere No such file --env"),
        ("-e good.env,nowhere", "nowhere No such file"),
        ("-e good.env -e nowhere", "nowhere No such file"),
        ("--log-dir Procfile/logs", "--log-dir Procfile/logs"),
    ],
)
def test_a_file_that_is_not_there(project: Project, arguments: str, parts: str) -> None:
    project.write("Procfile", PROCFILE)
    project.write("good.env", "A=1\n")
    (project.folder / "sub").mkdir()
    assert_refused(project, project.run("start", *arguments.split()), CONTENT, *parts.split())


def test_no_procfile_says_how_to_get_one(project: Project) -> None:
    assert_refused(project, project.run("start"), CONTENT, "Procfile", "--procfile", "web: ")


def test_a_file_name_cannot_break_the_line(project: Project) -> None:
    assert_refused(project, project.run("start", "-f", "two\nlines"), CONTENT, "No such file")


@pytest.mark.parametrize("name", ["-f", "-d"])
def test_an_empty_path_is_not_another_folder(project: Project, name: str) -> None:
    """``-f "$UNSET"`` must not run in the folder above."""
    project.write("Procfile", "web: pwd\n")
    run = project.run("start", name, "")
    if run.wait() == 0:
        assert run.lines("web.1") == [str(project.folder)]
    else:
        assert_refused(project, run, USAGE, "-f" if name == "-f" else "-d")


def test_the_procfile_on_standard_input_is_named_so(project: Project) -> None:
    assert_refused(project, project.run("start", "-f", "-", stdin=b"ok: x\nweb\n"), CONTENT, "<stdin>:2:1:")


@pytest.mark.parametrize("port", ["abc", "0", "65536", "9" * 5000], ids=lambda text: text[:6])
def test_an_unreadable_port_variable(project: Project, port: str) -> None:
    project.write("Procfile", PROCFILE)
    assert_refused(project, project.run("start", environment={"PORT": port}), USAGE, "PORT", "65535")


def test_an_unreadable_port_in_an_env_file(project: Project) -> None:
    project.write("Procfile", PROCFILE)
    project.write(".env", "PORT=abc\n")
    assert_refused(project, project.run("start"), USAGE, "PORT", "65535")


@pytest.mark.parametrize("arguments", [("--no-port",), ("-p", "5000")], ids=" ".join)
def test_an_unreadable_port_variable_that_is_not_asked_for_does_not_matter(
    project: Project, arguments: tuple[str, ...]
) -> None:
    run = project.start("once: echo done\n", *arguments, environment={"PORT": "abc"})
    assert run.wait() == 0
    assert run.lines("once.1") == ["done"]


def test_only_a_release_says_how_to_run_it(project: Project) -> None:
    project.write("Procfile", "release: echo migrate > started\n")
    assert_refused(project, project.run("start"), USAGE, "nothing to start", "--release")


@pytest.mark.parametrize("name", ["PYFOREMAN_PORT", "PYFOREMAN_PORT_STEP", "PYFOREMAN_NO_ENV"])
def test_an_unreadable_option_in_a_variable(project: Project, name: str) -> None:
    project.write("Procfile", PROCFILE)
    assert_refused(project, project.run("start", environment={name: "maybe"}), USAGE, "maybe")


@pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="needs a file that cannot be read by root either"
)
def test_a_file_that_cannot_be_read(project: Project) -> None:
    project.write("Procfile", PROCFILE)
    assert_refused(project, project.run("start", "-e", "/proc/self/mem"), CONTENT, "/proc/self/mem")
