"""``pyforeman run``: it becomes the command, in the environment of the formation."""

import signal
from pathlib import Path

import pytest

from conftest import Project
from harness import Run


def ok(run: Run) -> str:
    """What a run that ended well has written."""
    assert (run.wait(), run.err) == (0, "")
    return run.text


def assert_refused(run: Run, code: int, *parts: str) -> None:
    assert run.wait() == code
    assert run.text == ""
    (line,) = run.err.splitlines()
    assert line.startswith("pyforeman: ")
    for part in parts:
        assert part in line


def show(project: Project, name: str, *options: str, environment: dict[str, str] | None = None) -> str:
    """The variable ``name`` as a command sees it."""
    words = ("sh", "-c", f'printf %s "${{{name}-unset}}"')
    return ok(project.run("run", *options, *words, environment=environment))


@pytest.mark.parametrize("code", [0, 1, 3, 127, 255])
def test_the_exit_code_is_the_commands(project: Project, code: int) -> None:
    run = project.run("run", "sh", "-c", f"exit {code}")
    assert run.wait() == code
    assert (run.text, run.err) == ("", "")


def test_it_becomes_the_command(project: Project) -> None:
    run = project.run("run", "sh", "-c", "echo $$")
    assert int(ok(run)) == run.process.pid


def test_the_simple_line_of_a_type_becomes_the_program(project: Project) -> None:
    project.write("Procfile", "web: sh -c 'echo $$'\n")
    run = project.run("run", "web")
    assert int(ok(run)) == run.process.pid


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_ends_the_command_itself(project: Project, number: signal.Signals) -> None:
    run = project.run("run", "sh", "-c", "echo ready; exec tail -f /dev/null")
    run.read_until("ready")
    assert run.stop(number) == 128 + number
    assert run.err == ""


def test_the_command_may_handle_a_signal(project: Project) -> None:
    run = project.run("run", "sh", "-c", "trap 'echo handled; exit 7' TERM; echo ready; while :; do :; done")
    run.read_until("ready")
    assert run.stop(signal.SIGTERM) == 7
    assert run.text == "ready\nhandled\n"


@pytest.mark.parametrize("number", [signal.SIGPIPE, signal.SIGXFSZ])
def test_signals_that_python_ignores_are_not_ignored_in_the_command(
    project: Project, number: signal.Signals
) -> None:
    run = project.run("run", "sh", "-c", f"kill -{number.name[3:]} $$; echo alive")
    assert run.wait() == 128 + number
    assert run.text == ""


def test_standard_input_is_the_users(project: Project) -> None:
    assert ok(project.run("run", "cat", stdin=b"typed\n")) == "typed\n"


def test_nothing_stands_before_the_output(project: Project) -> None:
    project.write("Procfile", "web: echo hello\n")
    assert ok(project.run("run", "web")) == "hello\n"


@pytest.mark.parametrize(
    "words",
    [
        ("printf", "<%s>", "a b", "*", "$HOME", "it's", ""),
        ("--", "printf", "<%s>", "a b", "*", "$HOME", "it's", ""),
    ],
    ids=["plain", "after --"],
)
def test_arguments_arrive_as_they_are(project: Project, words: tuple[str, ...]) -> None:
    assert ok(project.run("run", *words)) == "<a b><*><$HOME><it's><>"


@pytest.mark.parametrize("words", ["echo -f x --no-env -h", "-- echo -f x --no-env -h"])
def test_options_after_the_command_are_the_commands(project: Project, words: str) -> None:
    assert ok(project.run("run", *words.split())) == "-f x --no-env -h\n"


def test_a_second_double_dash_is_the_commands(project: Project) -> None:
    assert ok(project.run("run", "--", "echo", "--", "a")) == "-- a\n"


def test_after_the_double_dash_nothing_is_an_option(project: Project) -> None:
    assert_refused(project.run("run", "--", "--help"), 127, "--help: command not found")


