"""What check prints for people."""

import pytest

from pyforeman.check.finding import Edit, Finding, Found, Place, Severity
from pyforeman.check.judgement import Judgement
from pyforeman.check.reports.text import report, summary
from subjects import subject

TEXT = """\
web: gunicorn app:app --bind 0.0.0.0:8000
worker: TOKEN=s3cr3t99x1z2 python worker.py
"""
ENV = "# ours\nAPI_KEY=s3cr3t99x1z2\nPORT=x\nAPI_KEY=s3cr3t99x1z2\n"


def finding(
    message: str,
    place: tuple[int, ...] = (),
    *,
    path: str = "Procfile",
    id: str = "PF306",
    severity: Severity = "warning",
    help: str = "",
    edits: tuple[Edit, ...] = (),
    secret: bool = False,
) -> Finding:
    return Finding(id, severity, Found(message, Place(path, *place), help, edits, secret))


def judgement(*findings: Finding, strict: bool = False, colour: bool = False, text: str = TEXT) -> Judgement:
    return Judgement(subject(text, env=ENV), findings, (), strict=strict, colour=colour)


PORT = finding("the port is fixed: 0.0.0.0:8000", (1, 30, 42), help="write --bind 0.0.0.0:$PORT")


def test_nothing_found() -> None:
    assert report(judgement()) == "valid procfile detected (web, worker)\n"


def test_a_finding() -> None:
    assert report(judgement(PORT)) == (
        "valid procfile detected (web, worker)\n"
        "\n"
        "Procfile:1:30: warning: the port is fixed: 0.0.0.0:8000 [PF306]\n"
        "  |\n"
        "1 | web: gunicorn app:app --bind 0.0.0.0:8000\n"
        "  |                              ^^^^^^^^^^^^\n"
        "  = help: write --bind 0.0.0.0:$PORT\n"
        "\n"
        "1 warning; pyforeman check --explain PF306 says more\n"
    )


def test_what_has_no_line_shows_none() -> None:
    found = (
        finding("two schedulers", path="", id="PF308"),
        finding("a byte order mark", id="PF110", severity="note", help="save the file without it"),
    )
    assert report(judgement(*found)) == (
        "valid procfile detected (web, worker)\n"
        "\n"
        "warning: two schedulers [PF308]\n"
        "\n"
        "Procfile: note: a byte order mark [PF110]\n"
        "  = help: save the file without it\n"
        "\n"
        "1 warning, 1 note; pyforeman check --explain PF308 says more\n"
    )


def test_what_has_no_column_has_no_caret() -> None:
    assert (
        "\nProcfile:2: warning: this line [PF306]\n  |\n2 | worker: TOKEN=**** python worker.py\n\n"
        in report(judgement(finding("this line", (2,))))
    )


def test_a_line_that_is_not_there_is_not_shown() -> None:
    shown = report(judgement(finding("gone", (9, 1)), finding("elsewhere", (1, 1), path="config.ru")))
    assert "\nProcfile:9:1: warning: gone [PF306]\n\nconfig.ru:1:1: warning: elsewhere [PF306]\n\n2" in shown


def test_the_gutter_is_as_wide_as_the_number() -> None:
    text = "\n" * 99 + TEXT
    assert report(judgement(finding("x", (100, 1, 4), help="y"), text=text)).endswith(
        "    |\n"
        "100 | web: gunicorn app:app --bind 0.0.0.0:8000\n"
        "    | ^^^\n"
        "    = help: y\n\n"
        "1 warning; pyforeman check --explain PF306 says more\n"
    )


@pytest.mark.parametrize(
    ("severity", "strict", "passed"),
    [
        ("note", False, True),
        ("note", True, True),
        ("warning", False, True),
        ("warning", True, False),
        ("error", False, False),
        ("error", True, False),
    ],
)
def test_it_is_valid_if_it_passed(severity: Severity, strict: bool, passed: bool) -> None:
    one = judgement(finding("x", (1, 1), severity=severity), strict=strict)
    assert one.passed == passed
    assert report(one).startswith("valid procfile detected (web, worker)\n") == passed


@pytest.mark.parametrize(
    ("severities", "text"),
    [
        (["error"], "1 error; pyforeman check --explain PF300 says more"),
        (["note", "error", "error"], "2 errors, 1 note; pyforeman check --explain PF301 says more"),
        (["note", "warning", "note"], "1 warning, 2 notes; pyforeman check --explain PF301 says more"),
    ],
)
def test_the_summary_explains_the_worst(severities: list[Severity], text: str) -> None:
    found = [finding("x", id=f"PF30{n}", severity=severity) for n, severity in enumerate(severities)]
    assert summary(judgement(*found)) == text


def test_the_summary_says_what_can_be_mended() -> None:
    mended = finding("x", edits=(Edit("Procfile", 0, 1, ""),))
    assert summary(judgement(mended, PORT, mended)) == (
        "3 warnings; pyforeman check --fix mends 2; pyforeman check --explain PF306 says more"
    )


def test_a_secret_is_shown_nowhere() -> None:
    found = (
        finding("TOKEN has a secret in it", (2, 15, 27), secret=True),
        finding("worker.py is missing", (2, 35, 44)),
        finding("not understood: 'TOKEN=s3cr3t99x1z2'", (2,), help="write s3cr3t99x1z2"),
        finding("API_KEY stands twice", (4, 1, 8), path=".env"),
        finding("PORT is no port", (3, 6, 7), path=".env"),
        finding("a whole line", (2,), path=".env"),
        finding("a blank in the value", (2, 10, 11), path=".env"),
    )
    shown = report(judgement(*found))
    assert "s3cr3t99x1z2" not in shown
    assert "2 | worker: TOKEN=**** python worker.py\n  |               ^^^^\n" in shown
    assert "2 | worker: TOKEN=**** python worker.py\n  |                           ^^^^^^^^^\n" in shown
    assert "4 | API_KEY=****\n  | ^^^^^^^\n" in shown
    assert "3 | PORT=x\n  |      ^\n" in shown
    assert shown.count("\n2 | API_KEY=****\n") == 2


def test_what_a_rule_says_is_a_secret_is_one_in_all_lines_and_messages() -> None:
    found = (
        finding("no app:app", (1, 15, 22), id="PF204"),
        finding("a secret", (1, 15, 22), secret=True),
        finding("app:app once more", (2, 1, 7)),
    )
    shown = report(judgement(*found, text="web: gunicorn app:app\nworker: app:app\n"))
    assert "app:app" not in shown
    assert shown.count("1 | web: gunicorn ****\n  |               ^^^^\n") == 2
    assert "2 | worker: ****\n  | ^^^^^^\n" in shown


def test_what_a_terminal_would_obey_is_shown() -> None:
    shown = report(judgement(finding("a\x1b[2Jb\nc", path="Proc\x07file", help="d\re"), text="web: \x1b[2J8"))
    assert "Proc\\x07file: warning: a\\x1b[2Jb\\nc [PF306]\n  = help: d\\re\n" in shown


def test_colours_are_for_terminals() -> None:
    found = (PORT, finding("bad", (1, 1, 4), id="PF301", severity="error"), finding("hm", severity="note"))
    plain, coloured = report(judgement(*found)), report(judgement(*found, colour=True))
    assert "\x1b" not in plain
    for sequence in ("\x1b[m", "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m"):
        assert sequence in coloured
        coloured = coloured.replace(sequence, "")
    assert coloured == plain
