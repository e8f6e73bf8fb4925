"""How a formation is shown: the options of the output, and the renderers that follow from them."""

import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyforeman.commands.options import flat
from pyforeman.errors import UsageError
from pyforeman.output.selection import selected, unmatched
from pyforeman.plan.procfile import RELEASE

if TYPE_CHECKING:
    from pyforeman.output.render import Renderer
    from pyforeman.plan.formation import Instance
    from pyforeman.plan.procfile import Procfile


class Display:
    """What stdout and the log files show. Raises UsageError for a pattern that fits nothing."""

    def __init__(
        self,
        options: dict[str, Any],
        procfile: "Procfile",
        formation: Sequence["Instance"],
        environment: Mapping[str, str],
    ) -> None:
        self._options = options
        self._types = procfile.names
        self._environment = environment
        self._began = time.time()
        self._only, self._quiet = flat(options["only"]), flat(options["quiet"])
        for pattern in unmatched((*self._only, *self._quiet), procfile.names):
            there = ", ".join(procfile.names)
            raise UsageError(f"--only and --quiet: {pattern!r} fits no process; the types are {there}")
        self.names = [instance.name for instance in formation]
        self.is_terminal = os.isatty(1) and options["output_format"] == "text"

    @property
    def margin(self) -> int:
        """Columns of the terminal that the prefix takes; 0 where there is none."""
        from pyforeman.output.render import margin

        return margin(self._widest(), self._options["timestamps"]) if self.is_terminal else 0

    def renderer(self) -> "Renderer":
        """The renderer of stdout."""
        from pyforeman.output.render import (
            JsonRenderer,
            TextRenderer,
            is_dumb,
            styles_by_name,
            wants_colour,
        )

        if self._options["output_format"] == "json":
            return JsonRenderer()
        choice = self._options["color"]
        colour = wants_colour(choice, self._environment, on_terminal=self.is_terminal)
        styles = styles_by_name(self._types, self.names) if colour else None
        text = TextRenderer(self._widest(), self._options["timestamps"], self._began, styles)
        if not self.is_terminal:
            return text
        from pyforeman.output.screen import Screen
        from pyforeman.runtime.pty import window_of

        columns, rows = window_of(1)
        erasable = not is_dumb(self._environment)
        strip = choice == "never" or not (erasable or colour)
        return Screen(text, columns, rows, erasable=erasable, strip=strip)

    def log_renderer(self) -> "Renderer":
        """The renderer of all.log: the terminal's lines, with the date."""
        from pyforeman.output.render import TextRenderer

        return TextRenderer(self._widest(), "iso", self._began, strip=True)

    def shows(self, process: str) -> bool:
        """Whether stdout is for this process."""
        return selected(process, only=self._only, quiet=self._quiet)

    def _widest(self) -> list[str]:
        """All names there can be: the column must not move when a type is scaled up from none."""
        return [*self.names, *(f"{name}.1" for name in self._types if name != RELEASE)]
