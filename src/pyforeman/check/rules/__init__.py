"""The rules, in one explicit list. A rule that is not in it does not exist."""

from pyforeman.check.rule import Rule

RULES: tuple[Rule, ...] = ()
"""Every rule, in the order of the ids."""
