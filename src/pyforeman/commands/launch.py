"""Puts a formation together, as it was asked for, and runs it.

No option parser here: ``start`` without options does not pay for one.
"""

import gc
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyforeman.commands.display import Display, Look
from pyforeman.control.listener import Entrance, Listener, claim
from pyforeman.core import notices
from pyforeman.core.supervisor import Supervisor
from pyforeman.errors import UsageError
from pyforeman.plan.detach import DEFAULT_KEY, parse_key
from pyforeman.plan.formation import Instance, base_port
from pyforeman.plan.plan import Plan, make_plan, to_start
from pyforeman.plan.procfile import RELEASE
from pyforeman.plan.settings import Settings
from pyforeman.runtime import posix
from pyforeman.runtime.engine import Engine
from pyforeman.runtime.guardian import Guardian
from pyforeman.runtime.limits import OpenFiles
from pyforeman.runtime.loop import Loop
from pyforeman.runtime.project import locate
from pyforeman.runtime.pty import Ptys
from pyforeman.runtime.publisher import Publisher
from pyforeman.runtime.runs import Kernel, Runs
from pyforeman.runtime.sources import Sources
from pyforeman.runtime.spawner import Spawner
from pyforeman.runtime.stops import Stops
from pyforeman.runtime.streams import Streams
from pyforeman.runtime.taps import Taps
from pyforeman.runtime.terminal import Writer

if TYPE_CHECKING:
    from pyforeman.control.server import FormationServer
    from pyforeman.runtime.foreground import Foreground
    from pyforeman.runtime.ports import TakenPort


class Request(NamedTuple):
    """What ``start`` is asked for. ``env_files`` None: those that are there by themselves; ``name`` None: the
    Procfile's. ``detach_key`` is for ``foreground``, a process."""

    settings: Settings = Settings()
    look: Look = Look()
    procfile: str | None = None
    root: str | None = None
    env_files: Sequence[str] | None = None
    env_override: bool = False
    name: str | None = None
    foreground: str | None = None
    detach_key: str = DEFAULT_KEY


def request_of(words: Sequence[str]) -> Request:
    """What ``start WORDS`` asks for, where no word, variable or file has an option."""
    return Request(Settings(formation=tuple(words)))


def launch(request: Request, guardian: Guardian) -> int:
    """Run a formation until it is over; gives the exit code. Raises PyforemanError before it begins."""
    place = locate(request.procfile, request.root)
    sources = Sources(place, request.env_files, override=request.env_override)
    plan = make_plan(sources.procfile, sources.environment, request.settings)
    if request.foreground is not None:
        request = _in_foreground(request, plan, guardian)
        plan = make_plan(sources.procfile, sources.environment, request.settings)
    formation = to_start(plan)
    # Before anything is said: the log files may be those of the formation that has the name.
    claimed = _claim(place.root, request.name or place.name)
    try:
        return _run(formation, request, guardian, sources, plan, claimed)
    finally:
        if claimed.listener is not None:
            claimed.listener.withdraw()  # an error of ours is to leave nothing, either


class _Claimed(NamedTuple):
    """The name of a formation and its root. Without a ``listener`` nobody finds it; ``problem`` says why."""

    root: str
    name: str
    listener: Listener | None
    problem: str


