"""Text as a scalar of YAML."""

import re

_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What YAML does not allow as it stands (5.1); and NEL, U+2028 and U+2029, which end a line in YAML 1.1.
_NOT_AS_IT_STANDS = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')


def quoted(text: str) -> str:
    """The text in double quotes, on one line whatever is in it: YAML 1.2, 5.7 and 7.3.1.

    Every reader takes it for text, ``yes`` and ``0123``, too. A lone surrogate is no text.
    """
    return f'"{_NOT_AS_IT_STANDS.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return _NAMED.get(found[0]) or (f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}")
