"""What ``logs`` makes of the messages of a formation."""

import json
import re
from base64 import b64encode
from collections.abc import Sequence

import pytest

from pyforeman.commands.log_view import LogView, Message
from pyforeman.commands.logs import Lines
from pyforeman.output.render import JsonRenderer, Renderer, TextRenderer

HEAD: Message = {"types": ["web", "worker"], "names": ["web.1", "worker.1", "system"]}
OK: Message = {"ok": True}
FOLLOWING: Message = {"following": True}


def text(types: Sequence[str], names: Sequence[str], began: float) -> Renderer:
    return TextRenderer(names, "delta", began)


def block(text: bytes, time: float = 10.0, process: str = "web.1") -> Message:
    message: Message = {"process": process, "pid": 7, "time": time}
    try:
        return {**message, "text": text.decode()}
    except UnicodeDecodeError:
        encoded = b64encode(text).decode()
        return {**message, "text": text.decode(errors="replace"), "base64": encoded}


def shown(view: LogView, *messages: Message) -> bytes:
    return b"".join(map(view.show, messages))


def test_blocks_are_rendered_as_they_come_with_the_column_of_all_names() -> None:
    view = LogView(text)
    assert view.show(HEAD) == b""
    assert view.show(block(b"one\ntwo\n")) == b"    +0.000 web.1    | one\n    +0.000 web.1    | two\n"
    assert view.show(block(b"\xff\n", 10.5)) == b"    +0.500 web.1    | \xff\n"
    assert view.show(OK) == b""


def test_json_is_that_of_start() -> None:
    view = LogView(lambda types, names, began: JsonRenderer())
    lines = shown(view, HEAD, block(b"one\n\xff\n"), OK).splitlines()
    assert [json.loads(line) for line in lines] == [
        {"time": json.loads(lines[0])["time"], "process": "web.1", "pid": 7, "text": "one"},
        {"time": json.loads(lines[0])["time"], "process": "web.1", "pid": 7, "text": "�", "base64": "/w=="},
    ]


@pytest.mark.parametrize(
    ("pattern", "lines", "expected"),
    [
        ("o", None, [b"one", b"two", b"four"]),
        ("o", 2, [b"two", b"four"]),
        ("o", 0, []),
        ("^t", 5, [b"two", b"three"]),
        ("red$", 5, [b"\x1b[31mred\x1b[0m"]),
        ("x", 5, []),
    ],
)
def test_grep_looks_at_lines_without_colours_and_gives_the_last_that_fit(
    pattern: str, lines: int | None, expected: list[bytes]
) -> None:
    view = LogView(text, re.compile(pattern), lines)
    first, second = block(b"one\ntwo\nthree\n"), block(b"four\n\x1b[31mred\x1b[0m\n")
    found = shown(view, HEAD, first, second, OK)
    assert [line.partition(b"| ")[2] for line in found.splitlines()] == expected


def test_what_comes_later_is_not_counted() -> None:
    view = LogView(text, re.compile("o"), 1)
    assert shown(view, HEAD, block(b"one\ntwo\n")) == b""
    assert view.show(FOLLOWING).endswith(b"| two\n")
    assert view.show(block(b"four\nfive\nfour more\n")).count(b"\n") == 2


def test_what_was_skipped_is_told_once() -> None:
    view = LogView(text)
    shown(view, HEAD, {"skipped": 5000})
    assert view.skipped == 5000
    view.show(block(b"one\n"))
    assert view.skipped == 0


@pytest.mark.parametrize(
    ("word", "lines"),
    [("0", 0), ("all", -1), ("All", -1), ("9" * 18, 10**18 - 1), ("9" * 20, -1), ("9" * 5000, -1)],
)
def test_how_many_lines_are_asked_for(word: str, lines: int) -> None:
    assert Lines().convert(word, None, None) == lines
    LogView(text, re.compile("o"), max(lines, 0))
