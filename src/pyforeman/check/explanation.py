"""What ``--explain`` prints about a rule."""

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
        f"{title('Instead of')}\n\n{_indented(rule.bad)}",
        f"{title('write')}\n\n{_indented(rule.good)}",
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


def _indented(lines: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in lines.splitlines())
