"""PF306 and PF311: a port that is written out, and a server of web that is not told $PORT."""

import pytest

from pyforeman.check.rule import Rule
from pyforeman.check.rules.ports_bound import hard_coded_port, port_not_bound
from pyforeman.plan.settings import Settings
from subjects import found, subject

FIXED = hard_coded_port
UNBOUND = port_not_bound


@pytest.mark.parametrize(
    ("line", "marked", "help_"),
    [
        ("web: gunicorn shop.wsgi --bind 0.0.0.0:8000", "0.0.0.0:8000", "write --bind 0.0.0.0:$PORT"),
        ("web: gunicorn -b :8080 -w 1 shop:app", ":8080", "write -b :$PORT"),
        ('web: gunicorn -b "0.0.0.0:3001" -c conf.py x', '"0.0.0.0:3001"', "write -b 0.0.0.0:$PORT"),
        ("web: gunicorn --bind=[::]:8000 shop:app", "[::]:8000", "write --bind=[::]:$PORT"),
        ("api: cd back && uv run uvicorn a:app --port 8000 --reload", "8000", "write --port $PORT"),
        ("web: python -m uvicorn a:app --port=8000", "8000", "write --port=$PORT"),
        ("web: UVICORN_PORT=8000 uvicorn a:app", "UVICORN_PORT=8000", "write UVICORN_PORT=$PORT"),
        ("web: python manage.py runserver 0.0.0.0:8000", "0.0.0.0:8000", "write 0.0.0.0:$PORT"),
        ("web: python manage.py runserver --noreload 8000", "8000", "write $PORT"),
        ("web: flask --app shop run -p 5000", "5000", "write -p $PORT"),
        ("web: streamlit run app.py --server.port=8501", "8501", "write --server.port=$PORT"),
        ("web: python -m http.server 8000", "8000", "write $PORT"),
        ("web: uwsgi --http :8000 --module shop.wsgi", ":8000", "write --http :$PORT"),
        ("web: waitress-serve --listen=*:8080 shop:app", "*:8080", "write --listen=*:$PORT"),
        ("web: bin/rails server -p 3000", "3000", "write -p $PORT"),
        ("rails: bundle exec rails s -b '0.0.0.0' -p3000", "3000", "write -p$PORT"),
        ("web: bundle exec puma -b tcp://0.0.0.0:9292", "tcp://0.0.0.0:9292", "write -b tcp://0.0.0.0:$PORT"),
        ("web: bundle exec thin start -p 5000 -e production", "5000", "write -p $PORT"),
        ("web: rackup -p 3000 web/config.ru", "3000", "write -p $PORT"),
        ("web: PORT=3000 npm start", "PORT=3000", "remove PORT=3000; each instance is given its own PORT"),
        (
            "api: PORT=3000 bundle exec rails s",
            "PORT=3000",
            "remove PORT=3000; each instance is given its own PORT",
        ),
        (
            "web: env PORT=3000 node x.js",
            "PORT=3000",
            "remove PORT=3000; each instance is given its own PORT",
        ),
        (
            "web: export PORT=3000; npm start",
            "PORT=3000",
            "remove PORT=3000; each instance is given its own PORT",
        ),
        ("web: cd front && npm run dev -- --port 3000", "3000", "write --port $PORT"),
        ("web: yarn run dev -p 3000", "3000", "write -p $PORT"),
        ("web: npx next start -p 3001", "3001", "write -p $PORT"),
        ("web: ./server -addr :8080 | tee log", ":8080", "write -addr :$PORT"),
        ("web: bin/shop --http-addr=0.0.0.0:8080", "0.0.0.0:8080", "write --http-addr=0.0.0.0:$PORT"),
        ("web: java -Dserver.port=8080 -jar s.jar", "-Dserver.port=8080", "write -Dserver.port=$PORT"),
        ("web: java -jar s.jar --server.port=8080", "--server.port=8080", "write --server.port=$PORT"),
        ("web: bin/shop -Dhttp.port=9000", "-Dhttp.port=9000", "write -Dhttp.port=$PORT"),
        ("web: php -S 0.0.0.0:8000 -t public", "0.0.0.0:8000", "write -S 0.0.0.0:$PORT"),
        ("web: php artisan serve --port=8000", "8000", "write --port=$PORT"),
        (
            "web: dotnet run --urls http://0.0.0.0:5000",
            "http://0.0.0.0:5000",
            "write --urls http://0.0.0.0:$PORT",
        ),
        ("web: sh -c 'exec gunicorn -b :8000 shop:app'", ":8000", "write -b :$PORT"),
        ("web: ./manage.py migrate && gunicorn -b :8000 shop", ":8000", "write -b :$PORT"),
    ],
)
def test_a_fixed_port(line: str, marked: str, help_: str) -> None:
    judged = subject(line)
    shown = marked.strip("\"'")
    assert found(FIXED, judged) == [(1, marked, f"the port is fixed: {shown}")]
    assert [one.help for one in FIXED.judge(judged)] == [help_]
    assert found(UNBOUND, judged) == []


