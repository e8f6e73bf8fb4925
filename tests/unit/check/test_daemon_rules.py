"""Daemons, what runs in the background, and PID files: what fires, where, and what stays silent."""

import pytest

from pyforeman.check.rule import Rule
from pyforeman.check.rules.daemons import background, daemonizes
from pyforeman.check.rules.pid_files import pid_file
from subjects import found, subject


def marks(rule: Rule, command: str, name: str = "web") -> list[str]:
    """The characters that the rule marks in a command."""
    return [text for _, text, _ in found(rule, subject(f"{name}: {command}\n"))]


@pytest.mark.parametrize(
    ("command", "marked"),
    [
        ("gunicorn app:app --daemon", "--daemon"),
        ("gunicorn -D -w 4 app:app", "-D"),
        ("gunicorn app:app -D -b 0.0.0.0:${PORT}", "-D"),
        ("exec python -m gunicorn config.wsgi -b 0.0.0.0:$PORT -D", "-D"),
        ("cd src && gunicorn app:app --daemon && echo started", "--daemon"),
        ("sh -c 'cd src && gunicorn app:app --daemon'", "--daemon"),
        ("gunicorn app:app --daemon || exit 1", "--daemon"),
        ("celery -A app worker -l info --detach", "--detach"),
        ("celery -A app beat -D", "-D"),
        ("celery multi start w1 w2 -A app -l info", "celery"),
        ("celery -A app multi start w1", "celery"),
        ("bundle exec unicorn -c config/unicorn.rb -E production -D", "-D"),
        ("bundle exec puma -C config/puma.rb -d", "-d"),
        ("bundle exec thin start -d -p $PORT", "-d"),
        ("bundle exec thin -d -p $PORT start", "-d"),
        ("bundle exec sidekiq -d -L log/sidekiq.log", "-d"),
        ("bin/rails server -d -e production", "-d"),
        ("rails s --daemon", "--daemon"),
        ("bundle exec passenger start --daemonize", "--daemonize"),
        ("bundle exec rackup -D", "-D"),
        ("bin/delayed_job start", "bin/delayed_job"),
        ("ruby script/delayed_job -n 2 start", "script/delayed_job"),
        ("bundle exec mailcatcher --http-port 1080", "mailcatcher"),
        ("uwsgi --ini app.ini --daemonize /var/log/uwsgi.log", "--daemonize"),
        ("redis-server --port 6379 --daemonize yes", "--daemonize"),
        ("memcached -m 64 -d", "-d"),
        ("mongod --dbpath data --fork --logpath log/mongo.log", "--fork"),
        ("php-fpm -D", "-D"),
        ("php-fpm --daemonize=yes", "--daemonize=yes"),
        ("pm2 start app.js", "pm2"),
        ("npx pm2 start ecosystem.config.js --env production", "pm2"),
        ("./node_modules/.bin/forever start -c node server.js", "./node_modules/.bin/forever"),
        ("docker run -d -p 80:80 nginx", "-d"),
        ("docker run --rm -itd nginx", "-itd"),
        ("docker run --name db -e A=1 --detach postgres:16", "--detach"),
        ("docker run -dp 80:80 nginx", "-dp"),
        ("docker compose up -d", "-d"),
        ("docker compose -f docker-compose.dev.yml up db --detach", "--detach"),
        ("docker-compose -f x.yml up -d db", "-d"),
        ("podman run -d redis", "-d"),
        ("docker compose run -d web", "-d"),
        ("docker start db", "docker"),
        ("pg_ctl -D /usr/local/var/postgres -l log start", "pg_ctl"),
        ("screen -dmS web node server.js", "-dmS"),
        ("tmux new-session -d -s web 'npm start'", "-d"),
        ("sudo systemctl start nginx", "systemctl"),
        ("service nginx start", "service"),
        ("/etc/init.d/rabbitmq-server start", "/etc/init.d/rabbitmq-server"),
        ("apachectl start", "apachectl"),
        ("httpd -k start", "-k"),
        ("catalina.sh start", "catalina.sh"),
        ("ssh -fN -L 5432:db:5432 bastion", "-fN"),
        ("node server.js &", "&"),
        ("nohup java -jar target/app.jar &", "&"),
        ("(cd api && npm start) &", "&"),
        ("bash -c 'node server.js &'", "&"),
        ("npm start & echo started", "&"),
        ("for queue in a b; do ./work $queue & done", "&"),
        ("gunicorn app:app & disown", "&"),
        ("gunicorn app:app --daemon &", "&"),
        ("setsid ./server", "setsid"),
    ],
)
def test_what_leaves(command: str, marked: str) -> None:
    assert marks(daemonizes, command) == [marked]


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app --bind 0.0.0.0:$PORT --workers 4",
        "gunicorn app:app -n -- -D",
        "java -Dserver.port=$PORT -jar target/app.jar",
        "java -D -jar target/app.jar",
        "httpd -DFOREGROUND",
        "httpd -D FOREGROUND",
        "apache2ctl -D FOREGROUND",
        "apachectl start -DFOREGROUND",
        "apache2-foreground",
        "nginx -g 'daemon off;'",
        "bin/start-nginx bundle exec unicorn -c config/unicorn.rb",
        "vendor/bin/heroku-php-apache2 -D public/",
        "php-fpm -F",
        "php -d memory_limit=512M artisan queue:work",
        "curl -d '{}' http://localhost",
        "celery -A app worker -l info --concurrency 4",
        "celery -A app worker -E -Ofair",
        "celery -A app flower --port=$PORT",
        "celery inspect -d w1 ping",
        "bundle exec sidekiq -c 5 -q default",
        "bundle exec puma -C config/puma.rb -p $PORT",
        "rails runner -e production 'Job.run' -d",
        "rails s -p $PORT -b 0.0.0.0",
        "bin/delayed_job run",
        "mailcatcher -f",
        "bin/mailcatcher",
        "redis-server --daemonize no",
        "redis-server /usr/local/etc/redis.conf",
        "memcached -m 64 -vv",
        "mongod --config mongod.conf",
        "uwsgi --ini app.ini",
        "pm2-runtime start ecosystem.config.js",
        "pm2 start app.js --no-daemon",
        "pm2 start app.js && pm2 logs",
        "forever server.js",
        "docker run --rm -it -p 80:80 nginx -d",
        "docker run --rm -e D=-d image serve -d",
        "docker run nginx -d",
        "docker exec db mongod -d",
        "docker compose run web ./serve -d",
        "ssh host ./serve -f",
        "sh -c \"echo 'docker run -d image'; exec ./server\"",
        "docker compose up",
        "docker compose up -d && docker compose logs -f",
        "docker compose up -d db && bin/rails s",
        "docker start --attach db",
        "docker build -d .",
        "postgres -D /usr/local/var/postgres",
        "screen -D -m npm start",
        "supervisord -c supervisord.conf",
        "ssh -N -L 8081:localhost:8081 vista",
        "systemctl status nginx",
        "webpack -d --watch",
        "./server & wait",
        "celery -A app worker & celery -A app beat & wait -n",
        "trap 'kill 0' EXIT; ./a &",
        "./a & ./b",
        "while true; do ./job & sleep 60; done",
        "while sleep 60; do docker start job; done",
        "while read line; do ./job $line & done",
        'if [ "$D" ]; then gunicorn -D app:app; fi',
        '[ -z "$D" ] && gunicorn app:app || gunicorn -D app:app',
        "case $X in a) gunicorn -D app:app;; esac",
        "npm start 2>&1",
        "npm start &> log/web.log",
        "sleep 1 && setsid ./server",
        "setsid --wait ./server",
    ],
)
def test_what_stays(command: str) -> None:
    assert marks(daemonizes, command) == []


