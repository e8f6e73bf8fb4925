"""For code scanning: SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format)."""

import json
import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from pyforeman.check.finding import Edit, Finding
from pyforeman.check.judgement import Judgement
from pyforeman.check.rule import Rule
from pyforeman.check.secrecy import without
from pyforeman.plan.secrets import secrets_in
from pyforeman.plan.text import MARK

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
Json = dict[str, Any]


def report(judgement: Judgement) -> str:
    """One run with all rules and a result for each finding; no part of a file is quoted."""
    return json.dumps(_log(judgement), indent=2) + "\n"


def _log(judgement: Judgement) -> Json:
    driver: Json = {"name": "pyforeman", "rules": [_rule(rule) for rule in judgement.rules]}
    if judgement.version:
        driver["version"] = judgement.version
    results = list(_Results(judgement).all())
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> Json:
    explanation = rule.explanation or rule.summary
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": explanation},
        "help": {"text": f"{explanation}\n\nInstead of\n\n{rule.bad}\n\nwrite\n\n{rule.good}"},
        "defaultConfiguration": {"level": rule.severity},
    }


class _Results:
    """What is the same for all results."""

    def __init__(self, judgement: Judgement) -> None:
        self._findings = judgement.findings
        self._places = {rule.id: place for place, rule in enumerate(judgement.rules)}
        self._secrets = judgement.secrets()
        self._marks = {source.path: source.text.startswith(MARK) for source in judgement.subject.sources}

    def all(self) -> Iterator[Json]:
        for finding in self._findings:
            message = without(finding.found.message, self._secrets)
            if finding.found.help:
                message += f"\n{without(finding.found.help, self._secrets)}"
            result: Json = {"ruleId": finding.id, "level": finding.severity, "message": {"text": message}}
            if finding.id in self._places:
                result["ruleIndex"] = self._places[finding.id]
            if finding.found.place.path:
                result["locations"] = [{"physicalLocation": _location(finding)}]
            if fix := self._fix(finding):
                result["fixes"] = [fix]
            yield result

    def _fix(self, finding: Finding) -> Json:
        """The edits; {} where there are none that SARIF can say, or one would tell a secret."""
        edits = finding.found.edits
        if any(secrets_in(edit.text) for edit in edits):
            return {}
        changes = []
        for path in dict.fromkeys(edit.path for edit in edits):
            # A byte order mark is no part of what is counted (3.30.2), so no region is it.
            mark = self._marks.get(path, False)
            edits_of_it = [edit for edit in edits if edit.path == path]
            if any(edit.start < mark for edit in edits_of_it):
                return {}
            replacements = [_replacement(edit, mark) for edit in edits_of_it]
            changes.append({"artifactLocation": {"uri": _uri(path)}, "replacements": replacements})
        if not changes:
            return {}
        description = without(finding.found.help or finding.found.message, self._secrets)
        return {"description": {"text": description}, "artifactChanges": changes}


def _location(finding: Finding) -> Json:
    path, line, column, end_column = finding.found.place
    location: Json = {"artifactLocation": {"uri": _uri(path)}}
    if line:
        region = {"startLine": line}
        if column:
            region |= {"startColumn": column, "endColumn": max(end_column, column + 1)}
        location["region"] = region
    return location


def _replacement(edit: Edit, mark: int) -> Json:
    region = {"charOffset": edit.start - mark, "charLength": edit.end - edit.start}
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}


def _uri(path: str) -> str:
    """A path as a URI, relative to the folder that check runs in: a name with a colon is no scheme. The
    bytes of a name need not be UTF-8."""
    scheme, path = ("file://", path) if path.startswith("/") else ("", posixpath.normpath(path))
    return scheme + quote(path, errors="surrogateescape")
