"""PF306 and PF311: who serves listens on the port that it is given."""

from collections.abc import Iterator

from pyforeman.check.finding import Found
from pyforeman.check.invocation import Invocation
from pyforeman.check.port_words import (
    FixedPort,
    fixed_by_property,
    fixed_by_server,
    fixed_by_unknown,
    fixed_by_variable,
    is_told,
)
from pyforeman.check.rule import Rule, rule
from pyforeman.check.servers import SERVERS, server_of
from pyforeman.check.subject import Entry, Subject

_WEB = "web"
# Behind these a server may have a port of its own.
_PROXIES = frozenset("nginx caddy haproxy httpd apache2 traefik envoy thrust varnishd".split())
_PROXY_STARTERS = ("start-nginx", "start-nginx-solo")
_FILTERS = frozenset("tee cat grep sed awk jq cut ts pino-pretty bunyan".split())
# Their -p and --port are of what they talk to, or of something that no user comes for.
_NO_SERVERS = frozenset(
    """
    ssh autossh docker docker-compose podman kubectl stripe ngrok cloudflared curl wget nc psql pg_ctl mysql
    redis-cli redis-server valkey-server memcached mongod mongo mongosh postgres mysqld mysqld_safe minio
    elasticsearch mailcatcher mailhog mailpit foreman honcho overmind hivemind goreman forego supervisord
    export set test [ [[ kill lsof wait-for-it wait-for-it.sh wait-for
    """.split()
)
# What may stand before a server without serving anything, or telling the server its port.
_ASIDE = frozenset("echo printf sleep rm mkdir cp mv ln touch chmod true date pwd ls alembic rake cd".split())
# These fill the environment with what we do not see.
_ENVIRONMENTS = frozenset("dotenv doppler op infisical".split())


@rule(
    "PF306",
    "warning",
    bad="web: gunicorn app:app --bind 0.0.0.0:8000",
    good="web: gunicorn app:app --bind 0.0.0.0:$PORT",
)
def hard_coded_port(subject: Subject) -> Iterator[Found]:
    """A server's port is written out where $PORT belongs.

    Each instance is given a port of its own in PORT, by pyforeman as by Heroku and its kin. A server that
    listens on another one is not found by who was told PORT, ps and start show a port on which nobody
    listens, and a second instance (web=2) ends with "address already in use".
    Write $PORT for the number. ${PORT:-8000} keeps a default for who runs the command without pyforeman.
    This looks at the process type web, and at servers of applications under any name; not at databases,
    tunnels, metrics and other ports that nobody but the project itself uses. With --no-port it is silent.
    """
    if not _has_ports(subject):
        return
    for entry in subject.entries:
        for port in _fixed_ports(entry):
            if port.instead:
                help_ = f"write {port.instead}"
            else:
                help_ = f"remove {port.word.value}; each instance is given its own PORT"
            yield entry.found(f"the port is fixed: {port.word.value}", port.word, help=help_)


@rule(
    "PF311",
    "warning",
    bad="web: uvicorn app:app",
    good="web: uvicorn app:app --port $PORT",
)
def port_not_bound(subject: Subject) -> Iterator[Found]:
    """The server of web does not listen on $PORT.

    Some servers read PORT by themselves (gunicorn, Rails, Next), others have to be told: uvicorn, Daphne,
    Waitress, Flask and Django's runserver, Unicorn, Thin, Streamlit and php artisan serve listen on a port of
    their own until then, whatever PORT says. So nobody finds web.1 where ps and start show it, a second
    instance ends with "address already in use", and Heroku kills a web that does not bind $PORT in a minute.
    Write the option that the help names.
    This is silent where a configuration file, a socket or a variable of the server's own may say the port,
    and for what it does not know.
    """
    if not _has_ports(subject):
        return
    for entry in subject.entries:
        if entry.name != _WEB or not entry.script.is_clear or "PORT" in entry.command:
            continue
        run = _only_server(entry)
        server = run and server_of(run)
        if not run or not server or not server.write or _fixed_ports(entry):
            continue
        if is_told(run, (*server.options, *server.elsewhere)) or _has_unknown_words(run):
            continue
        if any(subject.environment.get(name) for name in server.variables):
            continue
        yield entry.found(
            f"{run.program} does not read PORT: it listens on a port of its own",
            run,
            help=f"write {server.write}",
        )


def _has_ports(subject: Subject) -> bool:
    """Whether instances have ports; they have none with --no-port."""
    return not subject.instances or any(instance.port is not None for instance in subject.instances)


def _fixed_ports(entry: Entry) -> list[FixedPort]:
    """The ports that are written out in a command, at most one for each of its programs."""
    runs = entry.runs
    is_web = entry.name == _WEB
    if entry.is_release or not (is_web or any(run.program in SERVERS for run in runs)) or _has_proxy(runs):
        return []
    last = next((run for run in reversed(runs) if run.program not in _FILTERS), None)
    knows_one = any(server_of(run) for run in runs)
    found: list[FixedPort] = []
    for run in runs:
        server = server_of(run)
        port: FixedPort | None = None
        if server is not None:
            if is_web or server.everywhere:
                port = fixed_by_server(run, server) or _fixed_variable(run, ("PORT", *server.variables))
        elif is_web and run.program == "export":
            port = fixed_by_variable(run.arguments, ("PORT",))
        elif is_web and run is last and not knows_one and run.program not in _NO_SERVERS:
            port = (
                fixed_by_property(run.command.words)
                or fixed_by_unknown(run)
                or _fixed_variable(run, ("PORT", "SERVER_PORT", "ASPNETCORE_URLS"))
            )
        if port is not None:
            found.append(port)
    return found


def _fixed_variable(run: Invocation, names: tuple[str, ...]) -> FixedPort | None:
    """A port that is assigned before the program, by the shell or by env."""
    before = (word for word in run.command.words if word.start < run.word.start)
    return fixed_by_variable((*run.command.assignments, *before), names)


def _has_proxy(runs: tuple[Invocation, ...]) -> bool:
    return any(run.program in _PROXIES or any(name in _PROXY_STARTERS for name in run.before) for run in runs)


def _only_server(entry: Entry) -> Invocation | None:
    """The server that a command comes to, if nothing else in it may serve, or say a port."""
    runs = [run for run in entry.runs if run.program not in _FILTERS and run.program not in _ASIDE]
    servers = [run for run in runs if server_of(run)]
    if len(servers) != 1 or runs[-1] is not servers[0] or not _ENVIRONMENTS.isdisjoint(servers[0].before):
        return None
    if servers[0].command.operator in ("&", "||") or _has_proxy(entry.runs):
        return None
    # Another subcommand of a server's own program (manage.py migrate) is a task that ends.
    if any(run.program not in SERVERS for run in runs):
        return None
    return servers[0]


def _has_unknown_words(run: Invocation) -> bool:
    """Whether a word comes out of a variable: then it may be the option that we look for."""
    return any(word.value.startswith(("$", "`", "@")) for word in run.arguments)


RULES: tuple[Rule, ...] = (hard_coded_port, port_not_bound)
