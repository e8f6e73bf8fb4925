"""The last lines of every process, in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from pyforeman.output.history import History


def test_the_last_lines_come_oldest_first_without_newlines() -> None:
    history = History()
    history.add("a", b"1\n2\n")
    history.add("b", b"other\n")
    history.add("a", b"3\n")
    assert history.last_lines("a", 2) == [b"2", b"3"]
    assert history.last_lines("a", 9) == [b"1", b"2", b"3"]
    assert history.last_lines("never seen", 9) == []


def test_the_largest_gives_way_first() -> None:
    history = History(per_process=100, in_all=150)
    history.add("small", b"s" * 39 + b"\n")
    for _ in range(20):
        history.add("large", b"l" * 49 + b"\n")
    assert history.last_lines("small", 1) == [b"s" * 39]
    assert history.last_lines("large", 9) == [b"l" * 49] * 2


LINES = st.binary(max_size=30).map(lambda line: line.replace(b"\n", b""))


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")))
        ),
        max_size=60,
    )
)
def test_it_keeps_a_tail_of_what_was_written_within_its_bounds(story: list[tuple[str, list[bytes]]]) -> None:
    history = History(per_process=200, in_all=350)
    written: dict[str, list[bytes]] = {}
    for name, lines in story:
        block = b"".join(line + b"\n" for line in lines)
        if not block or len(block) > 200:
            continue
        history.add(name, block)
        written.setdefault(name, []).extend(lines)
        kept = {name: history.last_lines(name, 10_000) for name in written}
        assert all(written[name][len(written[name]) - len(kept[name]) :] == kept[name] for name in written)
        sizes = [sum(len(line) + 1 for line in lines) for lines in kept.values()]
        assert max(sizes) <= 200
        assert sum(sizes) <= 350