@pytest.mark.parametrize(
    "line",
    [
        "printf '<%s>' one",
        "exec printf '<%s>' one",
        "true && printf '<%s>' one",
        "FOO=1 printf '<%s>' one",
        "printf '<%s>' one # and a comment",
    ],
)
def test_arguments_are_appended_to_the_line_of_a_type(project: Project, line: str) -> None:
    project.write("Procfile", f"web: {line}\n")
    assert ok(project.run("run", "web")) == "<one>"
    assert ok(project.run("run", "web", "a b", "*", "$HOME", "--no-env")) == "<one><a b><*><$HOME><--no-env>"


def test_a_type_wins_over_a_program_of_its_name(project: Project) -> None:
    project.write("Procfile", "echo: printf %s mine\n")
    assert ok(project.run("run", "echo")) == "mine"


def test_release_can_be_run_by_hand(project: Project) -> None:
    project.write("Procfile", "release: echo migrated\nweb: x\n")
    assert ok(project.run("run", "release")) == "migrated\n"


PORT_LINE = "printf '%s %s' $PORT $PYFOREMAN_PROCESS_WEB_PORT"


@pytest.mark.parametrize(
    ("name", "environment", "env_file", "expected"),
    [
        ("web", {}, "", "5000 5000"),
        ("worker", {}, "", "5100 5000"),
        ("web", {"PORT": "1234"}, "", "1234 1234"),
        ("worker", {"PORT": "1234"}, "", "1334 1234"),
        ("web", {}, "PORT=2000\n", "2000 2000"),
        ("web", {"PORT": "1234"}, "PORT=2000\n", "1234 1234"),
    ],
)
def test_the_line_of_a_type_has_its_port(
    project: Project, name: str, environment: dict[str, str], env_file: str, expected: str
) -> None:
    project.write("Procfile", f"worker: {PORT_LINE}\nweb: {PORT_LINE}\n")
    project.write(".env", env_file)
    assert ok(project.run("run", name, environment=environment)) == expected


def test_another_command_has_the_port_it_would_have_without(project: Project) -> None:
    project.write("Procfile", "web: x\n")
    assert show(project, "PORT") == "unset"
    assert show(project, "PORT", environment={"PORT": "1234"}) == "1234"


@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        ("", {}, "file"),
        ("", {"A": "real"}, "real"),
        ("", {"A": ""}, ""),
        ("--env-override", {"A": "real"}, "file"),
        ("--no-env", {}, "unset"),
        ("--no-env", {"A": "real"}, "real"),
        ("-e other.env", {}, "other"),
        ("-e other.env,third.env", {}, "third"),
        ("-e third.env -e other.env", {}, "other"),
        ("-e other.env", {"A": "real"}, "real"),
    ],
)
def test_the_environment_is_that_of_the_formation(
    project: Project, options: str, environment: dict[str, str], expected: str
) -> None:
    project.write(".env", "A=file\n")
    project.write("other.env", "A=other\n")
    project.write("third.env", "A=third\n")
    assert show(project, "A", *options.split(), environment=environment) == expected


def test_the_local_env_file_wins(project: Project) -> None:
    project.write(".env", "A=file\nB=${A}\n")
    project.write(".env.local", "A=local\n")
    assert show(project, "A") == "local"
    assert show(project, "B") == "local"


@pytest.mark.parametrize(
    ("name", "environment", "expected"),
    [
        ("PS", {}, "run.1"),
        ("PYTHONUNBUFFERED", {}, "1"),
        ("PYTHONUNBUFFERED", {"PYTHONUNBUFFERED": "0"}, "0"),
        ("PYFOREMAN_PROCESS_MY_API_PORT", {}, "5100"),
    ],
)
def test_the_command_has_what_children_have(
    project: Project, name: str, environment: dict[str, str], expected: str
) -> None:
    project.write("Procfile", "my-api: x\nweb: y\n")
    assert show(project, name, environment=environment) == expected


