"""Env files: what is read from them, which layer wins, and what a reference means."""

import codecs
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyforeman.errors import InputError
from pyforeman.plan.environment import Assignment, origins, parse, resolve


def pairs(data: bytes) -> list[tuple[str, str]]:
    return [(found.key, found.value) for found in parse(data, ".env")]


def lines(data: bytes) -> list[tuple[str, int]]:
    return [(found.key, found.line) for found in parse(data, ".env")]


def problems(data: bytes) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        parse(data, ".env")
    return caught.value.problems


def layers(*files: str) -> list[Assignment]:
    found: list[Assignment] = []
    for number, text in enumerate(files):
        found += parse(text.encode(), f"file{number}")
    return found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"A=1\nB=2\n", [("A", "1"), ("B", "2")], id="two"),
        pytest.param(b"A=1", [("A", "1")], id="no newline at the end"),
        pytest.param(b"A=1\r\nB=2\r\n", [("A", "1"), ("B", "2")], id="CRLF"),
        pytest.param(codecs.BOM_UTF8 + b"A=1\n", [("A", "1")], id="BOM"),
        pytest.param(b"", [], id="empty file"),
        pytest.param(b"\n# c\n  # d\n\n", [], id="comments and blank lines"),
        pytest.param(b"A=\n", [("A", "")], id="empty value"),
        pytest.param(b"A=\nB=2\n", [("A", ""), ("B", "2")], id="empty value does not take the next line"),
        pytest.param(b"A = 1\n", [("A", "1")], id="blanks around ="),
        pytest.param(b"  A=1  \n", [("A", "1")], id="blanks around all"),
        pytest.param(b"A=a b\n", [("A", "a b")], id="blank inside"),
        pytest.param(b"export A=1\n", [("A", "1")], id="export"),
        pytest.param(b"export\tA=1\n", [("A", "1")], id="export and tab"),
        pytest.param(b'A="x y"\n', [("A", "x y")], id="double quotes"),
        pytest.param(b"A='x y'\n", [("A", "x y")], id="single quotes"),
        pytest.param(b'A="x # y" # c\n', [("A", "x # y")], id="comment after quotes"),
        pytest.param(b"A=x # c\n", [("A", "x")], id="comment after a value"),
        pytest.param(b"A=x#y\n", [("A", "x#y")], id="# inside a word"),
        pytest.param(b"A=postgres://u:p@h/d?x=1\n", [("A", "postgres://u:p@h/d?x=1")], id="= in a value"),
        pytest.param(b'A="a\\nb"\n', [("A", "a\nb")], id="escape in double quotes"),
        pytest.param(b"A='a\\nb'\n", [("A", "a\\nb")], id="no escape in single quotes"),
        pytest.param(b'A="a\nb"\nB=2\n', [("A", "a\nb"), ("B", "2")], id="value of two lines"),
        pytest.param(b"A='a\nb'\n", [("A", "a\nb")], id="value of two lines, single quotes"),
        pytest.param(b"A=it's\n", [("A", "it's")], id="quote inside a word"),
        pytest.param(b"A=1\nA=2\n", [("A", "1"), ("A", "2")], id="a key twice is kept twice"),
        pytest.param("A=é\u2028✓\n".encode(), [("A", "é\u2028✓")], id="UTF-8"),
        pytest.param(b"A=$B\n", [("A", "$B")], id="a dollar alone"),
    ],
)
def test_these_are_assignments(data: bytes, expected: list[tuple[str, str]]) -> None:
    assert pairs(data) == expected


