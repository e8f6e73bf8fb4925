"""Texts without the secrets in them."""

import re
from collections.abc import Iterable, Sequence

from pyforeman.plan.secrets import HIDDEN

Span = tuple[int, int]

_A_WORD = 8
"""A secret that is shorter is hidden where it stands as a word: ``demo`` is no part of ``demographics``."""
_NOTHING = 4
"""What is still shorter is hidden in its own place alone: ``x`` is in half of all lines."""


def spans_of(text: str, secrets: Iterable[str]) -> list[Span]:
    """Where secrets stand in a text, counted from 0: in order, and none that touches another."""
    found: list[Span] = []
    for secret in secrets:
        if len(secret) >= _NOTHING and secret in text:
            pattern = re.escape(secret)
            if len(secret) < _A_WORD:
                pattern = rf"(?<!\w){pattern}(?!\w)"
            found += [match.span() for match in re.finditer(pattern, text)]
    return merged(found)


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with ``****`` for each secret."""
    return masked(text, (0, len(text)), spans_of(text, secrets))


def masked(text: str, span: Span, hidden: Sequence[Span]) -> str:
    """A part of a text with ``****`` for what is hidden; that is in the part as a whole, or not at all."""
    start, end = span
    pieces = []
    for first, last in hidden:
        if start <= first < last <= end:
            pieces += [text[start:first], HIDDEN]
            start = last
    return "".join((*pieces, text[start:end]))


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same places, in order, and none that touches another."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
