"""``python -m pyforeman`` is ``pyforeman``."""

import sys

from pyforeman.cli import main

sys.exit(main())
