"""A clock that fails, in one process. Python imports this by itself where it is on PYTHONPATH.

From the moment on that the file ``fail`` in the current folder names a process, its clock raises.
"""

import os
import time

_monotonic = time.monotonic
_folder = os.getcwd()


class BrokenClockError(Exception):
    """Nobody expects it, so it is an error of the program itself."""


def _fails() -> bool:
    try:
        with open(f"{_folder}/fail", encoding="ascii") as file:
            return file.read() == str(os.getpid())
    except OSError:
        return False


def _broken() -> float:
    if _fails():
        raise BrokenClockError
    return _monotonic()


time.monotonic = _broken
