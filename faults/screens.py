"""On a real terminal, below a shell with job control: what is given back, whatever happens."""

import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cast import NAMELESS, PLAIN, SETSID
from census import census, command_line, descendants, kill, living, reap
from rows import Measured, row
from scene import BIN, PYFOREMAN, until

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from terminal import Terminal  # the tests' own terminal, with an emulator behind it

_PROMPT = "shell> ?"
_OPEN = r"open: printf '\033[?25l\033[1;31;44mopen'; exec sleep 3601"
_PROCFILE = (
    f"{_OPEN}\nplain: {PLAIN.command}\nsetsid: {SETSID.command}\nnameless: {NAMELESS.command}\n"
    "ticker: n=0; while :; do n=$((n+1)); echo $n > count; sleep 0.01; done\n"
)
_AS_BEFORE = "the terminal's settings are as before, the cursor is there, no colour is on"


class Console:
    """A terminal in which a shell has started ``pyforeman start``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "Procfile").write_text(_PROCFILE)
        environment = {
            "PS1": "shell> ",
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(folder),
            "ENV": "",
        }
        self.terminal = Terminal(folder, ("/bin/sh", "-i"), environment=environment, columns=100, rows=40)
        self.terminal.until_last(_PROMPT)
        self.modes = self.terminal.modes()
        self.terminal.press("pyforeman start -t 1\r")
        self.terminal.until_last(r"open\.1 +\| open")
        for command in ("sleep 3101", "sleep 3104", "sleep 3105", "sleep 3108"):
            until(lambda: command in self.left(), f"{command} is up")  # noqa: B023  # at once
        self.terminal.until_last(r"open\.1 +\| open")
        shell = self.terminal.process.pid
        below = [person for person in living(census().values()) if person.parent == shell]
        self.guardian = next(person.pid for person in below if PYFOREMAN in command_line(person.pid))

    @property
    def manager(self) -> int:
        """The other one."""
        for person in living(census().values()):
            if person.parent == self.guardian and PYFOREMAN in command_line(person.pid):
                return person.pid
        raise AssertionError("there is no manager: the guardian has no second process")

    def left(self) -> list[str]:
        """What lives below us, the shell aside."""
        below = descendants(census(), os.getpid())
        reap(below, {self.terminal.process.pid})
        return [
            command_line(person.pid) for person in living(below) if person.pid != self.terminal.process.pid
        ]

    def states(self) -> dict[str, str]:
        """The state of each process that pyforeman runs, by its command."""
        people = descendants(census(), self.guardian)
        return {command_line(person.pid): person.state for person in living(people)}

    def ask(self, command: str, pattern: str) -> re.Match[str]:
        """Type a command, and wait for its answer."""
        self.terminal.press(f"{command}\r")
        return self.terminal.until(pattern)

    def end(self, measured: Measured, code: int, since: float) -> None:
        """All is gone, the shell has its terminal back, and nothing is different."""
        try:
            self.terminal.until_true(lambda: not self.left(), "nothing is left")
        except AssertionError:
            measured.survivors = len(self.left())
            raise AssertionError(f"left behind: {self.left()}") from None
        measured.note_seconds(time.monotonic() - since)
        measured.survivors = 0
        # A prompt that was there before the last words were is not looked at.
        measured.note_code(int(self.ask("echo code $?", r"code (\d+)$")[1]))
        self.terminal.until_last(_PROMPT)
        self.as_before()
        assert measured.code == code, f"exit code {measured.code} instead of {code}; {self.terminal.text}"

    def open_line_is_alone(self) -> None:
        """Nobody has written behind the open line."""
        glued = [text for text in self.terminal.lines if re.search(r"open\.1 +\| open.", text)]
        assert not glued, f"behind the open line: {glued}"

    def as_before(self) -> None:
        """The shell is at its prompt: nothing of us is to be seen there."""
        assert self.terminal.modes() == self.modes, (
            f"settings: {self.modes} before, {self.terminal.modes()} now"
        )
        assert self.terminal.cursor_is_visible, "the cursor is hidden"
        assert self.terminal.is_plain("shell>"), "colours are on"

    def count(self) -> int:
        """How far the ticker is."""
        path = self.folder / "count"
        text = path.read_text() if path.exists() else ""
        return int(text) if text.strip() else 0

    def ticks(self) -> None:
        """The ticker goes on."""
        before = self.count()
        self.terminal.until_true(lambda: self.count() > before + 20, "the ticker goes on")


@contextmanager
def _console() -> Iterator[Console]:
    folder = Path(tempfile.mkdtemp(prefix="console-"))
    console = None
    try:
        console = Console(folder)
        yield console
    finally:
        while below := living(descendants(census(), os.getpid())):
            kill(person.pid for person in below)
            reap(descendants(census(), os.getpid()), {console.terminal.process.pid} if console else ())
        if console:
            console.terminal.close()
        shutil.rmtree(folder, ignore_errors=True)


@row("^C on a terminal, on an open coloured line with a hidden cursor", must=f"{_AS_BEFORE}; exit code 130")
def interrupt(measured: Measured) -> None:
    """The key, not the signal."""
    with _console() as console:
        since = time.monotonic()
        console.terminal.press("\x03")
        console.end(measured, 130, since)
        console.open_line_is_alone()


@row(
    "SIGKILL of the guardian on a terminal, on an open coloured line with a hidden cursor",
    must=f"{_AS_BEFORE}; nothing survives",
)
def guardian_killed(measured: Measured) -> None:
    """The shell is back before the manager has ended."""
    with _console() as console:
        assert console.manager
        os.kill(console.guardian, signal.SIGKILL)
        console.end(measured, 137, time.monotonic())


@row(
    "SIGKILL of the manager on a terminal, on an open coloured line with a hidden cursor",
    must=f"{_AS_BEFORE}; nothing survives; exit code 137",
)
def manager_killed(measured: Measured) -> None:
    """Who drew the line cannot take it off."""
    with _console() as console:
        os.kill(console.manager, signal.SIGKILL)
        console.end(measured, 137, time.monotonic())
        console.open_line_is_alone()


@row(
    "^Z on a terminal, then `fg`, ^Z again, `bg`, `fg`, ^C",
    must=f"^Z stops all, fg and bg continue all; at each prompt {_AS_BEFORE}; exit code 130",
)
def suspend(measured: Measured) -> None:
    """Job control."""
    with _console() as console:
        for key in ("fg", "bg"):
            console.ticks()
            console.terminal.press("\x1a")
            console.terminal.until_last(_PROMPT)
            console.as_before()
            stopped = {"sleep 3101", "sleep 3601"}
            until(lambda: all(console.states().get(each) == "T" for each in stopped), "all is stopped")  # noqa: B023
            before = console.count()
            console.ask("echo at $((6*7))", "at 42$")
            time.sleep(0.2)  # that nothing happens has no fact
            assert console.count() <= before + 1, "the ticker goes on while all is stopped"
            console.terminal.press(f"{key}\r")
            console.ticks()
        console.terminal.press("fg\r")
        group = os.getpgid(console.guardian)
        console.terminal.until_true(lambda: console.terminal.foreground == group, "it gets the keys again")
        since = time.monotonic()
        console.terminal.press("\x03")
        console.end(measured, 130, since)


def _killed_while_stopped(measured: Measured, *, guardian: bool) -> None:
    with _console() as console:
        manager = console.manager
        console.terminal.press("\x1a")
        console.terminal.until_last(_PROMPT)
        until(lambda: console.states().get("sleep 3101") == "T", "all is stopped")
        os.kill(console.guardian if guardian else manager, signal.SIGKILL)
        since = time.monotonic()
        console.terminal.until_true(
            lambda: guardian or not console.left() or _is_over(console), "it is noticed"
        )
        console.terminal.until_true(lambda: not console.left(), f"nothing is left of {console.left()}")
        measured.note_seconds(time.monotonic() - since)
        measured.survivors = len(console.left())
        console.terminal.press("\r")
        console.ask("echo at $((6*7))", "at 42$")
        console.terminal.until_last(_PROMPT)
        console.as_before()


def _is_over(console: Console) -> bool:
    """A guardian that is stopped can do nothing: so the user says fg."""
    if census()[console.guardian].state == "T":
        console.terminal.press("fg\r")
    return True


@row(
    "^Z on a terminal, then SIGKILL of the guardian",
    must=f"nothing survives, though all was stopped; {_AS_BEFORE}",
)
def guardian_killed_while_stopped(measured: Measured) -> None:
    """What is stopped has to be continued to end."""
    _killed_while_stopped(measured, guardian=True)


@row(
    "^Z on a terminal, then SIGKILL of the manager, then `fg`",
    must=f"nothing survives, though all was stopped; {_AS_BEFORE}",
)
def manager_killed_while_stopped(measured: Measured) -> None:
    """What is stopped has to be continued to end."""
    _killed_while_stopped(measured, guardian=False)


@row("the window of the terminal is closed", must="nothing survives")
def window_closed(measured: Measured) -> None:
    """SIGHUP, and EIO for whoever writes."""
    with _console() as console:
        os.close(console.terminal._master)
        console.terminal._master = -1
        since = time.monotonic()
        try:
            until(lambda: not console.left(), "nothing is left", 10)
        except AssertionError:
            measured.survivors = len(console.left())
            raise AssertionError(f"left behind: {console.left()}") from None
        measured.note_seconds(time.monotonic() - since)
        measured.survivors = 0
