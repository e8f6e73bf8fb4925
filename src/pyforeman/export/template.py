"""Templates: text with ``{{ name }}`` in it, for which a value is written. No conditions, and no loops.

A ``{{ name }}`` alone on its line takes the whole line: each line of its value is indented as it is, and
where the value is empty there is no line at all. What engines have of their own (``$VAR``, ``%i``) stays.
"""

import re
from collections.abc import Mapping, Sequence

from pyforeman.errors import UsageError

_PLACE = re.compile(r"^([ \t]*)\{\{ (\w+) \}\}(?:\n|\Z)|\{\{ (\w+) \}\}", re.MULTILINE)


class Template:
    """A template, taken apart once: an export may fill it a thousand times. ``path`` is for messages."""

    def __init__(self, text: str, path: str) -> None:
        self._path = path
        self._given: frozenset[str] = frozenset()
        # For each place: the text before it, the indentation of a place that is alone (else None), the name.
        self._places: list[tuple[str, str | None, str]] = []
        end = 0
        for place in _PLACE.finditer(text):
            indentation, alone, within = place.groups()
            self._places.append((text[end : place.start()], indentation, alone or within))
            end = place.end()
        self._rest = text[end:]

    def given(self, values: Mapping[str, str | Sequence[str]]) -> "Template":
        """The template with these values in it already: what many files have in common is filled in once."""
        template = Template("", self._path)
        template._given = self._given | values.keys()
        before = ""
        for text, indentation, name in self._places:
            before += text
            if name in values:
                before += "".join(_lines(indentation, values[name]))
            else:
                template._places.append((before, indentation, name))
                before = ""
        template._rest = before + self._rest
        return template

    def fill(self, values: Mapping[str, str | Sequence[str]]) -> str:
        """The text with the values in it; a list is one line for each. A value that there is no place for is
        left out. Raises UsageError for a place that there is no value for."""
        filled: list[str] = []
        for before, indentation, name in self._places:
            if name not in values:
                known = ", ".join(sorted(self._given | values.keys()))
                raise UsageError(f"{self._path}: {{{{ {name} }}}} is no value; there are {known}")
            value = values[name]
            filled.append(before)
            # Most are one line of text: a thousand units have ten thousand of them.
            if indentation is None and isinstance(value, str):
                filled.append(value)
            elif indentation is not None and isinstance(value, str) and value and "\n" not in value:
                filled += (indentation, value, "\n")
            elif value:
                filled += _lines(indentation, value)
        return "".join((*filled, self._rest))


def _lines(indentation: str | None, value: str | Sequence[str]) -> Sequence[str]:
    """What stands in a place: within its line, or as lines of their own."""
    parts = (value,) if isinstance(value, str) else value
    if indentation is None:
        return ("\n".join(parts),)
    lines = [line for part in parts if part for line in part.removesuffix("\n").split("\n")]
    return [f"{indentation if line else ''}{line}\n" for line in lines]


Templates = Mapping[str, Template]
"""The templates of a format, by their file names."""