@pytest.mark.parametrize("options", ["-d sub", "-f sub/Procfile"])
def test_it_runs_in_the_root_with_the_roots_env_file(project: Project, options: str) -> None:
    (project.folder / "sub").mkdir()
    project.write("sub/Procfile", "web: pwd; echo $A\n")
    project.write("sub/.env", "A=sub\n")
    project.write(".env", "A=here\n")
    expected = f"{project.folder / 'sub'}\nsub\n"
    assert ok(project.run("run", *options.split(), "web")) == expected
    assert ok(project.run("run", *options.split(), "sh", "-c", "pwd; echo $A")) == expected


def test_env_files_that_are_named_are_named_from_where_the_user_is(project: Project) -> None:
    (project.folder / "sub").mkdir()
    project.write("sub/my.env", "A=sub\n")
    project.write("my.env", "A=here\n")
    assert show(project, "A", "-d", "sub", "-e", "my.env") == "here"


def test_a_relative_program_is_looked_up_in_the_root(project: Project) -> None:
    (project.folder / "sub").mkdir()
    project.write("sub/tool", "#!/bin/sh\necho tool\n").chmod(0o755)
    assert ok(project.run("run", "-d", "sub", "./tool")) == "tool\n"


def test_a_program_is_looked_up_in_the_path_of_the_env_files(project: Project) -> None:
    (project.folder / "bin").mkdir()
    project.write("bin/my-tool", "#!/bin/sh\necho tool\n").chmod(0o755)
    project.write(".env", f"PATH={project.folder}/bin:${{PATH}}\n")
    assert ok(project.run("run", "--env-override", "my-tool")) == "tool\n"


def test_a_one_off_needs_no_procfile(project: Project) -> None:
    project.write(".env", "A=file\n")
    assert show(project, "A") == "file"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [("-f nowhere true", "nowhere: No such file"), ("-e nowhere true", "nowhere: No such file")],
)
def test_a_file_that_is_named_must_be_there(project: Project, arguments: str, part: str) -> None:
    project.write("Procfile", "web: x\n")
    assert_refused(project.run("run", *arguments.split()), 1, part)


@pytest.mark.parametrize(
    ("name", "text", "part"), [("Procfile", "web : x\n", "Procfile:1:4: "), (".env", "A\n", ".env:1: ")]
)
def test_a_file_that_does_not_parse_is_an_error(project: Project, name: str, text: str, part: str) -> None:
    project.write(name, text)
    assert_refused(project.run("run", "echo", "ran"), 1, part)


@pytest.mark.parametrize("procfile", ["", "web: x\n"], ids=["without a Procfile", "with one"])
@pytest.mark.parametrize(
    "words", [("no-such-program", "x"), ("./nowhere",), ("",)], ids=["name", "path", "empty"]
)
def test_a_command_that_does_not_exist_is_127(
    project: Project, procfile: str, words: tuple[str, ...]
) -> None:
    if procfile:
        project.write("Procfile", procfile)
    assert_refused(project.run("run", *words), 127, f"{words[0]}: ", "not found")


def test_a_whole_line_as_one_word_says_how_to_run_it(project: Project) -> None:
    assert_refused(project.run("run", "echo a && echo b"), 127, "not found", "sh -c")


def test_a_program_of_a_type_that_does_not_exist_is_127(project: Project) -> None:
    project.write("Procfile", "web: no-such-program\n")
    run = project.run("run", "web")
    assert run.wait() == 127
    assert "no-such-program" in run.err
    assert "Traceback" not in run.err


@pytest.mark.parametrize(
    ("text", "mode"),
    [("#!/bin/sh\n", 0o644), ("no program\n", 0o755), (None, 0)],
    ids=["mode", "format", "folder"],
)
def test_what_cannot_be_executed_is_126(project: Project, text: str | None, mode: int) -> None:
    tool = project.folder / "tool"
    if text is None:
        tool.mkdir()
    else:
        Path(tool).write_text(text)
        tool.chmod(mode)
    assert_refused(project.run("run", "./tool"), 126, "./tool: ")


@pytest.mark.parametrize("arguments", ["", "--", "--nonsense", "-e"])
def test_wrong_usage_is_2(project: Project, arguments: str) -> None:
    assert_refused(project.run("run", *arguments.split()), 2, "--help")
