"""PF100: comments that ignore what does not exist."""

import pytest

from pyforeman.check.rules import RULES
from pyforeman.check.rules.suppressions import unknown_ignore
from subjects import found, subject


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("web: a # pyforeman: ignore[PF999]", ["PF999"]),
        ("# pyforeman: ignore[no-such-rule]\nweb: a", ["no-such-rule"]),
        ("\ufeff# pyforeman: ignore[E501]\r\nweb: bundle exec puma\r\n", ["E501"]),
        ("web: npm start # pyforeman: ignore[X1, W605,PF998]", ["X1", "W605", "PF998"]),
        ("web: a #pyforeman:ignore[PF1000]", ["PF1000"]),
        ("web: ./app\n\n# pyforeman: ignore[all]\n", ["all"]),
    ],
)
def test_words_that_name_no_rule(text: str, words: list[str]) -> None:
    assert [(marked, message) for _, marked, message in found(unknown_ignore, subject(text))] == [
        (word, f"there is no rule {word}") for word in words
    ]


@pytest.mark.parametrize(
    "text",
    [
        "web: a",
        "web: a # ignore[PF999]",
        "web: a # pyforeman: ignore",
        "web: a # pyforeman: ignore[]",
        "web: a # pyforeman: ignore the port",
        "web: echo '# pyforeman: ignore[PF999]'",
        "web: a # pyforeman: see PF999",
        "# pyforeman: start all=1\nweb: a",
        f"web: a # pyforeman: ignore[{', '.join(rule.id for rule in RULES)}]",
        f"web: a # pyforeman: ignore[{', '.join(rule.name for rule in RULES)}]",
    ],
)
def test_words_that_name_rules_and_other_comments(text: str) -> None:
    assert found(unknown_ignore, subject(text)) == []


@pytest.mark.parametrize(
    "comment",
    [
        "# pyforeman: ignore PF306",
        "# pyforeman: ignore[PF306",
        "#pyforeman: ignore: PF306",
        "# pyforeman: disable[PF306]",
        "  # pyforeman: noqa",
    ],
)
def test_a_comment_that_ignores_nothing(comment: str) -> None:
    judged = subject(f"web: a\n{comment}\nworker: b")
    assert found(unknown_ignore, judged) == [(2, comment, "this comment ignores nothing")]


@pytest.mark.parametrize(
    "comment",
    [
        "# pyforeman: ignore",
        "# pyforeman: ignore[PF306]",
        "# run it with pyforeman: start",
        "# pyforeman: see docs",
    ],
)
def test_other_comments_are_none(comment: str) -> None:
    assert found(unknown_ignore, subject(f"web: a\n{comment}\nworker: b")) == []


def test_in_an_env_file() -> None:
    judged = subject("web: a", env="A=1\n# pyforeman: ignore[PF999]\nB='\n# pyforeman: ignore[PF998]\n'\n")
    assert found(unknown_ignore, judged) == [(2, "PF999", "there is no rule PF999")]


def test_the_help_has_the_name_that_was_meant() -> None:
    judged = subject("web: a # pyforeman: ignore[PF999, unknown-ignores]")
    assert [one.help for one in unknown_ignore.judge(judged)] == [
        "mend the id, or remove it",
        "write unknown-ignore",
    ]
