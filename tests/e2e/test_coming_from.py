"""docs/coming-from.md and examples/migrate: every row, every difference, and what is said not to be there.

The page itself is read, so a new row is tested, or a test says that nobody tests it. Each command line
runs in a copy of the example, in which a stand-in for its programs notes what it is given. pyforeman's
side is always run; that of Foreman, honcho and nf where they are installed (on PATH, nf also in
``node_modules``), and what the row says must hold for both sides.

Overmind, hivemind, ``heroku`` itself, goreman, forego, concurrently and process-compose are not run: in
their rows only pyforeman's side is tested, and what the page says of them comes from their documentation
and source.

It is as long as the page: a test, or a row of one, for each thing that is said there.
"""

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from functools import cache
from pathlib import Path
from signal import SIGINT, SIGTERM, SIGUSR1, SIGUSR2
from typing import NamedTuple, TypeVar
from urllib.request import urlopen

import psutil
import pytest

from conftest import Project
from harness import BIN, Run, eventually, free_base, kill
from terminal import Terminal

ROOT = Path(__file__).parents[2]
PAGE = "docs/coming-from.md"
EXAMPLE = ROOT / "examples" / "migrate"
PATH = f"{BIN}:{os.environ['PATH']}:{ROOT / 'node_modules' / '.bin'}"

PEERS = ("foreman", "honcho", "nf")
"""Run where they are there."""
NOT_RUN = ("heroku", "overmind", "hivemind", "goreman", "forego", "concurrently", "process-compose")

ASKS = re.compile(r"pyforeman (ps|restart|stop|scale|reload|logs|attach)\b")
"""What asks a formation that runs already."""

INSTEAD = ("/bin/sh", "-c", 'shift; exec "$@"', "sh")
"""As the ``wrap`` of a run: the words after pyforeman are the command, another program's."""

STAND_IN = """
import json, os, signal, sys, time

def note(**facts):
    with open(os.path.join(os.environ["NOTES"], str(os.getpid())), "a") as file:
        file.write(json.dumps(facts) + "\\n")

def on_signal(number, frame):
    note(signal=signal.Signals(number).name)
    if number == signal.SIGUSR1:
        os._exit(0)
    if number == signal.SIGUSR2:
        os._exit(7)
    if "STUBBORN" not in os.environ:
        os._exit(0)

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, on_signal)
print("here", flush=True)
note(
    program=os.path.basename(sys.argv[0]),
    folder=os.getcwd(),
    parent=os.getppid(),
    is_on_terminal=os.isatty(1),
    environment=dict(os.environ),
    since=time.monotonic(),
)
while True:
    signal.pause()
"""
FINISH, CRASH = SIGUSR1, SIGUSR2
"""What makes a stand-in end by itself: with 0, or with 7."""

NAMES = {"pyforeman": "PS", "foreman": "PS", "honcho": "HONCHO_PROCESS_NAME", "nf": "FOREMAN_WORKER_NAME"}
"""The variable in which a process finds its name."""

STOPS_ALL = {
    "foreman": "sending SIGTERM to all processes",
    "honcho": r"sending SIGTERM to web\.1",
    "nf": "Killing all processes with signal",
}
"""What they print when the end of one process makes them end the others."""


# The page


class Row(NamedTuple):
    """A row of a table: what they call it, what it is called here, and what both do."""

    section: str
    line: int
    theirs: str
    ours: str
    claim: str


class Page(NamedTuple):
    """What ``docs/coming-from.md`` says."""

    commands: list[Row]
    defaults: list[Row]
    """Lines of ``.foreman``."""
    values: list[list[str]]
    """What each tool makes of a line of an env file; the first row names the tools."""
    bullets: list[tuple[str, str]]
    """Section and text of each item, less the introduction's."""


def read_page() -> Page:
    page = Page([], [], [], [])
    section = kind = ""
    lines = (ROOT / PAGE).read_text().splitlines()
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if heading := re.match(r"##+ (.*)", line):
            section = heading[1]
        elif line.startswith("|") and lines[number].startswith("|--"):
            kind = cells[1]
            if kind not in {"You write now", "The same as"}:
                page.values.append(cells)
        elif line.startswith("|") and not line.startswith("|--"):
            if kind == "You write now":
                page.commands.append(Row(section, number, *cells))
            elif kind == "The same as":
                page.defaults.append(Row(section, number, *cells))
            else:
                page.values.append(cells)
        elif line.startswith("- ") and section:
            page.bullets.append((section, line.removeprefix("- ")))
        elif line.startswith("  ") and section:
            before, text = page.bullets.pop()
            page.bullets.append((before, f"{text} {line.strip()}"))
    return page


TEXT = read_page()


def spans(text: str) -> list[str]:
    """The code in a cell or an item."""
    return re.findall(r"`([^`]+)`", text)


def tool_of(command: str) -> str:
    """The program of a command line."""
    return next(word for word in shlex.split(command) if "=" not in word)


UNSET = "\N{EN DASH}"
"""In the table of values."""


# What is run, and where


class Note(NamedTuple):
    """What a stand-in was given, and the signals it got."""

    pid: int
    program: str
    folder: str
    parent: int
    is_on_terminal: bool
    environment: dict[str, str]
    since: float
    signals: list[str]

    @property
    def port(self) -> str | None:
        return self.environment.get("PORT")

    @property
    def is_alive(self) -> bool:
        return is_alive(self.pid)


