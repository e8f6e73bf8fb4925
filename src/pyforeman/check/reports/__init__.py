"""What a judgement looks like, for people and for programs: one module for each format."""

from pyforeman.check.judgement import Judgement

# Only the one that is asked for is imported: json alone takes as long as to judge a Procfile.
REPORTS = {
    "text": "pyforeman.check.reports.text",
    "json": "pyforeman.check.reports.json",
    "github": "pyforeman.check.reports.github",
    "sarif": "pyforeman.check.reports.sarif",
}
"""The name of each format, and of its module."""


def report(output_format: str, judgement: Judgement) -> str:
    """What check prints, with the newline at its end."""
    from importlib import import_module

    text: str = import_module(REPORTS[output_format]).report(judgement)
    return text
