"""The judge: comments that silence rules, and the order of the findings."""

from collections.abc import Iterator

import pytest

from pyforeman.check.finding import Found, Place
from pyforeman.check.judge import judge
from pyforeman.check.rule import rule
from pyforeman.check.selection import Selection
from pyforeman.check.subject import Subject
from subjects import subject


@rule("PF101", "error", bad="", good="", always=True)
def not_an_entry(judged: Subject) -> Iterator[Found]:
    """What start refuses."""
    for problem in judged.problems:
        yield Found(problem.message, Place(problem.path, problem.line, problem.column))


@rule("PF121", "note", bad="", good="")
def every_key(judged: Subject) -> Iterator[Found]:
    """Each key of the env files."""
    for file in judged.env_files:
        for one in file.assignments:
            yield Found(one.key, Place(file.source.path, one.line, 1, 1 + len(one.key)))


@rule("PF306", "warning", bad="", good="")
def eights(judged: Subject) -> Iterator[Found]:
    """Each 8 of a command."""
    for entry in judged.entries:
        for place, letter in enumerate(entry.command):
            if letter == "8":
                yield entry.found("an 8", (place, place + 1))


@rule("PF307", "warning", bad="", good="")
def sevens(judged: Subject) -> Iterator[Found]:
    """A command with a 7, all of it."""
    for entry in judged.entries:
        if "7" in entry.command:
            yield entry.found("a 7")


@rule("PF308", "warning", bad="", good="")
def formation(judged: Subject) -> Iterator[Found]:
    """What is in no line."""
    yield Found("all of it", Place(""))
    yield Found("the file", Place("Procfile"))


ALL = Selection()
RULES = (not_an_entry, every_key, eights, sevens)


def ids(judged: Subject, selection: Selection = ALL) -> str:
    return " ".join(
        f"{one.id}:{one.found.place.line}" for one in judge(judged, RULES, selection) if one.id != "PF121"
    )


@pytest.mark.parametrize(
    "text",
    [
        # Behind the command, where the shell reads a comment.
        "web: a 8 # pyforeman: ignore[PF306]",
        "web: a 8 # pyforeman: ignore[hard-coded-eights, eights]",
        "web: a 8 # pyforeman: ignore[PF3]",
        "web: a 8 # pyforeman: ignore[PF112, pf306]",
        "web: a 8 # pyforeman:ignore[PF112 PF306]",
        "web: a 8 #pyforeman: ignore [ PF306 ]",
        "web: a 8 # pyforeman: ignore",
        "web: a 8 # pyforeman: ignore, the proxy wants it",
        "web: a 8 # the proxy wants it; pyforeman: ignore[PF306]",
        "web: a 8 # pyforeman: ignore[PF306]: the proxy wants it",
        "web: a '8 9' # pyforeman: ignore[PF306]",
        "web: a 8; # pyforeman: ignore[PF306]\r",
        "web: case 8 in *) a;; esac # pyforeman: ignore[PF306]",
        # On lines of their own before the entry.
        "# pyforeman: ignore[PF306]\nweb: a 8",
        "# pyforeman: ignore[PF306]\r\nweb: a 8\r\n",
        "  # pyforeman: ignore\nweb: a 8 8",
        "\ufeff# pyforeman: ignore\nweb: a 8",
        "# pyforeman: ignore[PF306]\n# The proxy wants it.\nweb: a 8",
        "# pyforeman: ignore[PF112]\n# pyforeman: ignore[PF306]\nweb: a 8",
        "# pyforeman: ignore[PF306]\n# pyforeman: ignore[PF112]\nweb: a 8",
    ],
)
def test_a_comment_silences_a_rule(text: str) -> None:
    assert ids(subject(text)) == ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("web: a 8 # pyforeman: ignore[PF307]", "PF306:1"),
        ("web: a 8 # pyforeman: ignore[]", "PF306:1"),
        ("web: a 8 # pyforeman: ignore[PF306", "PF306:1"),
        ("web: a 8 # pyforeman: ignore PF306", "PF306:1"),
        ("web: a 8 # pyforeman: ignore: PF306", "PF306:1"),
        ("web: a 8 # pyforeman: ignored", "PF306:1"),
        ("web: a 8 # ignore[PF306]", "PF306:1"),
        ("web: a 8 #2 pyforeman: ignores", "PF306:1"),
        # No comment for the shell.
        ("web: a 8#pyforeman: ignore[PF306]", "PF306:1"),
        ("web: a 8 '# pyforeman: ignore[PF306]'", "PF306:1"),
        ('web: a 8 && echo "b # pyforeman: ignore"', "PF306:1"),
        # Not for this entry.
        ("# pyforeman: ignore[PF306]\n\nweb: a 8", "PF306:3"),
        ("# pyforeman: ignore[PF306]\n \t\nweb: a 8", "PF306:3"),
        ("# pyforeman: ignore[PF306]\nweb: a 8\nworker: b 8", "PF306:3"),
        ("web: a 8\n# pyforeman: ignore[PF306]", "PF306:1"),
        ("web: a 8\nworker: b 8 # pyforeman: ignore[PF306]", "PF306:1"),
        ("web: a 8\n# pyforeman: ignore[PF306]\n\n# pyforeman: ignore[PF306]\nworker: b 8", "PF306:1"),
        # What start refuses is refused.
        ("# pyforeman: ignore\nweb a", "PF101:2"),
        ("# pyforeman: ignore[PF101]\nweb a", "PF101:2"),
        ("web a # pyforeman: ignore", "PF101:1"),
    ],
)
def test_a_comment_that_silences_nothing(text: str, left: str) -> None:
    assert ids(subject(text)) == left


