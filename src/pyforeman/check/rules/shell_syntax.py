"""PF113: what the shell itself says of a command."""

from collections.abc import Iterator

from pyforeman.check.finding import Found
from pyforeman.check.rule import Rule, rule
from pyforeman.check.subject import Subject

_OF_BASH = ("<(", ">(", "=(", "|&", "function ")


@rule("PF113", "error", bad="web: echo 'hello", good="web: echo 'hello'")
def shell_syntax(subject: Subject) -> Iterator[Found]:
    """The shell cannot read a command.

    A command runs as sh -c 'command'; this one ends with exit code 2 before anything has run.
    The message is that of the sh of this machine (sh -n, which reads and runs nothing). What bash alone
    knows, such as arrays and <(…), is an error where sh is dash (Debian, Ubuntu), and none where sh is bash
    (macOS): write bash -c '…' for it, or a script of its own.
    """
    messages = {error.type: error.message for error in subject.facts.shell_errors}
    if not messages:
        return
    for entry in subject.entries:
        if (message := messages.get(entry.name)) is not None:
            text = message[:1].lower() + message[1:] if message[1:2].islower() else message
            advice = (
                "is it for bash? Then write bash -c '…'"
                if any(map(entry.command.__contains__, _OF_BASH))
                else ""
            )
            yield entry.found(f"sh cannot read it: {text}", _span(entry.command, message), help=advice)


def _span(command: str, message: str) -> tuple[int, int] | None:
    """The part that the message speaks of: the open quote with what stands in it, or the word that it names,
    if there is one such; None: all of the command."""
    if "quot" in message or "matching" in message:
        start = _open_quote(command)
        return (start, len(command)) if start >= 0 else None
    # dash says: ")" unexpected. bash says: near unexpected token `)'
    _, _, word = message.partition("token `")
    word = word.removesuffix("'") if word else message.partition('"')[2].partition('" unexpected')[0]
    if command.count(word) == 1:
        start = command.index(word)
        return start, start + len(word)
    return None


def _open_quote(command: str) -> int:
    """Where the quote begins that nobody closes; -1 if there is none, or counting is not enough to tell."""
    if "$(" in command or "`" in command:
        return -1
    start, quote, place = -1, "", 0
    while place < len(command):
        character = command[place]
        if character == "\\" and quote != "'":
            place += 1
        elif not quote and character in "'\"":
            start, quote = place, character
        elif character == quote:
            quote = ""
        place += 1
    return start if quote else -1


RULES: tuple[Rule, ...] = (shell_syntax,)
