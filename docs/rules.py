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

`pyforeman check` judges the Procfile, the env files and the formation, and says what is wrong, where, and
what to write instead. `pyforeman check --explain PF306` prints what this page says about one rule.

- An *error* is what `start` refuses, or what cannot work. A *warning* is what goes wrong on another machine,
  or with two instances, or in production. A *note* is worth knowing.
- Exit code: 0 if there is no error, 1 if there is one, 2 if something could not be judged. With `--strict`,
  a warning is as bad as an error; a note never is.
- `--select PF3,PF201` asks these rules alone, `--ignore PF112` all but these. A rule is named by its id, by
  the beginning of its id (`PF3` is all that begin so) or by its name. What is both selected and ignored is
  ignored.
- What `start` refuses is always found. It cannot be ignored: what `check` passes, `start` runs.
- *fix*: `check --fix` mends what needs no judgement, `check --diff` shows it first.

## Saying that it is meant so

A comment silences rules for one line. It stands behind the command, where the shell reads a comment, or on a
line of its own before the entry; other comments may stand between, a blank line may not. In an env file it is
the same.

```procfile
web: gunicorn app:app --bind 0.0.0.0:8000  # pyforeman: ignore[PF306] the proxy looks for it there

# pyforeman: ignore[hard-coded-port, PF204]
worker: python generated.py --port 9000
```

`# pyforeman: ignore` without a list is for all rules. Give the reason behind it.

For the whole project, pyproject.toml has what is not on the command line:

```toml
# pyproject.toml
[tool.pyforeman.check]
ignore = ["PF112"]
strict = true
profile = "production"
output-format = "text"
```

The keys are `select`, `ignore`, `strict`, `profile` and `output-format`, and mean what the options mean.
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
