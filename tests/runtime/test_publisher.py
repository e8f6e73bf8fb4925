"""Who gets what: stdout, which may be muted; the history; the log files; followers."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import PATIENCE
from pyforeman.core.notices import Notice
from pyforeman.output.history import Entry
from pyforeman.output.render import SYSTEM, Origin, Renderer, TextRenderer
from pyforeman.output.screen import Screen
from pyforeman.runtime.publisher import Publisher
from pyforeman.runtime.terminal import Writer

WEB, WORKER = Origin("web.1", 7), Origin("worker.1", 8)
TEXT = TextRenderer(["web.1"], "off", 0.0)


class Stdout:
    """A publisher, and the other end of its stdout."""

    def __init__(self, make_renderer: Callable[[], Renderer | Screen], *, on_terminal: bool) -> None:
        self.reader, self.fd = os.pipe()
        self.writer = Writer(self.fd, lambda: None)
        self.writer.start()
        self.publisher = Publisher(
            self.writer, make_renderer, lambda name: name != "hidden.1", on_terminal=on_terminal
        )

    def shown(self) -> bytes:
        """All that was shown since the last call."""
        self.publisher.notice(Notice("", "", "that is all"))
        self.publisher.hand_over()
        found = b""
        while b"that is all\n" not in found:
            found += os.read(self.reader, 1 << 16)
        return found[: found.rindex(b"system")].removesuffix(b"\r\x1b[K")

    def close(self) -> None:
        self.writer.error = errno.EPIPE
        self.writer._batches.put([])
        if self.writer._thread:
            self.writer._thread.join(PATIENCE)
            assert not self.writer._thread.is_alive()
        os.close(self.reader)
        os.close(self.fd)


@pytest.fixture
def stdout() -> Iterator[Stdout]:
    stdout = Stdout(lambda: TextRenderer(["web.1"], "off", 0.0), on_terminal=False)
    yield stdout
    stdout.close()


@pytest.fixture
def terminal() -> Iterator[Stdout]:
    stdout = Stdout(lambda: Screen(TextRenderer(["web.1"], "off", 0.0), 80, 24), on_terminal=True)
    yield stdout
    stdout.close()


class Noted:
    """A follower that keeps what it gets."""

    def __init__(self) -> None:
        self.blocks: list[tuple[str, int, bytes]] = []

    def block(self, process: str, pid: int, block: bytes, now: float) -> None:
        self.blocks.append((process, pid, block))


def test_followers_get_blocks_and_what_we_say_as_the_history_does(stdout: Stdout) -> None:
    publisher, noted = stdout.publisher, Noted()
    publisher.block(WEB, b"before\n")
    publisher.followers.append(noted)
    publisher.block(WEB, b"one\n")
    publisher.notice(Notice("crashed", "web.1", "web.1 crashed\u2026", with_last_lines=True))
    publisher.block(Origin("hidden.1", 9), b"not on stdout\n")
    publisher.followers.remove(noted)
    publisher.block(WEB, b"after\n")
    assert noted.blocks == [
        ("web.1", 7, b"one\n"),
        (SYSTEM, os.getpid(), "web.1 crashed\u2026\n".encode()),
        ("hidden.1", 9, b"not on stdout\n"),
    ]
    kept = [
        (entry.process, entry.pid, entry.text)
        for entry in publisher.history.entries(lambda name: True)
        if isinstance(entry, Entry)
    ]
    assert kept == [("web.1", 7, b"before\none\n"), *noted.blocks[1:], ("web.1", 7, b"after\n")]


def test_what_was_muted_is_shown_afterwards_as_it_came(stdout: Stdout) -> None:
    publisher = stdout.publisher
    publisher.block(WEB, b"before\n")
    publisher.mute()
    publisher.block(WEB, b"one\ntwo\n")
    publisher.block(Origin("hidden.1", 9), b"not on stdout\n")
    publisher.notice(Notice("started", "worker.1", "worker.1 started"))
    publisher.block(WORKER, b"three\n")
    publisher.hand_over()
    publisher.unmute()
    publisher.block(WEB, b"after\n")
    assert stdout.shown().splitlines() == [
        b"web.1  | before",
        b"web.1  | one",
        b"web.1  | two",
        b"system | worker.1 started",
        b"worker.1 | three",
        b"web.1    | after",
    ]


def test_what_is_said_of_the_process_that_has_the_terminal_was_seen_there(stdout: Stdout) -> None:
    publisher = stdout.publisher
    publisher.mute("web.1")
    publisher.notice(Notice("finished", "web.1", "web.1 finished"))
    publisher.notice(Notice("started", "worker.1", "worker.1 started"))
    publisher.notice(Notice("log_failed", "", "logs: no space left on device"))
    publisher.unmute()
    assert stdout.shown() == b"system | worker.1 started\nsystem | logs: no space left on device\n"
    assert publisher.history.last_lines(SYSTEM, 4)[0] == b"web.1 finished"


def test_nothing_is_shown_while_it_is_muted(stdout: Stdout) -> None:
    stdout.publisher.mute()
    stdout.publisher.block(WEB, b"one\n")
    stdout.publisher.hand_over()
    assert not stdout.writer.pending
    stdout.publisher.unmute()
    assert stdout.shown() == b"web.1  | one\n"


def test_of_more_than_a_hundred_lines_the_last_ones_are_shown(stdout: Stdout) -> None:
    publisher = stdout.publisher
    publisher.mute()
    publisher.block(WORKER, b"forgotten\n" * 1000)
    publisher.block(WEB, b"".join(b"%d\n" % number for number in range(150)))
    publisher.block(WORKER, b"last\n")
    publisher.unmute()
    first, second, *_, last = stdout.shown().splitlines()
    assert first == "system | … 1,051 lines were not shown; pyforeman logs has more".encode()
    assert second == b"web.1  | 51"
    assert last == b"worker.1 | last"


def test_huge_lines_are_not_all_kept(stdout: Stdout) -> None:
    publisher = stdout.publisher
    publisher.mute()
    for _ in range(10):
        publisher.block(WEB, b"x" * 400_000 + b"\n")
    assert publisher._unseen is not None
    assert publisher._unseen._bytes_kept < 1 << 20
    assert publisher._unseen.left_out == 8


def test_an_open_line_survives_that_the_terminal_is_somebody_elses(terminal: Stdout) -> None:
    publisher = terminal.publisher
    prompt = bytearray(b"name: ")
    publisher.unfinished(WEB, prompt)
    publisher.block(WORKER, b"first\n")
    publisher.unfinished(WEB, prompt)
    publisher.mute()
    publisher.tick()
    publisher.hand_over()
    publisher.block(WORKER, b"while\n")
    publisher.unfinished(WEB, prompt)
    publisher.unmute()
    assert publisher.deadline is not None
    publisher.block(WEB, b"name: Ada\n")
    assert [line.rpartition(b"\x1b[K")[2] for line in terminal.shown().split(b"\n")[:-1]] == [
        b"worker.1 | first",
        b"worker.1 | while",
        b"web.1    | name: Ada",
    ]


def test_an_open_line_that_ends_meanwhile_is_shown_once(terminal: Stdout) -> None:
    publisher = terminal.publisher
    publisher.block(WORKER, b"first\n")
    publisher.unfinished(WEB, bytearray(b"10%\r20%"))
    publisher.mute()
    publisher.block(WEB, b"10%\r20%\rdone\n")
    publisher.unfinished(WEB, bytearray(b"next: "))
    publisher.unmute()
    publisher.block(WEB, b"next: yes\n")
    assert [line.rpartition(b"\x1b[K")[2] for line in terminal.shown().split(b"\n")[:-1]] == [
        b"worker.1 | first",
        b"web.1    | done",
        b"web.1    | next: yes",
    ]


def test_a_last_line_of_nothing_is_not_shown_afterwards_either(terminal: Stdout) -> None:
    publisher = terminal.publisher
    publisher.block(WORKER, b"first\n")
    publisher.mute()
    publisher.block(WEB, b"\x1b[?25h\n", unended=True)
    publisher.ended(WEB)
    publisher.unmute()
    assert terminal.shown() == b"worker.1 | first\n"


def test_log_files_have_what_was_muted(stdout: Stdout, tmp_path: Path) -> None:
    stdout.publisher.open_logs(str(tmp_path), ["web.1"], TEXT)
    stdout.publisher.mute()
    stdout.publisher.block(WEB, b"one\n")
    stdout.publisher.close()
    assert (tmp_path / "web.1.log").read_bytes() == b"one\n"
