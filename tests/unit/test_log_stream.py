"""What a client gets of the lines of a formation, and what waits for one that is slow."""

import json
import os
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyforeman.control.log_stream import MOST_WAITING, LogStream
from pyforeman.control.protocol import Message
from pyforeman.core.notices import Notice
from pyforeman.output.render import Origin, TextRenderer
from pyforeman.runtime.publisher import Publisher
from pyforeman.runtime.terminal import Writer

WEB, WORKER = Origin("web.1", 7), Origin("worker.1", 8)


@pytest.fixture
def publisher() -> Publisher:
    return quiet_publisher()


def quiet_publisher() -> Publisher:
    """Of nobody's stdout."""
    writer = Writer(-1, lambda: None)
    return Publisher(writer, lambda: TextRenderer([], "off", 0.0), lambda name: False, on_terminal=False)


class Client:
    """Takes what a stream gives."""

    def __init__(self, publisher: Publisher, *names: str, **options: bool | int) -> None:
        self.news = 0
        self.stream = LogStream(
            publisher,
            lambda name: not names or name in names,
            {"types": ["web"]},
            self._has_news,
            **options,  # type: ignore[arg-type]
        )

    def _has_news(self) -> None:
        self.news += 1

    def take(self, limit: int = 1 << 30) -> list[Message]:
        return [json.loads(line) for line in self.stream.next_lines(limit)]

    def texts(self) -> list[str]:
        return [message["text"] for message in self.take() if "text" in message]


def test_the_history_comes_and_then_the_end(publisher: Publisher) -> None:
    publisher.block(WEB, b"one\ntwo\n")
    publisher.block(WORKER, b"three\n")
    client = Client(publisher, lines=2)
    publisher.block(WEB, b"too late\n")
    head, *blocks, ok = client.take()
    assert head == {"types": ["web"]}
    assert [(block["process"], block["pid"], block["text"]) for block in blocks] == [
        ("web.1", 7, "two\n"),
        ("worker.1", 8, "three\n"),
    ]
    assert ok == {"ok": True}
    assert client.stream.finished
    assert client.stream.is_reply
    assert not publisher.followers


def test_a_follower_misses_nothing_between_what_was_and_what_comes(publisher: Publisher) -> None:
    publisher.block(WEB, b"one\n")
    client = Client(publisher, "web.1", follow=True)
    publisher.block(WEB, b"two\n")
    publisher.block(WORKER, b"of another\n")
    _, one, following, two = client.take()
    assert (one["text"], two["text"]) == ("one\n", "two\n")
    assert following == {"following": True}
    assert client.take() == []
    publisher.block(WORKER, b"of another\n")
    assert client.news == 0
    publisher.block(WEB, b"three\n")
    publisher.block(WEB, b"four\n")
    assert client.news == 1
    assert "".join(client.texts()) == "three\nfour\n"
    assert not client.stream.finished


def test_our_own_messages_come_as_those_of_system(publisher: Publisher) -> None:
    client = Client(publisher, "system", follow=True)
    client.take()
    publisher.block(WEB, b"of another\n")
    publisher.history.add("web.1", 7, b"more\n", 0.0)
    publisher.notice(Notice("crashed", "web.1", "web.1 crashed", with_last_lines=True))
    (message,) = client.take()
    assert (message["process"], message["pid"], message["text"]) == ("system", os.getpid(), "web.1 crashed\n")


def test_the_end_of_the_formation_comes_after_what_waits(publisher: Publisher) -> None:
    client = Client(publisher, follow=True)
    client.take()
    publisher.block(WEB, b"last words\n")
    client.stream.end(0)
    words, ok = client.take()
    assert (words["text"], ok) == ("last words\n", {"ok": True})
    assert client.stream.finished
    client.stream.close()
    assert not publisher.followers


def test_bytes_that_are_not_utf_8_come_as_base64_too(publisher: Publisher) -> None:
    publisher.block(WEB, b"caf\xe9\n")
    message = Client(publisher).take()[1]
    assert (message["text"], message["base64"]) == ("caf�\n", "Y2Fm6Qo=")


