"""The errors a user can act on: one line that says what is wrong, where, and what to do.

They carry their exit code up to :mod:`pyforeman.outcome`, which prints them; nothing else does, or exits.
"""


class PyforemanError(Exception):
    """Something went wrong that the user can mend; ``exit_code`` is what the process exits with."""

    exit_code = 1

    def __init__(self, message: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        if exit_code is not None:
            self.exit_code = exit_code


class UsageError(PyforemanError):
    """The command line asks for something that does not exist or cannot be read."""

    exit_code = 2


class InputError(PyforemanError):
    """A Procfile or an env file that does not parse; ``problems`` has one line for each place."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        more = len(problems) - 1
        super().__init__(problems[0] + (f" ({more} more; pyforeman check lists all)" if more else ""))
        self.problems = problems


class MissingFileError(PyforemanError):
    """A file that the command needs is not there or cannot be read."""