@pytest.mark.parametrize(
    "line",
    [
        "web: gunicorn shop.wsgi --bind 0.0.0.0:$PORT",
        "web: gunicorn shop.wsgi --bind 0.0.0.0:${PORT:-8000} --timeout 1200 --workers 10",
        "web: gunicorn shop.wsgi -b unix:/tmp/gunicorn.sock",
        "web: gunicorn shop.wsgi -b 127.0.0.1:9001 -b 0.0.0.0:$PORT",
        "web: bin/start-nginx gunicorn shop.wsgi -b 127.0.0.1:8000",
        "web: nginx -c nginx.conf & gunicorn shop.wsgi -b 127.0.0.1:8000",
        "web: uvicorn a:app --port $API_PORT",
        "web: uvicorn a:app --port 0",
        "web: uvicorn a:app --port ${PORT:-8000} --limit-max-requests 10000",
        "web: daphne shop.asgi:application --port $PORT --bind 0.0.0.0 -v2",
        "web: python manage.py runserver $PORT",
        "web: bundle exec puma -t 8:32 -w 3 -p $PORT",
        "web: bundle exec puma -C config/puma.rb -b unix:///tmp/3000.sock",
        "web: bin/rails server -b 0.0.0.0 -p ${PORT:-3000}",
        "web: PORT=${PORT:-3000} npm start",
        "web: node server.js --max-old-space-size=4096 --timeout 3000",
        "web: ./server --metrics-port 9090 --redis localhost:6379 --upstream 10.0.0.1:8080",
        "web: ./server --addr db:5432",
        "web: ./server --redis 0.0.0.0:6379 --debug-addr 0.0.0.0:6060",
        "web: node --inspect=0.0.0.0:9229 server.js",
        "web: bundle exec thrust bin/rails server -p 3000",
        "web: java -Dserver.port=$PORT -Dmanagement.server.port=9090 -jar shop.jar",
        "web: php -S 0.0.0.0:$PORT -t public",
        "web: uwsgi --http-socket [::]:$PORT --listen 100 --gevent 1000 --processes 4",
        "web: wait-for-it --port 5432 db && node server.js",
        "web: docker run -p 8080:8080 shop",
        "stream: PORT=4000 yarn run start",
        "sidekiq: PORT=3000 bundle exec sidekiq",
        "redis: redis-server --port 6379",
        "db: postgres -p 5432 -D data",
        "memcached: memcached -m 64 -p 11211",
        "mail: mailcatcher --smtp-port 1025 --http-port 1080",
        "webpack: ./bin/webpack-dev-server --port 3035",
        "vite: bin/vite dev --port 3036",
        "stripe: stripe listen --forward-to localhost:3000/webhooks",
        "tunnel: ngrok http 3000",
        "tunnel: ssh vista -L 8081:localhost:8081 -N",
        "flower: celery -A shop flower --port=5555",
        "minio: minio server data --address :9000",
        "docs: python -m http.server 8001",
        "docs: mkdocs serve -a localhost:8001",
        "worker: celery -A shop worker --concurrency 4 --max-tasks-per-child 1000",
        "release: ./manage.py migrate && gunicorn -b :8000 --check-config x",
    ],
)
def test_no_fixed_port(line: str) -> None:
    assert found(FIXED, subject(line)) == []


