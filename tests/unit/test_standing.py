"""What a program has switched on: for a terminal that comes later."""

from collections.abc import Callable

import pytest

from pyforeman.output.standing import Standing

PLAIN = b"\x1b[0m"


def modes(data: bytes) -> list[bytes]:
    """The private ones: of what is read in a hurry, they alone are certain."""
    return [sequence for sequence in data.split(b"\x1b") if sequence.startswith(b"[?")]


@pytest.mark.parametrize(
    ("written", "again", "undone"),
    [
        (b"", b"", PLAIN),
        (b"\x1b[31mred", b"", PLAIN),
        (b"\x1b[?1049h\x1b[?25l", b"\x1b[?1049h\x1b[?25l", b"\x1b[?1049l\x1b[?25h" + PLAIN),
        (b"\x1b[?1049h..\x1b[?25l..\x1b[?25h\x1b[?1049l", b"", PLAIN),
        (b"\x1b[?1000;1006h", b"\x1b[?1000h\x1b[?1006h", b"\x1b[?1000l\x1b[?1006l" + PLAIN),
        (b"\x1b[?7l", b"\x1b[?7l", b"\x1b[?7h" + PLAIN),
        (b"\x1b[?1h\x1b=", b"\x1b[?1h\x1b=", b"\x1b[?1l\x1b>" + PLAIN),
        (b"\x1b[?1h\x1b[>4;2m", b"\x1b[?1h\x1b[>4;2m", b"\x1b[?1l\x1b[>4m" + PLAIN),
        (
            b"\x1b[?1049h\x1b[>5u",
            b"\x1b[?1049h\x1b[=5u",
            b"\x1b[=0u\x1b[?1049l" + PLAIN,
        ),
        (b"\x1b[?2004h\x1b[=1;1u\x1b[<u\x1b[?2004l", b"", PLAIN),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("read", [Standing.feed, Standing.skim])
def test_what_is_on_is_switched_on_again_and_off(
    written: bytes, again: bytes, undone: bytes, size: int, read: Callable[[Standing, bytes], None]
) -> None:
    standing = Standing()
    for start in range(0, len(written), size):
        read(standing, written[start : start + size])
    if size == 100 or read is Standing.feed:
        assert (standing.again(), standing.undo()) == (again, undone)
    assert modes(standing.again()) == modes(again)


def test_what_is_switched_on_again_is_undone_as_before() -> None:
    standing, later = Standing(), Standing()
    standing.feed(b"\x1b[?1049h\x1b[?1h\x1b=\x1b[?25l\x1b[>4;2m\x1b[>1u")
    later.feed(standing.again())
    assert later.undo() == standing.undo()
