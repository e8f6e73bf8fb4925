"""What ``--explain`` prints about a rule."""

from pyforeman.check.reports.excerpt import harmless
from pyforeman.check.rule import Rule

_BOLD, _RESET = "\x1b[1m", "\x1b[m"


def explanation(rule: Rule, *, colour: bool) -> str:
    """Its id, name and severity, what it is about and why, and an example of how not and how; with the
    newline at the end."""

    def title(text: str) -> str:
        return f"{_BOLD}{text}{_RESET}" if colour else text

    paragraphs = [
        f"{title(f'{rule.id} {rule.name}')} ({rule.severity})",
        rule.summary,
        rule.explanation,
        treatment(rule),
        *(f"{title(words)}\n\n{_indented(lines)}" for words, lines in examples(rule)),
    ]
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def treatment(rule: Rule) -> str:
    """What can be done about what it finds, beside mending it by hand; "" if nothing."""
    sentences = []
    if rule.always:
        sentences.append("start refuses it, so it cannot be ignored.")
    if rule.fixable:
        sentences.append("check --fix mends it where that needs no judgement.")
    return "\n".join(sentences)


def examples(rule: Rule) -> tuple[tuple[str, str], ...]:
    """Lines of a file with the words before them: how not to write it and how, or what it is about where it
    is not the line that is wrong."""
    if rule.bad == rule.good:
        return (("For example", _shown(rule.bad)),)
    return ("Instead of", _shown(rule.bad)), ("write", _shown(rule.good))


def _shown(lines: str) -> str:
    """The lines as text that can be seen: what is wrong may be a character that does something else."""
    return "\n".join(harmless(line) for line in lines.rstrip("\n").split("\n"))


def _indented(lines: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in lines.split("\n"))