@pytest.mark.parametrize(
    ("line", "program", "help_"),
    [
        ("web: uvicorn app.main:app --host 0.0.0.0", "uvicorn", "write --port $PORT"),
        ("web: python -m uvicorn a:app", "uvicorn", "write --port $PORT"),
        ("web: hypercorn main:app --reload", "hypercorn", "write --bind 0.0.0.0:$PORT"),
        ("web: daphne shop.asgi:application -b 0.0.0.0", "daphne", "write --port $PORT"),
        ("web: waitress-serve shop:app", "waitress-serve", "write --port=$PORT"),
        ("web: python manage.py runserver", "manage.py", "write runserver 0.0.0.0:$PORT"),
        ("web: ./manage.py migrate && ./manage.py runserver", "./manage.py", "write runserver 0.0.0.0:$PORT"),
        ("web: flask --app shop run --debug", "flask", "write --port $PORT"),
        ("web: python3 -m http.server --bind 0.0.0.0", "http.server", "write http.server $PORT"),
        ("web: streamlit run app.py", "streamlit", "write --server.port $PORT"),
        ("web: granian --interface asgi a:app", "granian", "write --port $PORT"),
        ("web: bundle exec thin -e production start", "thin", "write -p $PORT"),
        ("web: bundle exec unicorn -E production", "unicorn", "write -p $PORT"),
        ("web: bundle exec jekyll serve --host 0.0.0.0", "jekyll", "write --port $PORT"),
        ("web: php artisan serve --host=0.0.0.0", "artisan", "write --port=$PORT"),
        ("web: rm -f server.pid && hugo server -D 2>&1 | tee log", "hugo", "write --port $PORT"),
    ],
)
def test_a_server_that_is_not_told(line: str, program: str, help_: str) -> None:
    judged = subject(line)
    name = program.removeprefix("./")
    message = f"{name} does not read PORT: it listens on a port of its own"
    assert found(UNBOUND, judged) == [(1, program, message)]
    assert [one.help for one in UNBOUND.judge(judged)] == [help_]


@pytest.mark.parametrize(
    "line",
    [
        "web: gunicorn shop.wsgi",
        "web: bundle exec puma",
        "web: bundle exec puma -C config/puma.rb",
        "web: bin/rails server",
        "web: rackup",
        "web: next start",
        "web: npm start",
        "web: node server.js",
        "web: ./bin/server",
        "web: java -jar shop.jar",
        "web: mix phx.server",
        "web: vendor/bin/heroku-php-apache2 public/",
        "web: uvicorn a:app --port $PORT",
        "web: UVICORN_PORT=$PORT uvicorn a:app",
        "web: uvicorn a:app --fd 3",
        "web: uvicorn a:app $UVICORN_OPTIONS",
        "web: hypercorn -c hypercorn.toml main:app",
        "web: bundle exec unicorn -c config/unicorn.rb",
        "web: bundle exec unicorn --config-file config/unicorn.rb config.ru",
        "web: bundle exec thin -C config/thin.yml start",
        "web: sh setup.sh && streamlit run app.py",
        "web: . ./env.sh && uvicorn a:app",
        "web: uvicorn a:app & nginx",
        "web: bin/start-nginx uvicorn a:app",
        "web: doppler run -- uvicorn a:app",
        "web: case $X in a) uvicorn a:app;; esac",
        "api: uvicorn a:app",
        "web: flask db upgrade",
        "web: php worker.php",
        "web: caddy run",
        "release: flask run",
    ],
)
def test_a_server_that_may_know(line: str) -> None:
    assert found(UNBOUND, subject(line)) == []


def test_a_variable_of_its_own_tells_a_server() -> None:
    line = "web: flask run"
    assert len(found(UNBOUND, subject(line))) == 1
    assert found(UNBOUND, subject(line, env="FLASK_RUN_PORT=8000\n")) == []
    assert found(UNBOUND, subject(line, real={"FLASK_RUN_PORT": "8000"})) == []
    assert len(found(UNBOUND, subject(line, env="UVICORN_PORT=8000\n"))) == 1


def test_where_instances_have_no_port_none_is_missed() -> None:
    without = Settings(no_port=True)
    assert found(FIXED, subject("web: gunicorn -b :8000 x", settings=without)) == []
    assert found(UNBOUND, subject("web: flask run", settings=without)) == []


def test_each_program_of_a_command_has_its_port() -> None:
    assert found(FIXED, subject("web: uvicorn a:app --port 8000 & uvicorn b:app --port 8001")) == [
        (1, "8000", "the port is fixed: 8000"),
        (1, "8001", "the port is fixed: 8001"),
    ]


@pytest.mark.parametrize("rule", [FIXED, UNBOUND], ids=lambda rule: rule.id)
def test_their_own_examples(rule: Rule) -> None:
    assert len(found(rule, subject(rule.bad))) == 1
    assert found(rule, subject(rule.good)) == []
