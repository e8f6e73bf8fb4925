"""Ports: taken, asked for twice, or past the last one."""

from collections.abc import Iterator

from pyforeman.check.finding import Found, Place
from pyforeman.check.rule import Rule, rule
from pyforeman.check.shell import Word
from pyforeman.check.subject import Entry, Subject
from pyforeman.plan.formation import HIGHEST_PORT, Instance

# Programs that listen on no port: they are given that of somebody else, or none.
_NO_SERVERS = frozenset(
    """
    psql mysql redis-cli nc ncat telnet ssh mongo mongosh pg_isready wait-for-it.sh wait-on curl
    sidekiq celery rq dramatiq que rake resque good_job
    """.split()
)
_PORT_OPTIONS = ("--port", "-p", "--bind", "-b", "--listen", "-l", "--http-port", "--addr")
_SIGNS = ("-p", "-b", "-l", "--http-port", "--addr", "PORT=")
_FIRST_FREE = 1024  # below, only root listens, and -p means something else


@rule("PF205", "note", bad="PORT=8000  # in .env, where a server listens on 8000", good="PORT=8100")
def port_taken(subject: Subject) -> Iterator[Found]:
    """Somebody holds a port that a process will listen on.

    bind() fails with EADDRINUSE, and the process ends. It is tried for the instances of web and of every
    type with PORT in its command. Often it is a run that goes on elsewhere: pyforeman ps, or pyforeman
    stop in its folder.
    """
    if not subject.facts.ports:
        return
    entries = {entry.name: entry for entry in subject.entries}
    for instance in subject.instances:
        holder = subject.facts.ports.get(instance.port or 0)
        if holder and instance.uses_port:
            entry = entries[instance.type]
            if _fixed_port(entry):
                continue  # it listens on another one
            yield entry.found(
                f"{instance.port}, the port of {instance.name}, {holder}",
                _port_reference(entry),
                help="end that, or choose other ports with --port",
            )


@rule(
    "PF206",
    "note",
    bad="web: serve --port $PORT\nadmin: serve --port 5000",
    good="web: serve --port $PORT\nadmin: serve --port $PORT",
)
def port_clash(subject: Subject) -> Iterator[Found]:
    """Two processes of the formation get the same port.

    The second one fails with EADDRINUSE. It comes of --port-step 0, of a port that is written in the
    command while pyforeman gives the same one to another type, and of several instances of a command
    with a port of its own. Only the instances that the formation has are looked at.
    """
    entries = {entry.name: entry for entry in subject.entries}
    owners: dict[int, str] = {}
    clashes: dict[str, tuple[int, str]] = {}
    fixed = {entry.name: found for entry in subject.entries if (found := _fixed_port(entry))}
    for instance in subject.instances:
        port = fixed[instance.type][0] if instance.type in fixed else _own_port(instance)
        if not port:
            continue
        owner = owners.setdefault(port, instance.name)
        if owner != instance.name:
            clashes.setdefault(instance.type, (port, f"{instance.name} and {owner}"))
    if len(clashes) > 1 and not any(name in fixed for name in clashes):
        # All for one reason (--port-step 0), which may be meant.
        clashes = dict(list(clashes.items())[:1])
    for name, (port, both) in clashes.items():
        entry = entries[name]
        place = fixed[name][1] if name in fixed else _port_reference(entry)
        way_out = "write $PORT: each process has its own" if fixed else "--port-step 100 gives each its own"
        yield entry.found(f"{both} get the same port, {port}", place, help=way_out)


@rule("PF207", "warning", bad="PORT=65500  # in .env, with two process types", good="PORT=5000")
def port_past_last(subject: Subject) -> Iterator[Found]:
    """An instance would get a port past 65535.

    There is none (the number has 16 bits), and start refuses the formation. Ports are counted from --port,
    100 for each type: a lower --port, a smaller --port-step or --no-port makes room.
    """
    message, _, way_out = subject.refusal.partition("; ")
    if not message.endswith(f", past {HIGHEST_PORT}"):
        return
    name = message.partition(".")[0]
    for entry in subject.entries:
        if entry.name == name:
            yield entry.found(message, help=way_out)
            return
    yield Found(message, Place(subject.procfile.path), way_out)


def _own_port(instance: Instance) -> int | None:
    return instance.port if instance.uses_port else None


def _port_reference(entry: Entry) -> tuple[int, int] | None:
    """Where the command names PORT."""
    for written in ("${PORT}", "$PORT", "${PORT"):
        start = entry.command.find(written)
        if start >= 0:
            return start, start + len(written)
    return None


def _fixed_port(entry: Entry) -> tuple[int, Word] | None:
    """The port that a command listens on, whichever it is given."""
    command = entry.command
    if "$" in command or not any(sign in command for sign in _SIGNS):
        return None
    for run in entry.runs:
        if run.program in _NO_SERVERS:
            continue
        for word in run.command.assignments:
            if word.value.startswith("PORT=") and (port := _number(word.value[5:])):
                return port, word
        for option in _PORT_OPTIONS:
            value = run.value_of(option)
            # -l and -b have other meanings, -p also counts processes.
            if value and (option.startswith("--") or ":" in value.value or option == "-p"):
                port = _number(value.value)
                if port >= _FIRST_FREE or (port and option.startswith("--")):
                    return port, value
    return None


def _number(text: str) -> int:
    """``8000`` of ``8000``, ``:8000``, ``0.0.0.0:8000`` and ``[::]:8000``; 0 of anything else, so of what is
    mapped (``8000:80``)."""
    host, _, port = text.rpartition(":")
    if host.isdigit() or (":" in host and not host.endswith("]")):
        return 0
    is_number = port.isascii() and port.isdigit() and len(port) < 6
    return int(port) if is_number and int(port) <= HIGHEST_PORT else 0


RULES: tuple[Rule, ...] = (port_taken, port_clash, port_past_last)
