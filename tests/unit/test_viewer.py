"""What a client that is attached is sent, and what it may send: without a process and without a socket."""

import base64
import json
import tracemalloc
from typing import Any

import pytest

from pyforeman.control.protocol import Message
from pyforeman.control.viewer import MOST_WAITING, Attachment
from pyforeman.core.supervisor import Supervisor
from pyforeman.errors import PyforemanError, UsageError
from pyforeman.plan.plan import instances
from pyforeman.plan.procfile import parse
from pyforeman.plan.settings import Settings
from pyforeman.runtime.loop import Loop
from pyforeman.runtime.pty import Ptys, Window
from pyforeman.runtime.taps import Tap, Taps

SIZE: Message = {"columns": 80, "rows": 24}


class Client:
    """An attachment to ``web.1``, and how often it had news."""

    def __init__(self, loop: Loop) -> None:
        formation = instances(parse(b"web: true\n", "Procfile"), {}, Settings(pty="yes"))
        tap = Taps(loop, Supervisor(formation), Ptys(on_terminal=False, margin=0)).tap("web.1")
        assert tap is not None
        self.tap: Tap = tap
        self.tap.feed(b"before\n(Pdb) ")
        self.news = 0
        self.attachment = Attachment("web.1", SIZE, tap, self.count)

    def count(self) -> None:
        self.news += 1

    def take(self, limit: int = 1 << 24) -> list[Any]:
        return [json.loads(line) for line in self.attachment.next_lines(limit)]

    def data(self) -> bytes:
        return b"".join(base64.b64decode(message["data"]) for message in self.take() if "data" in message)


@pytest.fixture
def client() -> Any:
    loop = Loop()
    yield Client(loop)
    loop.close()


def test_first_come_the_name_and_the_last_screenful(client: Client) -> None:
    first, second = client.take()
    assert first == {"attached": "web.1", "pid": None}
    assert base64.b64decode(second["data"]) == b"\x1b[0mbefore\n(Pdb) "
    assert client.take() == []
    assert client.tap.window == Window(80, 24)


def test_news_are_told_once_until_they_are_taken(client: Client) -> None:
    client.take()
    client.tap.feed(b"a")
    client.tap.feed(b"b")
    client.tap.said("web.1 crashed")
    assert client.news == 1
    assert [*map(sorted, client.take())] == [["data"], ["notice"]]
    client.tap.feed(b"c")
    assert client.news == 2
    assert client.data() == b"c"


def test_the_last_line_says_why(client: Client) -> None:
    client.take()
    client.tap.ended("web.1 finished after 3 s")
    before = client.attachment.finished
    assert client.take() == [{"ok": True, "ended": "web.1 finished after 3 s"}]
    assert (before, client.attachment.finished) == (False, True)
    client.attachment.end(0)
    assert client.take() == []


def test_the_end_of_the_formation_is_said(client: Client) -> None:
    client.take()
    client.attachment.end(143)
    assert client.take() == [{"ok": True, "ended": "the formation ended"}]
    assert client.tap.window is None  # nobody looks


def test_who_is_slow_misses_the_oldest_and_is_told_the_rest_in_order(client: Client) -> None:
    client.take()
    sent = b"".join(b"line %d\n" % number for number in range(300_000))
    for start in range(0, len(sent), 4095):
        client.tap.feed(sent[start : start + 4095])
    client.tap.said("web.1 stopped")
    messages = client.take()
    assert messages[-1] == {"notice": "web.1 stopped"}
    data = b"".join(base64.b64decode(message["data"]) for message in messages[:-1])
    assert data.startswith(b"\x1b[0m\r\n")
    assert sent.endswith(data.removeprefix(b"\x1b[0m\r\n"))
    assert MOST_WAITING - 40_000 < len(data) < MOST_WAITING + 64


def test_what_comes_letter_by_letter_takes_no_more_memory(client: Client) -> None:
    client.take()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(MOST_WAITING // 8):
        client.attachment.show(bytes(bytearray(b"ab")))
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken < MOST_WAITING // 2
    assert client.data() == b"ab" * (MOST_WAITING // 8)


def test_no_more_is_given_than_asked_for(client: Client) -> None:
    for _ in range(100):
        client.tap.feed(b"x" * 4095)
    lines = client.attachment.next_lines(50_000)
    assert 50_000 < sum(map(len, lines)) < 120_000


def test_a_size_is_the_taps(client: Client) -> None:
    client.attachment.receive({"columns": 100, "rows": 30})
    assert client.tap.window == Window(100, 30)
    client.attachment.close()
    assert client.tap.window is None


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"keys": "no base64!"},
        {"keys": 3},
        {"columns": 80},
        {"columns": 0, "rows": 24},
        {"columns": 80, "rows": 10_000},
        {"columns": "80", "rows": 24},
        {"columns": True, "rows": 24},
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, message: Message) -> None:
    with pytest.raises(UsageError, match=r"^attach: "):
        client.attachment.receive(message)


def test_keys_for_who_does_not_run_are_lost(client: Client) -> None:
    client.attachment.receive({"keys": base64.b64encode(b"p 6*7\r").decode()})
    assert client.attachment.may_receive


def test_who_has_no_terminal_is_named_with_what_to_do() -> None:
    with pytest.raises(PyforemanError, match=r"^web\.1 has no terminal: .* --pty=web=yes$") as raised:
        Attachment("web.1", SIZE, None, lambda: None)
    assert raised.value.exit_code == 1


def test_what_was_taken_makes_room(client: Client) -> None:
    sent = b"x" * 4095
    for _ in range(2 * MOST_WAITING // len(sent)):
        client.tap.feed(sent)
        assert client.data().endswith(sent)
    client.tap.feed(b"last")
    assert client.data() == b"last"  # nothing was dropped


def test_who_has_left_is_told_nothing(client: Client) -> None:
    client.take()
    client.attachment.close()
    client.attachment.end(0)
    assert client.take() == []
    assert client.news == 0
