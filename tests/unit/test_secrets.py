"""What is a secret: names, values that are shown, and what is written out in a command line."""

import pytest

from pyforeman.plan.secrets import hidden, is_secret_name, masked, secrets_in

# Put together here, so that no scanner of repositories takes them for real ones.
AWS = "AKIA" + "Q3EGZV7RTN2WPLMK"
STRIPE = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc"
GITHUB = "ghp_" + "a1B2c3D4" * 5
GITHUB_FINE = "github_" + "pat_" + "11ABCDEFG0" * 4
SLACK = "xoxb-" + "123456789012-abcdefGHIJKL"
GOOGLE = "AIza" + "SyA1b2C3d4E" * 3 + "f5"
JWT = ".".join(("eyJ" + "hbGciOiJIUzI1NiJ9", "eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0", "dozjgNryP4J3jVmNHl0w5N"))


@pytest.mark.parametrize(
    "name",
    """
    SECRET_KEY SECRET_KEY_BASE DB_PASSWORD DBPASSWORD PGPASSWORD MYSQL_PWD SMTP_PASS API_KEY apiKey STRIPE_KEY
    GITHUB_TOKEN AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID PRIVATE_KEY RAILS_MASTER_KEY BASIC_AUTH COOKIE
    GOOGLE_APPLICATION_CREDENTIALS SLACK_WEBHOOK_URL OAUTH_CLIENT_SECRET SSL_KEY PASS
    --password --api-key --requirepass -Dplay.http.secret.key
    """.split(),
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    """
    KEYCLOAK KEYCLOAK_URL MONKEY AUTHOR XAUTHORITY TOKENIZERS_PARALLELISM PASSWORD_MIN_LENGTH PASSENGER_PORT
    SECRET_KEY_FILE SSH_AUTH_SOCK SESSION_COOKIE_NAME STRIPE_PUBLISHABLE_KEY PUBLIC_KEY TOKEN_TTL BYPASS
    PWD OLDPWD PATH PORT DATABASE_URL KEYBOARD MAX_TOKENS TOKEN_ADDRESS --key-file --password-stdin _ 1
    """.split(),
)
def test_names_of_none(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("SECRET_KEY", "abc", "****"),
        ("API_TOKEN", "1", "****"),
        ("DB_PASSWORD", "/etc/db", "****"),
        ("STRIPE_KEY", "/9j4AAQSkZJRg", "****"),
        ("SSL_KEY", "/etc/ssl/web.pem", "/etc/ssl/web.pem"),
        ("SECRET_KEY", "", ""),
        ("DATABASE_URL", "postgres://web:pw@db/shop", "postgres://web:****@db/shop"),
        ("DATABASE_URL", "postgres://web:p@w@db/shop?mail=a@b", "postgres://web:****@db/shop?mail=a@b"),
        ("DATABASE_URL", "mysql://web:p/w@db/shop", "mysql://web:****@db/shop"),
        ("DATABASE_URL", "postgres://postgres:postgres@localhost", "postgres://postgres:****@localhost"),
        ("DATABASE_URL", "postgres://web@db/shop", "postgres://web@db/shop"),
        ("REDIS_URL", "redis://:pw@cache:6379/0", "redis://:****@cache:6379/0"),
        ("BROKERS", "amqp://a:x@h1,amqp://a:y@h2", "amqp://a:****@h1,amqp://a:****@h2"),
        ("SENTRY_DSN", "https://1a2b3c@sentry.example/1", "https://****@sentry.example/1"),
        ("ORIGIN", "http://web:8000/@me", "http://web:8000/@me"),
        ("PG", "host=db user=web password=pw dbname=shop", "host=db user=web password=**** dbname=shop"),
        ("ODBC", "Server=db;User=web;Pwd=pw;Port=1", "Server=db;User=web;Pwd=****;Port=1"),
        ("CALLBACK", "https://a.example/?api_key=k1&b=2", "https://a.example/?api_key=****&b=2"),
        ("ANYTHING", GITHUB, "****"),
        ("ANYTHING", f"Bearer {JWT}", "****"),
        ("CERT", "-----BEGIN PRIVATE " + "KEY-----\nMIIE\n", "****"),
        ("PATH", "/usr/bin:/bin", "/usr/bin:/bin"),
        ("PORT", "5000", "5000"),
        ("PWD", "/srv/shop", "/srv/shop"),
        ("GREETING", "hello: a@b, c=d", "hello: a@b, c=d"),
    ],
)
def test_a_value_as_it_may_be_shown(key: str, value: str, shown: str) -> None:
    assert masked(key, value) == shown