def _run(
    formation: Sequence[Instance],
    request: Request,
    guardian: Guardian,
    sources: Sources,
    plan: Plan,
    claimed: _Claimed,
) -> int:
    """Put all together that runs it, and run it."""
    procfile, environment = plan.procfile, plan.environment
    look = request.look
    display = Display(look, procfile, formation, environment)
    limits = OpenFiles()
    limits.allow(len(formation), log_files=len(display.names) + 1 if look.log_dir else 0)

    loop = Loop()
    writer = Writer(1, loop.wake)
    publisher = Publisher(writer, display.renderer, display.shows, on_terminal=display.is_terminal)
    if look.log_dir:
        publisher.open_logs(os.path.abspath(look.log_dir), display.names, display.log_renderer())
    if RELEASE in procfile.names and not any(instance.is_release for instance in formation):
        publisher.notice(notices.release_left_out())
    if claimed.problem:
        publisher.notice(notices.not_to_be_found(claimed.problem))
    supervisor = Supervisor(formation, _remarks(formation, request.settings, environment, publisher))
    ptys = Ptys(on_terminal=display.is_terminal, margin=display.margin)
    platform = posix.this_platform(guardian.mark)
    kernel = Kernel(platform, Spawner(claimed.root, guardian.mark, limits), ptys)
    streams = Streams(loop, publisher, writer)
    stops = Stops(platform)
    taps = Taps(loop, supervisor, ptys)
    runs = Runs(supervisor, publisher, writer, streams, stops, kernel, taps)
    foreground = _foreground(request, taps, loop, publisher, writer, guardian)

    def make_server(fd: int) -> "FormationServer":
        from pyforeman.control.formation import RunningFormation
        from pyforeman.control.server import FormationServer, Identity

        running = RunningFormation(
            plan, sources.reread, supervisor, runs, limits, guardian, ptys, display.widen, publisher
        )
        return FormationServer(fd, loop, running, Identity(claimed.name, claimed.root, started))

    started = os.getppid()  # by now: when a client comes, the guardian may be gone
    entrance = Entrance(claimed.listener, loop, make_server)
    gc.freeze()  # what was imported stays: the collector need not look at it while a line waits
    gc.enable()
    return Engine(
        supervisor, publisher, writer, loop, streams, stops, runs, ptys, guardian, entrance, foreground
    ).run()


def _in_foreground(request: Request, plan: Plan, guardian: Guardian) -> Request:
    """The request with the name of one process for ``--foreground``, and a pty for its type.

    Raises UsageError for what cannot be in the foreground.
    """
    from pyforeman.plan.choice import chosen
    from pyforeman.runtime.foreground import check_terminal

    if request.look.output_format != "text":
        raise UsageError(f"--foreground shows a process as it is, which is no {request.look.output_format}")
    parse_key(request.detach_key)
    names = [instance.name for instance in to_start(plan)]
    name = chosen(str(request.foreground), names, plan.formation())
    kind = name.rpartition(".")[0]
    check_terminal(guardian)
    pty = f"{request.settings.pty},{kind}=yes" if request.settings.pty else f"{kind}=yes"
    return request._replace(foreground=name, settings=request.settings._replace(pty=pty))


def _claim(root: str, name: str) -> _Claimed:
    """The socket by which a formation is found; without one it runs, too. Raises PyforemanError where
    another one has the name."""
    try:
        return _Claimed(root, name, claim(root, name), "")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _Claimed(root, name, None, f"{where}{error.strerror}")


def _foreground(
    request: Request, taps: Taps, loop: Loop, publisher: Publisher, writer: Writer, guardian: Guardian
) -> "Foreground | None":
    """What has our terminal, if anybody asked for that."""
    tap = taps.tap(request.foreground) if request.foreground is not None else None
    if tap is None:
        return None
    from pyforeman.runtime.foreground import Foreground

    return Foreground(tap, loop, publisher, writer, guardian, parse_key(request.detach_key))


def _remarks(
    formation: Sequence[Instance],
    settings: Settings,
    environment: Mapping[str, str],
    publisher: Publisher,
) -> dict[str, str]:
    """Say which ports are in somebody else's hands; gives what belongs to the line of a crash, by name."""
    remarks = {}
    for port in _taken_ports(formation, settings, environment):
        publisher.notice(notices.port_taken(port.instance, str(port), port.advice))
        remarks[port.instance.name] = f" ({port.instance.port} {port})"
    return remarks


def _taken_ports(
    formation: Sequence[Instance], settings: Settings, environment: Mapping[str, str]
) -> list["TakenPort"]:
    """The ports in somebody else's hands, asked only where a process will use its port."""
    if not any(instance.uses_port for instance in formation):
        return []
    from pyforeman.runtime.ports import taken_ports

    return list(taken_ports(formation, base_port(settings.port, environment)))
