"""The last bytes of a terminal: how many are kept, and what of them makes a screen."""

import pytest

from pyforeman.output.backlog import KEPT, Backlog


def backlog(*chunks: bytes) -> Backlog:
    filled = Backlog()
    for chunk in chunks:
        filled.add(chunk)
    return filled


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        (1, b"(Pdb) "),
        (2, b"-> c = 3\n(Pdb) "),
        (3, b"> app.py(3)\n-> c = 3\n(Pdb) "),
        (24, b"one\n> app.py(3)\n-> c = 3\n(Pdb) "),
    ],
)
def test_a_screenful_ends_in_the_open_line_and_begins_with_a_whole_one(rows: int, shown: bytes) -> None:
    assert backlog(b"one\n> app.", b"py(3)\n-> c = 3\n(P", b"db) ").screenful(rows) == b"\x1b[0m" + shown


def test_after_a_whole_line_the_cursor_has_the_last_row() -> None:
    assert backlog(b"one\ntwo\n").screenful(2) == b"\x1b[0mtwo\n"


def test_nothing_was_written() -> None:
    assert backlog().screenful(24) == b"\x1b[0m"


@pytest.mark.parametrize("size", [1, 7, 100, 4095, 65_520])
def test_64_kib_are_kept_in_whatever_pieces_they_come_and_not_much_more(size: int) -> None:
    written = b"".join(b"line %d\n" % number for number in range(60_000))
    kept = Backlog()
    for start in range(0, len(written), size):
        kept.add(written[start : start + size])
        assert kept.size < KEPT + max(size, 65_520)
    shown = kept.screenful(1_000_000).removeprefix(b"\x1b[0m")
    assert written.endswith(shown)
    assert shown.startswith(b"line ")
    assert len(shown) > KEPT - 100


def test_a_line_that_is_longer_than_what_is_kept_is_shown_as_far_as_it_is_there() -> None:
    kept = backlog(*[b"x" * 4095] * 40)
    assert kept.screenful(24).count(b"x") >= KEPT


def test_a_new_run_begins_on_a_line_of_its_own_and_in_no_colour() -> None:
    kept = backlog(b"one\n\x1b[31mkill")
    kept.new_run()
    kept.add(b"again\n")
    assert kept.screenful(3) == b"\x1b[0m\x1b[31mkill\x1b[0m\nagain\n"


def test_the_first_run_is_not_a_new_one() -> None:
    kept = backlog()
    kept.new_run()
    kept.add(b"one\n")
    assert kept.screenful(3) == b"\x1b[0mone\n"