class Side:
    """A command line, by whichever tool, in a copy of the example of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / ".foreman").unlink()
        for program in ("web.py", "worker.py", "css.py"):
            (folder / program).write_text(STAND_IN)
        self._notes = folder / "notes"
        self._notes.mkdir()
        self.command = ""

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text)

    def start(
        self, command: str, environment: Mapping[str, str] | None = None, *, on_terminal: bool = False
    ) -> "Side":
        """Run it as a shell would: ``A=b foreman start``, ``hivemind - < Procfile``."""
        words = shlex.split(command)
        variables = {"PATH": PATH, "NOTES": str(self._notes), **(environment or {})}
        while "=" in words[0]:
            name, _, variables[name] = words.pop(0).partition("=")
        stdin = b""
        if "<" in words:
            stdin = (self.folder / words.pop()).read_bytes()
            words.pop()
        self.tool = words[0]
        self.run: Run | Terminal
        if on_terminal:
            self.run = Terminal(self.folder, words, environment=variables, columns=120)
        elif self.tool == "pyforeman":
            self.run = Run(self.folder, words[1:], environment=variables, stdin=stdin)
        else:
            self.run = Run(self.folder, words, environment=variables, stdin=stdin, wrap=INSTEAD)
        self.command = command
        return self

    # What is seen

    def notes(self) -> list[Note]:
        """Of every stand-in that has started, the earliest first."""
        found = []
        for path in self._notes.iterdir():
            whole, _, _ = path.read_text().rpartition("\n")  # the last line may be in the making
            facts = [json.loads(line) for line in whole.splitlines()]
            signals = [fact["signal"] for fact in facts if "signal" in fact]
            given = [fact for fact in facts if "program" in fact]
            found += [Note(int(path.name), **fact, signals=signals) for fact in given]
        return sorted(found, key=lambda note: note.since)

    def name_of(self, note: Note) -> str:
        return note.environment.get(NAMES[self.tool], "")

    def running(self) -> dict[str, str | None]:
        """The ports of all instances that have started."""
        return {self.name_of(note): note.port for note in self.notes()}

    def last(self, name: str) -> Note:
        """The latest stand-in for an instance."""
        return [note for note in self.notes() if self.name_of(note) == name][-1]

    @property
    def printed(self) -> str:
        """All of its output so far, of both streams."""
        return self.run.text + (self.run.err if isinstance(self.run, Run) else "")

    @property
    def is_over(self) -> bool:
        return self.run.process.poll() is not None

    # What is waited for

    def until(self, fact: Callable[[], object], what: str) -> None:
        try:
            eventually(fact, what)
        except AssertionError as error:
            kill(self.run.process, *self.run.survivors())
            self.run.wait()
            raise AssertionError(f"{self.command}: {error}\n{self.running()}\n{self.printed}") from None

    def until_up(self, *names: str) -> "Side":
        """Wait until these instances run; no others may, not even such as have noted nothing yet."""
        self.until(lambda: set(self.running()) >= set(names), f"up: {names}")
        assert self._named() | set(self.running()) == set(names), self.command
        return self

    def _named(self) -> set[str]:
        """The instances that there is any process of, be it a shell."""
        found = set()
        for process in self.run.survivors():
            try:
                found.add(process.environ().get(NAMES[self.tool], ""))
            except psutil.Error:  # it has ended just now
                continue
        return found - {""}

    def until_ports(self, ports: dict[str, str | None]) -> None:
        """Wait until instances run, and compare their ports."""
        self.until_up(*ports)
        assert self.running() == ports, self.command

    def until_shown(self, pattern: str) -> None:
        """Wait until it prints something."""
        if isinstance(self.run, Run):
            self.run.read_until(pattern)
        else:
            self.run.until(pattern)

    def signal(self, number: int) -> None:
        """Send a signal to the tool itself."""
        self.until_quiet()
        self.run.signal(number)

    def until_quiet(self) -> None:
        """Wait until honcho has printed all and sleeps: a signal in the middle of a line is its end."""
        if self.tool != "honcho":
            return
        hidden = re.search(r"-q (\w+)", self.command)
        for name in self.running():
            self.until_shown(rf"{re.escape(name)} started \(pid")
            if not (hidden and name.startswith(hidden[1])):
                self.until_shown(rf"{re.escape(name)} +\| here")
        process = psutil.Process(self.run.process.pid)
        self.until(lambda: process.status() == psutil.STATUS_SLEEPING, "it sleeps")

    def end(self, name: str, how: int) -> Note:
        """Let an instance end by itself."""
        note = self.last(name)
        os.kill(note.pid, how)
        return note

    def ends(self, code: int) -> str:
        """It ends by itself, with this code; gives what it has printed."""
        assert self.run.wait() == code, f"{self.command}: {self.printed}"
        return self.printed

    def close(self) -> list[str]:
        """End it and all that it left behind; gives that if pyforeman has, and had ended."""
        left = self.run.survivors()
        names = [" ".join(process.cmdline()) for process in left if self.tool == "pyforeman" and self.is_over]
        self.run.close()
        eventually(lambda: not any(is_alive(process.pid) for process in left), "nothing is left")
        return names


def is_alive(pid: int) -> bool:
    """Whether a process runs."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Sides:
    """Makes sides, and ends them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: list[Side] = []

    def new(self) -> Side:
        side = Side(self._folder / f"{len(self._all)}" / "shop")
        self._all.append(side)
        return side

    def start(
        self, command: str, environment: Mapping[str, str] | None = None, *, on_terminal: bool = False
    ) -> Side:
        return self.new().start(command, environment, on_terminal=on_terminal)

    def beside(self, other: Side) -> Side:
        """One in the same copy of the example."""
        side = copy(other)
        self._all.append(side)
        return side

    def close(self) -> None:
        """End all. That pyforeman has left something behind is an error; of others it is known."""
        left = [name for side in self._all if side.command for name in side.close()]
        assert not left, "left behind after pyforeman had ended"


@pytest.fixture(scope="module", autouse=True)
def no_variables_from_outside() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in {*NAMES.values(), "PROCFILE", "SHOP_NAME", "LOG_LEVEL", "TEAM", "STUBBORN"}:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[Sides]:
    sides = Sides(tmp_path)
    yield sides
    sides.close()


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, str]]:
    """The environment of web.1 under a tool, with LOG_LEVEL in the real one and TEAM in .env.local."""

    @cache
    def environment(tool: str) -> dict[str, str]:
        need(tool)
        sides = Sides(tmp_path_factory.mktemp(tool))
        try:
            side = sides.new()
            side.write(".env.local", "TEAM=mine\n")
            side.start(start(tool), {"LOG_LEVEL": "error"}).until_up("web.1", "worker.1")
            return side.last("web.1").environment
        finally:
            sides.close()

    return environment


def is_installed(tool: str) -> bool:
    return tool == "pyforeman" or shutil.which(tool, path=PATH) is not None


def need(*tools: str) -> None:
    """Skip the test where a tool is missing."""
    for tool in tools:
        if not is_installed(tool):
            pytest.skip(f"{tool} is not installed")


def start(tool: str, more: str = "", procfile: str = "Procfile") -> str:
    """The command line by which a tool starts a formation."""
    words = {
        "pyforeman": f"pyforeman start -f {procfile}",
        "foreman": f"foreman start -f {procfile}",
        "honcho": f"honcho -f {procfile} start",
        "nf": f"nf -j {procfile} start",
    }
    return f"{words[tool]} {more}".rstrip()


def one_off(tool: str, words: str, env: str = ".env") -> str:
    """The command line by which a tool runs a one-off command."""
    return (
        f"{tool} run -e {env} {words}" if tool in {"pyforeman", "foreman"} else f"{tool} -e {env} run {words}"
    )


# What a row claims

CLAIMS: dict[str, Callable[..., None]] = {}
"""Patterns of what the last column may say, and who tests it; the first that fits counts."""

F = TypeVar("F", bound=Callable[..., None])


def claim(pattern: str) -> Callable[[F], F]:
    """The function tests what fits the pattern."""

    def register(function: F) -> F:
        CLAIMS[pattern] = function
        return function

    return register


def claims_of(cell: str) -> Iterator[tuple[Callable[..., None], tuple[str, ...]]]:
    """The tests of a cell, with the words that they are about."""
    while cell:
        for pattern, function in CLAIMS.items():
            if found := re.match(rf"{pattern}(?:, |$)", cell):
                yield function, found.groups()
                cell = cell[found.end() :]
                break
        else:
            raise AssertionError(
                f"{PAGE}: nobody tests {cell!r}; add it to CLAIMS, or use words that are there"
            )


@claim(r"`([\w-]+\.\d+(?::\d+)?(?: [\w-]+\.\d+(?::\d+)?)*)`")
def instances(side: Side, words: str) -> None:
    pairs = [word.partition(":") for word in words.split()]
    side.until_ports({name: port or None for name, _, port in pairs})


@claim("all")
def all_run(side: Side) -> None:
    side.until_up("web.1", "worker.1")


@claim(r"with `(\w+)=(\w+)`")
def with_variable(side: Side, name: str, value: str) -> None:
    assert {note.environment.get(name) for note in side.notes()} == {value}


@claim(r"without `([A-Z_]+)`")
def without_variable(side: Side, name: str) -> None:
    assert not any(name in note.environment for note in side.notes())


@claim(r"killed after (\d+) s")
def killed_after(side: Side, seconds: str) -> None:
    """They are STUBBORN."""
    side.signal(SIGTERM)
    side.run.wait()
    assert {tuple(note.signals) for note in side.notes()} == {("SIGTERM",)}
    side.until(lambda: not any(note.is_alive for note in side.notes()), "killed")
    said = {"foreman": "sending SIGKILL to all", "pyforeman": rf"still there after {seconds} s: killing it"}
    assert re.search(said[side.tool], side.printed), side.printed


@claim("with the time")
def with_time(side: Side) -> None:
    side.until_shown(r"^\d\d:\d\d:\d\d web\.1 +\| here")


@claim("without the time")
def without_time(side: Side) -> None:
    side.until_shown(r"^web\.1 +\| here")


@claim("coloured in a pipe, too")
def coloured(side: Side) -> None:
    side.until_shown(r"\x1b\[[\d;]+m.*\bweb\.1 +\|")


@claim("without colours")
def without_colours(side: Side) -> None:
    """On a terminal, where there are some without the option; beside the one that runs there."""
    words = shlex.split(side.command)
    if words[0] == "pyforeman":  # which has one formation of a name in a folder
        words += ["--name", "terminal"]
    terminal = Terminal(side.folder, words, environment={"PATH": PATH, "NOTES": str(side.folder)})
    try:
        terminal.until(r"web\.1 +\| here")
        assert set(terminal.colours("web.1")) == {"default"}
    finally:
        terminal.close()


@claim(r"without the lines of `(\w+)`")
def without_lines_of(side: Side, name: str) -> None:
    side.signal(SIGTERM)
    side.ends(143)
    assert re.search(r"^\S+ web\.1 +\| here", side.printed, re.MULTILINE)
    assert not re.search(rf"^\S+ {name}\.1 +\|", side.printed, re.MULTILINE)


@claim(r"the end of `(\w+)` ends all")
def end_ends_all(side: Side, name: str) -> None:
    side.until_up("web.1", "worker.1")
    side.end(f"{name}.1", FINISH)
    side.ends(0)


@claim(r"the crash of `(\w+)` ends all")
def crash_ends_all(side: Side, name: str) -> None:
    side.until_up("web.1", "worker.1")
    side.end(f"{name}.1", CRASH)
    side.ends(7)


@claim(r"the end of `(\w+)` ends nothing else")
def end_ends_nothing_else(side: Side, name: str) -> None:
    side.until_up("web.1", "worker.1")
    ended = side.end(f"{name}.1", FINISH)
    side.until_shown(rf"{name}\.1 finished")
    assert all(note.is_alive for note in side.notes() if note.pid != ended.pid)


@claim(r"`(\w+)` is started again")
def started_again(side: Side, name: str) -> None:
    side.until_up("web.1", "worker.1")
    ended = side.end(f"{name}.1", FINISH)
    side.until(lambda: side.last(f"{name}.1").pid != ended.pid, "again")


@claim(r"the line of `(\w+)`")
def line_of(side: Side, name: str) -> None:
    side.until(side.notes, "it runs")
    assert [note.program for note in side.notes()] == [f"{name}.py"]
    if side.tool == "pyforeman":
        side.signal(SIGTERM)
        side.ends(0)


@claim("the version")
def version(side: Side) -> None:
    assert re.search(r"\b\d+\.\d+\.\d+\b", side.ends(0))


@claim("the options")
def options(side: Side) -> None:
    assert re.search("--(formation|concurrency)", side.ends(0))


@claim("all end")
def ends_all(side: Side) -> None:
    side.ends(0)
    assert not any(note.is_alive for note in side.notes())


@claim(r"what comes, until \^C")
def shows_until_ctrl_c(side: Side) -> None:
    side.until_shown(r"\| here")
    side.signal(SIGINT)
    side.ends(130)


@claim(r"the terminal of `(\w+)`, until \^\]")
def attaches(side: Side, kind: str) -> None:
    side.until_shown(f"{kind}.1")
    assert isinstance(side.run, Terminal)
    side.run.press("\x1d")
    side.ends(0)


@claim(r"`([^`]+)` is written")
def is_written(side: Side, path: str) -> None:
    side.ends(0)
    assert (side.folder / path).is_file(), side.printed


@claim("`([^`]+)`")
def prints(side: Side, text: str) -> None:
    assert text.casefold() in side.ends(0).casefold()


def environment_of(row: Row) -> dict[str, str]:
    """What the stand-ins need so that the claim can be seen."""
    return {"STUBBORN": "1"} if "killed" in row.claim else {}


def assert_does(side: Side, row: Row) -> None:
    """Test all claims of the row, and then stop pyforeman as a user would."""
    for function, words in claims_of(row.claim):
        function(side, *words)
    if side.tool == "pyforeman" and side.command.startswith("pyforeman start") and not side.is_over:
        side.signal(SIGINT)
        side.ends(130)


# The tables


OURS = list({(row.ours, row.claim): row for row in reversed(TEXT.commands)}.values())[::-1]
"""The rows, less those that say again what pyforeman does."""
THEIRS = [
    pytest.param(row, command, id=f"{row.line}-{command}")
    for row in TEXT.commands
    for command in spans(row.theirs)
    if tool_of(command) in PEERS
]


@pytest.mark.parametrize("row", OURS, ids=lambda row: f"{row.line}-{row.ours.strip('`')}")
def test_we_do_what_a_row_says(sides: Sides, row: Row) -> None:
    command = row.ours.strip("`")
    if not ASKS.match(command):
        assert_does(sides.start(command, environment_of(row)), row)
        return
    formation = sides.start("pyforeman start --pty").until_up("web.1", "worker.1")
    for name in ("web.1", "worker.1"):
        formation.until_shown(rf"{re.escape(name)} +\| here")
    side = sides.beside(formation).start(command, on_terminal="attach" in command)
    assert_does(side, row)
    if not formation.is_over:
        formation.signal(SIGINT)
    formation.ends(0 if command == "pyforeman stop" else 130)


@pytest.mark.parametrize(("row", "command"), THEIRS)
def test_they_do_what_a_row_says(sides: Sides, row: Row, command: str) -> None:
    need(tool_of(command))
    assert_does(sides.start(command, environment_of(row)), row)


@pytest.mark.parametrize("row", TEXT.defaults, ids=lambda row: row.theirs.strip("`"))
def test_a_line_of_the_file_means_the_option(sides: Sides, row: Row) -> None:
    """By the line; Foreman, too, if it is there. And by the option, where no other table has it."""
    started = []
    for command in ["pyforeman start"] + ["foreman start"] * is_installed("foreman"):
        side = sides.new()
        side.write(".foreman", row.theirs.strip("`") + "\n")
        started.append(side.start(command, environment_of(row)))
    if (row.ours, row.claim) not in {(other.ours, other.claim) for other in OURS}:
        started.append(sides.start(row.ours.strip("`"), environment_of(row)))
    for side in started:
        assert_does(side, row)
    need("foreman")


@pytest.mark.parametrize("number", range(1, len(TEXT.values[0])), ids=lambda n: TEXT.values[0][n].strip("`"))
def test_a_tool_reads_the_values_that_the_table_says(sides: Sides, number: int) -> None:
    head, *rows = TEXT.values
    tool = head[number].strip("`").lower()
    need(tool)
    side = sides.new()
    lines = [row[0].strip("`").replace("COLOUR", f"COLOUR{n}") for n, row in enumerate(rows)]
    side.write("colours", "".join(f"{line}\n" for line in lines))
    side.write("show.py", 'import os\nfor n in range(9): print(n, os.environ.get(f"COLOUR{n}"))\n')
    printed = side.start(one_off(tool, "python3 show.py", "colours")).ends(0)
    shown = [f"{n} {row[number].strip('`').replace(UNSET, 'None')}" for n, row in enumerate(rows)]
    assert [line for line in printed.splitlines() if re.match(r"\d ", line)][: len(rows)] == shown


def test_every_command_line_of_the_others_is_of_a_known_tool() -> None:
    for row in TEXT.commands:
        assert all(tool_of(command) in PEERS + NOT_RUN for command in spans(row.theirs)), row
        assert re.fullmatch("`.*?pyforeman .*`", row.ours), row
    sections = {
        "Foreman",
        "honcho",
        "`heroku local`",
        "Overmind",
        "hivemind",
        EXPORT,
        LAST,
    }
    assert {row.section for row in TEXT.commands} == sections
    assert len(TEXT.defaults) > 5
    assert len(TEXT.values) > 5


def other_command_lines() -> list[str]:
    """pyforeman's command lines that are in no table."""
    found = re.findall(r"`((?:\w+=\S* )*pyforeman\s[^`]+)`", (ROOT / PAGE).read_text())
    found = [words for words in found if not ASKS.match(words)]
    in_tables = {row.ours.strip("`") for row in TEXT.commands + TEXT.defaults}
    return sorted({" ".join(words.split()) for words in found} - in_tables)


