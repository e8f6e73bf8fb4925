"""``pyforeman check``: for people and for CI. What each rule finds is in tests/unit/check."""

import json
import os
import socket
from pathlib import Path

import pytest

from conftest import Project
from harness import BIN, Run, free_base

SUCCESS = "valid procfile detected (web, worker)\n"
GOOD = "web: cat\nworker: cat\n"
"""cat is everywhere, ends never, and no rule has anything against it."""
FIXED_PORT = "web: ./web --port 8000\nworker: cat\n"
"""Of a program that is there: see :func:`check`."""


def check(
    project: Project,
    procfile: str | bytes,
    *arguments: str,
    environment: dict[str, str] | None = None,
) -> Run:
    """Run check on a Procfile, with a program ``./web`` beside it."""
    data = procfile if isinstance(procfile, bytes) else procfile.encode()
    (project.folder / "Procfile").write_bytes(data)
    project.write("web", "#!/bin/sh\n").chmod(0o755)
    return project.run("check", *arguments, environment=environment)


def assert_valid(run: Run, text: str = SUCCESS) -> None:
    assert run.wait() == 0
    assert run.text == text
    assert run.err == ""


def assert_found(run: Run, code: int, *parts: str) -> None:
    """The first line of each finding has its part, in this order."""
    assert run.wait() == code
    lines = [line for line in run.text.splitlines() if line.endswith("]") and ": " in line]
    assert len(lines) == len(parts), run.text
    for line, part in zip(lines, parts, strict=True):
        assert part in line
    assert run.err == ""


def assert_refused(run: Run, *parts: str) -> None:
    """It could not be judged: one line on stderr."""
    assert run.wait() == 2
    assert run.text == ""
    (line,) = run.err.splitlines()
    assert line.startswith("pyforeman: ")
    for part in parts:
        assert part in line


# What is valid


@pytest.mark.parametrize(
    "procfile",
    [
        pytest.param(b"web: cat\nworker: cat\n", id="plain"),
        pytest.param(b"# c\n\nweb: cat && cat\nworker:  cat", id="compound"),
    ],
)
def test_a_valid_procfile_is_one_line_with_the_names(project: Project, procfile: bytes) -> None:
    assert_valid(check(project, procfile))


def test_the_names_are_in_the_order_of_the_file_with_release(project: Project) -> None:
    run = check(project, "worker: cat\nrelease: true\nweb: cat\n")
    assert_valid(run, "valid procfile detected (worker, release, web)\n")


def test_what_is_worth_a_note_does_not_fail(project: Project) -> None:
    run = check(project, b"\xef\xbb\xbfweb: cat\r\nworker: cat\r\n")
    assert_found(run, 0, "note: ", "note: ")
    assert run.text.startswith(SUCCESS)


# Findings, in the order of the files


def test_every_problem_has_its_line(project: Project) -> None:
    run = check(project, "web : a\nok: cat\nok: cat\nbad\n")
    assert_found(run, 1, "Procfile:1:4: error: ", "Procfile:3:1: error: ", "Procfile:4:1: error: ")


def test_problems_of_all_files_are_shown(project: Project) -> None:
    project.write(".env", "A\nB=1\nC D\n")
    project.write(".env.local", "\nE\n")
    run = check(project, "bad\n")
    assert_found(run, 1, "Procfile:1:1: ", ".env:1:", ".env:3:", ".env.local:2:")


def test_a_valid_procfile_does_not_hide_a_bad_env_file(project: Project) -> None:
    project.write(".env", "A\n")
    assert_found(check(project, GOOD), 1, ".env:1:")


@pytest.mark.parametrize("arguments", [("--no-env",), ("-e", "good.env")], ids=" ".join)
def test_only_the_env_files_that_would_be_read_are_judged(
    project: Project, arguments: tuple[str, ...]
) -> None:
    project.write(".env", "A\n")
    project.write("good.env", "A=1\n")
    assert_valid(check(project, GOOD, *arguments))


