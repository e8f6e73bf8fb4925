"""What comes out: the children's bytes, whole lines, prefixes, colours, JSON, log files, stalled readers."""

import base64
import json
import os
import re
import signal
import stat
import sys
import time
from pathlib import Path

import pytest

from conftest import Project
from harness import Run, child, eventually, shell

NON_BLOCKING = "import os, sys; os.set_blocking(1, False); os.execvp(sys.argv[1], sys.argv[1:])"
JSON = ("--format", "json")
RED = b"\x1b[31mred\x1b[0m\n"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the fact is read from /proc, or is Linux's own")


def write(*chunks: bytes) -> str:
    """The command that writes these bytes, each chunk with one write."""
    return child("write", *(chunk.hex() for chunk in chunks))


def lines_of(out: bytes, process: str) -> list[bytes]:
    """The bytes after the prefix of each line of one process, whatever they are."""
    return re.findall(rb"(?:^|\n)\S+ %s *\| ([^\n]*)(?=\n)" % re.escape(process.encode()), out)


def assert_numbered(lines: list[bytes], name: str, count: int) -> None:
    """Line k is what flood.py writes as its line k: complete, in order, not cut, not mixed."""
    assert len(lines) == count
    for number, line in enumerate(lines):
        assert line == b"%s %d %s" % (name.encode(), number, b"x" * (number % 97))


# Bytes and lines


@pytest.mark.parametrize(
    "line",
    [
        b"10 %\r20 %\r30 %",
        b"ends with a carriage return\r",
        b"\x1b[31mred\x1b[0m \x1b[2J\x1b[1;1H \x1b]0;title\x07",
        b"invalid \xff\xfe UTF-8 \xc3",
        b"NUL \x00, bell \x07, backspace \x08",
        b"trailing blanks  \t ",
        b"",
        b"   ",
        b"form\x0cfeed, vertical\x0btab, NEL \xc2\x85, LS \xe2\x80\xa8, FS \x1c",
        b"web.2  | looks like a prefix",
    ],
)
def test_the_bytes_after_the_prefix_are_the_childs(project: Project, line: bytes) -> None:
    data = b"before\n" + line + b"\nafter"
    run = project.start(f"web: {write(data)}\n")
    assert run.wait() == 0
    assert lines_of(run.out, "web.1") == [b"before", line, b"after"]


def test_what_is_written_to_stderr_is_in_order_with_stdout(project: Project) -> None:
    run = project.start("web: for n in 1 2 3; do echo out $n; echo err $n >&2; done\n")
    assert run.wait() == 0
    assert run.lines("web.1") == [f"{stream} {n}" for n in (1, 2, 3) for stream in ("out", "err")]


def test_half_a_line_of_one_process_holds_up_no_other(project: Project) -> None:
    run = project.start(f"web: {child('halves')}\nworker: {child('halves')}\n")
    for name in ("web.1", "worker.1"):
        run.read_until(rf"{re.escape(name)} +\| ready")
    # Both have half a line open; now worker goes on and on.
    for count in range(1, 6):
        os.kill(run.pid_of("worker.1"), signal.SIGUSR1)
        run.read_until(rf"(?s)(left half, right half.*){{{count}}}")
    assert run.lines("web.1") == ["ready"]
    os.kill(run.pid_of("web.1"), signal.SIGUSR1)
    run.read_until(r"web\.1 +\| left half, right half$")
    assert run.lines("worker.1") == ["ready"] + 5 * ["left half, right half"]
    assert run.stop() == 143
    assert run.lines("web.1") == ["ready", "left half, right half", "left half,"]


def test_two_floods_never_share_a_line_and_lose_none(project: Project) -> None:
    run = project.start(f"a: {child('flood', 'a', 50_000)}\nb: {child('flood', 'b', 50_000)}\n")
    assert run.wait() == 0
    for name in ("a", "b"):
        assert_numbered(lines_of(run.out, f"{name}.1")[1:], name, 50_000)
    assert re.fullmatch(rb"(\S+ (a\.1|b\.1|system) *\| [^\n]*\n)*", run.out)


