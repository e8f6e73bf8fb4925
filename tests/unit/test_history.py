"""The last lines of every process, in bounded memory, and when they came."""

import sys
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyforeman.output.history import TOGETHER, Entry, History


def everybody(process: str) -> bool:
    return True


def texts(history: History, **wanted: float) -> list[tuple[str, bytes]]:
    return [(entry.process, entry.text) for entry in read(history, everybody, **wanted)]


def read(history: History, chosen: Callable[[str], bool] = everybody, **wanted: Any) -> list[Entry]:
    """What there is; nothing is dropped meanwhile."""
    return [entry for entry in history.entries(chosen, **wanted) if isinstance(entry, Entry)]


def lines_of(entries: Sequence[Entry]) -> list[tuple[str, bytes]]:
    return [(entry.process, line) for entry in entries for line in entry.text.split(b"\n")[:-1]]


def test_the_last_lines_come_oldest_first_without_newlines() -> None:
    history = History()
    history.add("a", 1, b"1\n2\n", 0.0)
    history.add("b", 2, b"other\n", 0.0)
    history.add("a", 1, b"3\n", 0.0)
    assert history.last_lines("a", 2) == [b"2", b"3"]
    assert history.last_lines("a", 9) == [b"1", b"2", b"3"]
    assert history.last_lines("never seen", 9) == []


def test_the_largest_gives_way_first() -> None:
    history = History(per_process=100_000, in_all=150_000)
    history.add("small", 1, b"s" * 39_999 + b"\n", 0.0)
    for _ in range(20):
        history.add("large", 2, b"l" * 49_799 + b"\n", 0.0)
    assert history.last_lines("small", 1) == [b"s" * 39_999]
    assert history.last_lines("large", 9) == [b"l" * 49_799] * 2


def test_lines_of_several_come_in_the_order_in_which_they_came() -> None:
    history = History()
    history.add("web.1", 7, b"one\n", 10.0)
    history.add("worker.1", 8, b"x" * 5000 + b"\n", 10.001)
    history.add("web.1", 7, b"two\n", 10.002)
    history.add("web.1", 9, b"another run\n", 10.003)
    assert read(history) == [
        Entry(10.0, "web.1", 7, b"one\n"),
        Entry(10.001, "worker.1", 8, b"x" * 5000 + b"\n"),
        Entry(10.002, "web.1", 7, b"two\n"),
        Entry(10.003, "web.1", 9, b"another run\n"),
    ]


def test_what_follows_at_once_is_one_entry_with_the_time_of_the_first() -> None:
    history = History()
    history.add("web.1", 7, b"one\n", 10.0)
    history.add("other.1", 8, b"not chosen\n", 10.001)
    history.add("web.1", 7, b"two\n", 10.002)
    history.add("web.1", 7, b"three\n", 10.004)
    history.add("web.1", 7, b"later\n", 10.02)
    assert read(history, "web.1".__eq__) == [
        Entry(10.0, "web.1", 7, b"one\ntwo\nthree\n"),
        Entry(10.02, "web.1", 7, b"later\n"),
    ]


def test_a_clock_that_is_set_back_changes_no_order() -> None:
    history = History()
    for now, name in ((1000.0, b"a"), (1000.5, b"b"), (400.0, b"a"), (400.5, b"b")):
        history.add(name.decode(), 1, b"%s at %d\n" % (name, now), now)
    found = read(history)
    assert [entry.time for entry in found] == [1000.0, 1000.5, 400.0, 400.5]
    assert [entry.process for entry in found] == ["a", "b", "a", "b"]
    assert [entry.time for entry in read(history, since=1000.2)] == [1000.5]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (0, []),
        (1, [("a", b"5\n")]),
        (2, [("b", b"4\n"), ("a", b"5\n")]),
        (3, [("b", b"3\n4\n"), ("a", b"5\n")]),
        (4, [("a", b"2\n"), ("b", b"3\n4\n"), ("a", b"5\n")]),
        (99, [("a", b"1\n2\n"), ("b", b"3\n4\n"), ("a", b"5\n")]),
    ],
)
def test_the_last_lines_of_all(lines: int, expected: list[tuple[str, bytes]]) -> None:
    history = History()
    history.add("a", 1, b"1\n2\n", 0.0)
    history.add("b", 2, b"3\n4\n", 1.0)
    history.add("a", 1, b"5\n", 2.0)
    assert texts(history, lines=lines) == expected


def test_since_and_lines_go_together() -> None:
    history = History()
    for second in range(10):
        history.add("a", 1, b"%d\n" % second, float(second))
    assert texts(history, since=7.0) == [("a", b"7\n"), ("a", b"8\n"), ("a", b"9\n")]
    assert texts(history, since=7.0, lines=2) == [("a", b"8\n"), ("a", b"9\n")]
    assert texts(history, since=7.0, lines=9) == [("a", b"7\n"), ("a", b"8\n"), ("a", b"9\n")]
    assert texts(history, since=99.0, lines=9) == []


def test_entries_are_those_of_the_call_however_late_they_are_taken() -> None:
    history = History(per_process=20_000)
    history.add("a", 1, b"first\n", 0.0)
    history.add("b", 2, b"second\n", 0.001)
    history.add("b", 2, b"third\n", 0.002)
    entries = history.entries(everybody)
    history.add("b", 2, b"too late\n", 0.003)
    history.add("c", 3, b"too late\n", 0.004)
    assert [entry.text for entry in entries if isinstance(entry, Entry)] == [b"first\n", b"second\nthird\n"]


