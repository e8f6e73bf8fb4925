"""python-dotenv's parser, without the rest of python-dotenv.

To import a module is to run its package first. That one imports logging, tempfile, pathlib and what they
need, for functions that are none of ours: 7 ms of each start in a project with an env file.
"""

import sys
from importlib.machinery import PathFinder
from types import ModuleType

_PACKAGE = "dotenv"


def _stand_in() -> ModuleType | None:
    """A package that has not been run: its modules are found in it. None where the real one is there, and
    where it cannot be found in that way; then it is imported as usual."""
    spec = None if _PACKAGE in sys.modules else PathFinder.find_spec(_PACKAGE)
    if spec is None or spec.submodule_search_locations is None:
        return None
    package = ModuleType(_PACKAGE)
    package.__path__ = spec.submodule_search_locations
    return package


_package = _stand_in()
if _package is not None:
    sys.modules[_PACKAGE] = _package
try:
    from dotenv.parser import parse_stream
    from dotenv.variables import Variable, parse_variables
finally:
    if _package is not None:  # whoever imports it later gets all of it
        del sys.modules[_PACKAGE]

__all__ = ["Variable", "parse_stream", "parse_variables"]