@pytest.mark.parametrize("size", [3 << 20, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_a_line_longer_than_1_mib_comes_in_pieces_of_1_mib(project: Project, size: int) -> None:
    data = f"import sys; sys.stdout.write('x' * {size}); print(); print('next')"
    run = project.start(f'web: {sys.executable} -c "{data}"\n')
    assert run.wait() == 0
    *pieces, last = lines_of(run.out, "web.1")
    assert last == b"next"
    whole, rest = divmod(size, 1 << 20)
    assert [len(piece) for piece in pieces] == [1 << 20] * whole + [rest] * bool(rest)
    assert set(b"".join(pieces)) == {ord("x")}


def test_each_line_comes_as_soon_as_it_is_written(project: Project) -> None:
    """Nothing is held back until more comes: the child waits for ever after its first line."""
    run = project.start(f"web: {child('worker')}\n")
    run.read_until("worker ready")
    assert run.stop() == 143


# The prefix


@pytest.mark.parametrize(
    ("kind", "stamp"),
    [
        ("time", r"\d\d:\d\d:\d\d "),
        ("ms", r"\d\d:\d\d:\d\d\.\d{3} "),
        ("iso", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d "),
        ("delta", r" +\+\d\.\d{3} "),
        ("off", ""),
    ],
)
def test_timestamps(project: Project, kind: str, stamp: str) -> None:
    run = project.start("web: echo text\nlong-name: echo text\n", "--timestamps", kind)
    assert run.wait() == 0
    lines = run.text.splitlines()
    assert all(re.fullmatch(rf"{stamp}(web\.1      |long-name\.1|system     ) \| .*", line) for line in lines)
    assert re.search(rf"^{stamp}web\.1       \| text$", run.text, re.MULTILINE)


def test_the_column_is_as_wide_as_the_longest_name_there_can_be(project: Project) -> None:
    run = project.start("web: echo text\na-very-long-name: echo text\n", "web")
    assert run.wait() == 0
    assert re.search(r"^\S+ web\.1              \| text$", run.text, re.MULTILINE)


PROCFILE = "web: echo text\nworker: echo text\nclock: echo text\n"
COLOURS = {"web": "36", "worker": "33", "clock": "32"}


def colours(run: Run) -> dict[str, str]:
    """The colour of each process's prefix, by type."""
    found = re.findall(r"^\x1b\[(\d+)m\S+ (\w+)\.1 *\| \x1b\[mtext$", run.text, re.MULTILINE)
    return {name: number for number, name in found}


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ((), {}, False),
        (("--color", "auto"), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": ""}, False),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"PYFOREMAN_COLOR": "always"}, True),
    ],
)
def test_when_the_prefix_is_coloured(
    project: Project, arguments: tuple[str, ...], environment: dict[str, str], coloured: bool
) -> None:
    run = project.start(PROCFILE, *arguments, environment=environment)
    assert run.wait() == 0
    assert colours(run) == (COLOURS if coloured else {})
    assert ("\x1b" in run.text) == coloured


@pytest.mark.parametrize("asked", ["web", "worker", "clock", "web,clock"])
def test_a_type_has_its_colour_whichever_others_run(project: Project, asked: str) -> None:
    run = project.start(PROCFILE, "--color", "always", "-m", asked)
    assert run.wait() == 0
    assert colours(run) == {name: COLOURS[name] for name in asked.split(",")}


def test_all_instances_of_a_type_have_its_colour(project: Project) -> None:
    run = project.start("a: echo text\nweb: echo text\n", "--color", "always", "web=3")
    assert run.wait() == 0
    assert sorted(re.findall(r"\x1b\[33m\S+ (web\.\d)", run.text)) == ["web.1", "web.2", "web.3"]


# Which processes are shown


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("--quiet", "web"), "clock.1 worker.1"),
        (("--quiet", "web.2"), "clock.1 web.1 worker.1"),
        (("--quiet", "w*"), "clock.1"),
        (("-q", "web.1,clock"), "web.2 worker.1"),
        (("-q", "web.1", "-q", "clock"), "web.2 worker.1"),
        (("--only", "web"), "web.1 web.2"),
        (("--only", "web.2"), "web.2"),
        (("--only", "w*"), "web.1 web.2 worker.1"),
        (("--only", "w*", "--quiet", "*.1"), "web.2"),
        (("--only", "*.1"), "clock.1 web.1 worker.1"),
    ],
)
def test_quiet_and_only_choose_what_is_shown_never_what_runs(
    project: Project, arguments: tuple[str, ...], shown: str
) -> None:
    run = project.start(PROCFILE, "all=1", "web=2", *arguments)
    assert run.wait() == 0
    assert " ".join(sorted(set(re.findall(r"^\S+ (\S+) *\| text$", run.text, re.MULTILINE)))) == shown
    for name in ("clock.1", "web.1", "web.2", "worker.1"):
        for what in ("started", "finished"):
            assert any(line.startswith(f"{name} {what}") for line in run.lines("system"))


