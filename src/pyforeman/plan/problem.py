"""What is wrong with a file, and where: a line that does not parse, for people and for programs."""

from typing import NamedTuple


class Problem(NamedTuple):
    """One line that is not understood. ``kind`` says in a word which mistake it is (``stray-blank``).

    ``line`` and ``column`` count from 1; the column is 0 where only the line is known. ``shown`` is the line
    as one printable, quoted word, or "" where it might be a secret.
    """

    path: str
    line: int
    column: int
    kind: str
    message: str
    shown: str = ""

    def __str__(self) -> str:
        """One line: ``path:line:column: message: 'the line'``."""
        place = f"{self.path}:{self.line}:{self.column}" if self.column else f"{self.path}:{self.line}"
        return f"{place}: {self.message}" + (f": {self.shown}" if self.shown else "")