@pytest.mark.parametrize(
    "arguments", [("-e", "bad.env"), ("-e", "good.env,bad.env"), ("-e", "good.env", "-e", "bad.env")]
)
def test_the_env_files_given_are_judged(project: Project, arguments: tuple[str, ...]) -> None:
    project.write("good.env", "A=1\n")
    project.write("bad.env", "A=1\n\nB\n")
    assert_found(check(project, GOOD, *arguments), 1, "bad.env:3:")


def test_the_place_is_marked_under_the_line(project: Project) -> None:
    run = check(project, "web: exec gunicorn app:app --bind 0.0.0.0:8000\n", "--select", "PF306")
    assert run.wait() == 0
    assert run.text.splitlines()[2:-2] == [
        "Procfile:1:35: warning: the port is fixed: 0.0.0.0:8000 [PF306]",
        "  |",
        "1 | web: exec gunicorn app:app --bind 0.0.0.0:8000",
        "  |                                   ^^^^^^^^^^^^",
        "  = help: write --bind 0.0.0.0:$PORT",
    ]


# The machine


def test_a_program_is_looked_for_as_a_process_would(project: Project) -> None:
    """On the PATH of the env file, and in the folder that the command goes to."""
    (project.folder / "tools").mkdir()
    for name in ("tools/here", "tools/not-yet"):
        program = project.write(name, "#!/bin/sh\n")
        program.chmod(0o755 if name.endswith("here") else 0o644)
    project.write(".env", f"PATH={project.folder}/tools:{os.defpath}\n")
    run = check(
        project,
        "a: here\nb: cd tools && ./here\nc: exec env A=1 nowhere\nd: tools/not-yet\n",
        "--env-override",
    )
    assert_found(run, 0, "Procfile:3:17: warning: ", "Procfile:4:4: warning: ")
    assert "[PF201]" in run.text
    assert "[PF202]" in run.text


def test_a_port_that_is_taken_is_named_with_its_holder(project: Project) -> None:
    base = free_base(0)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", base))
        holder.listen()
        run = check(project, "web: cat $PORT\nworker: cat\n", "-p", str(base))
        assert_found(run, 0, "note: ")
    assert f"{base}" in run.text
    assert f"pid {os.getpid()}" in run.text


def test_the_shell_is_asked_and_runs_nothing(project: Project) -> None:
    procfile = "web: cat $(echo > started)\nworker: $(echo > started); `echo > started\n"
    run = check(project, procfile)
    assert_found(run, 1, "Procfile:2:")
    assert "[PF113]" in run.text
    assert not (project.folder / "started").exists()


# The formation


@pytest.mark.parametrize(
    "arguments",
    ["web=2", "all=1 web=3", "-m web=2,worker=0", "web -x worker -p 8000 --port-step 10", "--no-port"],
)
def test_the_formation_is_judged_with_the_options_of_start(project: Project, arguments: str) -> None:
    assert_valid(check(project, GOOD, *arguments.split()))


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
    assert_refused(check(project, GOOD, *arguments.split()), part)


def test_a_formation_that_names_a_broken_line_leads_to_the_line(project: Project) -> None:
    assert_found(check(project, "web : cat\nworker: cat\n", "web=2"), 1, "Procfile:1:4: error: ")


@pytest.mark.parametrize(("count", "code"), [(1, 0), (3, 1)])
def test_a_scheduler_is_judged_by_how_many_there_are(project: Project, count: int, code: int) -> None:
    run = check(
        project,
        "web: cat\nscheduler: celery -A shop beat\n",
        *("web=2", f"scheduler={count}", "--select", "PF308", "--strict"),
    )
    parts = ["3 instances"] if code else []
    assert_found(run, code, *parts)


def test_what_start_has_by_itself_is_judged_too(project: Project) -> None:
    project.write(".foreman", "formation: wbe=2\n")
    assert_refused(check(project, GOOD), "'wbe'")


