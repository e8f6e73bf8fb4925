"""PF307: secrets in commands; what is one is the table of tests/unit/test_secrets.py."""

import pytest

from pyforeman.check.rules.secrets import hard_coded_secret
from subjects import found, subject

RULE = hard_coded_secret


@pytest.mark.parametrize(
    ("line", "secret", "message"),
    [
        (
            "web: SECRET_KEY=q8v2m5x0z7 gunicorn shop.wsgi",
            "q8v2m5x0z7",
            "SECRET_KEY is written into the command",
        ),
        (
            "worker: celery -A shop -b amqp://shop:hunter2@mq.example worker",
            "hunter2",
            "the password in a URL is written into the command",
        ),
        (
            'web: bin/shop -Dhttp.port=$PORT -Dplay.crypto.secret="forthewin"',
            "forthewin",
            "play.crypto.secret is written into the command",
        ),
        (
            "web: env RAILS_MASTER_KEY='1f0e2d3c4b5a' bin/rails server",
            "1f0e2d3c4b5a",
            "RAILS_MASTER_KEY is written into the command",
        ),
        (
            "bot: node bot.js --password hunter2x",
            "hunter2x",
            "--password is written into the command",
        ),
    ],
)
def test_fires(line: str, secret: str, message: str) -> None:
    judged = subject(line)
    assert found(RULE, judged) == [(1, secret, message)]


@pytest.mark.parametrize(
    "line",
    [
        "web: SECRET_KEY=$SECRET_KEY gunicorn shop.wsgi",
        "web: gunicorn shop.wsgi --keyfile web.pem",
        "assets: SECRET_KEY_BASE=1 bin/rails assets:precompile",
        "worker: DATABASE_URL=postgres://postgres:postgres@localhost/shop bundle exec sidekiq",
        "worker: TOKENIZERS_PARALLELISM=false celery -A shop worker --concurrency 4",
        "web: java -Dhttps.keyStorePassword=password -jar shop.jar",
    ],
)
def test_stays_silent(line: str) -> None:
    assert found(RULE, subject(line)) == []


def test_an_env_file_is_where_secrets_belong() -> None:
    assert found(RULE, subject("web: gunicorn shop.wsgi", env="SECRET_KEY=q8v2m5x0z7\n")) == []


def test_no_word_of_it_shows_the_secret() -> None:
    judged = subject("web: A_TOKEN=8f2k1x9q shop redis://:p4ssw0rdx@cache")
    ones = list(RULE.judge(judged))
    assert len(ones) == 2
    assert all(one.secret for one in ones)
    for secret in ("8f2k1x9q", "p4ssw0rdx"):
        assert not any(secret in one.message + one.help for one in ones)


def test_its_own_examples() -> None:
    assert len(found(RULE, subject(RULE.bad))) == 1
    assert found(RULE, subject(RULE.good)) == []
