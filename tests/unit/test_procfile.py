"""The Procfile parser: what is an entry, and what is said of everything else."""

import codecs
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyforeman.errors import InputError
from pyforeman.plan.procfile import Procfile, parse

PATH = "Procfile"


def entries(data: bytes) -> list[tuple[str, str, int]]:
    return [(entry.name, entry.command, entry.line) for entry in parse(data, PATH).types]


def problems(data: bytes) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        parse(data, PATH)
    return caught.value.problems


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"web: a b\nworker: c\n", [("web", "a b", 1), ("worker", "c", 2)], id="two entries"),
        pytest.param(b"web: a", [("web", "a", 1)], id="no newline at the end"),
        pytest.param(b"web: a\r\nworker: b\r\n", [("web", "a", 1), ("worker", "b", 2)], id="CRLF"),
        pytest.param(codecs.BOM_UTF8 + b"web: a\n", [("web", "a", 1)], id="BOM"),
        pytest.param(codecs.BOM_UTF8 + b"# first\r\nweb: a\r\n", [("web", "a", 2)], id="BOM, comment, CRLF"),
        pytest.param(b"web:\ta\n", [("web", "a", 1)], id="tab after the colon"),
        pytest.param(b"web:a\n", [("web", "a", 1)], id="nothing after the colon"),
        pytest.param(b"web: \t  a\n", [("web", "a", 1)], id="many blanks after the colon"),
        pytest.param(b"web: a  b\t c\n", [("web", "a  b\t c", 1)], id="inner blanks kept"),
        pytest.param(b"web: a \t \n", [("web", "a", 1)], id="trailing blanks dropped"),
        pytest.param(b"web: a \t \r\n", [("web", "a", 1)], id="trailing blanks before CRLF dropped"),
        pytest.param(b"web: a\fb\n", [("web", "a\fb", 1)], id="form feed inside"),
        pytest.param(b"web: a\vb\n", [("web", "a\vb", 1)], id="vertical tab inside"),
        pytest.param("web: a\u2028b\n".encode(), [("web", "a\u2028b", 1)], id="U+2028 inside"),
        pytest.param("web: a\u0085b\n".encode(), [("web", "a\u0085b", 1)], id="U+0085 inside"),
        pytest.param(b"web: a\x1cb\n", [("web", "a\x1cb", 1)], id="file separator inside"),
        pytest.param("web: écho ✓\n".encode(), [("web", "écho ✓", 1)], id="UTF-8 in a command"),
        pytest.param(b"web: a # b\n", [("web", "a # b", 1)], id="a comment in a command is the shell's"),
        pytest.param(b"web: a: b\n", [("web", "a: b", 1)], id="a colon in a command"),
        pytest.param(b"web: 'a' \"b\" \\c $D\n", [("web", "'a' \"b\" \\c $D", 1)], id="quotes are verbatim"),
        pytest.param(b"web: a \\\n", [("web", "a \\", 1)], id="a backslash at the end joins nothing"),
        pytest.param(b"Web_1-x: a\nweb: b", [("Web_1-x", "a", 1), ("web", "b", 2)], id="all of a name"),
        pytest.param(b"web: a\nWEB: b", [("web", "a", 1), ("WEB", "b", 2)], id="names know case"),
        pytest.param(b"5: a", [("5", "a", 1)], id="a number is a name"),
        pytest.param(b"\n# c\n  # d\n \t\n\nweb: a\n\n", [("web", "a", 6)], id="comments and blank lines"),
        pytest.param(b"#web: a\nweb: b", [("web", "b", 2)], id="an entry commented out"),
        pytest.param(b"worker: a\nweb: b", [("worker", "a", 1), ("web", "b", 2)], id="order of the file"),
    ],
)
def test_these_are_entries(data: bytes, expected: list[tuple[str, str, int]]) -> None:
    assert entries(data) == expected


def test_names_are_in_the_order_of_the_file_with_release() -> None:
    assert parse(b"worker: a\nrelease: b\nweb: c\n", PATH).names == ("worker", "release", "web")