def test_a_port_in_the_defaults_that_is_none_is_refused(project: Project) -> None:
    project.write(".foreman", "port: abc\n")
    assert_refused(check(project, GOOD), "'abc'", ".foreman:1")


# What cannot be judged


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("-f nowhere", "nowhere: No such file"),
        ("-d sub", "sub/Procfile: No such file"),
        ("-d nowhere", "nowhere is not a folder"),
        ("-f .", "directory"),
        ("--nonsense", "--nonsense"),
        ("word", "word"),
        ("--select PF999", "PF999"),
        ("--ignore hard-coded-prot", "hard-coded-prot"),
        ("--explain PF999", "PF999"),
        ("--output-format xml", "xml"),
    ],
)
def test_what_cannot_be_judged_is_2(project: Project, arguments: str, part: str) -> None:
    (project.folder / "sub").mkdir()
    assert_refused(check(project, GOOD, *arguments.split()), part)


def test_no_procfile_is_2(project: Project) -> None:
    assert_refused(project.run("check"), "Procfile: No such file")


def test_a_missing_env_file_does_not_hide_the_problems_of_the_procfile(project: Project) -> None:
    run = check(project, "web : a\nbad\n", "-e", "nowhere")
    assert run.wait() == 2
    assert "Procfile:1:4: " in run.text
    assert "Procfile:2:1: " in run.text
    assert run.err.startswith("pyforeman: nowhere: No such file")


# Where it reads from


def test_the_procfile_can_come_from_standard_input(project: Project) -> None:
    assert_valid(project.run("check", "-f", "-", stdin=GOOD.encode()))


def test_problems_on_standard_input_are_named_so(project: Project) -> None:
    assert_found(project.run("check", "-f", "-", stdin=b"\nweb\n"), 1, "<stdin>:2:1: ")


def test_the_env_file_beside_the_procfile_is_judged(project: Project) -> None:
    (project.folder / "sub").mkdir()
    project.write("sub/Procfile", GOOD)
    assert_valid(project.run("check", "-f", "sub/Procfile"))
    project.write("sub/.env", "A\n")
    assert_found(project.run("check", "-f", "sub/Procfile"), 1, "sub/.env:1:")


@pytest.mark.parametrize("env", ["PORT=abc\n", "A=x\nPORT=70000\n"])
def test_what_start_refuses_in_the_files_check_finds(project: Project, env: str) -> None:
    project.write(".env", env)
    assert_found(check(project, GOOD), 1, "PORT")
    for arguments in (("-p", "6000"), ("--no-port",)):  # then nobody reads it
        assert_valid(check(project, GOOD, *arguments))


# Which rules


def test_a_comment_silences_a_rule_for_the_next_entry(project: Project) -> None:
    procfile = f"# pyforeman: ignore[PF306]\n{FIXED_PORT}"
    assert_found(check(project, FIXED_PORT, "--strict"), 1, "[PF306]")
    assert_valid(check(project, procfile, "--strict"))


def test_what_start_refuses_cannot_be_silenced(project: Project) -> None:
    procfile = "# pyforeman: ignore\nweb : cat\nworker: cat\n"
    run = check(project, procfile, "--ignore", "PF1", "--select", "PF306")
    assert_found(run, 1, "Procfile:2:4: error: ")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("", 1),
        ("--ignore PF3", 0),
        ("--select PF1,PF2", 0),
        ("--ignore hard-coded-port", 0),
        ("--select PF306", 1),
    ],
)
def test_rules_are_chosen_by_id_and_name(project: Project, arguments: str, code: int) -> None:
    assert check(project, FIXED_PORT, "--strict", *arguments.split()).wait() == code


