"""examples/polyglot runs as it is: with the languages that are installed here, and without the others."""

import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import psutil
import pytest

from conftest import Project
from harness import Run, can_listen, eventually, free_base
from terminal import pyforeman

FOLDER = Path(__file__).parents[2] / "examples" / "polyglot"
PROCFILE = str(FOLDER / "Procfile")


def page(port: int) -> str:
    """What a GET brings."""
    with urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def memcached_version(port: int) -> str:
    """What memcached answers. It listens some time after the shell has shown its port."""
    eventually(lambda: not can_listen(port), f"memcached listens on {port}")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"version\r\n")
        return connection.makefile().readline()


class Language(NamedTuple):
    """A process of the example.

    ``hello`` and ``bye`` are its first and last words; ``ask`` asks it by its port, and ``alone`` is
    what it then answers while no other process runs. A shell cannot listen.
    """

    process: str
    program: str
    offset: int
    hello: str
    bye: str
    ask: Callable[[int], str] | None
    alone: str = ""
    code: int = 0

    @property
    def name(self) -> str:
        return f"{self.process}.1"

    def says_hello(self, base: int) -> str:
        """The line, at any time of day, in which it shows its port."""
        return rf"^\S+ {self.process}\.1 +\| {self.hello}\b.*\b{base + self.offset}\b"


NOBODY = "web is not there\npython is not there\nruby is not there"
LANGUAGES = [
    Language("web", "java", 0, "Java", "bye from Java", page, "welcome from Java", code=143),
    Language("python", "python3", 100, "Python", "bye from Python", page, "a visit, and no memcached"),
    Language("node", "node", 200, "Node", "bye from Node", page, NOBODY),
    Language("ruby", "ruby", 300, "Ruby", "bye from Ruby", page, r"it is \d\d:\d\d:\d\d"),
    # The last word of memcached depends on its version.
    Language("memcached", "memcached", 400, "PORT", "Exiting|Signal handled", memcached_version, "VERSION"),
    Language("sh", "sh", 500, "sh has PORT", "bye from sh", None),
]
OFFSETS = tuple(language.offset for language in LANGUAGES)
IF_INSTALLED = "is not installed, so there is nothing to do"


@cache
def is_installed(program: str) -> bool:
    """Whether it is here and works. The example itself asks in the same way."""
    if program == "sh":
        return True
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def need(*programs: str) -> None:
    """Skip the test where one of them is missing."""
    for program in programs:
        if not is_installed(program):
            pytest.skip(f"{program} is not installed")


