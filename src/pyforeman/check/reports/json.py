"""For programs: a JSON list, an object a line."""

import json

from pyforeman.check.finding import Finding
from pyforeman.check.judgement import Judgement
from pyforeman.check.secrecy import without


def report(judgement: Judgement) -> str:
    """A list of objects with ``id``, ``name``, ``severity``, ``message``, ``path``, ``line``, ``column``,
    ``end_column`` and ``help``.

    Lines and columns count from 1, in characters; the end column is that after the last character. What there
    is not is null: a column where the whole line is meant, a line where the file is, a path where it is the
    formation.
    """
    if not judgement.findings:
        return "[]\n"
    names = judgement.rule_names
    secrets = judgement.secrets()

    def line(finding: Finding) -> str:
        message, place, help, _, _ = finding.found
        shown = {
            "id": finding.id,
            "name": names.get(finding.id),
            "severity": finding.severity,
            "message": without(message, secrets),
            "path": place.path or None,
            "line": place.line or None,
            "column": place.column or None,
            "end_column": place.end_column or None,
            "help": without(help, secrets) or None,
        }
        return json.dumps(shown)

    return "[\n" + ",\n".join(map(line, judgement.findings)) + "\n]\n"