def test_pyproject_says_what_the_command_line_leaves_open(project: Project) -> None:
    project.write("pyproject.toml", '[tool.pyforeman.check]\nstrict = true\nselect = ["PF306"]\n')
    (project.folder / "sub").mkdir()
    project.write("sub/Procfile", FIXED_PORT.replace("./", "../"))
    project.write("web", "#!/bin/sh\n").chmod(0o755)
    assert project.run("check", "-f", "sub/Procfile").wait() == 1
    assert project.run("check", "-f", "sub/Procfile", "--select", "PF1").wait() == 0
    assert project.run("check", "-f", "sub/Procfile", "--no-strict").wait() == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [("", 0), ("--ignore PF1", 0), ("--select PF306", 1), ("--select PF3 --ignore PF306", 0)],
)
def test_select_wins_over_pyproject_and_ignore_adds_to_it(
    project: Project, arguments: str, code: int
) -> None:
    project.write("pyproject.toml", '[tool.pyforeman.check]\nignore = ["PF306"]\n')
    assert check(project, FIXED_PORT, "--strict", *arguments.split()).wait() == code


def test_a_mistake_in_pyproject_is_2(project: Project) -> None:
    project.write("pyproject.toml", "[tool.pyforeman.check]\nselct = []\n")
    assert_refused(check(project, GOOD), "pyproject.toml", "selct")


def test_a_server_for_development_is_judged_in_production(project: Project) -> None:
    procfile = "web: flask run --port $PORT\n"
    development = check(project, procfile, "--select", "PF3")
    assert development.wait() == 0
    assert "PF312" not in development.text
    assert_found(check(project, procfile, "--select", "PF3", "--profile", "production"), 0, "[PF312]")


# How findings are told


def test_json_is_a_list_of_objects(project: Project) -> None:
    run = check(project, FIXED_PORT, "--output-format", "json")
    assert run.wait() == 0
    (finding,) = json.loads(run.text)
    assert (
        finding.items()
        >= {
            "id": "PF306",
            "severity": "warning",
            "path": "Procfile",
            "line": 1,
            "column": 19,
        }.items()
    )
    assert finding["message"]
    assert finding["help"]
    assert json.loads(check_text(project, GOOD, "json")) == []


def check_text(project: Project, procfile: str, output_format: str) -> str:
    run = check(project, procfile, "--output-format", output_format)
    run.wait()
    return run.text


def test_github_is_told_in_its_own_words(project: Project) -> None:
    text = check_text(project, FIXED_PORT, "github")
    assert "::warning file=Procfile,line=1,col=19," in text


def test_sarif_is_one_document(project: Project) -> None:
    document = json.loads(check_text(project, FIXED_PORT, "sarif"))
    assert document["version"] == "2.1.0"
    (result,) = document["runs"][0]["results"]
    assert result["ruleId"] == "PF306"


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_are_for_terminals(
    project: Project, arguments: tuple[str, ...], environment: dict[str, str], coloured: bool
) -> None:
    run = check(project, FIXED_PORT, *arguments, environment=environment)
    assert run.wait() == 0
    assert ("\x1b[" in run.text) is coloured


@pytest.mark.parametrize("output_format", ["text", "json", "github", "sarif"])
def test_a_secret_is_nowhere(project: Project, output_format: str) -> None:
    procfile = "web: env AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfi ./web --port 8000\n"
    text = check_text(project, procfile, output_format)
    assert "PF307" in text
    assert "wJalr" not in text


def test_a_rule_is_explained_without_a_project(project: Project) -> None:
    for name in ("PF306", "pf306", "hard-coded-port"):
        run = project.run("check", "--explain", name)
        assert run.wait() == 0
        assert run.text.startswith("PF306 hard-coded-port (warning)\n")


# Mending

CROOKED = b"\xef\xbb\xbfweb : cat\r\nworker: cat\r\n"


def test_fix_mends_what_needs_no_judgement_and_judges_the_rest(project: Project) -> None:
    run = check(project, CROOKED, "--fix")
    assert run.wait() == 0
    assert run.text == SUCCESS
    assert run.err == "pyforeman: mended Procfile\n"
    assert (project.folder / "Procfile").read_bytes() == GOOD.encode()


