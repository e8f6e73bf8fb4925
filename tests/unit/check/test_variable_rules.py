"""Variables that nothing sets, in commands and in env files."""

import pytest

from pyforeman.check.rules.variables import unset_variable
from pyforeman.plan.settings import Settings
from subjects import found, subject


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("celery -A shop worker -l $LOG_LEVEL", ["$LOG_LEVEL"]),
        ("bundle exec sidekiq -e ${RAILS_ENV} -c $THREADS", ["${RAILS_ENV}", "$THREADS"]),
        ('redis-server "$REDIS_CONF"', ["$REDIS_CONF"]),
        ("java -jar app.jar --config=$stage", ["$stage"]),
        ("PORT=$API_PORT npm start", ["$API_PORT"]),
        pytest.param("HOST=a node x.js --host $HOST", ["$HOST"], id="the shell expands before it assigns"),
        pytest.param('java "$JAVA_OPTS" Web', ["$JAVA_OPTS"], id="in quotes it is an empty word"),
        pytest.param('echo "it\'s $NAME"', ["$NAME"], id="an apostrophe in quotes"),
        pytest.param("echo 'a' \"$B\" $C", ["$B", "$C"], id="behind single quotes"),
        pytest.param("echo ${NAME%.rb}", ["${NAME%.rb}"], id="cut, without a default"),
        pytest.param('echo "a # $B" c#$C', ["$B", "$C"], id="no comments"),
        pytest.param("echo $A; A=1", ["$A"], id="assigned too late"),
    ],
)
def test_these_have_no_value(command: str, expected: list[str]) -> None:
    assert [text for _, text, _ in found(unset_variable, subject(f"web: {command}"))] == expected


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn shop --bind 0.0.0.0:$PORT",
        "celery -A shop worker -n $PS@%h",
        "curl localhost:$PYFOREMAN_PROCESS_WEB_PORT",
        "puma -p ${PORT:-3000} -e ${RACK_ENV:-development}",
        "puma ${A-} ${B=x} ${C:=x} ${D:?} ${E?no E} ${F:+x}",
        "java $JAVA_OPTS -jar x.jar $EXTRA_ARGS",
        "echo '$NAME' \\$NAME $$ $? $# $@ $* $! $- $0 $1",
        "A=1; echo $A",
        "export A=1 && echo $A",
        "read A; echo $A",
        "for i in 1 2; do echo $i; done",
        ": ${A:=1}; echo $A",
        ". ./env.sh; echo $A",
        "export $(cat .env | xargs) && echo $A",
        "set -a; . ./.env; set +a; echo $A",
        "cd $HOME && ls $PWD $RANDOM $USER",
        "RAILS_ENV=$RAILS_ENV bin/rails s",
        '[ -n "$HTTPS" ] && echo $HTTPS',
        'test "$A" = 1 && echo $A || echo',
        "sh -c 'serve $NAME'",
        "serve # with $NAME",
        pytest.param("echo 'open $NAME", id="nobody can read this"),
    ],
)
def test_these_are_silent(command: str) -> None:
    assert found(unset_variable, subject(f"web: {command}")) == []


def test_a_value_may_come_from_any_layer() -> None:
    text = "web: serve $A $B $C"
    judged = subject(text, env="A=1\nB=\n", real={"C": "3"})
    assert found(unset_variable, judged) == []


def test_a_variable_is_said_once() -> None:
    text = "a: x $A\nb: x $B $A\nc: x $A $A"
    messages = [message for *_, message in found(unset_variable, subject(text))]
    assert messages == ["$A has no value (and on 2 more lines)", "$B has no value"]


def test_without_ports_there_is_no_port() -> None:
    judged = subject("web: serve $PORT $PYFOREMAN_PROCESS_WEB_PORT", settings=Settings(no_port=True))
    assert [text for _, text, _ in found(unset_variable, judged)] == ["$PORT", "$PYFOREMAN_PROCESS_WEB_PORT"]


def test_a_formation_that_start_refuses_has_its_variables_all_the_same() -> None:
    judged = subject("web: serve $PORT $PS $PYFOREMAN_PROCESS_A_B_PORT\na-b: x", env="PORT=65535")
    assert judged.refusal
    assert found(unset_variable, judged) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DATABSE_URL", "did you mean DATABASE_URL? Else set it in .env, or write ${DATABSE_URL:-default}"),
        ("NAME", "set it in .env, or write ${NAME:-default}"),
        ("DYNO", "here $PS names the process: write ${DYNO:-$PS}"),
    ],
)
def test_the_help_has_a_way_out(name: str, expected: str) -> None:
    (one,) = unset_variable.judge(subject(f"web: serve ${name}", env="DATABASE_URL=x"))
    assert one.help == expected


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ("URL=http://${HOST}/", [(1, "${HOST}", "${HOST} has no value, so URL has nothing in its place")]),
        ("A=1\nB='x\n'\nC=\"1\n${D}\"", [(5, "${D}", "${D} has no value, so C has nothing in its place")]),
        ("A=${A}b", [(1, "${A}", "${A} has no value, so A has nothing in its place")]),
    ],
)
def test_a_reference_in_an_env_file_to_nothing(env: str, expected: list[tuple[int, str, str]]) -> None:
    assert found(unset_variable, subject("web: serve", env=env)) == expected


@pytest.mark.parametrize(
    "env",
    [
        "URL=http://${HOST}/\nHOST=x",
        "URL='${HOST}'",
        "URL=${HOST:-localhost}",
        "URL=$HOST",
        "PATH=bin:${PATH}",
        "A=1\nA=${A}2",
    ],
)
def test_a_reference_in_an_env_file_that_is_silent(env: str) -> None:
    assert found(unset_variable, subject("web: serve", env=env, real={"PATH": "/bin"})) == []
