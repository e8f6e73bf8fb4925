"""What counts as the run that a page shows."""

import pytest

from transcripts import before_the_signal, begins, difference, goes_on, is_like, matches, owners

RUN = """\
10:00:00 system   | web.1 started, pid 4711, port 5000
10:00:00 system   | worker.1 started, pid 4712, port 5100
10:00:01 web.1    | ready
10:00:01 worker.1 | ready
10:00:02 system   | SIGINT received, stopping
10:00:02 web.1    | bye
10:00:02 system   | web.1 stopped (code 0)
10:00:03 system   | worker.1 stopped (SIGKILL)
""".splitlines()


def without(*numbers: int) -> list[str]:
    return [line for number, line in enumerate(RUN) if number not in numbers]


def swapped(a: int, b: int) -> list[str]:
    lines = [*RUN]
    lines[a], lines[b] = lines[b], lines[a]
    return lines


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ("10:00:00 web.1 | x", "23:59:59 web.1 | x"),
        ("10:00:00.123 web.1 | x", "11:11:11.999 web.1 | x"),
        ("2026-11-22T03:26:59.566+00:00 web.1 | x", "2027-01-01T00:00:00.000-05:30 web.1 | x"),
        ("    +0.003 web.1 | x", "   +12.345 web.1 | x"),
        ("web.1 started, pid 1, port 5000", "web.1 started, pid 22222, port 5000"),
        (
            '{"time": "2026-11-22T03:38:40.982+00:00", "pid": 1}',
            '{"time": "2027-01-01T00:00:00.000+00:00", "pid": 2}',
        ),
        ("crashed after 0 s", "crashed after 0.31 s"),
        ("finished after 0.4 s", "finished after 0.2 s"),
        ("crashed after 1 s", "crashed after 1.2 s"),
        ('"seconds": 0.008', '"seconds": 0.9'),
        ("10 lines (297 bytes) are lost", "10 lines (299 bytes) are lost"),
        ("nobody read it: 10 lines (297 bytes)", "nobody read it: 12 lines (299 bytes)"),
        ("[##........] 2/10", "[####......] 4/10"),
        ("sh: 1: exec: nosuch: not found", "sh: line 1: exec: nosuch: not found"),
        ("welcome from Java 17.0.15", "welcome from Java 21.0.1"),
        (
            "web.1  up  812  5000  3s  1  143  0.0%  812K  python web.py  $PORT",
            "web.1  up   22893  5000  2h14m  1  143   99.1%  12.3M  python web.py  $PORT",
        ),
        (
            "name  state  pid  port  up  restarts  exit  cpu  memory  command",
            "name   state  pid  port     up  restarts  exit    cpu  memory  command",
        ),
        ('"uptime": 1.187, "cpu": 0.0, "memory": 1855488', '"uptime": 10, "cpu": 12.5, "memory": 7'),
        ("a … c", "a b b c"),
        ("…", ""),
        ("x", "x  "),
    ],
)
def test_what_differs_from_run_to_run_does_not_count(shown: str, real: str) -> None:
    assert is_like(shown, real)


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ("10:00:00 web.1 | x", "web.1 | x"),
        ("10:00:00 web.1 | x", "10:00:00.123 web.1 | x"),
        ("10:00:00 web.1 | x", "10:00:00 web.1  | x"),
        ("web.1 started, pid 1, port 5000", "web.1 started, pid 1, port 5001"),
        ("web.1 started, pid 1, port 5000", "web.1 started, pid 1"),
        ("crashed (code 3)", "crashed (code 4)"),
        ("crashed after 1 s", "crashed after 0.5 s"),
        ("crashed after 1 s", "crashed after 40 s"),
        ("next try in 0.5 s", "next try in 1 s"),
        ("10 lines (297 bytes) are lost", "11 lines (297 bytes) are lost"),
        ("[##........] 2/10", "[####......] 4/11"),
        (
            "web.1  up  812  5000  3s  1  143  0.0%  812K  sleep 1",
            "web.1  up  812  5000  3s  2  143  0.0%  812K  sleep 1",
        ),
        (
            "web.1  up  812  5000  3s  0  -  0.0%  812K  sleep 1",
            "web.1  stopped  -  5000  -  0  -  -  -  sleep 1",
        ),
        ('"uptime": 1.187', '"uptime": null'),
        ("a … c", "a b"),
        ("a.c", "abc"),
        ("x", "  x"),
    ],
)
def test_what_is_said_counts(shown: str, real: str) -> None:
    assert not is_like(shown, real)