def test_diff_shows_it_and_changes_nothing(project: Project) -> None:
    run = check(project, CROOKED, "--diff")
    assert run.wait() == 1
    assert "-\ufeffweb : cat\r\n" in run.out.decode()
    assert "+web: cat\n" in run.text
    assert (project.folder / "Procfile").read_bytes() == CROOKED


def test_where_nothing_is_to_be_mended_nothing_is_written(project: Project) -> None:
    (project.folder / "Procfile").write_text(GOOD)
    before = (project.folder / "Procfile").stat().st_ino
    assert_valid(project.run("check", "--fix"))
    assert_valid(project.run("check", "--diff"), "")
    assert (project.folder / "Procfile").stat().st_ino == before  # a new one has another


def test_standard_input_cannot_be_mended(project: Project) -> None:
    assert_refused(project.run("check", "-f", "-", "--fix", stdin=CROOKED), "<stdin>", "--diff")


def test_what_is_not_utf8_is_left_as_it_is(project: Project) -> None:
    data = b"web : cat\nworker: \xff\n"
    assert check(project, data, "--fix").wait() == 1
    assert (project.folder / "Procfile").read_bytes() == data


# The plan


def test_the_plan_says_where_each_variable_came_from(project: Project) -> None:
    project.write(".env", "DATABASE_URL=postgres://shop:hunter2@localhost/shop\nCOLOUR=red\n")
    project.write(".env.local", "COLOUR=blue\n")
    run = check(project, GOOD, "--plan", "web=2", "-p", "7000")
    assert run.wait() == 0
    assert "web.2 on port 7001" in run.text
    assert "worker.1" not in run.text
    assert "COLOUR=blue" in run.text
    assert ".env.local:1" in run.text
    assert "hunter2" not in run.text


def test_the_plan_is_there_for_programs(project: Project) -> None:
    run = check(project, GOOD, "--plan", "--output-format", "json", environment={"COLOUR": "red"})
    assert run.wait() == 0
    web, worker = json.loads(run.text)
    assert (web["process"], web["port"], web["command"]) == ("web.1", 5000, "cat")
    assert web["environment"]["PORT"] == {"value": "5000", "from": "pyforeman"}
    assert worker["environment"]["COLOUR"] == {"value": "red", "from": "environment"}


@pytest.mark.parametrize(("procfile", "code"), [("web : cat\n", 1), ("release: true\n", 2)])
def test_there_is_no_plan_of_what_start_refuses(project: Project, procfile: str, code: int) -> None:
    run = check(project, procfile, "--plan")
    assert run.wait() == code
    assert run.text == ""


# What check passes, start runs


@pytest.mark.parametrize(
    ("procfile", "env", "valid"),
    [
        ("web: true\n", "", True),
        ("web: true\r\n", "A=1\r\n", True),
        ("web:true", "export A='1'", True),
        ("a-b_1: true # rest\n", "A=${B:-x}\n", True),
        ("web: if\n", "", False),
        ("web : true\n", "", False),
        ("web: true\nweb: true\n", "", False),
        ("# nothing\n", "", False),
        ("", "", False),
        ("web: true\n", "A\n", False),
        ("web: true\n", "A='open\n", False),
        ("web: true\n", "PORT=0\n", False),
        ("web.1: true\n", "", False),
    ],
)
def test_start_and_check_agree(project: Project, procfile: str, env: str, valid: bool) -> None:
    project.write(".env", env)
    assert (check(project, procfile).wait() == 0) is valid
    assert (project.run("start", "--restart", "never").wait() == 0) is valid


def test_no_example_has_a_finding(project: Project) -> None:
    """With the programs of this virtual environment; what else they run guards itself."""
    examples = Path(__file__).parents[2] / "examples"
    procfiles = sorted(examples.glob("*/Procfile*"))
    assert len(procfiles) >= 4
    path = f"{BIN}:{os.environ['PATH']}"
    for procfile in procfiles:
        run = project.run("check", "-f", str(procfile), environment={"PATH": path})
        assert run.wait() == 0
        assert len(run.text.splitlines()) == 1, run.text
