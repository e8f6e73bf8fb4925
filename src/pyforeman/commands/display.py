"""How a formation is shown: the options of the output, and the renderers that follow from them."""

import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyforeman.errors import UsageError
from pyforeman.output.selection import selected, unmatched
from pyforeman.plan.procfile import RELEASE

if TYPE_CHECKING:
    from pyforeman.output.render import Renderer, Timestamps
    from pyforeman.plan.formation import Instance
    from pyforeman.plan.procfile import Procfile


class Look(NamedTuple):
    """The options of the output. ``only`` and ``quiet`` are types, instances or patterns."""

    timestamps: "Timestamps" = "time"
    colour: str = "auto"
    output_format: str = "text"
    only: Sequence[str] = ()
    quiet: Sequence[str] = ()
    log_dir: str | None = None


class Display:
    """What stdout and the log files show. Raises UsageError for a pattern that fits nothing."""

    def __init__(
        self,
        look: Look,
        procfile: "Procfile",
        formation: Sequence["Instance"],
        environment: Mapping[str, str],
    ) -> None:
        self._look = look
        self._types = procfile.names
        self._environment = environment
        self._began = time.time()
        for pattern in unmatched((*look.only, *look.quiet), procfile.names):
            there = ", ".join(procfile.names)
            raise UsageError(f"--only and --quiet: {pattern!r} fits no process; the types are {there}")
        self.names = [instance.name for instance in formation]
        self.is_terminal = os.isatty(1) and look.output_format == "text"

    @property
    def margin(self) -> int:
        """Columns of the terminal that the prefix takes; 0 where there is none."""
        from pyforeman.output.render import margin

        return margin(self._widest(), self._look.timestamps) if self.is_terminal else 0

    def widen(self, names: Sequence[str]) -> int:
        """These have come to the formation; gives the margin that there is from now on."""
        self.names += [name for name in names if name not in self.names]
        return self.margin

    def renderer(self) -> "Renderer":
        """The renderer of stdout."""
        return stdout_renderer(self._look, self._types, self._widest(), self._began, self._environment)

    def log_renderer(self) -> "Renderer":
        """The renderer of all.log: the terminal's lines, with the date."""
        from pyforeman.output.render import TextRenderer

        return TextRenderer(self._widest(), "iso", self._began, strip=True)

    def shows(self, process: str) -> bool:
        """Whether stdout is for this process."""
        return selected(process, only=self._look.only, quiet=self._look.quiet)

    def _widest(self) -> list[str]:
        """All names there can be: the column must not move when a type is scaled up from none."""
        return [*self.names, *(f"{name}.1" for name in self._types if name != RELEASE)]


def stdout_renderer(
    look: Look, types: Sequence[str], names: Sequence[str], began: float, environment: Mapping[str, str]
) -> "Renderer":
    """What makes of lines and messages what stdout shows; a Screen where it is a terminal.

    ``types`` in the order of the Procfile, for the colours; ``names`` for the width of the column; ``began``
    in seconds since the epoch, for ``delta``.
    """
    from pyforeman.output.colour import is_dumb, wants_colour
    from pyforeman.output.render import JsonRenderer, TextRenderer, TypeStyles

    if look.output_format == "json":
        return JsonRenderer()
    is_terminal = os.isatty(1)
    colour = wants_colour(look.colour, environment, on_terminal=is_terminal)
    text = TextRenderer(names, look.timestamps, began, TypeStyles(types) if colour else None)
    if not is_terminal:
        return text
    from pyforeman.output.screen import Screen
    from pyforeman.runtime.pty import window_of

    columns, rows = window_of(1)
    erasable = not is_dumb(environment)
    strip = look.colour == "never" or not (erasable or colour)
    return Screen(text, columns, rows, erasable=erasable, strip=strip)
