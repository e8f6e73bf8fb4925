"""``logs``: what processes of a running formation have written, and what they write."""

import json
import re
import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from conftest import Project
from harness import Run, child, eventually
from terminal import pyforeman

TALKS = "web: echo one; echo two; printf 'caf\\351\\n'; echo three; exec sleep 1000\n"


def talking(project: Project, *arguments: str) -> Run:
    run = project.start(TALKS, *arguments)
    run.read_until(r"\| three$")
    return run


def logs(project: Project, *arguments: str) -> Run:
    """``logs``, to its end."""
    run = project.run("logs", *arguments)
    code = run.wait()
    assert (code, run.err) == (0, "")
    return run


def texts(run: Run) -> list[str]:
    return [line.partition("| ")[2] for line in run.text.splitlines()]


def test_it_prints_what_start_has_shown_and_ends(project: Project) -> None:
    start = talking(project)
    assert logs(project).out == start.out
    assert texts(logs(project, "-n", "2")) == ["caf�", "three"]
    assert texts(logs(project, "web.1", "-n", "all")) == ["one", "two", "caf�", "three"]
    assert texts(logs(project, "system")) == [f"web.1 started, pid {start.pid_of('web.1')}, port 5000"]
    assert start.stop() == 143


def test_json_is_that_of_start(project: Project) -> None:
    start = project.start(TALKS, "--format", "json")
    start.read_until("three")
    of_start = [json.loads(line) for line in start.text.splitlines() if '"event"' not in line]
    of_logs = [json.loads(line) for line in logs(project, "--json", "web").text.splitlines()]
    assert [line["text"] for line in of_logs] == ["one", "two", "caf�", "three"]
    assert of_logs[2]["base64"] == "Y2Fm6Q=="
    for ours, theirs in zip(of_logs, of_start, strict=True):
        late = datetime.fromisoformat(theirs.pop("time")) - datetime.fromisoformat(ours.pop("time"))
        assert timedelta() <= late <= timedelta(seconds=0.01)
        assert ours == theirs
    assert start.stop() == 143


def test_grep_gives_the_last_lines_that_fit(project: Project) -> None:
    start = talking(project)
    assert texts(logs(project, "web", "--grep", "^t|o")) == ["one", "two", "three"]
    assert texts(logs(project, "web", "--grep", "^t|o", "-n", "1")) == ["three"]
    assert logs(project, "--grep", "nothing like it", "-n", "9" * 20).out == b""
    assert start.stop() == 143


def test_since_leaves_out_what_is_older(project: Project) -> None:
    project.write("go", "")
    start = project.start("web: echo old; exec tail -f go\n")
    start.read_until(r"\| old$")
    assert texts(logs(project, "web", "--since", "1h")) == ["old"]
    (project.folder / "go").write_text("new\n")
    start.read_until(r"\| new$")
    of_the_last = json.loads(logs(project, "web", "-n", "1", "--json").text)
    assert texts(logs(project, "web", "--since", of_the_last["time"])) == ["new"]
    assert start.stop() == 143


def test_it_follows_line_by_line_and_ends_with_the_formation(project: Project) -> None:
    project.write("go", "")
    start = project.start("web: echo one; exec tail -f go\n")
    start.read_until(r"\| one$")
    follower = project.run("logs", "-f", "web")
    follower.read_until(r"\| one$")
    with (project.folder / "go").open("a") as go:
        for word in ("two", "three"):
            print(word, file=go, flush=True)
            follower.read_until(rf"\| {word}$")
    start.stop()
    assert follower.wait() == 0
    assert texts(follower) == ["one", "two", "three"]
    assert follower.err == ""


def test_it_follows_what_fits_from_the_last_on(project: Project) -> None:
    project.write("go", "")
    start = project.start("web: echo one; echo other; exec tail -f go\n")
    start.read_until(r"\| other$")
    follower = project.run("logs", "-f", "-n", "1", "--grep", "o.e")
    follower.read_until(r"\| one$")
    (project.folder / "go").write_text("two\nmore\n")
    follower.read_until(r"\| more$")
    assert texts(follower) == ["one", "more"]
    start.stop()
    assert follower.wait() == 0


def test_interrupted_it_is_130_and_the_formation_runs_on(project: Project) -> None:
    start = talking(project)
    follower = project.run("logs", "-f")
    follower.read_until(r"\| three$")
    assert follower.stop(signal.SIGINT) == 130
    assert follower.err == ""
    assert texts(logs(project, "-n", "1")) == ["three"]
    assert start.stop() == 143


