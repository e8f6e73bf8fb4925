"""The reports for programs: JSON, GitHub's annotations, SARIF."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import click
import pytest

from pyforeman.check.finding import Edit, Finding, Found, Place
from pyforeman.check.judgement import Judgement
from pyforeman.check.reports import REPORTS, report
from pyforeman.check.rule import rule
from pyforeman.check.rules.secrets import hard_coded_secret
from pyforeman.check.subject import Profile, Subject
from pyforeman.commands.check import command
from subjects import subject

TEXT = "web: gunicorn -b :8000\nworker: TOKEN=s3cr3t99x1z2 worker\n"


@rule("PF306", "warning", bad="web: a 1", good="web: a $PORT")
def hard_coded_port(judged: Subject) -> Iterator[Found]:
    """The port is fixed.

    Only one of the two can have it.
    """
    yield from ()


RULES = (hard_coded_port, hard_coded_secret)
PORT = Finding("PF306", "warning", Found("fixed: :8000", Place("Procfile", 1, 18, 23), "write :$PORT"))
SECRET = Finding("PF307", "error", Found("a secret", Place("Procfile", 2, 15, 27), secret=True))
LEAK = Finding("PF309", "note", Found("'s3cr3t99x1z2'", Place("Procfile", 2), "s3cr3t99x1z2"))
FORMATION = Finding("PF308", "note", Found("two of them", Place("")))
STRANGE = Finding("PF306", "warning", Found("100%\r\n::x", Place("a b,c:d%/é", 3, 1, 2), "it is\na line", ()))


def offered(name: str) -> tuple[str, ...]:
    """The words that an option of the command takes."""
    (option,) = (one for one in command.params if one.name == name)
    assert isinstance(option.type, click.Choice)
    return tuple(option.type.choices)


def test_the_command_offers_what_there_is() -> None:
    assert offered("output_format") == tuple(REPORTS)
    assert offered("profile") == get_args(Profile)


def shown(output_format: str, *findings: Finding, text: str = TEXT, version: str = "") -> str:
    return report(output_format, Judgement(subject(text), findings, RULES, version=version))


def test_each_format_has_its_module() -> None:
    for output_format in REPORTS:
        assert shown(output_format).endswith("\n")


def test_json() -> None:
    text = shown("json", PORT, FORMATION, LEAK, SECRET)
    assert json.loads(text) == [
        {
            "id": "PF306",
            "name": "hard-coded-port",
            "severity": "warning",
            "message": "fixed: :8000",
            "path": "Procfile",
            "line": 1,
            "column": 18,
            "end_column": 23,
            "help": "write :$PORT",
        },
        {
            "id": "PF308",
            "name": None,
            "severity": "note",
            "message": "two of them",
            "path": None,
            "line": None,
            "column": None,
            "end_column": None,
            "help": None,
        },
        {
            "id": "PF309",
            "name": None,
            "severity": "note",
            "message": "'****'",
            "path": "Procfile",
            "line": 2,
            "column": None,
            "end_column": None,
            "help": "****",
        },
        {
            "id": "PF307",
            "name": "hard-coded-secret",
            "severity": "error",
            "message": "a secret",
            "path": "Procfile",
            "line": 2,
            "column": 15,
            "end_column": 27,
            "help": None,
        },
    ]
    assert text.count("\n") == 4 + 2  # an object a line


def test_json_of_nothing_is_an_empty_list() -> None:
    assert shown("json") == "[]\n"


def test_github() -> None:
    assert shown("github", PORT, SECRET, LEAK, FORMATION).split("\n") == [
        "::warning file=Procfile,line=1,col=18,endColumn=23,title=PF306 hard-coded-port::"
        "fixed: :8000%0Ahelp: write :$PORT",
        "::error file=Procfile,line=2,col=15,endColumn=27,title=PF307 hard-coded-secret::a secret",
        "::notice file=Procfile,line=2,title=PF309::'****'%0Ahelp: ****",
        "::notice title=PF308::two of them",
        "",
    ]


def test_github_escapes_what_would_end_a_command() -> None:
    assert shown("github", STRANGE) == (
        "valid procfile detected (web, worker)\n"
        "::warning file=a b%2Cc%3Ad%25/é,line=3,col=1,endColumn=2,title=PF306 hard-coded-port::"
        "100%25%0D%0A::x%0Ahelp: it is%0Aa line\n"
    )


def test_github_of_nothing_is_a_line_of_the_log() -> None:
    assert shown("github") == "valid procfile detected (web, worker)\n"


def run_of(*findings: Finding, text: str = TEXT, version: str = "") -> Any:
    log = json.loads(shown("sarif", *findings, text=text, version=version))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    assert len(log["runs"]) == 1
    assert log["runs"][0]["columnKind"] == "unicodeCodePoints"
    return log["runs"][0]


def test_sarif_has_the_rules() -> None:
    driver = run_of(version="1.2.3")["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("pyforeman", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == ["PF306", "PF307"]
    assert driver["rules"][0] == {
        "id": "PF306",
        "name": "hard-coded-port",
        "shortDescription": {"text": "The port is fixed."},
        "fullDescription": {"text": "Only one of the two can have it."},
        "help": {
            "text": "Only one of the two can have it.\n\nInstead of\n\nweb: a 1\n\nwrite\n\nweb: a $PORT"
        },
        "defaultConfiguration": {"level": "warning"},
    }
    assert "version" not in run_of()["tool"]["driver"]


def test_sarif_has_the_results() -> None:
    port, secret, leak, formation = run_of(PORT, SECRET, LEAK, FORMATION)["results"]
    assert port == {
        "ruleId": "PF306",
        "ruleIndex": 0,
        "level": "warning",
        "message": {"text": "fixed: :8000\nwrite :$PORT"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "Procfile"},
                    "region": {"startLine": 1, "startColumn": 18, "endColumn": 23},
                }
            }
        ],
    }
    assert (secret["level"], secret["ruleIndex"]) == ("error", 1)
    assert leak["message"] == {"text": "'****'\n****"}
    assert leak["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}
    assert formation == {"ruleId": "PF308", "level": "note", "message": {"text": "two of them"}}


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("Procfile", "Procfile"),
        ("./Procfile", "Procfile"),
        ("../a b/Procfile", "../a%20b/Procfile"),
        ("a:b%/é", "a%3Ab%25/%C3%A9"),
        ("/srv/a b/Procfile", "file:///srv/a%20b/Procfile"),
        ("<stdin>", "%3Cstdin%3E"),
        ("a\udcff", "a%FF"),  # how Python has a byte that is no UTF-8
        ("/srv/a\udcff", "file:///srv/a%FF"),
    ],
)
def test_sarif_has_uris(path: str, uri: str) -> None:
    (result,) = run_of(Finding("PF306", "warning", Found("x", Place(path))))["results"]
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": uri}}}]


def fixes(*edits: Edit, text: str = TEXT) -> Any:
    found = Found("x", Place("Procfile", 1, 1, 2), "mend it", edits)
    (result,) = run_of(Finding("PF102", "error", found), text=text)["results"]
    return result.get("fixes")


def test_sarif_has_the_fixes() -> None:
    assert fixes(Edit("Procfile", 3, 4, ""), Edit("Procfile", 9, 9, "é")) == [
        {
            "description": {"text": "mend it"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "Procfile"},
                    "replacements": [
                        {
                            "deletedRegion": {"charOffset": 3, "charLength": 1},
                            "insertedContent": {"text": ""},
                        },
                        {
                            "deletedRegion": {"charOffset": 9, "charLength": 0},
                            "insertedContent": {"text": "é"},
                        },
                    ],
                }
            ],
        }
    ]
    assert fixes() is None


def test_sarif_counts_no_byte_order_mark() -> None:
    (fix,) = fixes(Edit("Procfile", 4, 5, ""), text=f"\ufeff{TEXT}")
    assert fix["artifactChanges"][0]["replacements"][0]["deletedRegion"]["charOffset"] == 3
    assert fixes(Edit("Procfile", 0, 1, ""), text=f"\ufeff{TEXT}") is None


def test_sarif_tells_no_secret() -> None:
    assert fixes(Edit("Procfile", 0, 3, "worker: TOKEN=s3cr3t99x1z2 worker")) is None
    assert "s3cr3t99x1z2" not in shown("sarif", PORT, SECRET, LEAK)
