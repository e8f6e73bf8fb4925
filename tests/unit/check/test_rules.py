"""What holds for each rule: its id, its texts, and the examples that it is explained with."""

import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from docs.rules import GROUPS, OF_ENV_FILES, PAGE, page

from pyforeman.check import rules
from pyforeman.check.judge import judge
from pyforeman.check.rule import Rule
from pyforeman.check.rules import RULES
from pyforeman.check.selection import Selection
from pyforeman.check.subject import Subject
from subjects import found, subject

BESIDE: Mapping[str, Mapping[str, Any]] = {
    "PF122": {"real": {"DATABASE_URL": "postgres://elsewhere/shop"}},
    "PF203": {"real": {"DATABASE_URL": "postgres:///shop"}},
    "PF308": {"counts": {"beat": 2}},
    "PF312": {"profile": "production"},
}
"""What a rule needs beside the line that it is explained with."""

CARRIED = {
    "PF113": "what sh -n says",
    "PF201": "the programs on PATH",
    "PF202": "the files that are there",
    "PF204": "the files that are there",
    "PF205": "the ports that are taken",
    "PF206": "the ports of a formation",
    "PF207": "the ports of a formation",
}
"""Rules that ask for facts: their own tests carry the example."""

MENDED = {"PF106": "web: a\nweb: a\n", "PF121": "A=1\nA=1\n"}
"""What is mended without judgement, where that is only one case of what a rule finds."""

TESTS = [path for path in Path(__file__).parent.glob("test_*.py") if path.name != "test_rules.py"]

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.id}-{rule.name}")


def example(rule: Rule, text: str) -> Subject:
    """A line that a rule is explained with, in the file that the rule is about."""
    beside = BESIDE.get(rule.id, {})
    if rule.id.startswith(OF_ENV_FILES):
        return subject("web: python app.py", env=text, **beside)
    return subject(text, **beside)


def test_each_rule_that_is_written_is_in_force() -> None:
    names = (path.stem for path in Path(rules.__file__).parent.glob("*.py") if path.stem != "__init__")
    topics = [importlib.import_module(f"{rules.__name__}.{name}") for name in names]
    written = {rule.id for topic in topics for rule in vars(topic).values() if isinstance(rule, Rule)}
    assert written == {rule.id for rule in RULES}, "list it in RULES of its file, and the file in rules"


def test_ids_and_names_are_unique_and_in_order() -> None:
    ids, names = [rule.id for rule in RULES], [rule.name for rule in RULES]
    assert ids == sorted(set(ids))
    assert len(set(names)) == len(names)


@each_rule
def test_it_can_be_named(rule: Rule) -> None:
    assert re.fullmatch(r"PF[1-3]\d\d", rule.id)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.id.startswith(tuple(GROUPS))


@each_rule
def test_it_can_be_read(rule: Rule) -> None:
    assert 15 <= len(rule.summary) <= 100
    assert rule.summary.endswith((".", "?"))
    lines = rule.explanation.splitlines()
    assert 2 <= len([line for line in lines if line]) <= 12
    assert max(map(len, lines)) <= 110
    assert all(line.isprintable() for line in lines)


@each_rule
def test_it_fires_on_its_bad_example(rule: Rule) -> None:
    if rule.id not in CARRIED:
        assert found(rule, example(rule, rule.bad))


@each_rule
def test_it_is_silent_on_its_good_example(rule: Rule) -> None:
    assert not found(rule, example(rule, rule.good))


@each_rule
def test_no_other_rule_says_more_than_a_note_about_its_good_example(rule: Rule) -> None:
    findings = judge(example(rule, rule.good), RULES, Selection(ignore=tuple(CARRIED)))
    assert not [finding for finding in findings if finding.severity != "note"]


@each_rule
def test_what_it_says_is_a_line(rule: Rule) -> None:
    for one in rule.judge(example(rule, rule.bad)):
        for text in (one.message, one.help):
            assert text.isprintable()
            assert len(text) <= 160
            assert text == text.strip()
            assert not text.endswith(".")
        assert one.message


@each_rule
def test_it_says_whether_it_can_be_mended(rule: Rule) -> None:
    judged = example(rule, MENDED.get(rule.id, rule.bad))
    assert any(one.edits for one in rule.judge(judged)) == rule.fixable


@each_rule
def test_it_has_tables_of_its_own(rule: Rule) -> None:
    name = re.compile(rf"\b{rule.judge.__name__}\b|\b{rule.id}\b|\b{rule.name}\b")
    assert [path.name for path in TESTS if name.search(text := path.read_text()) and "parametrize" in text]


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text() == page(RULES), "make rules"


def test_the_tables_have_no_rule_that_is_not() -> None:
    assert {*BESIDE, *CARRIED, *MENDED} <= {rule.id for rule in RULES}
