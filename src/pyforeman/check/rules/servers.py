"""Process types that are more than one, and servers that are for development."""

from collections.abc import Iterator

from pyforeman.check import foreground
from pyforeman.check.finding import Found
from pyforeman.check.invocation import Invocation
from pyforeman.check.orders import ANYTHING, Phrases, option, told, words
from pyforeman.check.rule import Rule, rule
from pyforeman.check.rules.schedulers import BEAT, WITH_BEAT
from pyforeman.check.subject import Entry, Subject
from pyforeman.check.work import LONG_RUNNING

_START = frozenset(("start",))
_MANAGERS: Phrases = {
    "circusd": ANYTHING,
    "foreman": _START,
    "forego": _START,
    "goreman": _START,
    "hivemind": ANYTHING,
    "honcho": _START,
    "mprocs": ANYTHING,
    "nf": _START,
    "overmind": frozenset(("start", "s")),
    "process-compose": frozenset(("", "up")),
    "pyforeman": _START,
    "runsvdir": ANYTHING,
    "s6-svscan": ANYTHING,
    "shoreman": ANYTHING,
    "supervisord": ANYTHING,
}
_SEVERAL = frozenset("concurrently run-p npm-run-all npm-run-all2".split())
_PM2 = frozenset(("pm2", "pm2-runtime"))
_MANAGE = _SEVERAL | _PM2 | frozenset(_MANAGERS)
_PARALLEL = frozenset(("-p", "--parallel"))
_ECOSYSTEM = (".json", ".yml", ".yaml", ".config.js", ".config.cjs", ".config.mjs")


def _manager(run: Invocation) -> str:
    """What manages several processes, as it is known; "" if it manages one, or none."""
    if run.program in _SEVERAL:
        if run.program.startswith("npm-run-all") and option(run, _PARALLEL) is None:
            return ""
        jobs = words(run)
        return run.program if len(jobs) > 1 or any("*" in job for job in jobs) else ""
    if run.program in _PM2:
        given = [word for word in words(run) if word not in ("start", "startOrRestart")]
        return run.program if given and given[0].endswith(_ECOSYSTEM) else ""
    return told(run, _MANAGERS)


@rule(
    "PF305",
    "warning",
    bad="worker: celery -A app worker -B",
    good="worker: celery -A app worker",
)
def two_in_one(subject: Subject) -> Iterator[Found]:
    """One process type does the work of two.

    Its parts can neither be scaled nor restarted one by one: a second "celery worker -B" is a second
    scheduler, too. Of "a & b", and of a process manager in the command, start sees the shell or the manager:
    the end of a process behind it is not seen, its lines have another's name, and a stop goes through one
    more hand.
    "a & b & wait -n" and a trap are taken as meant. The workers of one server (gunicorn -w, puma -w) are
    one type.
    Give each its own line in the Procfile. (12factor.net: "Concurrency".)
    """
    for entry in subject.entries:
        if entry.is_release:
            continue
        for run in entry.runs:
            if run.program in WITH_BEAT:
                word = option(run, BEAT)
                if word is not None and told(run, WITH_BEAT):
                    yield entry.found(
                        f"a worker and a scheduler in one process type: {run.program} {word.value}",
                        word,
                        help=f"remove {word.value}; give celery beat a type of its own",
                    )
            elif run.program in _MANAGE:
                manager = _manager(run)
                if manager:
                    yield entry.found(
                        f"{manager} runs several processes in one process type",
                        run,
                        help="give each of them a process type in this Procfile",
                    )
        if foreground.has_sign(entry.command):
            yield from _side_by_side(entry)


def _side_by_side(entry: Entry) -> Iterator[Found]:
    """``a & b``, both of them servers or workers."""
    behind = foreground.background(entry)
    last = foreground.last(entry)
    if (
        behind
        and last
        and foreground.leaves(entry) is None
        and all(told(run, LONG_RUNNING) for run in (*behind, last[0]))
    ):
        for run in behind:
            yield entry.found(
                f"{run.program} and {last[0].program} in one process type",
                foreground.sign(run),
                help="give each a process type of its own",
            )


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
                yield entry.found(
                    f"{task} is for development", run, help="write the server that is for production"
                )


def _by_default(run: Invocation) -> str:
    """Vite and Next serve for development where they are told nothing else."""
    if run.program not in _UNLESS_TOLD or _UNLESS_TOLD[run.program].intersection(words(run)):
        return ""
    return run.program


RULES: tuple[Rule, ...] = (two_in_one, development_server)