@pytest.mark.parametrize("size", [20, 900, 5000, 30_000])
def test_what_is_dropped_before_it_was_read_is_counted(size: int) -> None:
    history = History(per_process=200_000)
    lines = [b"%06d" % number + b"x" * (size - 7) + b"\n" for number in range(400_000 // size)]
    for number, line in enumerate(lines[: len(lines) // 2]):
        history.add("a", 1, line, number * 0.01)
    kept = history.last_lines("a", 1_000_000)
    entries = history.entries(everybody)
    taken = next(entries)
    for number, line in enumerate(lines[len(lines) // 2 :]):
        history.add("a", 1, line, 4000 + number * 0.01)
    found = [taken, *entries]
    (missed,) = [some for some in found if isinstance(some, int)]
    texts = [some.text for some in found if isinstance(some, Entry)]
    assert sum(map(len, texts)) + missed == len(kept) * size
    assert missed > 10_000
    assert texts == [line + b"\n" for line in kept[: len(texts)]]
    assert not history._readings  # nobody counts on


def test_lines_that_were_dropped_meanwhile_are_no_reason_to_leave_others_out() -> None:
    history = History(per_process=20_000)
    for number in range(4):
        history.add("a", 1, b"x" * 2000 + b"\n" + b"%d" % number * 2500 + b"\n", float(number))
    history.add("b", 1, b"1\n2\n", 9.0)
    entries = history.entries(everybody, lines=7)  # all but five
    for _ in range(20):
        history.add("a", 1, b"y" * 6000 + b"\n", 10.0)
    assert list(entries) == [3 * 4502, Entry(9.0, "b", 1, b"1\n2\n")]


def test_who_takes_nothing_keeps_next_to_nothing_alive() -> None:
    tracemalloc.start()
    history = History(per_process=100_000)
    before, readers = 0, []
    for number in range(2000):
        history.add(f"{number % 20}.1", 1, bytes(bytearray(b"x" * 9999 + b"\n")), float(number))
        if number == 1000:
            before = tracemalloc.get_traced_memory()[0]
        if number > 1000 and number % 50 == 0:
            readers.append(history.entries(everybody))
            next(readers[-1])
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken < len(readers) * 100_000  # and not 2 MB for each


def test_a_line_longer_than_a_share_keeps_its_end() -> None:
    history = History(per_process=10_000)
    history.add("a", 1, b"x" * 50_000 + b"end\n", 0.0)
    (kept,) = history.last_lines("a", 9)
    assert kept.endswith(b"xend")
    assert 9000 < len(kept) < 10_000


@pytest.mark.parametrize("size", [1, 20, 300, 5000])
@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]])
def test_the_memory_is_bounded_whatever_the_size_of_the_blocks(size: int, names: list[str]) -> None:
    block = b"x" * (size - 1) + b"\n"
    bound = 300_000
    tracemalloc.start()
    history = History(per_process=bound, in_all=bound)
    before = tracemalloc.get_traced_memory()[0]
    for number in range(4 * bound // (size + 20)):
        history.add(names[number % len(names)], 7, bytes(bytearray(block)), number * 0.01)
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken < bound * 1.15 + 20_000  # what a text allocates ahead; the dicts
    assert taken > bound * 0.5


EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(1, 2),
        st.one_of(st.integers(1, 60), st.integers(200, 900)),
        st.sampled_from([0.0, 0.001, 0.004, 0.006, 1.0, -3.0]),
    ),
    max_size=80,
)


@given(EVENTS, st.integers(0, 40), st.sets(st.sampled_from("abc")))
def test_it_keeps_tails_in_order_within_its_bounds(
    story: list[tuple[str, int, int, float]], lines: int, chosen: set[str]
) -> None:
    history = History(per_process=6000, in_all=11_000)
    written: list[tuple[str, int, bytes, float]] = []
    now = 1000.0
    for place, (name, pid, size, step) in enumerate(story):
        now += step
        block = b"%d " % place + b"x" * (size // 2) + b"\n" + b"y" * (size // 2) + b"\n"
        history.add(name, pid, block, now)
        written += [(name, pid, line, now) for line in block.split(b"\n")[:-1]]
    for name in "abc":
        mine = [line for process, _, line, _ in written if process == name]
        kept = history.last_lines(name, 10_000)
        assert mine[len(mine) - len(kept) :] == kept
        assert sum(len(line) + 1 for line in kept) <= 6000
    found = read(history, chosen.__contains__)
    there = {name: len(history.last_lines(name, 10_000)) for name in chosen}
    expected = []
    for name, pid, line, time in reversed(written):
        if there.get(name, 0):
            there[name] -= 1
            expected.append((name, pid, line, time))
    expected.reverse()
    assert lines_of(found) == [(name, line) for name, _, line, _ in expected]
    times = [(entry.pid, entry.time) for entry in found for _ in range(entry.text.count(b"\n"))]
    for (_, pid, _, time), (given_pid, given_time) in zip(expected, times, strict=True):
        assert given_pid == pid
        assert 0 <= time - given_time < 2 * TOGETHER
    last = read(history, chosen.__contains__, lines=lines)
    assert lines_of(last) == lines_of(found)[len(lines_of(found)) - min(lines, len(lines_of(found))) :]
    assert sum(sys.getsizeof(entry.text) for entry in found) < 11_000 + 60 * len(found)


def test_what_was_dropped_is_not_added_to() -> None:
    """Else it would count bytes that it does not keep, and drop what is not there."""
    history = History(per_process=600)  # less than one gathering takes
    for _ in range(1000):
        history.add("a", 1, b"a\n", 0.0)
    assert read(history) == []


def test_after_a_clock_was_set_back_a_block_has_a_time_of_its_own() -> None:
    history = History()
    history.add("a", 1, b"late\n", 100.0)
    history.add("a", 1, b"early\n", 50.0)
    assert [(entry.time, entry.text) for entry in read(history)] == [
        (100.0, b"late\n"),
        (50.0, b"early\n"),
    ]
