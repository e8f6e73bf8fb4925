"""Lines and objects of the control socket."""

import os
from collections import deque

import pytest

from pyforeman.control.protocol import LineReader, decode, encode


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"command": "ps", "processes": ["web.1", "w*"]},
        {"text": "two\nlines\r\n", "uptime": 1.5, "pid": None},
        {"root": os.fsdecode(b"/srv/caf\xe9"), "name": "Bäckerei"},
    ],
)
def test_what_is_encoded_is_one_line_and_comes_back(message: dict[str, object]) -> None:
    line = encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == message


@pytest.mark.parametrize(
    "line",
    [b"", b"GET / HTTP/1.1", b"[]", b"1", b'"ps"', b"null", b'{"command": ', b"\xff\xfe", b"[" * 60_000],
)
def test_what_is_no_object_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(line)


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b""], []),
        ([b"a"], []),
        ([b"a\n"], [b"a"]),
        ([b"a", b"b\nc", b"\n"], [b"ab", b"c"]),
        ([b"a\n\nb\nrest"], [b"a", b"", b"b"]),
        ([b"1234567", b"\n"], [b"1234567"]),
        ([b"1234567\n1234567\n"], [b"1234567", b"1234567"]),
    ],
)
def test_lines_are_put_together(chunks: list[bytes], lines: list[bytes]) -> None:
    reader = LineReader(8)
    assert [line for chunk in chunks for line in reader.feed(chunk)] == lines


@pytest.mark.parametrize(
    "chunks", [[b"12345678"], [b"1234", b"5678"], [b"a\n12345678\n"], [b"1234567", b"8\n"]]
)
def test_a_line_that_is_too_long_is_refused(chunks: list[bytes]) -> None:
    reader = LineReader(8)
    with pytest.raises(ValueError, match="a line of 8 bytes or more"):
        deque(map(reader.feed, chunks))