@pytest.mark.parametrize(
    ("command", "secret", "what"),
    [
        ("SECRET_KEY=q8v2m5x0z7 gunicorn app:app", "q8v2m5x0z7", "SECRET_KEY"),
        ("SECRET_KEY_BASE=c50d77f631c5c98345 bin/rails server", "c50d77f631c5c98345", "SECRET_KEY_BASE"),
        ("env 'A=1' DB_PASSWORD='tr0ub4dor' ./manage.py runserver", "tr0ub4dor", "DB_PASSWORD"),
        ('sh -c "API_TOKEN=8f2k1x9q node server.js"', "8f2k1x9q", "API_TOKEN"),
        ("redis-server --requirepass s3same0pen", "s3same0pen", "--requirepass"),
        ("celery -A shop flower --basic-auth=boss:x7y8z9w0q1r2", "boss:x7y8z9w0q1r2", "--basic-auth"),
        ("docker run -e API_KEY=k7x9q2m4 shop", "k7x9q2m4", "API_KEY"),
        ("bin/shop -Dhttp.port=$PORT -Dplay.crypto.secret=forthewin", "forthewin", "play.crypto.secret"),
        (
            "java -jar shop.jar --spring.datasource.password=hunter2",
            "hunter2",
            "--spring.datasource.password",
        ),
        ("celery -b amqp://shop:hunter2@mq.example/ worker", "hunter2", "the password in a URL"),
        ("REDIS_URL=redis://:p4ssw0rdx@cache:6379 sidekiq", "p4ssw0rdx", "the password in a URL"),
        ("x postgres://shop:8fj2k1x9q7w3@localhost/shop", "8fj2k1x9q7w3", "the password in a URL"),
        (f"AWS_ACCESS_KEY_ID={AWS} node index.js", AWS, "a token"),
        (f"node pay.js --stripe {STRIPE}", STRIPE, "a token"),
        (f"git clone https://{GITHUB}@github.com/a/b", GITHUB, "a token"),
        (f"./bot {GITHUB_FINE}", GITHUB_FINE, "a token"),
        (f"./bot -slack={SLACK}", SLACK, "a token"),
        (f"php geo.php '{GOOGLE}'", GOOGLE, "a token"),
        (f"curl -H 'Authorization: Bearer {JWT}' https://a.example", JWT, "a token"),
        ("curl -H 'Authorization: Bearer 8fj2k1x9q7w3' a", "8fj2k1x9q7w3", "the Authorization header"),
    ],
)
def test_a_secret_that_is_written_out(command: str, secret: str, what: str) -> None:
    assert [(command[one.start : one.end], one.what) for one in secrets_in(command)] == [(secret, what)]
    assert hidden(command) == command.replace(secret, "****")


@pytest.mark.parametrize(
    "command",
    [
        "SECRET_KEY=$SECRET_KEY gunicorn app:app",
        'DB_PASSWORD="${DB_PASSWORD:-postgres}" bin/rails server',
        "SECRET_KEY=changeme python manage.py runserver",
        "SECRET_KEY_BASE=1 bin/rails assets:precompile",
        "SECRET_KEY_BASE_DUMMY=1 bin/rails assets:precompile",
        "SECRET_KEY_BASE=dummy bundle exec rake assets:precompile",
        "SECRET_KEY=not-a-secret flask run",
        "SECRET_KEY=xxxxxxxxxx flask run",
        "ANYCABLE_SECRET=anycable-local-secret bundle exec anycable",
        "API_KEY=your-api-key-here node server.js",
        "mysqld --password=secret",
        "postgres://postgres:postgres@localhost:5432/shop",
        "DATABASE_URL=postgres://shop:shop@localhost/shop puma",
        "DATABASE_URL=postgres://shop:sesame@127.0.0.1/shop puma",
        "celery -b amqp://guest:guest@mq:5672// worker",
        "DATABASE_URL=postgres://shop:$PW@db/shop puma",
        "goalert --db-url=postgres://goalert@localhost",
        "TOKENIZERS_PARALLELISM=false python worker.py",
        "PASSWORD_MIN_LENGTH=8 TOKEN_TTL=3600 node server.js",
        "SSL_KEY=/etc/ssl/private/web.key node server.js",
        "gunicorn app:app --keyfile web.pem --certfile web.crt",
        "./server --key-file secrets/x.pem --token-file=/run/token",
        "KEYCLOAK=https://id.example/auth MONKEY=george AUTHOR=anne21 ./run",
        "etcd --name infra1 --initial-cluster-token etcd-cluster-1",
        "java -Dhttps.keyStore=k.jks -Dhttps.keyStorePassword=password -jar shop.jar",
        "docker login --password-stdin registry.example.com",
        "ansible-playbook --ask-pass deploy01.yml",
        "celery -A shop worker --loglevel=info --concurrency 4",
        "GITHUB_TOKEN=`cat token1234` ./bot",
        "API_KEY=op://vault/item/field ./run",
        "CACHE_KEY=shop_v12 PRIMARY_KEY=order_id php artisan queue:work",
        "AWS_ACCESS_KEY_ID=AKIA" + "IOSFODNN7EXAMPLE node index.js",
    ],
)
def test_no_secret_is_written_out(command: str) -> None:
    assert secrets_in(command) == ()
    assert hidden(command) == command


def test_several_secrets_of_one_line() -> None:
    command = "A_TOKEN=8f2k1x9q B_PASSWORD=tr0ub4dor x redis://:p4ssw0rdx@cache"
    assert hidden(command) == "A_TOKEN=**** B_PASSWORD=**** x redis://:****@cache"


@pytest.mark.parametrize(
    "text", ["--password=" * 9000, "a=KEY" * 18000, "password " * 10000, "http://" * 12000]
)
def test_a_line_that_was_made_to_be_slow_is_read(text: str) -> None:
    """Each was a matter of minutes, or would be, with a pattern that begins anew at each name."""
    secrets_in(text)
    masked("A", text)