@pytest.mark.parametrize(
    ("line", "column", "advice"),
    [
        pytest.param(b"web : x", 4, "no blank before the colon", id="blank before the colon"),
        pytest.param(b"web\t: x", 4, "no blank before the colon", id="tab before the colon"),
        pytest.param(b" web: x", 1, "no blank before the name", id="leading blank"),
        pytest.param(b"\tweb: x", 1, "no blank before the name", id="leading tab"),
        pytest.param(b"web.1: x", 4, "letters, digits, _ and -", id="dotted name"),
        pytest.param(b"my web: x", 3, "letters, digits, _ and -", id="two words"),
        pytest.param("wéb: x".encode(), 2, "letters, digits, _ and -", id="a name that is not ASCII"),
        pytest.param(b"web=x", 4, "a colon, not =", id="= for the colon"),
        pytest.param(b"web = x", 4, "a colon, not =", id="blank and ="),
        pytest.param(b"- web: x", 1, "no YAML list", id="YAML list"),
        pytest.param(b"web:", 4, "no command", id="no command"),
        pytest.param(b"web: \t", 4, "no command", id="only blanks for a command"),
        pytest.param(b": x", 1, "no name", id="no name"),
        pytest.param(b"web", 1, "'name: command'", id="only a word"),
        pytest.param(b"---", 1, "'name: command'", id="YAML's first line"),
        pytest.param(b"<<<<<<< HEAD", 1, "merge conflict", id="git's first mark"),
        pytest.param(b"=======", 1, "merge conflict", id="git's second mark"),
        pytest.param(b"web: a\0b", 7, "NUL", id="NUL in a command"),
        pytest.param(b"w\0eb: a", 2, "NUL", id="NUL in a name"),
    ],
)
@pytest.mark.parametrize("before", [b"", b"ok: y\n# c\n\n"], ids=["first line", "fourth line"])
def test_any_other_line_is_a_problem_with_its_place(
    before: bytes, line: bytes, column: int, advice: str
) -> None:
    (problem,) = problems(before + line + b"\n")
    number = before.count(b"\n") + 1
    assert problem.startswith(f"Procfile:{number}:{column}: ")
    assert advice in problem
    assert repr(line.decode().rstrip()) in problem


def test_a_line_that_goes_on_behind_a_backslash_is_told_so() -> None:
    first, second = problems(b"web: a && \\\r\n  b && \\\n  c: d\n")
    assert first.startswith("Procfile:2:1: a command has one line; join this one to the line before: ")
    assert second.startswith("Procfile:3:1: a command has one line; ")


def test_crlf_is_no_part_of_the_line_that_is_shown() -> None:
    assert problems(b"ok: y\r\nweb\r\n")[0].endswith(": 'web'")


def test_a_long_line_is_shown_cut() -> None:
    (problem,) = problems(b"web " + b"x" * 10_000)
    assert len(problem) < 200
    assert "…" in problem


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param("web: a\n".encode("utf-16"), "1:1", id="UTF-16 with BOM"),
        pytest.param(b"\xff", "1:1", id="first byte"),
        pytest.param(b"web: a\xff", "1:7", id="in a command"),
        pytest.param(b"web: a\n\nb\xff: c\n", "3:2", id="on a later line"),
        pytest.param(b"web: a\r\n\xffb: c\r\n", "2:1", id="after CRLF"),
        pytest.param(b"web: a\nb: \xe9t\xe9\n", "2:4", id="Latin-1"),
        pytest.param(b"web: a\nb: \xc3", "2:4", id="a character cut off by the end"),
        pytest.param(codecs.BOM_UTF8 + b"web: a\n\xff", "2:1", id="after a BOM, on a later line"),
        pytest.param(codecs.BOM_UTF8 + b"web: \xff", "1:6", id="after a BOM, on its line"),
        pytest.param("web: é".encode() + b"\xff", "1:7", id="columns are characters, as everywhere"),
    ],
)
def test_what_is_not_utf8_is_one_problem_with_its_place(data: bytes, place: str) -> None:
    (problem,) = problems(data)
    assert problem.startswith(f"Procfile:{place}: not UTF-8")


