"""For GitHub Actions: workflow commands, which it shows beside the lines of a pull request."""

from pyforeman.check.finding import Finding
from pyforeman.check.judgement import Judgement
from pyforeman.check.secrecy import without

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def report(judgement: Judgement) -> str:
    """``::warning file=Procfile,line=3,col=26,endColumn=38,title=PF306 hard-coded-port::message``, a line for
    each; what is no command goes to the log of the job."""
    names = judgement.rule_names
    secrets = judgement.secrets() if judgement.findings else ()

    def line(finding: Finding) -> str:
        message, place, help, _, _ = finding.found
        properties = {
            "file": place.path,
            "line": place.line,
            "col": place.column,
            "endColumn": place.end_column,
            "title": f"{finding.id} {names.get(finding.id, '')}".rstrip(),
        }
        given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
        text = _data(without(f"{message}\nhelp: {help}" if help else message, secrets))
        return f"::{_COMMANDS[finding.severity]} {given}::{text}"

    lines = [line(finding) for finding in judgement.findings]
    if judgement.passed:
        lines.insert(0, judgement.greeting)
    return "\n".join(lines) + "\n"


def _data(text: str) -> str:
    """The message of a command, which is one line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """The value of a property, which commas and colons end."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
