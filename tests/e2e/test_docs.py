"""Every command line in the README and the docs is run as it stands, and prints what its page shows.

It runs on a terminal, in bash, in a copy of the project that its page speaks of: ``tests/docs/shop``,
what ``tests/docs/PAGE`` has besides or instead, and the files that the page itself shows. What the
README of an example says runs in a copy of the repository. ^C ends what does not end by itself.

What asks a running formation has the one running beside it that its page shows, or one of each type.

``tests/pages.py`` finds the command lines, ``tests/transcripts.py`` compares, ``tests/reader.py`` types.
The lines that install pyforeman are in ``test_install.py``.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import psutil
import pytest

from conftest import Project
from harness import BIN, PYFOREMAN, can_listen, eventually, free_base, kill
from pages import ANY, Block, Example
from pyforeman.cli import COMMANDS
from reader import OFFSETS, PAGES, Case, Typed, cases, checkout, home, ports_to_itself, prepare
from transcripts import before_the_signal, begins, difference, goes_on, matches

NOT_RUN = {
    "pyforeman run": "names the command; alone it is wrong usage",
    "pyforeman run CMD ARGS…": "CMD and ARGS stand for any",
    "pyforeman attach web": "test_attach.py does, with somebody who asks",
    "pyforeman start --foreground web": "^C would be for web; test_foreground.py does",
    "REDIS_URL=redis://127.0.0.1:6379/0 pyforeman start --release all=1": "it would fill a real Redis",
}
"""Code that looks like a command line and is none, with the reason."""

NOT_READ = {
    ("CONTRIBUTING.md", "errors < plan"): "the floors, in a line",
    ("docs/design.md", "src/pyforeman/"): "a tree of files",
    ("docs/design.md", "text --> plan"): "a diagram",
    ("docs/design.md", "Procfile, env files"): "a diagram",
    ("docs/design.md", "__main__ "): "a diagram",
    ("docs/design.md", "child --pipe"): "a diagram",
    ("docs/design.md", "client.py --socket"): "a diagram",
    ("docs/design.md", "shell --> guardian"): "a diagram",
    ("docs/output.md", "pyforeman: stdout: nobody read it"): "test_lines_that_nobody_reads_are_counted",
    ("docs/stopping.md", "04:36:10 system   | web.1 crashed"): "test_two_that_crash_in_the_same_moment",
}
"""Blocks that are neither commands nor files, by page and how they begin, with the reason."""

NEEDS = {"examples/polyglot/README.md": ("java", "node", "ruby", "memcached")}
"""What must be installed for the answers on a page."""

KEYS = {
    "pyforeman run python manage.py shell": "\x04",
    "pyforeman run web --reload": "\x03",
    "pyforeman run worker": "\x03",
}
"""What ends a one-off that does not end by itself, pressed when it has printed something."""

ASKED = """\
web: python -m http.server --bind 127.0.0.1 $PORT
worker: echo working; exec sleep 1000
mailer: echo waiting for mail; exec sleep 1000
migrate: echo migrated
"""
"""What runs while the examples of a help text ask."""

FOLLOWS = re.compile(r"pyforeman (logs .*(-f|--follow)|ps .*--watch)\b")
"""What goes on until ^C: that is pressed when it has printed something."""

LETS_GO = {"pyforeman attach --detach-key ctrl-a ": "\x01", "pyforeman attach ": "\x1d"}
"""The key that ends what each key else is not for, by how the command line begins."""

CASES = cases()
MAKE = [case for case in CASES if case.is_for("make") and not case.example.shown]
SHELLS = [case for case in CASES if "_source pyforeman" in case.command]
INSTALL = [case for case in CASES if case.is_for("pipx", "pip", "uvx", "uv")]
QUESTIONS = [case for case in CASES if case.is_for("curl")]
ANSWERING = {  # by page, what runs while its questions are asked
    question.page: next(
        case
        for case in CASES
        if case.page == question.page and case.is_for("pyforeman") and not case.example.shown
    )
    for question in QUESTIONS
}
ELSEWHERE = (*MAKE, *SHELLS, *INSTALL, *QUESTIONS, *ANSWERING.values())
PLAIN = [case for case in CASES if case not in ELSEWHERE and case.command not in NOT_RUN]


@pytest.mark.parametrize("case", PLAIN, ids=str)
def test_a_command_line_does_what_its_page_says(project: Project, case: Case) -> None:
    run_as_it_stands(project, case)


@pytest.mark.parametrize("page", ANSWERING)
def test_servers_answer_what_their_page_says(project: Project, page: str) -> None:
    """Asked by curl while the formation runs; a file of curl's says where its ports really are."""
    if missing := [name for name in ("curl", *NEEDS.get(page, ())) if shutil.which(name) is None]:
        pytest.skip(f"not here: {', '.join(missing)}")
    folder = prepare(project, ANSWERING[page])
    servers = Typed(project, folder, ANSWERING[page])
    places = [f'connect-to = "localhost:{5000 + n}:127.0.0.1:{servers.base + n}"' for n in OFFSETS]
    (home(project) / ".curlrc").write_text("\n".join(["fail", "silent", "show-error", *places]))
    servers.until_true(lambda: servers.is_up(with_all=True), servers.explain("all have printed something"))
    for question in QUESTIONS:
        if question.page == page:
            asked = Typed(project, folder, question)
            assert asked.end() == 0, asked.explain("it failed")
            if shown := question.example.shown:
                assert matches(shown, asked.lines), asked.explain(difference(shown, asked.lines))
    servers.press("\x03")
    assert servers.end() == 130, servers.explain("not stopped by ^C")


