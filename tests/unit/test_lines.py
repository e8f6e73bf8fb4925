"""Chunks become blocks of whole lines, whatever the chunks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyforeman.output.lines import LONGEST_LINE, LineBuffer


def fed(chunks: list[bytes], limit: int = LONGEST_LINE) -> list[bytes]:
    """What each chunk gives, and last what flush gives."""
    buffer = LineBuffer(limit)
    return [*map(buffer.feed, chunks), buffer.flush()]


@pytest.mark.parametrize(
    ("chunks", "blocks"),
    [
        ([], [b""]),
        ([b"a\n"], [b"a\n", b""]),
        ([b"a\nb\n"], [b"a\nb\n", b""]),
        ([b"a"], [b"", b"a\n"]),
        ([b"a", b"b\n"], [b"", b"ab\n", b""]),
        ([b"a\nb", b"c\nd"], [b"a\n", b"bc\n", b"d\n"]),
        ([b"\n\n"], [b"\n\n", b""]),
        ([b"a\r", b"\nb\rc\n"], [b"", b"a\r\nb\rc\n", b""]),
        ([b"\xff\x00\x1b[31m\n"], [b"\xff\x00\x1b[31m\n", b""]),
    ],
)
def test_a_block_ends_with_the_last_newline_there_is(chunks: list[bytes], blocks: list[bytes]) -> None:
    assert fed(chunks) == blocks


@pytest.mark.parametrize(
    ("chunks", "blocks"),
    [
        ([b"1234", b"5678\n"], [b"", b"12345678\n", b""]),
        ([b"1234", b"5678", b"\n"], [b"", b"", b"12345678\n", b""]),
        ([b"1234", b"56789\n"], [b"", b"12345678\n9\n", b""]),
        ([b"1234", b"56789"], [b"", b"12345678\n", b"9\n"]),
        ([b"a\n12345678901234567"], [b"a\n12345678\n90123456\n", b"7\n"]),
        ([b"1234567890\nb\n"], [b"12345678\n90\nb\n", b""]),
        ([b"1234", b"5678"], [b"", b"", b"12345678\n"]),
    ],
)
def test_a_line_longer_than_the_limit_comes_in_pieces_of_it(chunks: list[bytes], blocks: list[bytes]) -> None:
    assert fed(chunks, limit=8) == blocks


@given(st.lists(st.binary(max_size=40) | st.lists(st.sampled_from([b"a", b"\n", b"bc"])).map(b"".join)))
def test_every_line_arrives_once_whole_and_in_order(chunks: list[bytes]) -> None:
    written = b"".join(chunks)
    expected = written if not written or written.endswith(b"\n") else written + b"\n"
    assert b"".join(fed(chunks)) == expected
    assert all(not block or block.endswith(b"\n") for block in fed(chunks))


@given(
    st.lists(st.lists(st.sampled_from([b"a", b"\n", b"bc", b"defghijkl"])).map(b"".join)), st.integers(1, 12)
)
def test_pieces_are_a_function_of_the_bytes_and_not_of_the_chunks(chunks: list[bytes], limit: int) -> None:
    pieces = []
    *whole, last = b"".join(chunks).split(b"\n")
    for line in [*whole, *([last] if last else [])]:
        pieces += [line[start : start + limit] for start in range(0, max(1, len(line)), limit)]
    assert b"".join(fed(chunks, limit)) == b"".join(piece + b"\n" for piece in pieces)


def test_a_line_without_end_takes_bounded_memory() -> None:
    buffer = LineBuffer(limit=1000)
    kept = 0
    for _ in range(100):
        buffer.feed(b"x" * 700)
        kept = max(kept, len(buffer._tail))
    assert kept <= 1000