@pytest.mark.parametrize(
    ("data", "place", "part"),
    [
        pytest.param(b"A\n", ".env:1: ", "no '='", id="a key without ="),
        pytest.param(b"export A\n", ".env:1: ", "no '='", id="export without ="),
        pytest.param(b"A: b\n", ".env:1: ", "KEY=value", id="YAML"),
        pytest.param(b"A B=1\n", ".env:1: ", "KEY=value", id="two words"),
        pytest.param(b"=1\n", ".env:1: ", "KEY=value", id="no key"),
        pytest.param(b'A="x\nB=1\n', ".env:1: ", "quote", id="open double quote"),
        pytest.param(b"A='x\n", ".env:1: ", "quote", id="open single quote"),
        pytest.param(b"A='x'y\n", ".env:1: ", "KEY=value", id="text after quotes"),
        pytest.param(b"'A=B'=1\n", ".env:1: ", "character", id="= in a key"),
        pytest.param(b"A=x\0y\n", ".env:1: ", "character", id="NUL in a value"),
        pytest.param(b"A\0=x\n", ".env:1: ", "character", id="NUL in a key"),
        pytest.param(b"\n\n  \nB\n", ".env:4: ", "no '='", id="after blank lines"),
        pytest.param(b"# c\n\n# d\nB\n", ".env:4: ", "no '='", id="after comments"),
        pytest.param(b'A="1\n2\n3"\nB\n', ".env:4: ", "no '='", id="after a value of three lines"),
        pytest.param(b'A="1\n\n3"\n\n# c\nB C\n', ".env:6: ", "KEY=value", id="after all of them"),
        pytest.param(b"A=1\r\n\r\nB\r\n", ".env:3: ", "no '='", id="after CRLF"),
        pytest.param(codecs.BOM_UTF8 + b"A=1\nB\n", ".env:2: ", "no '='", id="after a BOM"),
        pytest.param(b"export # A=1\n", ".env:1: ", "KEY=value", id="export of nothing"),
    ],
)
def test_any_other_line_is_a_problem_with_its_place(data: bytes, place: str, part: str) -> None:
    (problem,) = problems(data)
    assert problem.startswith(place)
    assert part in problem


def test_all_problems_are_found_at_once() -> None:
    found = problems(b"A\nB=1\nC D=2\n\nE\n")
    assert [problem.split(": ")[0] for problem in found] == [".env:1", ".env:3", ".env:5"]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        pytest.param("A=1\n".encode("utf-16"), 1, id="UTF-16"),
        pytest.param(b"A=\xff\n", 1, id="first line"),
        pytest.param(b"A=1\n\nB=\xe9\n", 3, id="later line"),
        pytest.param(codecs.BOM_UTF8 + b"A=1\n\xff", 2, id="later line after a BOM"),
    ],
)
def test_what_is_not_utf8_is_one_problem_with_its_line(data: bytes, line: int) -> None:
    (problem,) = problems(data)
    assert problem.startswith(f".env:{line}:")
    assert "not UTF-8" in problem


def test_an_assignment_knows_its_line() -> None:
    data = b'\n# c\nA=1\n\nB="x\ny"\nC=3\n  \n  D=4'
    assert lines(data) == [("A", 3), ("B", 5), ("C", 7), ("D", 9)]


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("A='${X}'", True),
        ("export A='${X}'", True),
        ("A = '${X}'", True),
        ("'A'='${X}'", True),
        ("\n\nA='l1\n${X}'", True),
        ('A="${X}"', False),
        ("A=${X}", False),
        ("A=x'${X}'", False),
        ("'A'=${X}", False),
        ("A=\n'B'=${X}", False),
    ],
)
def test_only_single_quotes_are_literal(text: str, literal: bool) -> None:
    found = parse(text.encode(), ".env")
    assert {assignment.literal for assignment in found} == {literal}


