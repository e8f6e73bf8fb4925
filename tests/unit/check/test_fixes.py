"""Edits carried out, and shown."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyforeman.check.finding import Edit, Finding, Found, Place
from pyforeman.check.fixes import diff, fixed
from pyforeman.check.subject import Source


def finding(*edits: tuple[int, int, str], path: str = "Procfile") -> Finding:
    found = Found("", Place(path, 1), edits=tuple(Edit(path, *edit) for edit in edits))
    return Finding("PF102", "error", found)


def mended(text: str, *findings: Finding) -> str:
    return fixed(Source("Procfile", text), findings)


@pytest.mark.parametrize(
    ("text", "findings", "after"),
    [
        ("web : a", (), "web : a"),
        ("web : a", (finding(),), "web : a"),
        ("web : a", (finding((3, 4, "")),), "web: a"),
        ("- web: a", (finding((0, 2, "")),), "web: a"),
        ("web= a", (finding((3, 4, ":")),), "web: a"),
        ("web: a", (finding((6, 6, "\n")),), "web: a\n"),
        ("\ufeffweb: a\r\n", (finding((0, 1, "")), finding((7, 8, ""))), "web: a\n"),
        ("a\r\nb\r\nc\r\n", (finding((1, 2, ""), (4, 5, ""), (7, 8, "")),), "a\nb\nc\n"),
        # In any order.
        ("abcdef", (finding((4, 5, "X")), finding((1, 2, "Y"))), "aYcdXf"),
        ("abcdef", (finding((4, 5, "X"), (1, 2, "Y")),), "aYcdXf"),
        ("abcdef", (finding((1, 2, "X")), finding((2, 3, "Y"))), "aXYdef"),
        # The first one wins.
        ("abcdef", (finding((1, 4, "X")), finding((2, 3, "Y"))), "aXef"),
        ("abcdef", (finding((2, 3, "Y")), finding((1, 4, "X"))), "abYdef"),
        ("abcdef", (finding((1, 3, "X")), finding((2, 4, "Y"))), "aXdef"),
        ("abcdef", (finding((2, 4, "X")), finding((1, 3, "Y"))), "abXef"),
        ("abcdef", (finding((1, 3, "")), finding((1, 3, ""))), "adef"),
        ("abcdef", (finding((2, 2, "X")), finding((2, 2, "Y"))), "abXcdef"),
        ("abcdef", (finding((2, 2, "X")), finding((2, 3, "Y"))), "abXcdef"),
        # As a whole or not at all.
        ("abcdef", (finding((1, 2, "X")), finding((1, 2, "Y"), (4, 5, "Z"))), "aXcdef"),
        ("abcdef", (finding((1, 3, "X"), (2, 4, "Y")),), "abcdef"),
        # The same edit twice is one.
        ("abcdef", (finding((1, 3, "X"), (1, 3, "X")),), "aXdef"),
        # Other files.
        ("abcdef", (finding((1, 3, "X"), path=".env"),), "abcdef"),
    ],
)
def test_edits(text: str, findings: tuple[Finding, ...], after: str) -> None:
    assert mended(text, *findings) == after


def test_what_lost_is_mended_in_the_next_round() -> None:
    def findings(text: str) -> list[Finding]:
        return [finding((at, at + 2, "b")) for at in range(len(text) - 1) if text[at : at + 2] == "aa"]

    text = "aaaa"
    for _ in range(2):
        text = mended(text, *findings(text))
    assert text == "bb"


def test_many_edits_are_no_matter() -> None:
    text = "x\r\n" * 1000
    one = finding(*((3 * n + 1, 3 * n + 2, "") for n in range(1000)))
    assert mended(text, one) == "x\n" * 1000
    assert mended(text, *(finding((3 * n + 1, 3 * n + 2, "")) for n in range(1000))) == "x\n" * 1000


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("web: a\n", "web: a\n", ""),
        (
            "web : a\nworker: b\n",
            "web: a\nworker: b\n",
            "--- Procfile\n+++ Procfile\n@@ -1,2 +1,2 @@\n-web : a\n+web: a\n worker: b\n",
        ),
        (
            "web : a",
            "web: a",
            "--- Procfile\n+++ Procfile\n@@ -1 +1 @@\n"
            "-web : a\n\\ No newline at end of file\n+web: a\n\\ No newline at end of file\n",
        ),
        (
            "\ufeffweb: a\r\nb: c\n",
            "web: a\nb: c\n",
            "--- Procfile\n+++ Procfile\n@@ -1,2 +1,2 @@\n-\ufeffweb: a\r\n+web: a\n b: c\n",
        ),
        (
            "web: a\fb\nweb: a\fb",
            "web: a\fb\n",
            "--- Procfile\n+++ Procfile\n@@ -1,2 +1 @@\n"
            " web: a\fb\n-web: a\fb\n\\ No newline at end of file\n",
        ),
    ],
)
def test_a_diff(before: str, after: str, shown: str) -> None:
    assert diff("Procfile", before, after) == shown


@pytest.mark.skipif(not shutil.which("git"), reason="git applies it")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("web : a\nb: c\n", "web: a\nb: c\n"),
        ("web : a", "web: a"),
        ("\ufeffweb: a\r\nb: c\r\n", "web: a\nb: c\n"),
        ("web: a\r\nb: c", "web: a\nb: c"),
        ("web: a\fb\nweb: a\fb\n\n\nb: c", "web: a\fb\n\n\nb: c"),
    ],
)
def test_git_takes_a_diff(before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_bytes(before.encode())
    patch = diff("Procfile", before, after).encode()
    words = ["git", "apply", "-p0", "--whitespace=nowarn", "-"]
    subprocess.run(words, cwd=tmp_path, input=patch, check=True, timeout=60)
    assert (tmp_path / "Procfile").read_bytes().decode() == after


@given(st.text("ab\n", max_size=12), st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=6))
def test_no_edit_touches_what_another_one_made(text: str, spans: list[tuple[int, int]]) -> None:
    edits = [(min(a, b, len(text)), min(max(a, b), len(text)), "X") for a, b in spans]
    after = mended(text, *(finding(edit) for edit in edits))
    # What is left of the text is in its order, and something was done if there was something to do.
    rest = iter(text)
    assert all(letter in rest for letter in after.replace("X", ""))
    assert ("X" in after) == bool(edits)
