"""Servers that are for development, in a file that is for production."""

from collections.abc import Iterator

from pyforeman.check.finding import Found
from pyforeman.check.invocation import Invocation
from pyforeman.check.orders import ANYTHING, Phrases, option, told, words
from pyforeman.check.rule import Rule, rule
from pyforeman.check.subject import Subject

_DJANGO = frozenset("runserver runserver_plus runsslserver".split())
_RUN_DEV = frozenset(("dev", "run dev", "run start:dev", "run develop"))
_DEVELOPMENT: Phrases = {
    "SimpleHTTPServer": ANYTHING,
    "air": ANYTHING,
    "artisan": frozenset(("serve",)),
    "astro": frozenset(("dev",)),
    "browser-sync": ANYTHING,
    "buffalo": frozenset(("dev",)),
    "bun": _RUN_DEV,
    "console": frozenset(("server:run", "server:start")),
    "django": _DJANGO,
    "django-admin": _DJANGO,
    "django-admin.py": _DJANGO,
    "encore": frozenset(("dev-server",)),
    "fastapi": frozenset(("dev",)),
    "flask": frozenset(("run",)),
    "gatsby": frozenset(("develop",)),
    "http.server": ANYTHING,
    "hugo": frozenset(("server", "serve")),
    "jekyll": frozenset(("serve", "s")),
    "manage.py": _DJANGO,
    "mkdocs": frozenset(("serve",)),
    "next": frozenset(("dev",)),
    "ng": frozenset(("serve",)),
    "nodemon": ANYTHING,
    "nodemon.js": ANYTHING,
    "npm": _RUN_DEV,
    "nuxi": frozenset(("dev",)),
    "nuxt": frozenset(("dev",)),
    "pnpm": _RUN_DEV,
    "quart": frozenset(("run",)),
    "react-scripts": frozenset(("start",)),
    "remix": frozenset(("dev",)),
    "rerun": ANYTHING,
    "symfony": frozenset(("serve", "server:start")),
    "ts-node-dev": ANYTHING,
    "tsx": frozenset(("watch",)),
    "vite": frozenset(("dev", "serve")),
    "vue-cli-service": frozenset(("serve",)),
    "webpack": frozenset(("serve",)),
    "webpack-dev-server": ANYTHING,
    "webpacker-dev-server": ANYTHING,
    "yarn": _RUN_DEV,
}
_RELOAD = (frozenset(("--reload",)), "remove --reload")
_WATCH = (frozenset(("--watch", "-w")), "build the files once, when the app is built")
# The options that make of a program one for development, and what to write instead.
_BY_OPTION: dict[str, tuple[frozenset[str], str]] = {
    "esbuild": (frozenset(("--watch", "--serve")), _WATCH[1]),
    "granian": _RELOAD,
    "gunicorn": _RELOAD,
    "hypercorn": _RELOAD,
    "php": (frozenset(("-S",)), "write php-fpm behind a web server, such as heroku-php-nginx"),
    "pserve": _RELOAD,
    "rollup": _WATCH,
    "sass": (frozenset(("--watch",)), _WATCH[1]),
    "tailwindcss": _WATCH,
    "tsc": _WATCH,
    "uvicorn": _RELOAD,
    "webpack": _WATCH,
}
_OF_PYTHON = frozenset("django django-admin django-admin.py flask manage.py quart".split())
_WATCHERS = frozenset("air nodemon nodemon.js rerun ts-node-dev".split())
_RUNNERS = frozenset("npm pnpm yarn".split())
# They show files while these are written.
_OF_FILES = frozenset(
    "gatsby hugo jekyll mkdocs ng react-scripts vite vue-cli-service webpack webpack-dev-server".split()
)
_UNLESS_TOLD: dict[str, frozenset[str]] = {
    "next": frozenset("start build export lint info telemetry".split()),
    "vite": frozenset("build preview optimize".split()),
}


@rule(
    "PF312",
    "warning",
    bad="web: python manage.py runserver 0.0.0.0:$PORT",
    good="web: gunicorn app:app --bind 0.0.0.0:$PORT",
)
def development_server(subject: Subject) -> Iterator[Found]:
    """A server for development in a Procfile for production.

    It serves one request at a time, or shows tracebacks and a debugger to whoever asks, or watches all files
    and starts anew when one changes: its authors say not to put it before the public.
    It is asked only for --profile production, and fires on programs and options that are known: manage.py
    runserver, flask run, --reload, npm run dev, nodemon, php -S.
    Write the server for production: gunicorn, uvicorn without --reload, next start, php-fpm.
    """
    if subject.profile != "production":
        return
    for entry in subject.entries:
        for run in entry.runs:
            if run.program in _BY_OPTION:
                names, instead = _BY_OPTION[run.program]
                word = option(run, names)
                if word is not None:
                    yield entry.found(f"{run.program} {word.value} is for development", word, help=instead)
                    continue
            task = told(run, _DEVELOPMENT) or _by_default(run)
            if task:
                yield entry.found(f"{task} is for development", run, help=_for_production(run.program))


def _for_production(program: str) -> str:
    if program in _OF_PYTHON:
        return "write a server for production, such as gunicorn"
    if program in _WATCHERS:
        return f"write what {program} runs, without {program}"
    if program in _OF_FILES:
        return _WATCH[1]
    if program in _RUNNERS:
        return f"write the script for production, such as {program} start"
    return "write the server that is for production"


def _by_default(run: Invocation) -> str:
    """Vite and Next serve for development where they are told nothing else."""
    if run.program not in _UNLESS_TOLD or _UNLESS_TOLD[run.program].intersection(words(run)):
        return ""
    return run.program


RULES: tuple[Rule, ...] = (development_server,)