def test_it_ends_when_its_reader_leaves_though_no_line_comes(project: Project) -> None:
    start = talking(project)
    follower = project.run("logs", "-f")
    follower.read_until(r"\| three$")
    follower.close_stdout()
    assert follower.wait() == 141
    assert follower.err == ""
    assert start.stop() == 143


def test_a_reader_that_stops_reading_keeps_nobody_waiting_and_is_told(project: Project) -> None:
    project.write("go", "")
    start = project.start(f"web: echo first; tail -f go | (read line; {child('flood', 'web', 300_000)})\n")
    start.read_until(r"\| first$")
    follower = project.run("logs", "-f", "web")
    follower.read_until(r"\| first$")
    (project.folder / "go").write_text("now\n")
    start.read_until(r"web 299999 ")
    eventually((project.folder / "web.count").exists, "the flood is over")
    eventually(lambda: follower._read_some(0.1) and "skipped" in follower.err, "it reads on, and is told")
    start.stop()
    assert follower.wait() == 0
    told = re.findall(r"… ([\d,]+) bytes were skipped: this reader was too slow", follower.err)
    assert told
    lines = [text for text in texts(follower) if text.startswith("web ")]
    assert 0 < len(lines) < 300_000
    assert all(re.fullmatch(r"web \d+ x*", line) for line in lines)
    numbers = [int(line.split()[1]) for line in lines]
    assert numbers == sorted(numbers)
    missing = set(range(300_000)) - set(numbers)
    size = sum(len(f"web {number} ") + number % 97 + 1 for number in missing)
    assert sum(int(number.replace(",", "")) for number in told) == size


def test_a_process_that_was_added_has_its_lines_and_its_file(project: Project) -> None:
    start = project.start("web: echo $PORT; exec sleep 1000\n", "--log-dir", "logs", "-p", "5000")
    start.read_until(r"\| 5000$")
    assert project.run("scale", "web=12").wait() == 0
    start.read_until(r"web\.12 *\| 5011$")
    assert (project.folder / "logs" / "web.12.log").read_text() == "5011\n"
    assert texts(logs(project, "web.12")) == ["5011"]
    assert project.run("scale", "web=1").wait() == 0
    assert texts(logs(project, "web.12")) == ["5011"]  # what has left a line can be asked for
    assert start.stop() == 143


def test_on_a_terminal_it_looks_as_start_does(project: Project) -> None:
    moves = b"\x1b[?1049h\x1b[2J10%\r\x1b[31m20%\x1b[0m\n"
    start = project.start(f"web: {child('write', moves.hex())}; exec sleep 1000\n")
    start.read_until("20%")
    terminal = project.terminal("web: true\n", command=pyforeman("logs", "web", "--timestamps", "off"))
    assert terminal.wait() == 0
    assert terminal.lines == ["web.1  | 20%"]
    assert terminal.colours("20%") == ["red"] * 3
    assert terminal.colours("web") == ["cyan"] * 3
    assert start.stop() == 143


def test_colours_are_those_of_the_types_and_none_go_into_a_pipe(project: Project) -> None:
    start = project.start("web: sleep 1000\nworker: echo hello; exec sleep 1000\n")
    start.read_until("hello")
    assert b"\x1b" not in logs(project).out
    forced = logs(project, "worker", "--color", "always", "--timestamps", "off")
    assert forced.out == b"\x1b[33mworker.1 | \x1b[mhello\n"
    assert start.stop() == 143


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["nope"], 2, "no process 'nope'; the formation is web=1"),
        (["--grep", "("], 2, "--grep: '(' is no regular expression: missing )"),
        (["--since", "noon"], 2, "--since: 'noon' is no time; write 30s, 5m"),
        (["-n", "some"], 2, "'some' is no number of lines; write 100, or all"),
        (["-n", "-1"], 2, "'-1' is no number of lines; write 100, or all"),
    ],
)
def test_what_makes_no_sense_is_an_error(
    project: Project, arguments: list[str], code: int, error: str
) -> None:
    start = talking(project)
    run = project.run("logs", *arguments)
    assert run.wait() == code
    assert error in run.err
    assert run.err.count("\n") == 1
    assert start.stop() == 143


def test_where_nothing_runs(project: Project, tmp_path: Path) -> None:
    run = project.run("logs")
    assert run.wait() == 1
    assert "no formation is running in" in run.err
