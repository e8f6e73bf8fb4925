"""What a program has switched on, and what undoes it."""

import pytest

from pyforeman.output.leftovers import Leftovers

PLAIN = b"\x1b[0m"


@pytest.mark.parametrize(
    ("written", "undone"),
    [
        (b"", PLAIN),
        (b"\x1b[31mred", PLAIN),
        (b"\x1b[?25l", b"\x1b[?25h" + PLAIN),
        (b"\x1b[?25l..\x1b[?25h", PLAIN),
        (b"\x1b[?1049h\x1b[?25l", b"\x1b[?1049l\x1b[?25h" + PLAIN),
        (b"\x1b[?1049h\x1b[?1049l", PLAIN),  # it would move the cursor
        (b"\x1b[?2004h(Pdb) ", b"\x1b[?2004l" + PLAIN),
        (b"\x1b[?1000;1006h", b"\x1b[?1000l\x1b[?1006l" + PLAIN),
        (b"\x1b[?;25l", b"\x1b[?25h" + PLAIN),
        (b"\x1b[?7l", b"\x1b[?7h" + PLAIN),
        (b"\x1b[2;20r", b"\x1b7\x1b[r\x1b8" + PLAIN),
        (b"\x1b=\x1b[?1h", b"\x1b[?1l\x1b>" + PLAIN),
        (b"\x1b[>4;2m", b"\x1b[>4m" + PLAIN),
        (b"\x1b[?9999h", PLAIN),
        (b"\x1b[?" + b"9" * 5000 + b"h", PLAIN),  # too many digits for a number of Python's
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_was_switched_on_is_undone(written: bytes, undone: bytes, size: int) -> None:
    leftovers = Leftovers()
    for start in range(0, len(written), size):
        leftovers.feed(written[start : start + size])
    assert leftovers.undo() == undone