@pytest.mark.parametrize(
    ("real", "files", "plain", "override"),
    [
        pytest.param({}, ["A=1"], "1", "1", id="only a file"),
        pytest.param({"A": "real"}, [""], "real", "real", id="only the real environment"),
        pytest.param({}, ["A=1\nA=2"], "2", "2", id="later line wins"),
        pytest.param({}, ["A=1", "A=2"], "2", "2", id="later file wins"),
        pytest.param({}, ["A=1", "B=2"], "1", "1", id="earlier file counts where the later is silent"),
        pytest.param({"A": "real"}, ["A=1"], "real", "1", id="real environment wins"),
        pytest.param({"A": ""}, ["A=1"], "", "1", id="real environment wins, even empty"),
        pytest.param({"X": "real"}, ["A='${X}'"], "${X}", "${X}", id="single quotes are literal"),
        pytest.param({"X": "real"}, ['A="<${X}>"'], "<real>", "<real>", id="from the real environment"),
        pytest.param({"X": "real"}, ["X=1\nA=${X}"], "real", "1", id="real before files"),
        pytest.param({}, ["A=${X}\nX=1"], "1", "1", id="from a later key"),
        pytest.param({}, ["X=1\nA=${X}"], "1", "1", id="from an earlier key"),
        pytest.param({}, ["A=${X}", "X=1"], "1", "1", id="from a later file"),
        pytest.param({}, ["X=1", "A=${X}"], "1", "1", id="from an earlier file"),
        pytest.param({}, ["X=1\nA=${X}\nX=2"], "2", "2", id="later before earlier"),
        pytest.param({}, ["A=${X}${Y}\nX=${Y}\nY=1"], "11", "11", id="through another key"),
        pytest.param({}, ["A=${X}"], "", "", id="set nowhere is empty"),
        pytest.param({}, ["A=${X:-d}"], "d", "d", id="default"),
        pytest.param({}, ["A=${X:-}"], "", "", id="empty default"),
        pytest.param({"X": "real"}, ["A=${X:-d}"], "real", "real", id="no default where it is set"),
        pytest.param({}, ["A=${X:-a b}-${Y:-c}"], "a b-c", "a b-c", id="two defaults"),
        pytest.param({}, ["A=1\nA=${A}2\nA=${A}3"], "123", "123", id="a key made of itself"),
        pytest.param({}, ["A=1", "A=${A}:x"], "1:x", "1:x", id="a key made of the earlier file's"),
        pytest.param({}, ["A=${A}:x"], ":x", ":x", id="a key made of itself alone"),
        pytest.param({"A": "/bin"}, ["A=${A}:x"], "/bin", "/bin:x", id="PATH=${PATH}:x"),
        pytest.param({}, ["A=${A:-d}:x"], "d:x", "d:x", id="a key made of itself, default"),
        pytest.param({}, ["X='${Y}'\nA=${X}\nY=1"], "${Y}", "${Y}", id="a literal stays one when used"),
        pytest.param({"X": "${Y}", "Y": "1"}, ["A=${X}"], "${Y}", "${Y}", id="real values are verbatim"),
        pytest.param({"X": "real"}, ["A=$X"], "$X", "$X", id="only braces are references"),
    ],
)
def test_which_layer_wins(real: dict[str, str], files: list[str], plain: str, override: str) -> None:
    assert resolve(real, layers(*files))["A"] == plain
    assert resolve(real, layers(*files), override=True)["A"] == override


def test_nothing_else_of_the_real_environment_changes() -> None:
    real = {"HOME": "/h", "X": "${HOME}"}
    assert resolve(real, layers("A=1")) == {**real, "A": "1"}
    assert resolve(real, []) == real


def test_the_result_is_a_copy() -> None:
    real = {"A": "1"}
    resolve(real, [])["A"] = "changed"
    resolve(real, layers("B=1"))["A"] = "changed"
    assert real == {"A": "1"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("A=a${B}\nB=b${A}", {"A": "ab", "B": "ba"}, id="two"),
        pytest.param("A=a${B}\nB=b${C}\nC=c${A}", {"A": "abc", "B": "bca", "C": "cab"}, id="three"),
        pytest.param("A=${B:-d}\nB=${A:-e}", {"A": "e", "B": "d"}, id="defaults"),
    ],
)
def test_mutual_references_end(text: str, expected: dict[str, str]) -> None:
    found = resolve({}, layers(text))
    assert found.keys() == expected.keys()
    if "${B:-d}" not in text:  # of defaults only this is promised: it ends, with text
        assert found == expected