@pytest.fixture(autouse=True)
def _no_java_opts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real environment would win over the ``.env`` of the example."""
    monkeypatch.delenv("JAVA_OPTS", raising=False)


def assert_stopped(run: Run, language: Language, base: int) -> None:
    """It had the last word of its process, ended as it should, and left its port."""
    assert re.match(language.bye, run.lines(language.name)[-1])
    assert f"{language.name} stopped (code {language.code})" in run.text
    assert can_listen(base + language.offset)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.process)
def test_one_language_alone(project: Project, language: Language) -> None:
    need(language.program)
    base = free_base(*OFFSETS)
    run = project.run("start", "-f", PROCFILE, "-p", str(base), language.process)
    run.read_until(language.says_hello(base))
    with ExitStack() as stack:
        if language.ask:
            assert re.match(language.alone, language.ask(base + language.offset))
            # What is shown and signalled is the program itself: no shell is left, and no if-installed.
            program = Path(psutil.Process(run.pid_of(language.name)).exe()).name.lower()
            assert program.startswith(language.program.rstrip("3"))
            # A browser keeps connections open. They must not hold up the end until SIGKILL.
            stack.enter_context(socket.create_connection(("127.0.0.1", base + language.offset)))
        else:
            run.read_until("tick 1$")
        assert run.stop(signal.SIGTERM) == 143
    assert_stopped(run, language, base)


def test_all_of_them_together(project: Project) -> None:
    """In the folder, as a user would; ^C ends it."""
    base = free_base(*OFFSETS)
    there = [language for language in LANGUAGES if is_installed(language.program)]
    in_the_folder = ("/bin/sh", "-c", 'cd "$0" && exec "$@"', str(FOLDER))
    run = project.run("start", "-p", str(base), wrap=in_the_folder)
    for language in LANGUAGES:
        run.read_until(
            language.says_hello(base) if language in there else f"{language.program} {IF_INSTALLED}$"
        )
    for language in there:
        assert not language.ask or language.ask(base + language.offset)
    assert run.stop(signal.SIGINT) == 130
    for language in there:
        assert_stopped(run, language, base)
    words = "|".join(("sh has PORT .*", r"tick \d+", "bye from sh"))  # and not "Terminated"
    assert [line for line in run.lines("sh.1") if not re.fullmatch(words, line)] == []


def test_they_find_each_other_by_their_ports(project: Project) -> None:
    """Node asks Python, which has memcached count; web and ruby do not run, and nobody minds."""
    need("node", "memcached", "python3")
    base = free_base(*OFFSETS)
    run = project.run("start", "-f", PROCFILE, "-p", str(base), "node", "python", "memcached")
    for language in LANGUAGES:
        if language.process in ("node", "python", "memcached"):
            run.read_until(language.says_hello(base))
    memcached_version(base + 400)
    answers = [page(base + 200) for _ in range(2)]
    assert answers == [
        f"web is not there\npython: visit {number}, says memcached\nruby is not there\n" for number in (1, 2)
    ]
    assert run.stop() == 143


@pytest.mark.parametrize(
    ("java_opts", "options", "words", "greeting"),
    [
        (None, (), ["-Xmx64m", "-Dgreeting=welcome"], "welcome"),
        ("", (), [], "hello"),
        (None, ("--no-env",), [], "hello"),
        ("-Dgreeting=hi", (), ["-Dgreeting=hi"], "hi"),
    ],
    ids=["from .env", "empty", "not set", "from outside"],
)
def test_the_shell_splits_java_opts(
    project: Project, java_opts: str | None, options: tuple[str, ...], words: list[str], greeting: str
) -> None:
    need("java")
    base = free_base(0)
    environment = {} if java_opts is None else {"JAVA_OPTS": java_opts}
    run = project.run("start", "-f", PROCFILE, "-p", str(base), *options, "web", environment=environment)
    run.read_until(rf"web\.1 +\| Java .*:{base}\b")
    assert psutil.Process(run.pid_of("web.1")).cmdline() == ["java", *words, "Web.java"]
    assert page(base).startswith(f"{greeting} from Java")
    assert run.stop() == 143


def test_without_java_ruby_and_memcached(project: Project) -> None:
    """The others go on. The java is the one of macOS, which is there without a JDK and says so."""
    bin_folder = project.folder / "bin"
    bin_folder.mkdir()
    (bin_folder / "python3").symlink_to(Path(sys.executable).resolve())
    for program in ("sleep", "node"):
        if found := shutil.which(program):
            (bin_folder / program).symlink_to(Path(found).resolve())
    java = bin_folder / "java"
    java.write_text('#!/bin/sh\necho "Unable to locate a Java Runtime." >&2\nexit 1\n')
    java.chmod(0o755)

    base = free_base(*OFFSETS)
    run = project.run("start", "-f", PROCFILE, "-p", str(base), environment={"PATH": str(bin_folder)})
    for process in ("web", "ruby", "memcached"):
        run.read_until(rf"system +\| {process}\.1 finished")
    assert run.lines("web.1") == [f"java {IF_INSTALLED}"]
    assert run.lines("ruby.1") == [f"ruby {IF_INSTALLED}"]
    assert run.lines("memcached.1") == [f"PORT is {base + 400}", f"memcached {IF_INSTALLED}"]

    run.read_until(rf"python\.1 +\| Python .*:{base + 100}\b")
    assert page(base + 100) == "a visit, and no memcached to count it\n"
    if is_installed("node"):
        run.read_until(rf"node\.1 +\| Node .*:{base + 200}\b")
        assert re.search("python: a visit", page(base + 200))
    run.read_until("tick 1$")
    assert run.stop() == 143
    assert "crashed" not in run.text


def test_each_line_fits_on_a_narrow_terminal(project: Project) -> None:
    """80 columns; a port of five digits."""
    base = free_base(*OFFSETS)
    there = [language for language in LANGUAGES if is_installed(language.program)]
    terminal = project.terminal("", command=pyforeman("start", "-f", PROCFILE, "-p", str(base)), columns=80)
    for language in there:
        terminal.until(language.says_hello(base))
        assert not language.ask or language.ask(base + language.offset)
    terminal.press("\x03")
    assert terminal.wait() == 130
    prefix = re.compile(r"(?:\^C)?\d\d:\d\d:\d\d (?:system|\w+\.1) +\| ")
    assert [line for line in terminal.lines if not prefix.match(line)] == []
    for language in there:
        assert re.match(language.bye, terminal.shown(language.name)[-1])
