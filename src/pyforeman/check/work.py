"""Which work programs do: some go on until they are stopped, others do one thing and end."""

from pyforeman.check.invocation import Invocation
from pyforeman.check.orders import ANYTHING, Phrases, told, words


def _phrases(**programs: str) -> dict[str, frozenset[str]]:
    return {name: frozenset(text.split(",")) for name, text in programs.items()}


def _all(names: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(names.split(), ANYTHING)


LONG_RUNNING: Phrases = {
    **_all(
        "gunicorn uvicorn daphne hypercorn granian waitress-serve uwsgi twistd streamlit flower dramatiq "
        "huey_consumer huey_consumer.py rqworker rqscheduler celeryd celerybeat puma unicorn unicorn_rails "
        "rainbows rackup sidekiq shoryuken good_job clockwork resque-pool thrust mailcatcher nodemon "
        "webpack-dev-server http-server json-server php-fpm php-fpm8 nginx caddy apache2-foreground "
        "redis-server memcached mongod postgres mysqld mailhog mailpit ngrok supercronic haproxy envoy "
        "http.server node_exporter cloud_sql_proxy pgbouncer stunnel"
    ),
    **_phrases(
        artisan="serve,queue:work,queue:listen,schedule:work,horizon,octane:start,reverb:start,websockets:serve",
        bun="run dev,dev,start,run start",
        celery="worker,beat,flower",
        flask="run",
        good_job="start",
        mix="phx.server,phoenix.server",
        next="start,dev",
        npm="start,run start,run dev,run serve",
        nuxt="start,dev",
        pnpm="start,run start,dev,run dev",
        rails="s,server,jobs:work,resque:work,solid_queue:start,sidekiq",
        rake="jobs:work,resque:work,resque:workers,resque:scheduler,sneakers:run,solid_queue:start",
        rq="worker,worker-pool,scheduler",
        thin="start,",
        yarn="start,run start,dev,run dev",
    ),
    "django-admin": frozenset(("runserver",)),
    "manage.py": frozenset(
        "runserver celery celeryd celerybeat qcluster rqworker rqscheduler run_huey runworker rundramatiq "
        "process_tasks runserver_plus".split()
    ),
}
"""What serves or works until somebody stops it."""
WITH_BEAT: Phrases = {
    "celery": frozenset(("worker",)),
    "celeryd": ANYTHING,
    "django-admin.py": frozenset(("celeryd", "celery worker")),
    "manage.py": frozenset(("celeryd", "celery worker")),
}
"""Workers that have a scheduler in them, if they are told to."""
BEAT = frozenset(("-B", "--beat"))

_MANAGE = frozenset(
    "migrate makemigrations collectstatic createsuperuser loaddata dumpdata compilemessages makemessages "
    "createcachetable syncdb flush clearsessions".split()
)
_TASKS = frozenset(
    "db:migrate db:create db:setup db:seed db:prepare db:reset db:rollback db:schema:load db:structure:load "
    "db:migrate:status db:test:prepare assets:precompile assets:clean assets:clobber tmp:clear log:clear "
    "webpacker:compile".split()
)
_SCRIPTED = frozenset("bun npm pnpm yarn".split())
_ONE_OFFS: Phrases = {
    **_phrases(
        alembic="upgrade,downgrade,stamp",
        artisan="migrate,migrate:fresh,migrate:refresh,migrate:install,db:seed,config:cache,config:clear,"
        "cache:clear,route:cache,view:cache,event:cache,optimize,storage:link,key:generate,passport:install",
        bun="install,run build",
        bundle="install",
        bundler="install",
        cargo="build",
        composer="install,update,dump-autoload",
        console="doctrine:migrations:migrate,doctrine:schema:update,cache:clear,cache:warmup,assets:install",
        dbmate="up,migrate",
        diesel="migration run,setup",
        flask="db upgrade,db migrate,db init,init-db",
        flyway="migrate",
        go="build,generate,install",
        knex="migrate:latest,migrate:up,migrate:rollback,seed:run",
        liquibase="update",
        migrate="up,down,goto",
        mix="ecto.migrate,ecto.setup,ecto.create,ecto.reset,deps.get,assets.deploy,phx.digest",
        npm="install,ci,i,run build",
        pip="install",
        pip3="install",
        pipenv="install,sync",
        pnpm="install,i,build,run build",
        poetry="install",
        prisma="migrate deploy,migrate dev,migrate reset,db push,db seed,generate",
        sequelize="db:migrate,db:seed:all,db:create",
        sqlx="migrate run,database setup",
        typeorm="migration:run",
        uv="sync,pip install",
        yarn="install,build,run build",
    ),
    "django": _MANAGE,
    "django-admin": _MANAGE,
    "manage.py": _MANAGE,
    "rails": _TASKS,
    "rake": _TASKS,
    "sequelize-cli": frozenset(("db:migrate", "db:seed:all", "db:create")),
}


def one_off(run: Invocation) -> str:
    """The program with its task, if that is known to end by itself (``rails db:migrate``); else ""."""
    task = told(run, _ONE_OFFS)
    if not task:
        return ""
    if run.program in ("rake", "rails", "mix") and words(run)[-1] not in _ONE_OFFS[run.program]:
        return ""
    if any("watch" in word.value or word.value == "-w" for word in run.arguments):
        return ""
    if task.endswith(" build") and run.program in _SCRIPTED and run.arguments[-1].value != "build":
        return ""  # the options of a script of their own: "yarn build --reload" may go on
    return task


_OF_EACH_START = frozenset(
    "config:cache config:clear cache:clear cache:warmup route:cache view:cache event:cache optimize "
    "storage:link assets:install tmp:clear log:clear".split()
)
_OF_THE_BUILD = frozenset(
    (
        *"install ci i sync build generate collectstatic compilemessages assets:precompile deps.get".split(),
        *"webpacker:compile assets.deploy phx.digest".split(),
        "pip install",
        "run build",
    )
)


def belongs(task: str) -> str:
    """Where a one-off belongs that stands in front of a server: ``build`` if it writes files that the server
    reads, ``release`` if it changes what all instances share; "" where it may stand (a local cache)."""
    order = task.partition(" ")[2]
    if order in _OF_EACH_START:
        return ""
    return "build" if order in _OF_THE_BUILD else "release"
