"""The rules, in one explicit list. A rule that is not in it does not exist."""

from pyforeman.check.rule import Rule
from pyforeman.check.rules import (
    combinations,
    daemons,
    development,
    env_files,
    files,
    logs,
    one_offs,
    pid_files,
    ports,
    ports_bound,
    procfile,
    programs,
    schedulers,
    secrets,
    shell_syntax,
    suppressions,
    variables,
    windows,
)

_TOPICS = (
    suppressions,
    procfile,
    windows,
    shell_syntax,
    env_files,
    programs,
    variables,
    files,
    ports,
    daemons,
    pid_files,
    logs,
    ports_bound,
    combinations,
    development,
    secrets,
    schedulers,
    one_offs,
)

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for topic in _TOPICS for rule in topic.RULES), key=lambda rule: rule.id)
)
"""Every rule, in the order of the ids."""
