"""On a terminal: programs as people use them, beside a process that prints 1,000 lines a second."""

import io
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from conftest import Project
from harness import PATIENCE, child
from terminal import Terminal, assert_ticks_are_intact, until_ticks

TICKER = f"ticker: {child('ticker')}\n"
MARGIN = len("12:34:56 ticker.1 | ")

widths = pytest.mark.parametrize("columns", [40, 80, 200])


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(program), reason=f"there is no {program} here")


def stop(terminal: Terminal) -> None:
    """A screen that was never cleared, with the cursor on and no other screen in front of it."""
    until_ticks(terminal, 20)
    assert terminal.stop() == 143
    assert terminal.cursor_is_visible
    for sequence in (
        rb"\x1b\[[0-3]?J",
        rb"\x1b\[\d*;?\d*[Hf]",
        rb"\x1b\[\?(1049|47)h",
        rb"\x1b\[\d*A",
        rb"\x1bc",
    ):
        assert not re.search(sequence, terminal.out)


def wheel(padding: int) -> tuple[str, bytes]:
    """The name and the bytes of a wheel that holds so much that does not compress."""
    file = io.BytesIO()
    files = {
        "tiny.py": b"#" * padding,
        "tiny-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        record = "".join(f"{name},,\n" for name in (*files, "tiny-1.0.dist-info/RECORD"))
        archive.writestr("tiny-1.0.dist-info/RECORD", record)
    return "tiny-1.0-py3-none-any.whl", file.getvalue()


class Server:
    """A server on loopback that sends half of a file, and the rest when it is told to ``go_on``."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.may_go_on = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.serve(self)

            def log_message(self, format: str, *args: object) -> None:
                """Tests have nothing to say on stderr."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = False  # they are joined at the end, so that no socket is left open
        self.address = f"http://127.0.0.1:{self.http.server_port}/"

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        """One of the files, or, for ``/``, links to all of them."""
        name = request.path.lstrip("/")
        links = "".join(f'<a href="/{name}">{name}</a>' for name in self.files)
        data = self.files[name] if name else links.encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/octet-stream" if name else "text/html")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        half = len(data) // 2
        for start in range(0, half, half // 10 + 1):
            request.wfile.write(data[start : min(half, start + half // 10 + 1)])
            time.sleep(0.02 if name else 0)  # a slow network: what comes at once has no progress to show
        if name:
            self.may_go_on.wait(PATIENCE)
        request.wfile.write(data[half:])


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.may_go_on.set()
    server.http.shutdown()
    thread.join()
    server.http.server_close()


# Downloads


@needs("curl")
@pytest.mark.parametrize("columns", [48, 80, 200])  # below 21, its share of 40, curl takes 79 for its width
def test_curl_draws_one_bar(project: Project, server: Server, columns: int) -> None:
    server.files["big"] = bytes(200_000)
    terminal = project.terminal(
        f"{TICKER}curl: curl -# --limit-rate 10M -o out {server.address}big\n", columns=columns
    )
    terminal.until_last(r"curl\.1 +\| #+ +\d\d?\.\d%")
    until_ticks(terminal, 50)
    server.may_go_on.set()
    terminal.until("curl.1 finished")
    stop(terminal)
    (bar,) = terminal.shown("curl.1")
    assert re.fullmatch(r"#+ 100\.0%", bar)
    assert len(bar) in (columns - MARGIN - 1, columns - MARGIN)
    assert_ticks_are_intact(terminal, "curl.1")
    assert (project.folder / "out").stat().st_size == 200_000


@needs("curl")
def test_the_table_of_curl_is_redrawn_in_place_where_it_fits(project: Project, server: Server) -> None:
    server.files["big"] = bytes(200_000)
    terminal = project.terminal(
        f"{TICKER}curl: curl --limit-rate 10M -o out {server.address}big\n", columns=120
    )
    terminal.until_last(r"curl\.1 +\| +\d+ +(195k|0) .*")
    until_ticks(terminal, 50)
    server.may_go_on.set()
    terminal.until("curl.1 finished")
    stop(terminal)
    head, below, bar = terminal.shown("curl.1")
    assert head.lstrip().startswith("% Total")
    assert below.lstrip().startswith("Dload")
    assert bar.startswith("100  195k  100  195k")
    assert_ticks_are_intact(terminal, "curl.1")


PIP = (
    f"{sys.executable} -m pip install --isolated --disable-pip-version-check --no-cache-dir --no-index"
    " --target target"
)


def test_pip_installs_a_wheel_from_a_file(project: Project) -> None:
    name, data = wheel(10)
    (project.folder / name).write_bytes(data)
    terminal = project.terminal(f"{TICKER}pip: {PIP} ./{name}\n")
    terminal.until(r"Successfully installed tiny-1\.0")
    terminal.until("pip.1 finished")
    stop(terminal)
    assert (project.folder / "target" / "tiny.py").exists()
    assert f"Processing ./{name}" in terminal.shown("pip.1")
    assert_ticks_are_intact(terminal, "pip.1")


@pytest.mark.parametrize("columns", [80, 200])  # in less than 60, the bar of pip is two rows high
def test_pip_draws_one_bar_for_a_download(project: Project, server: Server, columns: int) -> None:
    name, data = wheel(1_200_000)  # pip draws after each 256 KiB, if not more often
    server.files[name] = data
    terminal = project.terminal(f"{TICKER}pip: {PIP} --find-links {server.address} tiny\n", columns=columns)
    terminal.until_last(r"pip\.1 +\| +[━╸╺ ]+.*")
    until_ticks(terminal, 50)
    server.may_go_on.set()
    terminal.until("pip.1 finished")
    stop(terminal)
    bars = [line for line in terminal.shown("pip.1") if "━" in line]
    assert len(bars) == 1
    if columns >= 80:
        assert "1.2/1.2 MB" in bars[0]
    assert (project.folder / "target" / "tiny.py").stat().st_size == 1_200_000
    assert_ticks_are_intact(terminal, "pip.1", also=r"\S.*")


# Programs that look at their terminal


@widths
def test_ls_has_the_columns_and_colours_of_a_terminal_of_its_width(project: Project, columns: int) -> None:
    for number in range(60):
        project.write(f"file-{number}{'x' * (number * 7 % 11)}", "")
    for number in range(5):
        (project.folder / f"folder-{number}").mkdir()
    project.write("program", "").chmod(0o755)
    procfile = f"{TICKER}list: ls --color\n"
    direct = project.terminal(procfile, command=("ls", "--color"), columns=columns - MARGIN)
    assert direct.wait() == 0
    terminal = project.terminal(procfile, columns=columns)
    terminal.until(r"list\.1\s+finished")
    stop(terminal)
    assert terminal.shown("list.1") == direct.lines
    assert len(direct.lines) > 2
    rows = [number for number, line in enumerate(terminal.lines) if re.match(r"\S+ list\.1 ", line)]
    for number, line in enumerate(direct.lines):
        ours = terminal.row_of_colours(rows[number])[MARGIN:]
        theirs = direct.row_of_colours(number)
        names = [x for x, character in enumerate(line) if character != " "]
        assert [ours[x] for x in names] == [theirs[x] for x in names]
    assert_ticks_are_intact(terminal, "list.1")


GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@localhost", "-c", "init.defaultBranch=main")


@needs("git")
@pytest.mark.parametrize(
    ("pager", "columns"),
    [("less", 40), ("less", 80), ("less", 200), ("cat", 80)],
)
def test_git_log_is_shown_in_colour(project: Project, pager: str, columns: int) -> None:
    if not shutil.which(pager):
        pytest.skip(f"there is no {pager} here")
    for arguments in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "one subject")):
        subprocess.run([*GIT, *arguments], cwd=project.folder, check=True)
    environment = {"GIT_PAGER": pager, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(project.folder)}
    procfile = f"{TICKER}log: git log --color --format='%C(yellow)%h%Creset %s'\n"
    terminal = project.terminal(procfile, columns=columns, environment=environment)
    terminal.until(r"log\.1\s+finished")
    stop(terminal)
    assert [line[7:].strip() for line in terminal.shown("log.1") if line] == ["one subject"]
    assert len(set(terminal.colours("one subject"))) == 1
    commit = next(filter(None, terminal.shown("log.1")))[:7]
    assert set(terminal.colours(commit)) == {"brown"}  # as pyte calls SGR 33
    assert set(terminal.colours("one subject")) == {"default"}
    assert_ticks_are_intact(terminal, "log.1")


CLEARING_LIKE_VITE = """
const readline = require('node:readline')
console.log('building')
console.log('\\n'.repeat(process.stdout.rows - 2))
readline.cursorTo(process.stdout, 0, 0)
readline.clearScreenDown(process.stdout)
console.log('VITE ready')
setInterval(() => {}, 1000)
"""


@needs("node")
@widths
def test_a_development_server_does_not_clear_the_screen(project: Project, columns: int) -> None:
    project.write("server.js", CLEARING_LIKE_VITE)
    terminal = project.terminal(f"{TICKER}vite: node server.js\n", columns=columns)
    terminal.until("VITE ready")
    stop(terminal)
    assert [line for line in terminal.shown("vite.1") if line] == ["building", "VITE ready"]
    assert len(terminal.shown("vite.1")) <= 4  # its blank lines do not push away what others wrote
    assert_ticks_are_intact(terminal, "vite.1")


def lines_of(file: Path) -> int:
    return file.read_text().count("\n") if file.exists() else 0


@needs("watch")
@pytest.mark.parametrize("columns", [40, 200])
def test_watch_leaves_the_screen_and_the_lines_of_others_alone(project: Project, columns: int) -> None:
    procfile = f"{TICKER}watch: watch -n 0.1 'echo drawn >> drawn; cat drawn'\n"
    terminal = project.terminal(procfile, columns=columns)
    terminal.until_true(lambda: lines_of(project.folder / "drawn") >= 4, "watch draws its screen")
    stop(terminal)
    assert_ticks_are_intact(terminal, "watch.1")


@needs("top")
@pytest.mark.parametrize("columns", [40, 200])
@pytest.mark.parametrize("command", ["top -b -n1 -w 512", "top -d 0.2"], ids=["batch", "interactive"])
def test_top_leaves_the_screen_and_the_lines_of_others_alone(
    project: Project, command: str, columns: int
) -> None:
    terminal = project.terminal(f"{TICKER}top: {command}\n", columns=columns)
    if "-b" in command:
        terminal.until(r"top\.1\s+finished")
    else:
        terminal.until(r"top -[^Z]*top -")
    stop(terminal)
    assert terminal.shown("top.1")
    # What top shows is wider than 40 columns, and may have anything in it.
    assert_ticks_are_intact(terminal, "top.1", also=r"(?!.*\btick \d)(?!.*ticker\.1 +\|).*")
