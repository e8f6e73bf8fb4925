"""A file of an export, as data."""

from typing import NamedTuple

SECRET = 0o600
"""The mode of every file that has values of the environment in it."""
PROGRAM = 0o755


class File(NamedTuple):
    """``path`` is below the destination, with ``/`` between its parts; ``text`` is written as UTF-8.

    ``owned``: who reads it is the account that the application runs as. ``printed``: it makes sense in one
    stream with the others, for ``-``.
    """

    path: str
    text: str
    mode: int = 0o644
    owned: bool = False
    printed: bool = True

    @property
    def is_secret(self) -> bool:
        """Whether nobody else may read it."""
        return not self.mode & 0o077
