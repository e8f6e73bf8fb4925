"""Asks the rules, leaves out what comments silence, and puts the findings in the order of the files."""

from collections.abc import Sequence

from pyforeman.check.finding import Finding
from pyforeman.check.rule import Rule
from pyforeman.check.selection import Selection, chosen
from pyforeman.check.subject import Subject
from pyforeman.check.suppression import Suppression, suppressions


def judge(subject: Subject, rules: Sequence[Rule], selection: Selection) -> tuple[Finding, ...]:
    """What the selected rules find: the Procfile first, then the env files as they are read, then the rest;
    by line, column and id.

    What ``start`` refuses (``Rule.always``) is found whatever the selection and the comments say: what check
    passes, start runs. Raises UsageError for a selection of which there is no rule.
    """
    comments: dict[tuple[str, int], list[Suppression]] = {}
    for comment in suppressions(subject):
        for line in comment.lines:
            comments.setdefault((comment.path, line), []).append(comment)
    findings = [
        Finding(rule.id, rule.severity, found)
        for rule in chosen(rules, selection)
        for found in rule.judge(subject)
        if not any(comment.silences(rule) for comment in comments.get(found.place[:2], ()))
    ]
    files = [source.path for source in subject.sources]
    order = {path: place for place, path in reversed(list(enumerate(files)))}

    def position(finding: Finding) -> tuple[int, str, int, int, str]:
        path, line, column, _ = finding.found.place
        return order.get(path, len(files)), path, line, column, finding.id

    return tuple(sorted(findings, key=position))
