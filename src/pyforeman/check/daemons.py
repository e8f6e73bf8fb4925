"""Which programs leave for the background, and what makes them: an option, what they are told, or nothing."""

from typing import NamedTuple

from pyforeman.check.invocation import Invocation
from pyforeman.check.orders import ANYTHING, option, told
from pyforeman.check.shell import Word


class Daemon(NamedTuple):
    """How a program is made to leave: what it is told, and the option that says so (none: it always does),
    unless another one keeps it. ``bare`` as in :func:`pyforeman.check.orders.option`."""

    options: frozenset[str] = frozenset()
    told: frozenset[str] = ANYTHING
    unless: frozenset[str] = frozenset()
    instead: str = ""
    bare: str | None = None


# ``told`` has phrases with commas between.
def _by(*options: str, told: str = "", bare: str | None = None) -> Daemon:
    return Daemon(frozenset(options), frozenset(told.split(",")), bare=bare)


def _always(told: str, instead: str, *unless: str) -> Daemon:
    return Daemon(told=frozenset(told.split(",")), unless=frozenset(unless), instead=instead)


_START = "start,restart"
_STAYS = ("-D", "-DFOREGROUND", "-DNO_DETACH")
_CONTAINER = (
    _by("-d", "--detach", told="run,exec,container run", bare="itdPq"),
    _by("-d", "--detach", told="compose run", bare="dTiP"),
    _by("-d", "--detach", "--wait", told="compose up"),
    _always("start", "write docker start --attach", "-a", "--attach", "-i", "--interactive", "-ai", "-ia"),
    _always("compose start", "write docker compose up"),
)
_COMPOSE = (
    _by("-d", "--detach", told="run", bare="dTiP"),
    _by("-d", "--detach", "--wait", told="up"),
    _always("start", "write docker-compose up"),
)
_OF_SERVICE = "run the program of the service itself"
DAEMONS: dict[str, tuple[Daemon, ...]] = {
    "apache2ctl": (_always(_START, "write apache2ctl -D FOREGROUND", *_STAYS),),
    "apachectl": (_always(_START, "write apachectl -D FOREGROUND", *_STAYS),),
    "catalina.sh": (_always("start", "write catalina.sh run"),),
    "celery": (
        _always("multi start,multi restart", "write celery worker, and give its type more instances"),
        _by("-D", "--detach", told="worker,beat"),
    ),
    "clockworkd": (_always(_START, "write clockwork"),),
    "delayed_job": (_always(_START, "write rake jobs:work"),),
    "docker": _CONTAINER,
    "docker-compose": _COMPOSE,
    "elasticsearch": (_by("-d", "--daemonize"),),
    "forever": (_always(_START, "write forever without start"),),
    "god": (_always("", "write god -D", "-D", "--no-daemonize", "-h", "-v", "--version", "-V"),),
    "gunicorn": (_by("-D", "--daemon"),),
    "httpd": (Daemon(frozenset(("-k",)), frozenset(("start",)), frozenset((*_STAYS, "-X"))),),
    "kafka-server-start.sh": (_by("-daemon"),),
    "mailcatcher": (_always("", "write mailcatcher --foreground", "-f", "--foreground", "--help"),),
    "memcached": (_by("-d", "--daemon"),),
    "mongod": (_by("--fork"),),
    "mysqld": (_by("-D", "--daemonize"),),
    "neo4j": (_always("start", "write neo4j console"),),
    "nerdctl": _CONTAINER,
    "passenger": (_by("-d", "--daemonize", told="start"),),
    "pg_ctl": (_always(_START, "write postgres -D FOLDER"),),
    "php-fpm": (_by("-D", "--daemonize"),),
    "pm2": (_always(_START, "write pm2-runtime, or run the program itself", "--no-daemon", "--attach"),),
    "podman": _CONTAINER,
    "podman-compose": _COMPOSE,
    "puma": (_by("-d", "--daemon"),),
    "rabbitmq-server": (_by("-detached"),),
    "rackup": (_by("-D", "--daemonize"),),
    "rails": (_by("-d", "--daemon", told="s,server"),),
    "rainbows": (_by("-D", "--daemonize"),),
    "redis-server": (_by("--daemonize"),),
    "resque-pool": (_by("-d", "--daemon"),),
    "screen": (Daemon(frozenset(("-dm", "-dmS", "-dmL", "-dmLS", "-dmUS"))),),
    "service": (_always(_START, _OF_SERVICE),),
    "sidekiq": (_by("-d", "--daemon"),),
    "solr": (_always(_START, "write solr start -f", "-f", "--foreground"),),
    "ssh": (_by("-f", bare="fNnTtCAaXxYyqvgkKMs46"),),
    "systemctl": (_always(_START, _OF_SERVICE),),
    "thin": (_by("-d", "--daemonize"),),
    "tmux": (_by("-d", told="new,new-session"),),
    "unicorn": (_by("-D", "--daemonize"),),
    "unicorn_rails": (_by("-D", "--daemonize"),),
    "uwsgi": (_by("-d", "--daemonize", "--daemonize2"),),
    "varnishd": (_always("", "write varnishd -F", "-F", "-d", "-V", "-C", "-x"),),
    "zookeeper-server-start.sh": (_by("-daemon"),),
    "zkServer.sh": (_always("start", "write zkServer.sh start-foreground"),),
}  # fmt: skip
_OFF = frozenset(("no", "false", "off", "0"))


def leaving(run: Invocation) -> tuple[Word, str] | None:
    """The word that makes a program leave, and what to write instead; None if it stays."""
    if run.word.value.startswith("/etc/init.d/"):
        return (run.word, _OF_SERVICE) if run.subcommand in ("start", "restart") else None
    ways = (_made(run, daemon) for daemon in DAEMONS.get(run.program, ()))
    return next(filter(None, ways), None)


def _made(run: Invocation, daemon: Daemon) -> tuple[Word, str] | None:
    word = option(run, daemon.options, daemon.bare) if daemon.options else run.word
    if word is None or not told(run, {run.program: daemon.told}) or option(run, daemon.unless) is not None:
        return None
    if not daemon.options:
        # A project's own bin/mailcatcher may run the real one with any options.
        is_wrapper = "" in daemon.told and run.is_own
        return None if is_wrapper else (word, daemon.instead)
    name = word.value.partition("=")[0]
    value = run.value_of(name)
    if value is not None and value.value.lower() in _OFF:
        return None
    return word, f"remove {name}"
