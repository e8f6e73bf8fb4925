"""The exit code of a formation: what decides it, and the line that names the culprit."""

from pyforeman.core.notices import Notice
from pyforeman.core.status import ExitStatus


class Verdict:
    """What ended the formation decides, the first of several: a signal, a lost reader, a command. Else the
    first process that failed for good; else whether lines were lost."""

    def __init__(self) -> None:
        self._code: int | None = None
        self._culprits: dict[str, ExitStatus] = {}
        self._lost = False

    def decide(self, code: int) -> None:
        """The formation is ended with this code, unless that was decided before."""
        if self._code is None:
            self._code = code

    def accuse(self, process: str, status: ExitStatus) -> None:
        """This process has failed for good."""
        self._culprits.setdefault(process, status)

    def acquit(self, process: str) -> None:
        """Somebody has seen to it: it was started again, or is not wanted any more."""
        self._culprits.pop(process, None)

    def lose(self) -> None:
        """Some lines could not be shown: whatever ended well, that is no success."""
        self._lost = True

    @property
    def code(self) -> int:
        """The exit code, as far as it can be told by now."""
        if self._code is not None:
            return self._code or int(self._lost)
        return next((status.shell_code for status in self._culprits.values()), int(self._lost))

    def words(self) -> Notice | None:
        """The line that names the culprit, when the exit code is a process's."""
        if self._code is not None or not self._culprits:
            return None
        name, status = next(iter(self._culprits.items()))
        text = f"ended with exit code {self.code}, because {name} failed ({status})"
        return Notice("ended", name, text, {"code": self.code})