@pytest.mark.parametrize("case", MAKE, ids=str)
def test_a_target_of_make_is_there(project: Project, case: Case) -> None:
    """What it does is not run: ``make test`` would run this test."""
    make = Typed(project, checkout(project), case, environment={"MAKEFLAGS": "n"})
    assert make.end() == 0, make.explain("make does not know how")


def test_make_demo_runs_until_ctrl_c(project: Project) -> None:
    case = next(case for case in MAKE if case.command == "make demo")
    make = Typed(project, checkout(project), case)
    make.until_true(lambda: make.is_up(with_all=True), make.explain("all have printed something"))
    make.press("\x03")
    make.end()
    for line in (
        r"system +\| web\.2 started, pid \d+, port 5001",
        r"worker\.1 +\| no job in hand, bye",
        r"system +\| worker\.1 stopped \(code 0\)",
        r"web\.2 +\| all requests answered, bye",
    ):
        assert re.search(line, "\n".join(make.printed)), make.explain(line)


@pytest.mark.parametrize("case", SHELLS, ids=str)
def test_a_shell_completes_after_its_line(project: Project, case: Case) -> None:
    name = case.command.partition("_COMPLETE=")[2].partition("_source")[0]
    if shutil.which(name) is None:
        pytest.skip(f"no {name} here")
    without_its_files, before, registered = {
        "bash": ("--norc", "", "complete -p pyforeman"),
        "zsh": ("-f", "autoload -U compinit && compinit -u", "print -r $_comps[pyforeman]"),
        "fish": ("--no-config", "", "complete -c pyforeman"),
    }[name]
    script = "\n".join([before, case.example.command, registered])
    shell = Typed(project, project.folder, case, words=(name, without_its_files, "-c", script))
    assert shell.end() == 0, shell.explain("it failed")
    assert "_pyforeman_completion" in shell.text, shell.explain("nothing is registered")


