"""What the reports show: the findings, with what they were found in."""

from typing import NamedTuple

from pyforeman.check.finding import SEVERITIES, Finding
from pyforeman.check.rule import Rule
from pyforeman.check.subject import Subject


class Judgement(NamedTuple):
    """The findings of ``judge`` about a subject. ``rules`` are all that there are; ``strict``: a warning is
    as bad as an error; ``colour``: the text is for a terminal; ``version`` is that of pyforeman."""

    subject: Subject
    findings: tuple[Finding, ...]
    rules: tuple[Rule, ...]
    strict: bool = False
    colour: bool = False
    version: str = ""

    @property
    def greeting(self) -> str:
        """What a report begins with, for people, if it passed: what other tools say, too."""
        return f"valid procfile detected ({', '.join(entry.name for entry in self.subject.entries)})"

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity; those of which there is none are left out."""
        severities = [finding.severity for finding in self.findings]
        return {severity: severities.count(severity) for severity in SEVERITIES if severity in severities}

    @property
    def passed(self) -> bool:
        """Whether the exit code is 0: no error and, if it is strict, no warning."""
        counts = self.counts
        return "error" not in counts and not (self.strict and "warning" in counts)

    @property
    def rule_names(self) -> dict[str, str]:
        """The names of the rules by their ids."""
        return {rule.id: rule.name for rule in self.rules}

    def secrets(self) -> tuple[str, ...]:
        """The texts that no report may show: what a rule has found to be one, and whatever
        looks like one in a line with a finding. Such a line is shown also if nobody asked for secrets."""
        from pyforeman.plan.secrets import secrets_in

        lines = {source.path: source.lines for source in self.subject.sources}
        texts: set[str] = set()
        for _, _, found in self.findings:
            path, number, column, end_column = found.place
            if 0 < number <= len(lines.get(path, ())):
                line = lines[path][number - 1]
                texts.update(line[secret.start : secret.end] for secret in secrets_in(line))
                if found.secret and column:
                    texts.add(line[column - 1 : end_column - 1])
        return tuple(texts)
