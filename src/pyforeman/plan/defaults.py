"""The defaults of a project's options: ``.foreman``, a file of ``option: value`` lines.

The file is Foreman's, which reads YAML: options by their long names, nothing else. Lines of one key
and one plain value are all that it makes sense with, so they are all that is read here; any other
YAML is an error with its line, and never misread.
"""

import re
from typing import NamedTuple

from pyforeman.errors import InputError
from pyforeman.plan.text import NOT_UTF8, decode

# A plain value begins with none of YAML's own signs; a # after a blank begins a comment (YAML 1.2, 6.6).
_LINE = re.compile(
    r""":?(?P<key>[A-Za-z][\w-]*)\s*: (?: \s+ (?: "(?P<double>[^"\\]*)" | '(?P<single>[^']*)'
        | (?P<plain>[^\s"'\[\]{}&*!|>%@`\#,](?:[^#]|(?<=\S)\#)*) ) )? (?: \s+\#.* )?""",
    re.VERBOSE,
)
_NOTHING = ("", "~", "null")
_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")
# What Foreman's users write there, and how it is called here.
_NAMES = {"concurrency": "formation", "timestamp": "timestamps"}
_VALUES = {
    "color": {**dict.fromkeys(_YES, "always"), **dict.fromkeys(_NO, "auto")},
    "timestamps": {**dict.fromkeys(_YES, "time"), **dict.fromkeys(_NO, "off")},
}


class Default(NamedTuple):
    """What an option is, unless the command line or a variable says otherwise."""

    option: str
    value: str
    line: int


def parse(data: bytes, path: str) -> tuple[Default, ...]:
    """Read the file; ``option`` is its long name with ``_`` for ``-``. Raises InputError."""
    text = decode(data)
    if text.stray is not None:
        raise InputError((f"{path}: {NOT_UTF8}",))
    found: list[Default] = []
    for number, line in enumerate(text.body.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#") or stripped == "---":
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            raise InputError((f"{path}:{number}: not 'option: value', as in 'port: 6000': {stripped!r}",))
        key = match["key"].replace("-", "_")
        option = _NAMES.get(key, key)
        value = (match["double"] or match["single"] or match["plain"] or "").strip()
        value = _VALUES.get(option, {}).get(value.lower(), value)
        if value not in _NOTHING:
            found.append(Default(option, value, number))
    return tuple(found)