def test_two_that_crash_in_the_same_moment(project: Project) -> None:
    """They are let go while pyforeman is stopped, so that it sees both ends at once."""
    shown = block("docs/stopping.md", "04:36:10 system   | web.1 crashed")
    project.write("Procfile", "web: read x < go; exit 3\nworker: read x < go; exit 4\n")
    os.mkfifo(project.folder / "go")
    case = Case("docs/stopping.md", Example(shown.line, "pyforeman start --restart never --stop-on failure"))
    run = Typed(project, project.folder, case)
    pids = [run.pid_of(name) for name in ("web.1", "worker.1")]
    (manager,) = psutil.Process(run.process.pid).children()
    manager.suspend()
    go = os.open(project.folder / "go", os.O_RDWR)
    os.write(go, b"\n\n")
    eventually(
        lambda: all(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE for pid in pids), "both ended"
    )
    manager.resume()
    assert run.end() == 3, run.explain("not the code of web.1")
    os.close(go)
    assert matches([ANY, *shown.lines], run.printed), run.explain(difference(shown.lines, run.printed))


def test_lines_that_nobody_reads_are_counted(project: Project) -> None:
    """The process stops pyforeman itself, so that it is certain when."""
    shown = block("docs/output.md", "pyforeman: stdout: nobody read it")
    project.write("Procfile", "web: seq 30000; kill -INT $PPID\n")
    case = Case("docs/output.md", Example(shown.line, "pyforeman start | sleep 1000"))
    run = Typed(project, project.folder, case)
    came = run.press_when("\x03", lambda: begins(shown.lines, run.printed))
    run.end()
    assert came, run.explain(difference(shown.lines, run.printed))


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_examples_of_a_help_text_run(project: Project, command: str) -> None:
    """In the project of the README, each in a copy of its own; what asks a running formation, in ASKED."""
    words = ["pyforeman", *command.split(), "--help"]
    text = subprocess.run([PYFOREMAN, *words[1:]], capture_output=True, check=True, text=True).stdout
    _, _, after = text.partition("Examples:\n")
    lines = [line.strip() for line in takewhile(str.strip, after.splitlines())]
    assert any(line.startswith("pyforeman ") for line in lines), f"no examples in {' '.join(words)}:\n{text}"
    files = next(example.files for example in PAGES["README.md"].examples if "Procfile" in example.files)
    for number, line in enumerate(lines, start=1):
        folder = project.folder / str(number)
        folder.mkdir()
        copy = Project(folder)
        copy.runs = project.runs
        example = Example(number, line, files=files)
        if example.asks:
            web = 1 if command == "attach" else 2  # who attaches to a type means its only process
            beside = f"pyforeman start all=1 web={web} worker=2 migrate={int('migrate' in line)}"
            example = example._replace(files={"Procfile": ASKED}, beside=beside)
        run_as_it_stands(copy, Case(" ".join(words), example))


def test_no_block_of_a_page_is_left_out() -> None:
    """What is neither run nor a file of a project is named above, with the reason."""
    left_out = [
        f"{name}:{block.line}: {block.lines[0]}"
        for name, page in PAGES.items()
        for block in page.left
        if not any(name == page and block.text.lstrip().startswith(start) for page, start in NOT_READ)
    ]
    assert not left_out, "neither a command (give it a '$ ' line) nor a file nor in NOT_READ"


def test_no_exception_is_out_of_date() -> None:
    commands = {case.command for case in CASES}
    blocks = {(name, block.text.lstrip()) for name, page in PAGES.items() for block in page.left}
    assert set(NOT_RUN) | set(KEYS) <= commands, "a command line that occurs on no page any more"
    for page, start in NOT_READ:
        assert any(name == page and text.startswith(start) for name, text in blocks), f"{page}: {start}"
    assert set(NEEDS) <= set(ANSWERING), "a page that asks nothing any more"


def test_the_pages_are_found() -> None:
    """Else every test here would pass."""
    with_examples = {name for name, page in PAGES.items() if page.examples}
    assert {"README.md", "CONTRIBUTING.md", "docs/formation.md", "docs/output.md"} <= with_examples
    assert [case for case in PLAIN if case.example.shown]
    assert [case for case in PLAIN if case.example.starts]
    assert MAKE
    assert SHELLS
    assert INSTALL


