"""Which rules are asked: ids, the beginnings of ids and names, as users write them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pyforeman.check.rule import Rule
from pyforeman.errors import UsageError


class Selection(NamedTuple):
    """The words of ``--select`` and ``--ignore``: ``PF306``, ``PF3``, ``hard-coded-port``.

    Without ``select``, every rule is asked. What is in both is ignored.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def words(text: str) -> tuple[str, ...]:
    """The words of a list with commas or blanks between them: ``PF103, hard-coded-port``."""
    return tuple(text.replace(",", " ").split())


def chosen(rules: Sequence[Rule], selection: Selection) -> tuple[Rule, ...]:
    """The rules that are asked, in their order: the selected ones and those that are always in force.

    Raises UsageError that names all words of which there is no rule.
    """
    if not any(selection):
        return tuple(rules)
    strange = unknown((*selection.select, *selection.ignore), rules)
    if strange:
        raise UsageError(f"no rule {', '.join(strange)}; {known(rules)}")

    def is_asked(rule: Rule) -> bool:
        selected = not selection.select or _is_any(rule, selection.select)
        return rule.always or (selected and not _is_any(rule, selection.ignore))

    return tuple(filter(is_asked, rules))


def unknown(words: Iterable[str], rules: Sequence[Rule]) -> list[str]:
    """The words that mean no rule at all."""
    return [word for word in dict.fromkeys(words) if not any(means(word, rule) for rule in rules)]


def means(word: str, rule: Rule) -> bool:
    """Whether a word is the rule's id, the beginning of it (``PF3``), or its name, in any case."""
    if word[:2].upper() == "PF":
        return rule.id.startswith(word.upper())
    return rule.name == word.lower().replace("_", "-")


def named(word: str, rules: Sequence[Rule]) -> Rule:
    """The one rule of an id or name. Raises UsageError."""
    meant = [rule for rule in rules if means(word, rule)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UsageError(f"{word} means {meant[0].id} to {meant[-1].id}; name one of them")
    nearest = near(word, rules)
    raise UsageError(
        f"no rule {word or repr(word)}; " + (f"did you mean {nearest}?" if nearest else known(rules))
    )


def near(word: str, rules: Sequence[Rule]) -> str:
    """The id or name that was perhaps meant; "" if none is like it."""
    from difflib import get_close_matches

    if word[:2].upper() == "PF":
        # Ids are so much alike that a wrong one is near to any other.
        return ""
    return next(iter(get_close_matches(word.lower(), [rule.name for rule in rules], 1)), "")


def known(rules: Sequence[Rule]) -> str:
    """Which ids there are, in a few words."""
    return f"there are {rules[0].id} to {rules[-1].id}" if rules else "there are none"


def _is_any(rule: Rule, words: Iterable[str]) -> bool:
    return any(means(word, rule) for word in words)
