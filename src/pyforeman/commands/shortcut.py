"""``start`` without an option: its words are the formation, and nothing has to be parsed.

That takes an option parser longer to import than all of ours.
"""

import os
from collections.abc import Mapping, Sequence

from pyforeman.runtime.project import DEFAULTS


def has_options(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether ``start WORDS`` may be more than a formation: there is an option on the command line, in a
    variable or in ``.foreman``. Inside another pyforeman, whose variables have our prefix, it may be, too."""
    if any(word.startswith("-") for word in words) or os.path.isfile(DEFAULTS):
        return True
    return any(name.startswith(("PYFOREMAN_", "_PYFOREMAN_")) for name in environment)
