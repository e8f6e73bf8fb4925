"""What systemd makes of a unit and of an environment file, as its manual says (systemd.service(5), "Command
lines"; systemd.exec(5)): shares nothing with what writes them."""

import re


def read_word(text: str) -> str:
    """A word of a command in double quotes."""
    assert re.fullmatch(r'"(?:[^"\\]|\\x[0-9a-f]{2}|\\["\\])*"', text), text
    inner = re.sub(
        r"\\x(..)|\\(.)", lambda found: chr(int(found[1], 16)) if found[1] else found[2], text[1:-1]
    )
    assert not re.search(r"%(?!%)", inner.replace("%%", ""))
    assert not re.search(r"\$(?!\$)", inner.replace("$$", ""))
    return inner.replace("%%", "%").replace("$$", "$")


def read_command(unit: str, key: str, instance: str) -> list[str]:
    """The command line of ExecStart and the like, for an instance."""
    (line,) = re.findall(f"^{key}=(.*)$", unit, re.MULTILINE)
    words = re.findall(r'("(?:[^"\\]|\\.)*"|\S+)(?: |$)', line)
    assert " ".join(words) == line
    return [read_word(word) if word[0] == '"' else word.replace("%i", instance) for word in words]


def read_value(text: str) -> str:
    """A value of an environment file in double quotes."""
    assert re.fullmatch(r'"(?:[^"\\`$]|\\[\\"`$])*"', text), text
    return re.sub(r'\\([\\"`$])', r"\1", text[1:-1])


def read_values(text: str) -> dict[str, str]:
    """An environment file: every line of it belongs to a value, or is a comment."""
    assert re.fullmatch(r'(?:#[^\n]*\n|\w+="(?:[^"\\]|\\.)*"\n)*', text, re.DOTALL), text
    entries = re.compile(r'^(\w+)=("(?:[^"\\]|\\.)*")$', re.DOTALL | re.MULTILINE)
    return {key: read_value(value) for key, value in entries.findall(text)}
