"""Makes rules.md, the page of all rules of ``pyforeman check``, from the rules themselves.

make rules
"""

import re
from pathlib import Path

from pyforeman.check.explanation import examples, treatment
from pyforeman.check.rule import Rule
from pyforeman.check.rules import RULES

PAGE = Path(__file__).with_name("rules.md")
GROUPS = {
    "PF1": "The files",
    "PF2": "Will it run?",
    "PF3": "Twelve factors",
}
"""What the rules are about, by how their ids begin."""
OF_ENV_FILES = ("PF12", "PF205", "PF207")
"""How the ids begin of rules that are explained with lines of an env file."""

_INTRODUCTION = """\
# The rules of `check`

<!-- Made by docs/rules.py: change the rules, then `make rules`. -->

What `pyforeman check` judges by. How it is used, what an error, a warning and a note are, and how a rule is
[silenced](check.md#choose-the-rules), is told on [its page](check.md). `pyforeman check --explain PF306`
prints what this page says about one rule.

*fix*: `check --fix` mends what needs no judgement, `check --diff` shows it first.
"""

# Words of the explanations that Markdown would read as its own: options, variables, patterns, operators. A
# command line of ours stays text: as code, the tests of the pages would run it.
_QUOTED = re.compile(r'"(?!pyforeman )[^"\n`]*[$*_<>|&\[\]#=][^"\n`]*"')
_MARKED = re.compile(
    r"""(?<![^\s("'])
        (?: --?[A-Za-z][\w-]*(?:=[^\s,;:)"']+)? | [^\s("'`]*[$*_<>|&\[\]\\][^\s"'`]*? )
        (?=[.,;:)"']*(?:\s|$))""",
    re.VERBOSE,
)


def page(rules: tuple[Rule, ...]) -> str:
    """The text of the page."""
    sections = [_INTRODUCTION]
    for beginning, title in GROUPS.items():
        of_group = [rule for rule in rules if rule.id.startswith(beginning)]
        sections.append(f"## {title}\n\n{_table(of_group)}")
    sections.append("## Each of them\n")
    sections += [_section(rule) for rule in rules]
    return "\n".join(sections)


def _table(rules: list[Rule]) -> str:
    rows = ["| id | name | severity | fix |", "|---|---|---|---|"]
    for rule in rules:
        anchor = f"{rule.id}-{rule.name}".lower()
        fix = "fix" if rule.fixable else ""
        rows.append(f"| [{rule.id}](#{anchor}) | {rule.name} | {rule.severity} | {fix} |")
    return "".join(f"{row}\n" for row in rows)


def _section(rule: Rule) -> str:
    # Some of the lines nobody could run: the language of a fence says that they are only shown.
    language = "dotenv" if rule.id.startswith(OF_ENV_FILES) else "procfile"
    paragraphs = [
        f"### {rule.id} {rule.name}",
        f"*{rule.severity}*: {_prose(rule.summary)}",
        _prose(rule.explanation),
        _prose(treatment(rule)),
        *(f"{words}\n\n```{language}\n{lines}\n```" for words, lines in examples(rule)),
    ]
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _prose(text: str) -> str:
    return "\n".join(_line(line) for line in text.splitlines())


def _line(line: str) -> str:
    """A line of an explanation, which is plain text, as Markdown."""
    if "`" in line:
        return line
    pieces, end = [], 0
    for quoted in _QUOTED.finditer(line):
        pieces += [_MARKED.sub(r"`\g<0>`", line[end : quoted.start()]), f"`{quoted[0][1:-1]}`"]
        end = quoted.end()
    return "".join((*pieces, _MARKED.sub(r"`\g<0>`", line[end:])))


if __name__ == "__main__":
    PAGE.write_text(page(RULES))