@pytest.mark.parametrize(
    ("env", "keys"),
    [
        ("A=1\nB=2\n", "A B"),
        ("# pyforeman: ignore[PF121]\nA=1\nB=2\n", "B"),
        ("# pyforeman: ignore[every-key]\n# For the proxy.\nA=1\nB=2\n", "B"),
        ("# pyforeman: ignore\n\nA=1\n", "A"),
        ("A=1 # pyforeman: ignore[PF121]\nB=2\n", "B"),
        ("A='1 # pyforeman: ignore[PF121]'\nB=2\n", "A B"),
        ("A='1\n# pyforeman: ignore[PF121]\n'\nB=2\n", "A B"),
        ("A=1 # pyforeman: ignore[PF306]\n", "A"),
    ],
)
def test_comments_in_env_files(env: str, keys: str) -> None:
    judged = judge(subject("web: a", env=env), RULES, ALL)
    assert " ".join(one.found.message for one in judged) == keys


def test_a_comment_in_one_file_is_not_for_another() -> None:
    judged = subject("web: a 8\n", env="# pyforeman: ignore[PF306]\nA=1")
    assert ids(judged) == "PF306:1"


def test_findings_come_in_the_order_of_the_files() -> None:
    judged = subject("web: 7 8 8\nworker: a 8", env={".env": "B=1", ".a.env": "A=1"})
    found = judge(judged, (formation, sevens, eights, every_key), ALL)
    assert [(one.id, *one.found.place[:3]) for one in found] == [
        ("PF308", "Procfile", 0, 0),
        ("PF307", "Procfile", 1, 6),
        ("PF306", "Procfile", 1, 8),
        ("PF306", "Procfile", 1, 10),
        ("PF306", "Procfile", 2, 11),
        ("PF121", ".env", 1, 1),
        ("PF121", ".a.env", 1, 1),
        ("PF308", "", 0, 0),
    ]
    assert [one.severity for one in found][:3] == ["warning", "warning", "warning"]


def test_rules_are_selected() -> None:
    judged = subject("web: 7 8\n- x")
    assert ids(judged) == "PF307:1 PF306:1 PF101:2"
    assert ids(judged, Selection(select=("PF307",))) == "PF307:1 PF101:2"
    assert ids(judged, Selection(ignore=("PF3", "PF101"))) == "PF101:2"