def block(page: str, start: str) -> Block:
    """The block of a page that begins so."""
    return next(block for block in PAGES[page].left if block.text.lstrip().startswith(start))


def run_as_it_stands(project: Project, case: Case) -> None:
    """Run the command line of an example, end it if need be, and compare it with its page."""
    folder = prepare(project, case)
    is_held = any("is held by" in line for line in case.example.shown)
    with (
        ports_to_itself(case),
        somebody_on_the_port(project, is_held=is_held) as base,
        formation_beside(project, folder, case, base) as base,
    ):
        run = Typed(project, folder, case, base=base)
        if case.example.shown:
            compare(run, case.example.shown)
        else:
            use(run)
    if starts := [process.partition(":") for process in case.example.starts]:
        started = dict(
            re.findall(r" (\S+) started, pid \d+(?:, port (\d+))?", "\n".join(run.printed)),
        )
        expected = {name: port or started.get(name) for name, _, port in starts}
        assert started == expected, run.explain(f"started: {started}, not {expected}")


def compare(run: Typed, shown: tuple[str, ...]) -> None:
    """See that a command line prints what its page shows."""
    first = before_the_signal(shown)

    def has_come() -> bool:
        return begins(first, run.printed) and (ANY not in first or run.is_up())

    came = False
    if goes_on(shown) or len(first) < len(shown):
        came = run.press_when("\x03", has_come)
    run.end()
    fits = (came or begins(shown, run.printed)) if goes_on(shown) else matches(shown, run.printed)
    if not fits and run.case.names_a_port and " is held by " in run.text:
        pytest.skip(f"{run.case}: somebody has its ports")
    assert fits, run.explain(difference(shown, run.printed))


def use(run: Typed) -> None:
    """See that a command line works, of which the page does not show the output."""
    command = run.case.command
    is_formation = re.search(r"pyforeman start(?!.*&$)", command, re.MULTILINE) and "|" not in command
    if is_formation:
        run.press_when("\x03", run.is_up)
    elif attached := [key for start, key in LETS_GO.items() if command.startswith(start)]:
        run.press_when(attached[0], lambda: run.lines)
    elif key := KEYS.get(command, "\x03" if FOLLOWS.match(command) else ""):
        run.press_when(key, lambda: run.lines)
    code = run.end()
    if command not in KEYS:  # the code of a program that was interrupted is its own affair
        was_stopped = FOLLOWS.match(command) or (is_formation and "SIGINT received" in run.text)
        assert code == (130 if was_stopped else 0), run.explain(f"exit code {code}")
    assert " crashed (" not in run.text or " is held by " in run.text, run.explain("a crash")


@contextmanager
def formation_beside(project: Project, folder: Path, case: Case, base: int | None) -> Iterator[int | None]:
    """Have the formation run that a command line asks, if it asks one; gives the base of its ports. Each of
    its processes has printed something: one that is stopped before it is ready ends in another way."""
    if not case.example.asks:
        yield base
        return
    started = Case(case.page, case.example._replace(command=case.example.beside, shown=()))
    formation = Typed(project, folder, started, base=base)
    formation.until_true(lambda: formation.is_up(with_all=True), f"{case}: all have printed something")
    yield formation.base
    formation.press_when("\x03", lambda: True)
    code = formation.end()
    assert code in {0, 130}, formation.explain(f"exit code {code}")


@contextmanager
def somebody_on_the_port(project: Project, *, is_held: bool) -> Iterator[int | None]:
    """Have a server of somebody else on the first port meanwhile; gives that."""
    if not is_held:
        yield None
        return
    port = free_base(*OFFSETS)
    words = ["python", "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with subprocess.Popen(
        words, executable=BIN / "python", cwd=project.folder, stderr=subprocess.DEVNULL
    ) as holder:
        try:
            eventually(lambda: not can_listen(port), f"{port} is held")
            yield port
        finally:
            kill(holder)
