"""Templates: text with ``{{ name }}`` in it, for which a value is written. No conditions, and no loops.

A ``{{ name }}`` alone on its line takes the whole line: each line of its value is indented as it is, and
where the value is empty there is no line at all. What engines have of their own (``$VAR``, ``%i``) stays.
"""

import re
from collections.abc import Mapping, Sequence

from pyforeman.errors import UsageError

_PLACE = re.compile(r"^([ \t]*)\{\{ (\w+) \}\}\n|\{\{ (\w+) \}\}", re.MULTILINE)


class Template:
    """A template, taken apart once: an export may fill it a thousand times. ``path`` is for messages."""

    def __init__(self, text: str, path: str) -> None:
        self._path = path
        # For each place: the text before it, the indentation of a place that is alone (else None), the name.
        self._places: list[tuple[str, str | None, str]] = []
        end = 0
        for place in _PLACE.finditer(text):
            indentation, alone, within = place.groups()
            self._places.append((text[end : place.start()], indentation, alone or within))
            end = place.end()
        self._rest = text[end:]

    def fill(self, values: Mapping[str, str | Sequence[str]]) -> str:
        """The text with the values in it; a list is one line for each. A value that there is no place for is
        left out. Raises UsageError for a place that there is no value for."""
        filled: list[str] = []
        for before, indentation, name in self._places:
            if name not in values:
                known = ", ".join(sorted(values))
                raise UsageError(f"{self._path}: {{{{ {name} }}}} is no value; there are {known}")
            value = values[name]
            filled.append(before)
            if indentation is None:
                filled += (value,) if isinstance(value, str) else value
            elif isinstance(value, str) and "\n" not in value:  # most of them
                filled += (indentation, value, "\n") if value else ()
            else:
                parts = (value,) if isinstance(value, str) else value
                filled += [f"{indentation}{line}\n" for part in parts for line in part.split("\n") if part]
        return "".join((*filled, self._rest))


Templates = Mapping[str, Template]
"""The templates of a format, by their file names."""