# JSON


def test_json_is_one_object_a_line(project: Project) -> None:
    text = 'plain\n{"json": "inside"}\nümlaut \x1b[31m\x00\u2028\n\n'
    data = text.encode() + b"\xff \xc3\n" + b"end"
    run = project.start(f"web: {write(data)} && exit 3\n", *JSON, "--restart", "never", "--no-port")
    assert run.wait() == 3
    objects = [json.loads(line) for line in run.out.decode().split("\n")[:-1]]
    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", o["time"]) for o in objects
    )
    lines = [o for o in objects if "event" not in o]
    assert {o["process"] for o in lines} == {"web.1"}
    assert [o["text"] for o in lines] == [
        *text.split("\n")[:-1],
        "\N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER}",
        "end",
    ]
    assert [base64.b64decode(o["base64"]) for o in lines if "base64" in o] == [b"\xff \xc3"]
    own = [o for o in objects if "event" in o]
    assert [o["event"] for o in own] == ["started", "crashed", "ended"]
    assert own[0]["process"] == "web.1"
    assert {o["pid"] for o in lines} == {own[0]["pid"]}
    assert own[1]["process"] == "web.1"
    assert own[1]["code"] == 3


def test_json_has_no_colours_of_ours_whatever_is_asked(project: Project) -> None:
    run = project.start("web: echo text\n", *JSON, "--color", "always")
    assert run.wait() == 0
    assert "\\u001b" not in run.text
    assert "\x1b" not in run.text


# Log files


def test_log_files_have_the_lines_and_belong_to_the_user_alone(project: Project) -> None:
    procfile = f"web: {write(RED)}\nworker: echo worked\n"
    run = project.start(procfile, "--log-dir", "logs", "--quiet", "web", "web=2", "worker=1")
    assert run.wait() == 0
    assert "red" not in run.text
    logs = project.folder / "logs"
    assert stat.S_IMODE(logs.stat().st_mode) == 0o700
    assert sorted(path.name for path in logs.iterdir()) == [
        "all.log",
        "web.1.log",
        "web.2.log",
        "worker.1.log",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in logs.iterdir()} == {0o600}
    assert (logs / "web.1.log").read_bytes() == b"red\n"
    assert (logs / "worker.1.log").read_bytes() == b"worked\n"
    everything = (logs / "all.log").read_text()
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d"
    assert all(
        re.fullmatch(rf"{stamp} (web\.[12]|worker\.1|system) *\| .*", t) for t in everything.splitlines()
    )
    assert len(re.findall(r"web\.[12] +\| red$", everything, re.MULTILINE)) == 2
    assert "web.1 finished" in everything
    assert "\x1b" not in everything


def test_log_files_are_appended_and_all_log_has_the_order_of_the_terminal(project: Project) -> None:
    for _ in range(2):
        run = project.start("web: echo text\nworker: echo text\n", "--log-dir", "logs", "--timestamps", "iso")
        assert run.wait() == 0
    logs = project.folder / "logs"
    assert (logs / "web.1.log").read_text() == "text\ntext\n"
    plain = re.compile(r"^\S+ ", re.MULTILINE)  # the clock may have gone on between the two
    assert plain.sub("", (logs / "all.log").read_text()).endswith(plain.sub("", run.text))


def test_a_log_folder_that_cannot_be_made_is_an_error_before_the_start(project: Project) -> None:
    project.write("file", "")
    run = project.start("web: touch started\n", "--log-dir", "file/logs")
    assert run.wait() == 1
    assert run.err.startswith("pyforeman: ")
    assert run.err.count("\n") == 1
    assert not (project.folder / "started").exists()


@LINUX
def test_a_full_disk_costs_one_line_and_the_rest_goes_on(project: Project) -> None:
    logs = project.folder / "logs"
    logs.mkdir()
    (logs / "web.1.log").symlink_to("/dev/full")
    run = project.start(
        "web: for n in 1 2 3; do echo $n; sleep 0.1; done\nworker: echo worked\n", "--log-dir", "logs"
    )
    assert run.wait() == 0
    assert run.lines("web.1") == ["1", "2", "3"]
    told = [line for line in run.lines("system") if "No space left on device" in line]
    assert len(told) == 1
    assert "web.1.log" in told[0]
    assert (logs / "worker.1.log").read_text() == "worked\n"
    assert told[0] in (logs / "all.log").read_text()


# The other end of stdout


