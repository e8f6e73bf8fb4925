"""One process alone on a terminal: its bytes, our lines between them, and how it is left."""

import pytest

from pyforeman.output.alone import Alone

LINE = b"\x1b[0msystem | web.1 crashed\r\n"


@pytest.mark.parametrize(
    ("written", "begins"),
    [
        ([], b""),
        ([b"a line\n"], b""),
        ([b"(Pdb) "], b"\r\n"),
        ([b"a line\n", b"\x1b[0m"], b""),
        ([b"red\x1b[0m"], b"\r\n"),
        ([b"red\n\x1b[0m"], b""),
        ([b"(Pdb) ", b"\x1b[?2004h"], b"\r\n"),
        ([b"bar\r"], b""),
        ([b"(Pdb) ", b""], b"\r\n"),
    ],
)
def test_a_line_of_ours_does_not_begin_in_the_middle_of_one(written: list[bytes], begins: bytes) -> None:
    alone = Alone()
    for data in written:
        assert alone.output(data) == data
    assert alone.aside("web.1 crashed") == begins + LINE
    assert alone.aside("web.1 crashed") == LINE


def test_the_end_undoes_what_is_on_once() -> None:
    alone = Alone()
    alone.output(b"\x1b[?25l\x1b[31mhello")
    assert alone.end() == b"\x1b[?25h\x1b[0m\r\n"
    assert alone.end() == b"\x1b[0m"


def test_what_was_undone_is_on_again_when_it_goes_on() -> None:
    alone = Alone()
    alone.output(b"\x1b[?1049h\x1b[?25l")
    undone = alone.end()
    assert alone.resume() == b"\x1b[?1049h\x1b[?25l"
    assert alone.resume() == b""
    assert alone.end() == undone