def test_whose_line_it_is() -> None:
    lines = """\
pyforeman: an error
10:00:00 system | release is left out; --release runs it first
10:00:00 system | my_web-2.1 started, pid 1
my_web-2.1 | x | y
    +0.003 web.1 | x
2026-11-22T03:26:59.566+00:00 system | web.1 crashed (code 1) after 0 s
10:00:00 system |     what it had said
10:00:00 system | ended with exit code 1, because web.1 failed (code 1)
10:00:00 system | 5000, the port of web.1, is held by python
a | b
1
""".splitlines()
    assert owners(lines) == ["", "", "my_web-2.1", "my_web-2.1", "web.1", "web.1", "web.1", "", "", "", ""]


@pytest.mark.parametrize(
    "real",
    [
        RUN,
        swapped(0, 1),
        swapped(2, 3),
        swapped(6, 7),
        [RUN[0], RUN[2], RUN[1], *RUN[3:]],
    ],
)
def test_the_order_of_two_processes_is_chance(real: list[str]) -> None:
    assert matches(RUN, real)


@pytest.mark.parametrize(
    "real",
    [
        *(without(number) for number in range(len(RUN))),
        *([*RUN[:number], RUN[2], *RUN[number:]] for number in range(len(RUN) + 1)),
        [*RUN, "10:00:03 clock.1  | a third"],
        [*RUN, "10:00:03 system   | clock.1 started, pid 1, port 5200"],
        [*RUN, "an error"],
        swapped(5, 6),
        swapped(2, 4),
        swapped(4, 5),
        [],
    ],
)
def test_any_other_run_is_another_run(real: list[str]) -> None:
    assert not matches(RUN, real)
    assert "10:00" not in difference(RUN, real)


@pytest.mark.parametrize(
    ("shown", "real", "fits"),
    [
        ("a … d", "a b c d", True),
        ("… d", "a b c d", True),
        ("… d", "d", True),
        ("a …", "a b c", True),
        ("a …", "b", False),
        ("a … c", "a b c d", False),
        ("… b … b …", "a b c", False),
        ("… b … b …", "a b c b", True),
        ("…", "", True),
    ],
)
def test_an_ellipsis_is_any_lines(shown: str, real: str, fits: bool) -> None:
    assert matches(shown.split(), real.split()) is fits


def test_an_ellipsis_is_lines_of_any_process() -> None:
    assert matches([RUN[0], "…", RUN[-1]], RUN)
    assert not matches([RUN[0], "…", RUN[6], RUN[2], "…"], RUN)


@pytest.mark.parametrize("number", range(len(RUN) + 1))
def test_a_run_begins_as_shown_once_all_of_it_has_come(number: int) -> None:
    assert begins(RUN[:4], RUN[:number]) is (number >= 4)


def test_while_it_goes_on_a_process_may_say_more_but_no_other_may_appear() -> None:
    more = "10:00:01 web.1    | more"
    assert begins(RUN[:4], [*RUN[:3], more, RUN[3], more])
    assert not begins(RUN[:4], [*RUN[:2], more, *RUN[2:4]])
    assert not begins(RUN[:4], [*RUN[:4], "10:00:01 clock.1  | tick"])
    assert begins([*RUN[:4], "…"], [*RUN[:4], "10:00:01 clock.1  | tick"])


def test_where_to_press_ctrl_c() -> None:
    assert before_the_signal(RUN) == RUN[:4]
    assert before_the_signal(RUN[:3]) == RUN[:3]


@pytest.mark.parametrize(
    ("last", "is_open"), [("…", True), ("10:00:00 web.1 | [##..] 2/4", True), ("a …", False), ("x", False)]
)
def test_which_pages_leave_before_the_end(last: str, is_open: bool) -> None:
    assert goes_on(["first", last]) is is_open


def test_the_difference_is_for_people() -> None:
    assert difference(["10:00:00 web.1 | x", "y"], ["11:11:11 web.1 | x", "z"]).splitlines() == [
        "  00:00:00 web.1 | x",
        "- y",
        "+ z",
    ]