@pytest.mark.parametrize("server", [child("graceful", 5, 0.2), child("flood", "a", 0), child("stubborn")])
def test_when_the_reader_leaves_all_end_with_141(project: Project, server: str) -> None:
    """Also when no child ever writes again: nothing has to be written to see it."""
    run = project.start(f"web: {server}\n", "web=2", "-t", "0.5")
    for number in (1, 2):
        run.read_until(rf"web\.{number} +\| ready")
    run.close_stdout()
    assert run.wait() == 141
    assert not run.survivors()
    assert run.err == ""


def test_a_reader_that_takes_its_time_gets_everything(project: Project) -> None:
    run = project.start(f"a: {child('flood', 'a', 50_000)}\nb: {child('flood', 'b', 50_000)}\n")
    run.read_until(r"(?s)(\| ready.*){2}")
    stall(run)
    assert run.wait() == 0
    for name in ("a", "b"):
        assert_numbered(lines_of(run.out, f"{name}.1")[1:], name, 50_000)
    assert run.err == ""


def stall(run: Run) -> None:
    """Read nothing until the children, who write without a pause, are blocked in their own writes."""
    floods = ("flood.py", "yes")
    children = [
        process for process in run.survivors() if any(name in " ".join(process.cmdline()) for name in floods)
    ]
    assert children
    before: list[float] = []
    while True:
        # A flood that gets on uses the processor: none of it in 0.3 s means that it waits.
        now = [sum(process.cpu_times()[:2]) for process in children]
        if now == before:
            return
        before = now
        time.sleep(0.3)  # see above: no event tells of a process that does nothing


def test_a_stalled_reader_blocks_the_children_in_bounded_memory_and_a_stop_still_works(
    project: Project,
) -> None:
    run = project.start(f"a: {child('flood', 'a', 0)}\nb: {child('flood', 'b', 0)}\n", "-t", "5")
    run.read_until(r"(?s)(\| ready.*){2}")
    memory = run.manager.memory_info().rss
    stall(run)
    assert run.manager.memory_info().rss - memory < 64 << 20
    run.signal(signal.SIGTERM)
    began = time.monotonic()
    run.process.wait(timeout=30)
    assert time.monotonic() - began < 5 + 4
    assert run.wait() == 143
    assert not run.survivors()
    # Their handler of SIGTERM has run, and they had nothing to wait for.
    written = {name: int((project.folder / f"{name}.count").read_text()) for name in ("a", "b")}
    shown = {name: lines_of(run.out, f"{name}.1")[1:] for name in ("a", "b")}
    for name, lines in shown.items():
        assert_numbered(lines, name, len(lines))
    lost = re.fullmatch(r"pyforeman: stdout: .*: (\d+) lines \(\d+ bytes\) are lost\n", run.err)
    assert lost, run.err
    own = sum(b" system " in line for line in run.out.split(b"\n")[:-1])
    # Own lines: two "started", "SIGTERM received", two "stopped"; and both have written "ready".
    assert int(lost[1]) == sum(written.values()) - sum(map(len, shown.values())) + 5 - own


def test_memory_stays_bounded_beside_many_floods_of_empty_lines(project: Project) -> None:
    # An empty line grows twentyfold by its prefix: what counts is what was rendered, not what was read.
    run = project.start("flood: echo ready; exec yes ''\n", "flood=60")
    run.read_until(r"\| ready")
    memory = run.manager.memory_info().rss
    stall(run)
    assert run.manager.memory_info().rss - memory < 16 << 20
    run.signal(signal.SIGTERM)
    run.process.wait(timeout=30)
    assert run.wait() == 143


def test_a_stdout_that_cannot_be_written_is_said_and_ends_it_with_1(project: Project) -> None:
    limited = ("/bin/sh", "-c", 'ulimit -f 64; exec "$@" > out.txt', "sh")
    run = project.start(f"a: {child('flood', 'a', 0)}\n", wrap=limited)
    assert run.wait() == 1
    assert run.err == "pyforeman: stdout: File too large; stopping\n"


def test_a_reader_that_comes_back_during_the_stop_gets_everything(project: Project) -> None:
    run = project.start(f"a: {child('flood', 'a', 0)}\n")
    run.read_until(r"\| ready")
    stall(run)
    assert run.stop() == 143
    written = int((project.folder / "a.count").read_text())
    assert_numbered(lines_of(run.out, "a.1")[1:], "a", written)
    assert run.err == ""