def test_utf16_without_bom_is_a_problem_with_nul() -> None:
    assert problems("web: a\n".encode("utf-16-le"))[0].startswith("Procfile:1:2: a NUL byte")


@pytest.mark.parametrize("data", [b"", b"\n", b" \n\t\r\n", b"# web: a\n", b"#", codecs.BOM_UTF8], ids=repr)
def test_a_file_without_an_entry_is_a_problem(data: bytes) -> None:
    (problem,) = problems(data)
    assert problem.startswith("Procfile:1:1: no process type")


def test_a_name_that_comes_twice_names_the_first_line() -> None:
    (problem,) = problems(b"\nweb: a\nworker: b\nweb: c\n")
    assert problem.startswith("Procfile:4:1: web ")
    assert "line 2" in problem


def test_a_name_that_comes_three_times_names_the_first_line_twice() -> None:
    found = problems(b"web: a\nweb: b\nweb: c\n")
    assert [problem.split(": ")[0] for problem in found] == ["Procfile:2:1", "Procfile:3:1"]
    assert all("line 1" in problem for problem in found)


def test_all_problems_are_found_at_once() -> None:
    found = problems(b"web : a\nok: b\nok: c\nbad\n")
    assert [problem.split(": ")[0] for problem in found] == [
        "Procfile:1:4",
        "Procfile:3:1",
        "Procfile:4:1",
    ]


@pytest.mark.parametrize(
    ("data", "more"),
    [(b"bad\nok: x\n", ""), (b"bad\nworse\n", "1 more"), (b"bad\nworse\nok: x\nworst\n", "2 more")],
    ids=["one", "two", "three"],
)
def test_the_message_is_the_first_problem_and_how_many_more(data: bytes, more: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(data, PATH)
    message = str(caught.value)
    assert message.startswith(caught.value.problems[0])
    assert message[len(caught.value.problems[0]) :].startswith(f" ({more}" if more else "")
    assert ("more" in message) == bool(more)
    assert caught.value.exit_code == 1


def test_problems_name_the_file_as_the_user_does() -> None:
    with pytest.raises(InputError, match=r"^\.\./Procfile\.dev:1:1: "):
        parse(b"bad", "../Procfile.dev")


PIECES = st.lists(
    st.sampled_from(
        [
            *(
                piece.encode()
                for piece in ("web", "release", ":", ": ", " ", "=", "- ", "#", "a b", "\u2028")
            ),
            *(b"\n", b"\n", b"\r\n", b"\r", b"\t", b"\f", b"\0", b"\xff", b"\xc3", codecs.BOM_UTF8),
        ]
    )
).map(b"".join)


@given(st.binary() | PIECES)
@example(b"web: a\n")
@example(b"web: a\nweb: b\n")
def test_any_bytes_are_a_procfile_or_an_input_error(data: bytes) -> None:
    found = procfile_or_error(data)
    lines = data.count(b"\n") + 1
    if isinstance(found, Procfile):
        assert_sound(found, lines)
    else:
        assert_placed(found.problems, lines)


def procfile_or_error(data: bytes) -> Procfile | InputError:
    try:
        return parse(data, PATH)
    except InputError as error:
        return error


def assert_placed(found: tuple[str, ...], lines: int) -> None:
    assert found
    for problem in found:
        place = re.match(r"Procfile:(\d+):(\d+): \S", problem)
        assert place is not None
        assert 1 <= int(place[1]) <= lines
        assert int(place[2]) >= 1
        assert "\n" not in problem


def assert_sound(found: Procfile, lines: int) -> None:
    assert found.types
    assert len(set(found.names)) == len(found.names)
    numbers = [entry.line for entry in found.types]
    assert numbers == sorted(set(numbers))
    assert 1 <= numbers[0] <= numbers[-1] <= lines
    for entry in found.types:
        assert re.fullmatch(r"[A-Za-z0-9_-]+", entry.name)
        assert entry.command.strip() == entry.command != ""
        assert not {"\0", "\n"} & set(entry.command)