def test_a_large_block_comes_in_pieces_of_whole_lines(publisher: Publisher) -> None:
    block = (b"x" * 999 + b"\n") * 120 + b"y" * 100_000 + b"\n"
    publisher.block(WEB, block)
    client = Client(publisher)
    assert 60_000 < sum(map(len, client.stream.next_lines(64 * 1024))) < 140_000
    texts = client.texts()
    assert all(text.endswith("\n") for text in texts)
    assert texts[-1] == "y" * 100_000 + "\n"


def test_a_client_that_stops_reading_misses_whole_blocks_and_is_told_how_many_bytes(
    publisher: Publisher,
) -> None:
    client = Client(publisher, "web.1", follow=True)
    client.take()
    block = b"x" * 99_999 + b"\n"
    for number in range(30):
        publisher.block(WEB, b"%6d" % number + block[6:])
        publisher.block(WORKER, block)
    messages = client.take()
    numbers = [int(message["text"][:6]) for message in messages if "text" in message]
    assert numbers == list(range(10))
    assert messages[-1] == {"skipped": 20 * len(block)}
    publisher.block(WEB, b"goes on\n")
    assert client.texts() == ["goes on\n"]


def test_a_line_longer_than_what_may_wait_comes_all_the_same(publisher: Publisher) -> None:
    client = Client(publisher, follow=True)
    client.take()
    publisher.block(WEB, b"x" * (MOST_WAITING + 5) + b"\n")
    assert [len(text) for text in client.texts()] == [MOST_WAITING + 6]


@pytest.mark.parametrize("size", [2, 30, 3000, 100_000])
def test_what_waits_is_bounded_whatever_the_blocks_are(publisher: Publisher, size: int) -> None:
    client = Client(publisher, follow=True)
    client.take()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(max(40, 4 * MOST_WAITING // (size + 200))):
        client.stream.block("web.1", 7, bytes(bytearray(size - 1)) + b"\n", float(number))
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 0.5 * MOST_WAITING < taken < 1.1 * MOST_WAITING
    assert "skipped" in client.take()[-1]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.integers(1, 400_000), st.sampled_from([WEB, WORKER])), st.integers(1, 300_000)
        ),
        max_size=60,
    )
)
def test_what_comes_and_what_is_told_to_be_missing_is_all(story: list[tuple[int, Origin] | int]) -> None:
    publisher = quiet_publisher()
    client = Client(publisher, follow=True)
    written, got = 0, 0
    order: list[int] = []
    for number, step in enumerate(story):
        if isinstance(step, tuple):
            block = b"%06d" % number + b"x" * step[0] + b"\n"
            written += len(block)
            publisher.block(step[1], block)
            continue
        taken = client.take(step)
        got += received(taken)
        order += firsts(taken)
    client.stream.end(0)
    last = client.take()
    assert got + received(last) == written
    order += firsts(last)
    assert order == sorted(order)
    assert last[-1] == {"ok": True}
    assert client.stream.finished


def received(messages: list[Message]) -> int:
    return sum(message.get("skipped", 0) + len(message.get("text", "")) for message in messages)


def firsts(messages: list[Message]) -> list[int]:
    return [int(message["text"][:6]) for message in messages if message.get("text", "x")[0].isdigit()]


def test_lines_of_two_runs_do_not_come_under_one_pid(publisher: Publisher) -> None:
    client = Client(publisher, follow=True)
    client.take()
    publisher.block(Origin("web.1", 7), b"of the first\n")
    publisher.block(Origin("web.1", 9), b"of the second\n")
    assert [(message["pid"], message["text"]) for message in client.take()] == [
        (7, "of the first\n"),
        (9, "of the second\n"),
    ]


def test_who_was_too_slow_misses_all_until_half_is_taken(publisher: Publisher) -> None:
    """As soon as there was room for one block it would get one and miss one, in turns."""
    client = Client(publisher, follow=True)
    client.take()
    for _ in range(40):
        publisher.block(WEB, b"x" * 65_535 + b"\n")
    for _ in range(4):
        client.take(1)
        publisher.block(WEB, b"y" * 65_535 + b"\n")
    found = client.take()
    (place,) = (place for place, message in enumerate(found) if "skipped" in message)
    assert not any("y" in message["text"] for message in found[:place])
    assert found[place] == {"skipped": 65_536 * (40 + 4 - place - 4)}
