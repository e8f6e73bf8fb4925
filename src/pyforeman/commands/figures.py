"""What ``ps`` shows of one reply: the rows, with what the processes use."""

import time
from collections.abc import Mapping
from typing import Any

from pyforeman.core.usage import Meter
from pyforeman.output.table import table
from pyforeman.runtime.usage import usages


class Figures:
    """``reply`` is what a formation says to ``ps`` or ``watch``; ``meter`` knows the figures before."""

    def __init__(self, reply: Mapping[str, Any], meter: Meter | None = None) -> None:
        rows = reply["processes"]
        leaders = {row["name"]: row["pid"] for row in rows if row["pid"] is not None}
        used = usages(reply["mark"], reply["manager"], leaders)
        self.entries = (meter or Meter()).entries(rows, used, time.monotonic())

    def json(self) -> str:
        """A list of objects, on one line."""
        import json

        return json.dumps(self.entries)

    def table(self, width: int | None) -> list[str]:
        """A line for each process, below a title."""
        return table(self.entries, width)
