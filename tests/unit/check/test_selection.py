"""Which rules are asked: the words of --select and --ignore."""

from collections.abc import Iterator

import pytest

from pyforeman.check.finding import Found, Severity
from pyforeman.check.rule import Rule
from pyforeman.check.selection import Selection, chosen, named, unknown, words
from pyforeman.check.subject import Subject
from pyforeman.errors import UsageError


def rule(id: str, name: str, *, severity: Severity = "warning", always: bool = False) -> Rule:
    def judge(subject: Subject) -> Iterator[Found]:
        yield from ()

    return Rule(id, name, severity, judge, "", "", "", "", always)


RULES = (
    rule("PF101", "not-an-entry", severity="error", always=True),
    rule("PF112", "unportable-name"),
    rule("PF301", "daemonizes", severity="error"),
    rule("PF306", "hard-coded-port"),
)


def selected(select: str = "", ignore: str = "") -> str:
    return " ".join(rule.id for rule in chosen(RULES, Selection(words(select), words(ignore))))


@pytest.mark.parametrize(
    ("select", "ignore", "ids"),
    [
        ("", "", "PF101 PF112 PF301 PF306"),
        ("PF306", "", "PF101 PF306"),
        ("pf306", "", "PF101 PF306"),
        ("PF3", "", "PF101 PF301 PF306"),
        ("PF", "", "PF101 PF112 PF301 PF306"),
        ("hard-coded-port", "", "PF101 PF306"),
        ("Hard_Coded_Port", "", "PF101 PF306"),
        ("PF306,PF112", "", "PF101 PF112 PF306"),
        ("PF306 , daemonizes", "", "PF101 PF301 PF306"),
        ("", "PF306", "PF101 PF112 PF301"),
        ("", "PF3", "PF101 PF112"),
        ("", "daemonizes", "PF101 PF112 PF306"),
        ("PF3", "PF306", "PF101 PF301"),
        ("PF306", "PF306", "PF101"),
        ("PF306", "PF3", "PF101"),
    ],
)
def test_what_is_asked(select: str, ignore: str, ids: str) -> None:
    assert selected(select, ignore) == ids


@pytest.mark.parametrize("ignore", ["PF101", "PF1", "PF", "not-an-entry"])
def test_what_start_refuses_cannot_be_switched_off(ignore: str) -> None:
    assert selected(ignore=ignore).startswith("PF101")


@pytest.mark.parametrize(
    ("select", "ignore", "message"),
    [
        ("PF999", "", "no rule PF999; there are PF101 to PF306"),
        ("PF306,PF4", "", "no rule PF4; there are PF101 to PF306"),
        ("", "hard-coded", "no rule hard-coded; there are PF101 to PF306"),
        ("X1,E501", "X1,W", "no rule X1, E501, W; there are PF101 to PF306"),
        ("PF3060", "", "no rule PF3060; there are PF101 to PF306"),
    ],
)
def test_a_word_that_means_no_rule(select: str, ignore: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        selected(select, ignore)
    assert str(error.value) == message


def test_unknown_words_come_once_and_in_their_order() -> None:
    assert unknown(["B", "PF3", "A", "B"], RULES) == ["B", "A"]


@pytest.mark.parametrize("word", ["PF306", "pf306", "hard-coded-port", "HARD-CODED-PORT", "hard_coded_port"])
def test_one_rule_by_its_id_or_name(word: str) -> None:
    assert named(word, RULES).id == "PF306"


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("PF999", "no rule PF999; there are PF101 to PF306"),
        ("hardcoded-port", "no rule hardcoded-port; did you mean hard-coded-port?"),
        ("daemonize", "no rule daemonize; did you mean daemonizes?"),
        ("x", "no rule x; there are PF101 to PF306"),
        ("", "no rule ''; there are PF101 to PF306"),
        ("PF3", "PF3 means PF301 to PF306; name one of them"),
    ],
)
def test_no_one_rule(word: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        named(word, RULES)
    assert str(error.value) == message
