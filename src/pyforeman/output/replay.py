"""What a process has written before, as it may be written to a terminal that comes later."""

import re

_BACK = b"\x1b[?1049l"
"""The usual screen is there again: what was drawn on the other one is gone."""
_QUESTION = re.compile(
    rb"""\x1b\[ (?: [>=]?0?c | \??[56]n | \?u | >0?q | \?\d{1,5}\$p | 1[14568]t )
       | \x1b\] (?: 1[0-9] | 4;\d{1,3} );\? (?: \x07 | \x1b\\ )
       | \x1bP [+$]q [^\x07\x1b]{0,200} (?: \x07 | \x1b\\ )""",
    re.VERBOSE,
)
_AT_THE_END = re.compile(rb"(?:%b | \x1b\[[0-9;?]*[A-Za-z] )+\Z" % _QUESTION.pattern, re.VERBOSE)


def replayed(data: bytes) -> bytes:
    """Less what would be wrong the second time: what was drawn on another screen that was left, and
    questions to the terminal. Nobody waits for an answer any more, and it would be typed. Only who has
    written nothing since may still wait for it: a question at the end stays.
    """
    _, is_back, data = data.rpartition(_BACK)
    if is_back:
        data = b"\x1b[0m" + data
    if b"\x1b" not in data:
        return data
    asks = _AT_THE_END.search(data)
    end = asks.start() if asks else len(data)
    return _QUESTION.sub(b"", data[:end]) + data[end:]
