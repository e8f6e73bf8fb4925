"""What a command line comes to: an exit code, and for an error one line on stderr."""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from pyforeman.errors import PyforemanError

_NOWHERE = "the current folder was removed; change into one that there is"


def outcome(run: Callable[[], object]) -> int:
    """Run a command; gives its exit code, 0 if it has none of its own. The only place where errors end.

    Codes: that of a PyforemanError, 130 for ^C, 1 for what the system refuses.
    """
    try:
        result = run()
    except PyforemanError as error:
        return fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        # stdout may hold what it could not write; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        where = f"{error.filename}: " if error.filename else ""
        is_nowhere = isinstance(error, FileNotFoundError) and not _is_somewhere()
        return fail(_NOWHERE if is_nowhere else f"{where}{error.strerror}", 1)
    return result if isinstance(result, int) else 0


def _is_somewhere() -> bool:
    """Whether the current folder is there: somebody may have removed it, or made it anew."""
    try:
        return bool(os.getcwd())
    except FileNotFoundError:
        return False


def leave(exit_code: int) -> NoReturn:
    """End, without letting the interpreter take itself apart: 5 ms in which the user waits for the prompt."""
    for stream in (sys.stdout, sys.stderr):
        if stream:
            with contextlib.suppress(OSError):  # what could not be written was told before
                stream.flush()
    os._exit(exit_code)


def fail(message: str, exit_code: int) -> int:
    """Say on one line of stderr what is wrong; gives ``exit_code``."""
    if sys.stderr:  # None where fd 2 was closed when we were started
        with contextlib.suppress(OSError):  # its reader left, or the disk is full
            sys.stderr.write(f"pyforeman: {one_line(message)}\n")
    return exit_code


def one_line(message: str) -> str:
    """The words of a message, without the full stop; what would do something to a terminal, as ``\\x1b``."""
    words = " ".join(message.split()).rstrip(".")
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in words)