def test_a_release_may_leave_something() -> None:
    assert marks(daemonizes, "docker compose up -d db", "release") == []


def test_what_to_write_for_what_leaves() -> None:
    judged = subject("web: gunicorn a:b --daemon\nb: pg_ctl start -D x\nc: gunicorn a:b &\n")
    told = [(one.message, one.help) for one in daemonizes.judge(judged)]
    assert told == [
        ("gunicorn leaves for the background: --daemon", "remove --daemon"),
        ("pg_ctl leaves for the background", "write postgres -D FOLDER"),
        ("the shell leaves gunicorn in the background, and ends", "remove the &"),
    ]


@pytest.mark.parametrize(
    ("command", "marked"),
    [
        ("./metrics & ./server", ["&"]),
        ("./a & ./b & gunicorn app:app", ["&", "&"]),
        ("sh -c './metrics & exec node server.js'", ["&"]),
        ("ngrok http 80 & bin/rails s", []),  # both are known: two types in one
        ("bin/ngrok-local & java -jar app.jar", ["&"]),
        ("(cd api && ./serve) & npm start", ["&"]),
        ("tail -f log/production.log & bundle exec unicorn -c config/unicorn.rb", ["&"]),
        ("nohup npm start", ["nohup"]),
        ("nohup java -jar target/app.jar > app.log", ["nohup"]),
        ("exec nohup bundle exec sidekiq", ["nohup"]),
        ("cd api && setsid ./server", ["setsid"]),
        ("setsid -w ./server", ["setsid"]),
        ("npm start &> log/web.log", ["&>"]),
        ("cd api && php artisan queue:work &>> storage/logs/worker.log", ["&>>"]),
        ("memcached -d && python app.py", ["-d"]),
        ("mongod --fork --logpath x.log; node server.js", ["--fork"]),
        ("./a & ./b & wait", ["&", "&"]),
        ("(./a & ./b & wait)", ["&", "&"]),
        ("sh -c './a & npm start & wait'", ["&", "&"]),
        ("./server --daemon", ["--daemon"]),
        ("python worker.py --daemonize=yes -v", ["--daemonize=yes"]),
    ],
)
def test_what_runs_in_the_background(command: str, marked: list[str]) -> None:
    assert marks(background, command) == marked