@pytest.mark.parametrize("command", other_command_lines())
def test_the_other_command_lines_run(sides: Sides, command: str) -> None:
    side = sides.start(command)
    side.until(side.notes, "it runs")
    side.signal(SIGINT)
    side.ends(130)


def test_the_command_lines_with_output_print_it(sides: Sides) -> None:
    shown = re.findall(r"^\$ (.*)\n((?:(?!```).*\n)+)", (ROOT / PAGE).read_text(), re.MULTILINE)
    assert shown
    for command, output in shown:
        side = sides.start(command)
        side.run.wait()
        assert side.printed == output


@pytest.mark.parametrize("cell", sorted({row.claim for row in TEXT.commands + TEXT.defaults}))
def test_every_claim_is_tested(cell: str) -> None:
    assert list(claims_of(cell))


# The differences

DIFFERENCES: dict[tuple[str, str], str] = {}
"""By section and first words, the name of the test."""

ALL = "What differs from all, or most"
FILE = "The file .foreman"
HEROKU = "`heroku local`"
EXPORT = "`export`"
LAST = "goreman, forego, concurrently, process-compose"


def difference(section: str, title: str) -> Callable[[F], F]:
    """The test is of the item that begins with these words in bold."""

    def register(function: F) -> F:
        DIFFERENCES[section, title] = function.__name__
        return function

    return register


