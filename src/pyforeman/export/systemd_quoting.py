"""How systemd reads what stands in its files, and how to write it so that nothing of it is lost.

Each kind of value has rules of its own: a word of a command, a path, a path with globs, a value of an
environment file (systemd.service(5), "Command lines"; systemd.exec(5); systemd.syntax(7)).
"""

import re

from pyforeman.errors import UsageError

_CONTROL = re.compile("[\x01-\x1f\x7f]")
_OF_A_WORD = (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$"))
_OF_A_VALUE = str.maketrans({character: f"\\{character}" for character in '\\"$`'})
_OF_A_GLOB = str.maketrans({"\\": "\\\\", "*": "[*]", "?": "[?]", "[": "[[]", "%": "%%"})
_NO_CHARACTER = re.compile(
    "[\0\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + 0xFFFE) + chr(plane * 0x10000 + 0xFFFF) for plane in range(17))
    + "]"
)


def word(text: str) -> str:
    """One word of a command line. Specifiers (``%h``) and variables would be filled in within quotes, too."""
    for character, escaped in _OF_A_WORD:  # str.translate takes ten times as long
        text = text.replace(character, escaped)
    return f'"{_CONTROL.sub(_in_hexadecimal, text)}"'


def _in_hexadecimal(control: re.Match[str]) -> str:
    return f"\\x{ord(control[0]):02x}"


def path(text: str) -> str:
    """An absolute path that is a whole value. What a line ends with would be lost (blanks), or join it to
    the next one (a backslash): a slash behind it keeps it."""
    end = "/" if text[-1] in " \\" else ""
    return text.replace("%", "%%") + end


def glob(text: str) -> str:
    """The path of an environment file: systemd looks for all files that match it."""
    return text.translate(_OF_A_GLOB)


def value(text: str) -> str:
    """A value of an environment file: in double quotes, all else is as it is, newlines as well."""
    return f'"{text.translate(_OF_A_VALUE)}"'


def check_characters(what: str, text: str) -> None:
    """Raises UsageError for what systemd does not take for text: it would skip the line, or the file."""
    if (found := _NO_CHARACTER.search(text)) is not None:
        raise UsageError(f"{what}: U+{ord(found[0]):04X} is no character, and systemd reads no line with it")