RESOLVE = """
import sys
from pyforeman.errors import InputError
from pyforeman.plan.environment import parse, resolve
try:
    print(sorted(resolve({}, parse(sys.stdin.buffer.read(), "file")))[0])
except InputError as error:
    print(error)
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "\n".join(f"A{n}=${{A{n + 1}}}${{A{n + 1}}}" for n in range(60)), id="each twice the next"
        ),
        pytest.param(
            "\n".join(f"A{n}=" + "".join(f"${{A{m}}}" for m in range(20)) for n in range(20)),
            id="each all the others",
        ),
        pytest.param("\n".join(f"A{n}=${{A{n + 1}}}" for n in range(2000)), id="a long chain"),
    ],
)
def test_many_references_end_soon_with_values_or_an_input_error(text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RESOLVE], input=text.encode(), capture_output=True, timeout=5, check=False
    )
    assert done.stderr == b""
    assert done.stdout.startswith((b"A0", b"file:"))


def test_a_chain_of_fifty_is_no_problem() -> None:
    text = "\n".join(f"A{n}=${{A{n + 1}}}" for n in range(50)) + "\nA50=end"
    assert resolve({}, layers(text))["A0"] == "end"


VALUES = st.lists(
    st.sampled_from(["${A}", "${B:-d}", "${C}", "x", " ", "#", "'", '"', "\\", "$", "é"]), max_size=4
)
LINES = st.builds(
    lambda start, key, equals, value, end: start + key + equals + "".join(value) + end,
    st.sampled_from(["", "", "", " ", "export ", "# "]),
    st.sampled_from(["A", "B", "C", "'A'"]),
    st.sampled_from(["=", "=", "=", " = ", "='", '="', " "]),
    VALUES,
    st.sampled_from(["\n", "\n", "\r\n", "'\n", '"\n', ""]),
)
FILES = st.lists(LINES, max_size=5).map("".join).map(str.encode) | st.binary(max_size=40)


@given(st.lists(FILES, max_size=2), st.dictionaries(st.sampled_from("AB"), st.just("real")), st.booleans())
def test_any_files_give_an_environment_or_an_input_error(
    files: list[bytes], real: dict[str, str], override: bool
) -> None:
    found = environment_or_error(files, real, override)
    if isinstance(found, InputError):
        assert found.problems
        assert all(problem.startswith(".env:") and "\n" not in problem for problem in found.problems)
        return
    last = {assignment.key: assignment for data in files for assignment in parse(data, ".env")}
    assert found.keys() == real.keys() | last.keys()
    for key, value in found.items():
        assert not {"=", "\0"} & set(key)
        if key in real and (not override or key not in last):
            assert value == "real"
        elif last[key].literal or "${" not in last[key].value:
            assert value == last[key].value


def environment_or_error(
    files: list[bytes], real: dict[str, str], override: bool
) -> dict[str, str] | InputError:
    try:
        assignments = [assignment for data in files for assignment in parse(data, ".env")]
        return resolve(real, assignments, override=override)
    except InputError as error:
        return error


@pytest.mark.parametrize(
    ("real", "files", "override", "expected"),
    [
        pytest.param({}, ["A=1\n\nB=2\n"], False, {"A": "file0:1", "B": "file0:3"}, id="lines of a file"),
        pytest.param({"A": "0"}, [], False, {"A": "environment"}, id="no file"),
        pytest.param(
            {"A": "0"}, ["A=1\n"], False, {"A": "environment (over file0:1)"}, id="the real one wins"
        ),
        pytest.param({"A": "0"}, ["A=1\n"], True, {"A": "file0:1"}, id="but not with override"),
        pytest.param({}, ["A=1\n", "B=1\nA=2\n"], False, {"A": "file1:2", "B": "file1:1"}, id="later files"),
        pytest.param({}, ["A=1\nA=2\n"], False, {"A": "file0:2"}, id="later lines"),
        pytest.param({}, ["B=1\nA=${B}\n"], False, {"B": "file0:1", "A": "file0:2"}, id="references"),
        pytest.param({"A": ""}, ["A=1\n"], False, {"A": "environment (over file0:1)"}, id="empty is set"),
    ],
)
def test_each_key_has_its_layer(
    real: dict[str, str], files: list[str], override: bool, expected: dict[str, str]
) -> None:
    assert origins(real, layers(*files), override=override) == expected


@pytest.mark.parametrize("override", [False, True])
def test_just_the_keys_that_there_are_have_a_layer_those_of_files_first(override: bool) -> None:
    real, files = {"Z": "0", "B": "0"}, layers("B=1\nA=2\n")
    assert list(origins(real, files, override=override)) == ["B", "A", "Z"]
    assert origins(real, files, override=override).keys() == resolve(real, files, override=override).keys()