Given = Callable[[str], dict[str, str]]
each_tool = pytest.mark.parametrize("tool", ["pyforeman", *PEERS])


@difference(ALL, "A process that ends does not end the others")
@each_tool
def test_a_process_that_ends_does_not_end_the_others(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.start(start(tool)).until_up("web.1", "worker.1")
    web, worker = side.last("web.1"), side.end("worker.1", CRASH)
    if tool != "pyforeman":
        side.until_shown(STOPS_ALL[tool])
        return
    side.until(lambda: side.last("worker.1").pid != worker.pid, "it is restarted")
    side.end("worker.1", FINISH)
    side.until_shown(r"worker\.1 finished")
    assert web.is_alive
    side.signal(SIGINT)
    side.ends(130)
    assert [note.environment["PS"] for note in side.notes()].count("worker.1") == 2


def test_the_old_rule_of_ends(sides: Sides) -> None:
    side = sides.start("pyforeman start --restart never --stop-on exit").until_up("web.1", "worker.1")
    side.end("worker.1", FINISH)
    side.ends(0)
    assert not any(note.is_alive for note in side.notes())


@difference(ALL, "The real environment wins over the env files")
@each_tool
def test_the_real_environment_wins(given: Given, tool: str) -> None:
    assert given(tool)["LOG_LEVEL"] == ("error" if tool == "pyforeman" else "info")


def test_the_old_rule_of_the_environment(sides: Sides) -> None:
    side = sides.start("LOG_LEVEL=error pyforeman start --env-override").until_up("web.1", "worker.1")
    assert side.last("web.1").environment["LOG_LEVEL"] == "info"


@difference(ALL, "`.env.local` is read, too")
@each_tool
def test_env_local_is_read(given: Given, tool: str) -> None:
    assert given(tool).get("TEAM") == ("mine" if tool == "pyforeman" else None)


def test_env_local_is_left_out(sides: Sides) -> None:
    side = sides.new()
    side.write(".env.local", "TEAM=mine\n")
    side.start("pyforeman start -e .env").until_up("web.1", "worker.1")
    assert "TEAM" not in side.last("web.1").environment


@difference(ALL, "Ports belong to process types")
@each_tool
def test_ports_belong_to_process_types(sides: Sides, tool: str) -> None:
    need(tool)
    alone = sides.start(start(tool, "worker"))
    late = sides.new()
    late.write("Procfile.late", "worker: python3 worker.py\nweb: python3 web.py\n")
    late.start(start(tool, procfile="Procfile.late"))
    alone.until_ports({"worker.1": "5100" if tool in {"pyforeman", "foreman"} else "5000"})
    web, worker = ("5000", "5100") if tool == "pyforeman" else ("5100", "5000")
    late.until_ports({"web.1": web, "worker.1": worker})


@difference(ALL, "`check` is a linter")
@pytest.mark.parametrize("tool", ["pyforeman", "foreman", "honcho"])
def test_check_finds_what_would_not_run(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    side.write("Procfile.bad", "web: unicorn -c config/unicorn.rb -D\n")
    side.start(f"{tool} check -f Procfile.bad")
    if tool == "pyforeman":
        assert "[PF301]" in side.ends(1)  # what is shown in between is cut out
    else:
        assert "alid procfile detected" in side.ends(0)


@difference(ALL, "A line of the Procfile that is no entry is an error")
@each_tool
def test_a_line_that_is_no_entry(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    side.write("Procfile.bad", "web: python3 web.py\nworker : python3 worker.py\n")
    side.start(start(tool, procfile="Procfile.bad"))
    if tool == "pyforeman":
        assert side.ends(1).startswith("pyforeman: Procfile.bad:2:7: no blank before the colon")
    elif tool == "nf":
        assert "No Procfile" in side.ends(0)
    else:
        side.until_up("web.1")
        side.signal(SIGTERM)
        assert "worker" not in side.ends(143 if tool == "honcho" else 0)


@difference(ALL, "A name that is not in the Procfile is an error")
@each_tool
def test_a_name_that_is_not_in_the_procfile(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.start(start(tool, "wbe"))
    if tool == "foreman":
        process = psutil.Process(side.run.process.pid)
        side.until(lambda: "foreman: master" in " ".join(process.cmdline()), "it waits for signals")
        side.signal(SIGTERM)
        assert "started" not in side.ends(0)
        return
    code, words = {
        "pyforeman": (2, "no process type 'wbe' in Procfile; there are web, worker"),
        "honcho": (1, "Process type 'wbe' does not exist"),
        "nf": (0, "'wbe' Does Not Exist"),
    }[tool]
    assert words in side.ends(code)


@difference(ALL, "`release` is not kept running")
@each_tool
def test_release_is_not_kept_running(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    side.write("Procfile.release", "web: python3 web.py\nrelease: python3 worker.py\n")
    if tool != "pyforeman":
        side.start(start(tool, procfile="Procfile.release")).until_up("web.1", "release.1")
        side.end("release.1", FINISH)
        side.until_shown(STOPS_ALL[tool])
        return
    side.start(start(tool, "--release", "Procfile.release")).until_up("release.1")
    side.end("release.1", FINISH)
    side.until_up("release.1", "web.1")
    without = sides.new()
    without.write("Procfile.release", "web: python3 web.py\nrelease: python3 worker.py\n")
    without.start(start(tool, procfile="Procfile.release")).until_up("web.1")


@difference(ALL, "^C reaches pyforeman alone")
@each_tool
def test_who_gets_the_signal_of_the_terminal(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.start(start(tool), {"STUBBORN": "1"}, on_terminal=True).until_up("web.1", "worker.1")
    assert isinstance(side.run, Terminal)
    side.until_shown(r"worker\.1 +\|")
    side.until_quiet()
    side.run.press("\x03")
    expected = {"foreman": ["SIGINT", "SIGTERM"], "nf": ["SIGINT"]}.get(tool, ["SIGTERM"])
    side.until(lambda: side.last("web.1").signals[: len(expected)] == expected, "the signals came")


@difference(ALL, "What a process has started ends with it")
@each_tool
def test_what_a_process_has_started_ends_with_it(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    side.write("Procfile.background", "web: python3 web.py & wait\n")
    side.start(start(tool, procfile="Procfile.background")).until_up("web.1")
    web = side.last("web.1")
    assert web.parent != side.run.process.pid
    side.signal(SIGINT)
    side.until(lambda: not is_alive(web.parent), "its shell has ended")
    if tool in {"pyforeman", "honcho"}:
        side.until(lambda: not web.is_alive, "it has ended, too")
    else:
        side.until_shown("terminated by SIGTERM" if tool == "foreman" else "Killing all processes")
        assert web.signals == []
        assert web.is_alive


@difference(ALL, "What does not end is killed")
def test_what_does_not_end_is_killed(sides: Sides) -> None:
    """Whom nobody kills has by then had longer than pyforeman's 5 seconds; Foreman has a row with -t."""
    peers = [tool for tool in ("honcho", "nf") if is_installed(tool)]
    waiting = [sides.start(start(tool), {"STUBBORN": "1"}).until_up("web.1", "worker.1") for tool in peers]
    side = sides.start("pyforeman start", {"STUBBORN": "1"}).until_up("web.1", "worker.1")
    for peer in waiting:
        peer.signal(SIGINT)
        peer.until_shown(STOPS_ALL[peer.tool])
    side.signal(SIGINT)
    assert "web.1 is still there after 5 s: killing it" in side.ends(130)
    for peer in waiting:
        assert peer.run.process.poll() is None
        assert all(note.is_alive for note in peer.notes())
    need("honcho", "nf")


@difference(ALL, "The exit code says how it ended")
@each_tool
def test_the_exit_code(sides: Sides, tool: str) -> None:
    need(tool)
    crashed = sides.start(start(tool, "--restart never worker" if tool == "pyforeman" else "worker"))
    interrupted = sides.start(start(tool)).until_up("web.1", "worker.1")
    crashed.until_up("worker.1").end("worker.1", CRASH)
    crashed.ends(0 if tool == "nf" else 7)
    if tool != "nf":
        interrupted.signal(SIGINT)
        interrupted.ends(0 if tool == "foreman" else 130)


@difference(ALL, "`PS` is the name of the process")
@each_tool
def test_the_name_of_a_process(given: Given, tool: str) -> None:
    assert set(NAMES.values()) & set(given(tool)) == {NAMES[tool]}


@difference(ALL, "Python's lines come at once")
@each_tool
def test_python_is_unbuffered(given: Given, tool: str) -> None:
    assert given(tool).get("PYTHONUNBUFFERED") == ("1" if tool == "pyforeman" else None)


def test_python_is_buffered_if_you_say_so(sides: Sides) -> None:
    side = sides.start("PYTHONUNBUFFERED=0 pyforeman start web").until_up("web.1")
    assert side.last("web.1").environment["PYTHONUNBUFFERED"] == "0"


@difference(ALL, "On a terminal, each process has one, too")
@each_tool
def test_who_has_a_terminal(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.start(start(tool), on_terminal=True).until_up("web.1", "worker.1")
    assert side.last("web.1").is_on_terminal == (tool == "pyforeman")


def test_the_old_rule_of_terminals(sides: Sides) -> None:
    side = sides.start("pyforeman start --no-pty", on_terminal=True).until_up("web.1", "worker.1")
    assert not side.last("web.1").is_on_terminal


@difference(ALL, "The shell replaces `$PORT`, and nothing before it")
@each_tool
def test_who_replaces_variables(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    side.write("Procfile.text", "web: echo 'It is $PORT $LOG_LEVEL $PORTAL'; python3 web.py\n")
    side.start(start(tool, procfile="Procfile.text"))
    side.until_shown("It is 5000 info 5000AL" if tool == "foreman" else r"It is \$PORT \$LOG_LEVEL \$PORTAL")
    side.until_up("web.1")


DIFFERENCES[ALL, "A line of an env file may mean something else"] = (
    test_a_tool_reads_the_values_that_the_table_says.__name__
)


# Foreman's


@difference("Foreman", "`.env` stands beside the Procfile")
@pytest.mark.parametrize("tool", ["pyforeman", "foreman"])
def test_env_stands_beside_the_procfile(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    side.write("shop/Procfile", "web: python3 ../web.py\n")
    side.write("shop/.env", "LOG_LEVEL=beside\n")
    web = side.start(f"{tool} start -f shop/Procfile").until_up("web.1").last("web.1")
    assert Path(web.folder).name == "shop"
    assert Path(web.folder).parent.samefile(side.folder)
    assert web.environment["LOG_LEVEL"] == ("beside" if tool == "pyforeman" else "info")


@difference("Foreman", "A line of the Procfile has its port in `run`, too")
@pytest.mark.parametrize("tool", ["pyforeman", "foreman"])
def test_run_gives_a_line_its_port(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.start(f"{tool} run worker")
    side.until(side.notes, "it runs")
    assert side.notes()[0].port == ("5100" if tool == "pyforeman" else None)


@difference("Foreman", "A command that is not there ends `run` with 127")
@pytest.mark.parametrize("tool", ["pyforeman", "foreman"])
def test_a_command_that_is_not_there(sides: Sides, tool: str) -> None:
    need(tool)
    sides.start(f"{tool} run no-such-command").ends(127 if tool == "pyforeman" else 1)


@difference(FILE, "The command line wins")
@pytest.mark.parametrize("tool", ["pyforeman", "foreman"])
def test_the_command_line_wins_over_the_file(sides: Sides, tool: str) -> None:
    need(tool)
    for command, port in (("start worker", "6100"), ("start -p 8000 worker", "8100")):
        side = sides.new()
        side.write(".foreman", (EXAMPLE / ".foreman").read_text())
        side.start(f"{tool} {command}", {"PORT": "7000"}).until_ports({"worker.1": port})


@difference(FILE, "Every long option of `start` may stand there")
@pytest.mark.parametrize("tool", ["pyforeman", "foreman"])
def test_other_options_in_the_file(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    side.write(".foreman", "restart: never\nstop-on: failure\ntimestamp: false\n")
    side.start(f"{tool} start").until_up("web.1", "worker.1")
    side.until_shown(r"^web\.1 +\| here" if tool == "pyforeman" else r"^\d\d:\d\d:\d\d web\.1 +\| here")
    if tool == "pyforeman":
        side.end("worker.1", CRASH)
        side.ends(7)


@difference(FILE, "A line that is no option is an error")
@pytest.mark.parametrize("tool", ["pyforeman", "foreman"])
@pytest.mark.parametrize("line", ["prot: 6000", "procfile"])
def test_a_line_of_the_file_that_is_no_option(sides: Sides, tool: str, line: str) -> None:
    need(tool)
    side = sides.new()
    side.write(".foreman", f"{line}\n")
    side.start(f"{tool} start")
    if tool == "pyforeman":
        assert side.ends(1).startswith("pyforeman: .foreman:1: ")
    elif line == "procfile":
        assert "\tfrom " in side.ends(1)
    else:
        side.until_ports({"web.1": "5000", "worker.1": "5100"})


@difference(FILE, "honcho and `nf` do not read it")
@pytest.mark.parametrize("tool", ["honcho", "nf"])
def test_who_does_not_read_the_file(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    side.write(".foreman", (EXAMPLE / ".foreman").read_text())
    side.start(f"{tool} start").until_ports({"web.1": "5000", "worker.1": "5100"})


def test_the_page_shows_the_file_of_the_example() -> None:
    shown = re.search(r"```\n# \.foreman\n(.*?)```", (ROOT / PAGE).read_text(), re.DOTALL)
    assert shown
    lines = (EXAMPLE / ".foreman").read_text().splitlines(keepends=True)
    assert shown[1] == "".join(line for line in lines if not line.startswith("#"))


# honcho's


@difference("honcho", "Counts say all that runs")
@difference("Overmind", "Counts say all that runs")
def test_counts_say_all_that_runs(sides: Sides) -> None:
    sides.start("pyforeman start web=2").until_up("web.1", "web.2")
    need("honcho")
    sides.start("honcho start -c web=2").until_up("web.1", "web.2", "worker.1")


@difference("honcho", "`-p` wins over `PORT` in an env file")
@pytest.mark.parametrize("tool", ["pyforeman", "honcho"])
def test_the_port_of_an_env_file(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    side.write(".env", "PORT=7000\n")
    side.start(f"{tool} start -p 8000 web")
    side.until_ports({"web.1": "8000" if tool == "pyforeman" else "7000"})


@difference("honcho", "Processes run in the Procfile's folder")
@pytest.mark.parametrize("option", ["-d shop", "-f shop/Procfile"])
@pytest.mark.parametrize("tool", ["pyforeman", "honcho"])
def test_the_folder_of_the_processes(sides: Sides, tool: str, option: str) -> None:
    need(tool)
    side = sides.new()
    side.write("shop/Procfile", 'web: python3 "$PROGRAMS/web.py"\n')
    command = f"pyforeman start {option}" if tool == "pyforeman" else f"honcho {option} start"
    web = side.start(command, {"PROGRAMS": str(side.folder)}).until_up("web.1").last("web.1")
    assert Path(web.folder).samefile(side.folder / "shop" if tool == "pyforeman" else side.folder)


@difference("honcho", "An env file that you name must be there")
@difference(HEROKU, "An env file that you name must be there")
@pytest.mark.parametrize("tool", ["pyforeman", "honcho", "nf"])
def test_an_env_file_that_is_not_there(sides: Sides, tool: str) -> None:
    need(tool)
    if tool == "pyforeman":
        assert sides.start("pyforeman start -e .env.nowhere").ends(1).startswith("pyforeman: .env.nowhere: ")
    else:
        sides.start(f"{tool} -e .env.nowhere start").until_up("web.1", "worker.1")


@pytest.mark.parametrize("tool", ["pyforeman", "nf"])
def test_an_env_file_of_json(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    side.write("env.json", '{"LOG_LEVEL": "json"}\n')
    printed = side.start(one_off(tool, "printenv LOG_LEVEL", "env.json")).ends(
        1 if tool == "pyforeman" else 0
    )
    assert ("env.json:1: " if tool == "pyforeman" else "\njson\n") in printed


@difference("honcho", "`run` knows the process types")
@pytest.mark.parametrize("tool", ["pyforeman", "honcho"])
def test_run_knows_the_process_types(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.start(f"{tool} run worker")
    if tool == "pyforeman":
        side.until(side.notes, "it runs")
    else:
        side.ends(127)


# nf's


@difference(HEROKU, "The first port is 5000")
@pytest.mark.parametrize("tool", ["pyforeman", "nf"])
def test_the_first_port(sides: Sides, tool: str) -> None:
    need(tool)
    sides.start(f"{tool} start web").until_ports({"web.1": "5000"})


@difference(HEROKU, "A project without a Procfile is an error")
@pytest.mark.parametrize("tool", ["pyforeman", "nf"])
def test_a_project_without_a_procfile(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    (side.folder / "Procfile").unlink()
    side.write("package.json", '{"scripts": {"start": "python3 web.py"}}\n')
    side.start(f"{tool} start")
    if tool == "pyforeman":
        assert side.ends(1).startswith("pyforeman: Procfile: ")
    else:
        side.until_up("web.1")


@difference(HEROKU, "There is no proxy")
def test_there_is_no_proxy(sides: Sides) -> None:
    port = free_base(0)
    assert f"no process type '{port}'" in sides.start(f"pyforeman start -x {port}").ends(2)
    assert f"pyforeman: {port}: " in sides.start(f"pyforeman start -f {port}").ends(1)
    need("nf")
    sides.start(f"nf start -x {port} web").until_shown(rf"Starting Proxy Server \[web\] {port} -> 5000")


# Overmind's and hivemind's: our side


@difference("Overmind", "The second `web` is `web.2`, one port further")
def test_the_second_instance(sides: Sides) -> None:
    sides.start("pyforeman start web=2").until_ports({"web.1": "5000", "web.2": "5001"})


@difference("Overmind", "`.overmind.env` is not read")
def test_overmind_env_is_not_read(sides: Sides) -> None:
    side = sides.new()
    side.write(".overmind.env", "OVERMIND_PORT=8000\nPYFOREMAN_PORT=8000\nPORT=8000\nLOG_LEVEL=error\n")
    side.start("pyforeman start").until_ports({"web.1": "5000", "worker.1": "5100"})
    assert side.last("web.1").environment["LOG_LEVEL"] == "info"


@difference("Overmind", "The ports of the others")
def test_the_ports_of_the_others(sides: Sides) -> None:
    web = sides.start("pyforeman start web").until_up("web.1").last("web.1")
    assert web.environment["PYFOREMAN_PROCESS_WORKER_PORT"] == "5100"


@difference("Overmind", "The time is shown")
@difference("hivemind", "The time is shown")
def test_the_time_is_shown(sides: Sides) -> None:
    with_time(sides.start("pyforeman start"))
    without_time(sides.start("pyforeman start --timestamps off"))


@difference("Overmind", "`stop` without a name ends pyforeman, too")
@pytest.mark.parametrize(("words", "ends"), [("'*'", False), ("", True)])
def test_stop_without_a_name(sides: Sides, words: str, ends: bool) -> None:
    formation = sides.start("pyforeman start").until_up("web.1", "worker.1")
    sides.beside(formation).start(f"pyforeman stop {words}").ends(0)
    assert not any(note.is_alive for note in formation.notes())
    assert formation.is_over is ends


# Exports


EXPORTS = {
    "pyforeman": "export systemd units",
    "foreman": "export systemd units -a shop",
    "honcho": "export systemd units",
    "nf": "export -t systemd -a shop -o units",
}


def exported(sides: Sides, tool: str, more: str = "", *, entry: str = "", value: str = "") -> Side:
    """What a tool exports to systemd, into ``units``, with one line more in the Procfile or in ``.env``."""
    need(tool)
    side = sides.new()
    side.write("units/README", "nf wants its folder to be there\n")
    side.write("Procfile", f"web: python3 web.py\n{entry}\n")
    side.write(".env", f"LOG_LEVEL=info\n{value}\n")
    side.start(f"{tool} {EXPORTS[tool]} {more}").ends(0)
    return side


def units(side: Side) -> dict[str, str]:
    """What was written, by name."""
    return {path.name: path.read_text() for path in (side.folder / "units").iterdir() if path.is_file()}


@difference(EXPORT, "Values of the env files stand in one file that only you can read")
@each_tool
def test_where_an_export_has_its_values(sides: Sides, tool: str) -> None:
    side = exported(sides, tool, value="RATE='50%d'")
    found = {name for name, text in units(side).items() if "50%d" in text}
    modes = {(side.folder / "units" / name).stat().st_mode & 0o077 for name in found}
    if tool == "pyforeman":
        assert (found, modes) == ({"shop.env"}, {0})
    elif tool == "nf":
        assert not found
        assert "/.env\n" in units(side)["shop-web-1.service"]
    else:
        assert all(name.endswith(".service") for name in found)
        assert modes - {0}


@difference(EXPORT, "One unit serves all instances of a type")
@each_tool
def test_the_units_of_instances(sides: Sides, tool: str) -> None:
    more = {"foreman": "-m web=2", "honcho": "-c web=2"}.get(tool, "web=2")
    found = {name for name in units(exported(sides, tool, more)) if re.search(r"web.*\.service", name)}
    names = {"pyforeman": ("@",), "foreman": (".1", ".2")}.get(tool, ("-1", "-2"))
    assert found == {f"shop-web{name}.service" for name in names}


@difference(EXPORT, "`release` runs once, before the others")
@each_tool
def test_the_release_of_an_export(sides: Sides, tool: str) -> None:
    found = units(exported(sides, tool, entry="release: python3 migrate.py"))
    (release,) = (text for name, text in found.items() if re.fullmatch(r"shop-release.*\.service", name))
    assert ("Type=oneshot" in release) is (tool == "pyforeman")
    assert ("Restart=always" in release) is (tool != "pyforeman")
    if tool == "pyforeman":
        assert "Requires=shop-release.service" in found["shop-web@.service"]


@difference(EXPORT, "No account is assumed")
@each_tool
def test_the_account_of_an_export(sides: Sides, tool: str) -> None:
    found = units(exported(sides, tool))
    (web,) = (text for name, text in found.items() if re.fullmatch(r"shop-web.*\.service", name))
    named = re.findall(r"^User=(.*)", web, re.MULTILINE)
    assert named == {"pyforeman": [], "nf": ["root"]}.get(tool, ["shop"])


@difference(EXPORT, "The application is called like its folder")
@each_tool
def test_the_name_of_an_exported_application(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.new()
    side.start(f"{tool} export {'-t systemd -o .' if tool == 'nf' else 'systemd .'}").ends(0)
    name = {"foreman": "app", "nf": "foreman"}.get(tool, "shop")
    assert [path.name for path in side.folder.glob("*.target") if "-" not in path.name] == [f"{name}.target"]


@difference(EXPORT, "The folder may be left out")
@each_tool
def test_the_folder_of_an_export(sides: Sides, tool: str) -> None:
    need(tool)
    side = sides.start(f"{tool} export {'-t systemd' if tool == 'nf' else 'systemd'}")
    if tool in {"pyforeman", "nf"}:
        side.ends(0)
        assert (side.folder / ("foreman.target" if tool == "nf" else "export/systemd/shop.target")).is_file()
    else:
        assert re.search("location", side.ends(2 if tool == "honcho" else 1), re.IGNORECASE)


@difference(EXPORT, "A file that you have changed is not overwritten")
@each_tool
def test_a_file_that_was_changed(sides: Sides, tool: str) -> None:
    side = exported(sides, tool)
    before = units(side)
    side.write("units/shop.target", "mine\n")
    sides.beside(side).start(f"{tool} {EXPORTS[tool]}").ends(1 if tool == "pyforeman" else 0)
    assert units(side)["shop.target"] == ("mine\n" if tool == "pyforeman" else before["shop.target"])
    if tool == "pyforeman":
        sides.beside(side).start("pyforeman export systemd units --force").ends(0)
        assert units(side) == before


@difference(EXPORT, "`-t` names a folder with templates")
@pytest.mark.parametrize("tool", ["pyforeman", "foreman", "honcho"])
def test_the_templates_of_an_export(sides: Sides, tool: str) -> None:
    """One of the reader's own for the unit that starts all; honcho wants all of them."""
    need(tool)
    names = {
        "foreman": ["master.target.erb"],
        "honcho": ["master.target", "process_master.target", "process.service"],
    }
    side = sides.new()
    for name in names.get(tool, ["app.target"]):
        side.write(f"own/{name}", "# mine\n")
    side.start(f"{tool} export systemd units -t own").ends(0)
    assert any("# mine" in text for text in units(side).values())


@difference(EXPORT, "There is no `-r`")
@pytest.mark.parametrize("option", ["-r run", "-s /bin/bash"])
def test_options_of_theirs_that_an_export_does_not_have(sides: Sides, option: str) -> None:
    assert f"No such option '{option[:2]}'" in sides.start(f"pyforeman export systemd units {option}").ends(2)
    tool = "foreman" if option.startswith("-r") else "honcho"
    need(tool)
    sides.start(f"{tool} export systemd units {option}").ends(0)


@difference(EXPORT, "Upstart, inittab, bluepill and daemon are not made")
@pytest.mark.parametrize("kind", ["upstart", "inittab", "bluepill", "daemon", "launchd"])
def test_formats_that_are_not_made(sides: Sides, kind: str) -> None:
    assert "systemd" in sides.start(f"pyforeman export {kind} units").ends(2)


@difference(LAST, "`restart` starts what was stopped")
def test_restart_starts_what_was_stopped(sides: Sides) -> None:
    formation = sides.start("pyforeman start").until_up("web.1", "worker.1")
    stopped = formation.last("worker.1")
    for command in ("stop", "restart"):
        sides.beside(formation).start(f"pyforeman {command} worker").ends(0)
    formation.until(lambda: formation.last("worker.1").pid != stopped.pid, "it runs again")
    assert formation.last("worker.1").is_alive


def test_every_difference_is_tested() -> None:
    """An item of the page has a title in bold, under which its test is registered."""
    items = [(section, text) for section, text in TEXT.bullets if not text.startswith("Not there yet: ")]
    titles = [(section, re.match(r"\*\*(.+?)[.,]?\*\*", text)) for section, text in items]
    assert {(section, title[1] if title else "") for section, title in titles} == set(DIFFERENCES)


# Not there yet


def not_there() -> list[str]:
    lists = [text for _, text in TEXT.bullets if text.startswith("Not there yet: ")]
    return [command for text in lists for command in spans(text)]


@pytest.mark.parametrize("command", not_there())
def test_what_is_not_there_yet_is_not_there(sides: Sides, command: str) -> None:
    """If it is, it belongs into the tables of the page."""
    _, word, *rest = shlex.split(command)
    if word.startswith("-"):
        word, *rest = "start", word
    printed = sides.start(shlex.join(["pyforeman", word, *rest])).ends(2)
    assert re.search(f"No such option '{rest[0]}'" if rest else f"no command '{word}'", printed), printed


# The example


BEFORE = ("foreman start", "bin/dev.honcho")
AFTER = ("pyforeman start", "bin/dev")


@pytest.mark.parametrize("command", BEFORE + AFTER)
def test_the_example_starts_the_same_before_and_after(sides: Sides, command: str) -> None:
    tool = {"bin/dev": "pyforeman", "bin/dev.honcho": "honcho"}.get(command) or tool_of(command)
    need(tool)
    side = sides.new()
    side.write(".foreman", (EXAMPLE / ".foreman").read_text())
    side.start(command)
    side.tool = tool
    side.until_ports({"web.1": "6000", "web.2": "6001", "worker.1": "6100", "css.1": "6200"})
    assert {note.environment["LOG_LEVEL"] for note in side.notes()} == {"debug"}


def test_the_script_of_the_example_takes_words(sides: Sides) -> None:
    side = sides.new()
    side.write(".foreman", (EXAMPLE / ".foreman").read_text())
    side.start("bin/dev worker=2 -p 8000")
    side.tool = "pyforeman"
    side.until_ports({"worker.1": "8100", "worker.2": "8101"})


def test_what_the_readme_says_of_before_is_what_the_files_say() -> None:
    readme = (EXAMPLE / "README.md").read_text()
    rows = re.findall(r"^\| `(.*?)` \| `(.*?)` \|$", readme, re.MULTILINE)
    before = dict(rows)
    script = (EXAMPLE / "bin" / "dev.honcho").read_text()
    honcho = next(command for command in before if command.startswith("honcho"))
    assert f'exec {honcho} "$@"' in script
    assert f'exec {before[honcho]} "$@"' in (EXAMPLE / "bin" / "dev").read_text()
    assert len(rows) == 4


@pytest.mark.parametrize("command", ["run python3 migrate.py", "check"])
def test_the_one_offs_of_the_readme_say_the_same(sides: Sides, command: str) -> None:
    readme = (EXAMPLE / "README.md").read_text()
    rows = dict(re.findall(r"^\| `(foreman.*?)` \| `(pyforeman.*?)` \|$", readme, re.MULTILINE))
    theirs, ours = next(row for row in rows.items() if row[1] == f"pyforeman {command}")
    printed = []
    for words in [ours] + [theirs] * is_installed("foreman"):
        side = sides.new()
        side.write(".foreman", (EXAMPLE / ".foreman").read_text())
        printed.append(side.start(words).ends(0))
    expected = {"check": "valid procfile detected (web, worker, css)\n"}
    assert set(printed) == {expected.get(command, "migrated the database of Pear Shop\n")}
    need("foreman")


def test_the_programs_of_the_example_run(project: Project) -> None:
    shutil.copytree(EXAMPLE, project.folder, dirs_exist_ok=True)
    base = free_base(0, 1, 100, 200)
    run = project.run("start", "-p", str(base), environment={"PATH": PATH})
    for port in (base, base + 1):
        run.read_until(rf"Pear Shop is at http://localhost:{port}")
        with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            assert answer.read().decode() == "Welcome to Pear Shop\n"
    run.read_until("order 1: taken from the queue")
    built = run.read_until("style.css: built, 2 rules")
    with open(project.folder / "style.css", "a") as style:
        style.write("h2 { color: red }\n")
    run.read_until("style.css: built, 3 rules", after=built.end())
    assert run.stop(SIGINT) == 130
    assert "crashed" not in run.text
    assert run.lines("worker.1")[-1] == "no order in hand, bye"
