"""The files that a formation follows: read at its start, and again when somebody asks a running one."""

import os
from collections.abc import Mapping, Sequence

from pyforeman.plan.procfile import Procfile
from pyforeman.runtime.project import Place, environment_files, is_pipe, read_environment, read_procfile


class Sources:
    """The Procfile of ``place``, and the env files, those named or those that are there by themselves (None),
    over the real environment or under it. Raises MissingFileError, InputError."""

    def __init__(self, place: Place, env_files: Sequence[str] | None, *, override: bool) -> None:
        self._place = place
        self._env_files = env_files
        self._override = override
        self._started_in = os.getcwd()
        self.procfile = read_procfile(place.procfile)
        self.environment = self._read_environment()

    def reread(self) -> tuple[Procfile, Mapping[str, str]]:
        """Both as they are now. A pipe is not read again: that might wait for ever, and all with it.

        Raises MissingFileError, InputError, and OSError if the folder of the start is gone.
        """
        os.chdir(self._started_in)  # the last spawn has gone into the root, and paths may be relative
        if not is_pipe(self._place.procfile):
            self.procfile = read_procfile(self._place.procfile)
        if not any(map(is_pipe, environment_files(self._place.root, self._env_files))):
            self.environment = self._read_environment()
        return self.procfile, self.environment

    def _read_environment(self) -> Mapping[str, str]:
        return read_environment(self._place.root, self._env_files, os.environ, override=self._override)
