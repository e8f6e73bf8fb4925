"""Starts the processes of a formation: where, with which environment, under which limits."""

import os

from pyforeman.plan.command import shell_line
from pyforeman.plan.formation import Instance
from pyforeman.runtime import posix
from pyforeman.runtime.limits import OpenFiles
from pyforeman.runtime.posix import Child
from pyforeman.runtime.pty import Window


class Spawner:
    """All processes run in ``root``, and have ``mark`` in their environment, with their name; ``limits`` has
    the words for the shell that give them the limit of open files that we were given."""

    def __init__(self, root: str, mark: str, limits: OpenFiles) -> None:
        self._root = root
        self._mark = mark
        self._limits = limits

    def spawn(self, instance: Instance, window: Window | None) -> Child:
        """Run an instance, on a pty of that size or on pipes. Raises OSError where that is not possible."""
        try:
            # Each time: the folder may have been removed since, and made again.
            os.chdir(self._root)
        except OSError as error:
            raise OSError(error.errno, f"{self._root}: {error.strerror}") from None
        return posix.spawn(
            self._limits.restore + shell_line(instance.command),
            {**instance.environment, self._mark: instance.name},
            window=window,
            stdin_at_eof=instance.is_release,  # one that asks a question must not hang a CI job
        )
