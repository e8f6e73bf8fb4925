"""Puts a formation together, as it was asked for, and runs it.

No option parser here: ``start`` without options does not pay for one.
"""

import gc
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyforeman.commands.display import Display, Look
from pyforeman.core import notices
from pyforeman.core.supervisor import Supervisor
from pyforeman.plan.formation import Instance, base_port
from pyforeman.plan.plan import instances
from pyforeman.plan.procfile import RELEASE
from pyforeman.plan.settings import Settings
from pyforeman.runtime import posix
from pyforeman.runtime.engine import Engine
from pyforeman.runtime.guardian import Guardian
from pyforeman.runtime.limits import open_files
from pyforeman.runtime.loop import Loop
from pyforeman.runtime.project import locate, read_environment, read_procfile
from pyforeman.runtime.pty import Ptys
from pyforeman.runtime.publisher import Publisher
from pyforeman.runtime.spawner import Spawner
from pyforeman.runtime.terminal import Writer

if TYPE_CHECKING:
    from pyforeman.runtime.ports import TakenPort


class Request(NamedTuple):
    """What ``start`` is asked for. ``env_files`` None: those that are there by themselves."""

    settings: Settings = Settings()
    look: Look = Look()
    procfile: str | None = None
    root: str | None = None
    env_files: Sequence[str] | None = None
    env_override: bool = False


def request_of(words: Sequence[str]) -> Request:
    """What ``start WORDS`` asks for, where no word, variable or file has an option."""
    return Request(Settings(formation=tuple(words)))


def launch(request: Request, guardian: Guardian) -> int:
    """Run a formation until it is over; gives the exit code. Raises PyforemanError before it begins."""
    place = locate(request.procfile, request.root)
    procfile = read_procfile(place.procfile)
    environment = read_environment(place.root, request.env_files, os.environ, override=request.env_override)
    settings = request.settings
    formation = instances(procfile, environment, settings)
    look = request.look
    display = Display(look, procfile, formation, environment)

    restore = open_files(formation, log_files=len(display.names) + 1 if look.log_dir else 0)
    loop = Loop()
    writer = Writer(1, loop.wake)
    publisher = Publisher(writer, display.renderer, display.shows, on_terminal=display.is_terminal)
    if look.log_dir:
        publisher.open_logs(os.path.abspath(look.log_dir), display.names, display.log_renderer())
    if RELEASE in procfile.names and not any(instance.is_release for instance in formation):
        publisher.notice(notices.release_left_out())
    remarks = {}
    for port in _taken_ports(formation, settings, environment):
        publisher.notice(notices.port_taken(port.instance, str(port), port.advice))
        remarks[port.instance.name] = f" ({port.instance.port} {port})"
    supervisor = Supervisor(formation, remarks)
    ptys = Ptys(on_terminal=display.is_terminal, margin=display.margin)
    platform = posix.this_platform(guardian.mark)
    spawner = Spawner(place.root, guardian.mark, restore)
    gc.freeze()  # what was imported stays: the collector need not look at it while a line waits
    gc.enable()
    return Engine(formation, supervisor, publisher, writer, loop, platform, spawner, ptys, guardian).run()


def _taken_ports(
    formation: Sequence[Instance], settings: Settings, environment: Mapping[str, str]
) -> list["TakenPort"]:
    """The ports in somebody else's hands, asked only where a process will use its port."""
    if not any(instance.uses_port for instance in formation):
        return []
    from pyforeman.runtime.ports import taken_ports

    return list(taken_ports(formation, base_port(settings.port, environment)))