SLOWLY_READ = "a: (trap '' TERM; exec seq 12000); exec sleep 1000\n"
"""With the prefixes some 250 KB: more than a pipe holds, less than makes us pause. No signal cuts it."""


def test_a_slow_reader_is_not_a_stalled_one_and_gets_everything(project: Project) -> None:
    run = project.start(SLOWLY_READ, "--no-port")
    run.read_until(r"\| 100$")
    run.signal(signal.SIGINT)
    assert run.process.stdout is not None
    while data := slow_read(run.process.stdout.fileno()):
        run.out += data
    assert run.wait() == 130
    assert run.err == ""
    assert [line for line in run.lines("a.1") if line.isdigit()] == [str(n) for n in range(1, 12_001)]


def test_a_second_signal_does_not_wait_for_a_slow_reader(project: Project) -> None:
    run = project.start(SLOWLY_READ, "--no-port")
    run.read_until(r"\| 100$")
    run.signal(signal.SIGINT)
    assert run.process.stdout is not None
    for _ in range(10):
        run.out += slow_read(run.process.stdout.fileno())
    run.signal(signal.SIGINT)
    assert run.process.wait(timeout=30) == 130  # and nobody reads any more


def slow_read(fd: int) -> bytes:
    """Read 4 KiB, at 40 KB a second: less than one write of ours takes each second."""
    time.sleep(0.1)  # a slow reader is one that lets time pass
    os.set_blocking(fd, True)
    return os.read(fd, 4096)


def test_a_stdout_that_does_not_block_loses_nothing(project: Project) -> None:
    run = project.start(f"a: {child('flood', 'a', 50_000)}\n", wrap=(sys.executable, "-c", NON_BLOCKING))
    run.read_until(r"\| ready")
    stall(run)
    assert run.wait() == 0
    assert_numbered(lines_of(run.out, "a.1")[1:], "a", 50_000)


@LINUX
def test_stdout_stays_a_blocking_one(project: Project) -> None:
    run = project.start(f"a: {child('flood', 'a', 50_000)}\n")
    run.read_until(r"\| ready")
    stall(run)
    flags = re.search(r"flags:\s+(\d+)", Path(f"/proc/{run.process.pid}/fdinfo/1").read_text())
    assert flags
    assert not int(flags[1], 8) & os.O_NONBLOCK
    assert run.wait() == 0


def test_stdout_may_be_a_file(project: Project) -> None:
    run = project.start(f"a: {child('flood', 'a', 20_000)}\nb: {child('worker')}\n", wrap=shell("> out.txt"))
    out = project.folder / "out.txt"
    # A line is there when it is written, also in a file.
    eventually(lambda: out.exists() and "worker ready" in out.read_text(), "the worker's line")
    eventually(lambda: "a.1 finished" in out.read_text(), "the line of the end")
    assert run.stop() == 143
    assert_numbered(lines_of(out.read_bytes(), "a.1")[1:], "a", 20_000)
    assert out.read_text().endswith("b.1 stopped (code 0)\n")


def test_stdout_may_be_a_file_that_is_appended_to(project: Project) -> None:
    project.write("out.txt", "before\n")
    run = project.start("web: echo text\n", wrap=shell(">> out.txt"))
    assert run.wait() == 0
    assert re.match(r"(?s)before\n.*web\.1 +\| text\n", (project.folder / "out.txt").read_text())


@LINUX
def test_a_full_disk_as_stdout_ends_on_a_signal(project: Project) -> None:
    run = project.start(f"web: {child('worker')}\n", wrap=shell("> /dev/full"))
    eventually(lambda: "no space left on device" in run.err, "the complaint")
    eventually((project.folder / "web.1.ready").exists, "the child")
    assert run.stop() == 143
    assert not run.survivors()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_standard_fds_may_be_closed_at_the_start(project: Project, closed: str) -> None:
    run = project.start(f"web: {child('worker')}\n", "--log-dir", "logs", wrap=shell(closed))
    eventually((project.folder / "web.1.ready").exists, "the child")
    assert run.stop() == 143
    assert (project.folder / "logs" / "web.1.log").read_text() == "worker ready\nworker done\n"
    assert run.lines("web.1") == ([] if ">&-" in closed.split() else ["worker ready", "worker done"])
    assert run.err == ""


def test_stdin_of_a_child_is_open_although_ours_is_closed(project: Project) -> None:
    run = project.start(f"web: {child('facts')}\n", wrap=shell("<&-"))
    run.read_until("ready")
    assert run.lines("web.1") == ["stdin: open", "ready"]
    assert run.stop() == 143