@pytest.mark.parametrize(
    "command",
    [
        "bundle exec puma -C config/puma.rb",
        "cd src && gunicorn app:app --bind 0.0.0.0:$PORT 2>&1",
        "celery -A app worker & celery -A app beat",
        "./a & ./b & wait -n",
        "./a & wait",
        "./a & ./b & wait $!",
        "gunicorn app:app & celery -A app worker & wait",  # two in one
        "trap 'kill $(jobs -p)' EXIT; ./a & ./b",
        "node server.js &",
        "nohup node server.js &",
        "sleep 5 & npm start",
        "(sleep 3; xdg-open http://localhost:3000) & npm start",
        "sleep 3 && python seed.py & npm start",
        "bash -c 'npm start &> log/web.log'",
        "npm start > /dev/null 2>&1",
        "curl 'http://x/?a=1&b=2' && ./server",
        "./server --url=http://x/?a=1\\&b=2",
        "echo 'a & b'",
        "docker compose up -d db && bin/rails s",
        "setsid ./server",
        "case $X in a) ./a & ./b;; esac",
        "php artisan queue:work --daemon",
        "./gradlew bootRun --daemon",
        "./server --no-daemon --daemon-name x",
        "redis-server --daemonize no",
    ],
)
def test_what_is_not_in_the_background(command: str) -> None:
    assert marks(background, command) == []


@pytest.mark.parametrize(
    ("command", "marked"),
    [
        ("gunicorn app:app --pid /tmp/gunicorn.pid", "/tmp/gunicorn.pid"),
        ("gunicorn app:app -p web.pid", "web.pid"),
        ("./server --pidfile tmp/server.pid", "tmp/server.pid"),
        ("node server.js --pid-file=x.pid", "x.pid"),
        ("gunicorn --pid=web.pid app:app", "web.pid"),
        ("celery -A app worker --pidfile=/var/run/celery.pid", "/var/run/celery.pid"),
        ("celery -A app beat --pidfile celerybeat.pid", "celerybeat.pid"),
        ("python manage.py celery worker --pidfile=w.pid", "w.pid"),
        ("bundle exec sidekiq -C config/sidekiq.yml -P tmp/pids/sidekiq.pid", "tmp/pids/sidekiq.pid"),
        ("bin/rails server -P tmp/pids/web.pid", "tmp/pids/web.pid"),
        ("bundle exec puma --pidfile tmp/puma.pid", "tmp/puma.pid"),
        ("bundle exec thin start -P tmp/thin.pid", "tmp/thin.pid"),
        ("uwsgi --ini app.ini --pidfile /tmp/uwsgi.pid", "/tmp/uwsgi.pid"),
        ("redis-server --pidfile redis.pid", "redis.pid"),
        ("php-fpm --pid /run/fpm.pid -F", "/run/fpm.pid"),
        ("target/universal/stage/bin/app -Dpidfile.path=app.pid", "app.pid"),
        ("echo $$ > web.pid; exec node server.js", "> web.pid"),
        ("sh -c 'echo $$ > web.pid && exec java -jar app.jar'", "> web.pid"),
    ],
)
def test_what_writes_a_pid_file(command: str, marked: str) -> None:
    assert marks(pid_file, command) == [marked]


@pytest.mark.parametrize(
    "command",
    [
        "rm -f tmp/pids/server.pid && bundle exec rails s -p $PORT",
        "rm -f celerybeat.pid; celery -A app beat",
        "celery -A app beat --pidfile=",
        "gunicorn app:app --pid $PIDFILE",
        "celery -A app worker --pidfile= -l info",
        "celery -A app worker --pidfile ''",
        "celery -A app beat --pidfile /dev/null",
        "bin/rails s -p 3000 -P /dev/null",
        "rails db -p",
        "bundle exec puma -p $PORT",
        "rails server -p 3000",
        "pkill --pidfile x.pid; ./server",
        "./server --pid 7",
        "docker run --pid=host redis",
        "uvicorn app:app --port $PORT",
        "node server.js -p 3000",
        "target/universal/stage/bin/app -Dpidfile.path=/dev/null -Dhttp.port=$PORT",
        "ssh -p 22 host",
        "echo $$; exec ./server",
        "echo $PORT > port.txt; exec ./server",
        "php artisan serve --port=$PORT",
    ],
)
def test_what_writes_no_pid_file(command: str) -> None:
    assert marks(pid_file, command) == []


def test_how_a_default_pid_file_is_switched_off() -> None:
    judged = subject("a: celery -A app beat --pidfile=b.pid\nb: rails s -P x.pid\nc: thin start -P t.pid\n")
    assert [one.help for one in pid_file.judge(judged)] == [
        "write --pidfile=",
        "write --pid /dev/null",
        "leave the option out",
    ]
