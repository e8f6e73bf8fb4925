"""The servers that Procfiles start: what tells each of them its port, and whether it asks for ``PORT``.

From their own documentation and sources: gunicorn, Rails, Next and Nuxt read ``PORT`` where no option says
otherwise; uvicorn, granian and Flask read a variable of their own; the others keep a port of their own.
"""

from typing import NamedTuple

from pyforeman.check.invocation import Invocation


class Server(NamedTuple):
    """A program, or some of its subcommands (``commands``; none: always), that serves HTTP.

    ``options``: those whose value is the port, or an address that ends with it. ``takes_argument``: a bare
    argument may be that, too. ``variables``: those of its own that say it.
    ``write``: how it is told ``$PORT``, for one that does not read ``PORT`` by itself; "" for those that do,
    or that may learn it from a file which they look for themselves. ``elsewhere``: the options that name
    such a file, or a socket. ``everywhere``: in a process type of any name it is what users come for; the
    others often show documentation or a coverage report beside the application.
    """

    options: tuple[str, ...]
    write: str = ""
    commands: frozenset[str] = frozenset()
    takes_argument: bool = False
    variables: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    everywhere: bool = True


_PORT = ("-p", "--port")
_UNICORN = Server(
    ("-p", "--port", "-l", "--listen"), "-p $PORT", elsewhere=("-c", "--config", "--config-file")
)
_RUNSERVER = Server(
    ("-p", "--port"), "runserver 0.0.0.0:$PORT", frozenset(("runserver", "runserver_plus")), True
)

SERVERS: dict[str, Server] = {
    # Python
    "gunicorn": Server(("-b", "--bind")),
    "uvicorn": Server(
        ("--port",),
        "--port $PORT",
        variables=("UVICORN_PORT",),
        elsewhere=("--fd", "--uds", "--env-file"),
    ),
    "hypercorn": Server(
        ("-b", "--bind", "--insecure-bind"), "--bind 0.0.0.0:$PORT", elsewhere=("-c", "--config")
    ),
    "daphne": Server(
        _PORT, "--port $PORT", elsewhere=("-u", "--unix-socket", "--fd", "-e", "--endpoint")
    ),
    "granian": Server(
        ("--port",),
        "--port $PORT",
        variables=("GRANIAN_PORT",),
        elsewhere=("--uds", "--env-files"),
    ),
    "waitress-serve": Server(("--port", "--listen"), "--port=$PORT", elsewhere=("--unix-socket",)),
    "uwsgi": Server(("--http", "--http-socket", "--http11-socket")),
    "manage.py": _RUNSERVER,
    "django-admin": _RUNSERVER,
    "flask": Server(_PORT, "--port $PORT", frozenset(("run",)), variables=("FLASK_RUN_PORT",)),
    "quart": Server(_PORT, commands=frozenset(("run",))),
    "fastapi": Server(("--port",), commands=frozenset(("run", "dev"))),
    "litestar": Server(_PORT, commands=frozenset(("run",)), variables=("LITESTAR_PORT",)),
    "sanic": Server(_PORT),
    "streamlit": Server(
        ("--server.port",),
        "--server.port $PORT",
        frozenset(("run",)),
        variables=("STREAMLIT_SERVER_PORT",),
    ),
    "http.server": Server((), "http.server $PORT", takes_argument=True, everywhere=False),
    "mkdocs": Server(("-a", "--dev-addr"), commands=frozenset(("serve",)), everywhere=False),
    # Ruby
    "puma": Server(("-p", "--port", "-b", "--bind")),
    "rails": Server(("-p", "--port", "-b", "--binding"), commands=frozenset(("server", "s"))),
    "unicorn": _UNICORN,
    "unicorn_rails": _UNICORN,
    "thin": Server(
        _PORT, "-p $PORT", frozenset(("start",)), elsewhere=("-S", "--socket", "-C", "--config", "--all")
    ),
    "rackup": Server(_PORT),
    "passenger": Server(_PORT, commands=frozenset(("start",))),
    "falcon": Server(_PORT, commands=frozenset(("serve",))),
    "jekyll": Server(
        ("-P", "--port"), "--port $PORT", frozenset(("serve", "s", "server")), everywhere=False
    ),
    # Node
    "next": Server(_PORT),
    "nuxt": Server(_PORT),
    "serve": Server(("-l", "--listen", "-p"), everywhere=False),
    "http-server": Server(_PORT, everywhere=False),
    # PHP
    "php": Server(("-S",)),
    "artisan": Server(
        ("--port",), "--port=$PORT", frozenset(("serve",)), variables=("SERVER_PORT",)
    ),
    # Go, .NET
    "hugo": Server(_PORT, "--port $PORT", frozenset(("server", "serve")), everywhere=False),
    "dotnet": Server(("--urls",), variables=("ASPNETCORE_URLS", "DOTNET_URLS")),
}  # fmt: skip


def server_of(run: Invocation) -> Server | None:
    """The server that an invocation starts, if it is one that we know."""
    server = SERVERS.get(run.program)
    if server is None or not server.commands:
        return server
    return server if any(word.value in server.commands for word in run.arguments) else None
