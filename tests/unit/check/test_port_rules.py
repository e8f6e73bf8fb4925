"""Ports that are taken, asked for twice, or past the last one."""

import pytest

from pyforeman.check.facts import Facts
from pyforeman.check.rules.ports import port_clash, port_past_last, port_taken
from pyforeman.plan.settings import Settings
from subjects import found, subject


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web: serve -p $PORT", [(1, "$PORT", "5000, the port of web.1, is held by nginx, pid 7")]),
        ("web: serve -p ${PORT}", [(1, "${PORT}", "5000, the port of web.1, is held by nginx, pid 7")]),
        ("web: rails s", [(1, "rails s", "5000, the port of web.1, is held by nginx, pid 7")]),
        (
            "a: x\napi: x -b :${PORT:-1}",
            [(2, "${PORT", "5100, the port of api.1, is held by another process")],
        ),
        ("api: x", []),
        ("web: gunicorn shop -b :8000", []),
        ("other: x\nb: x\nc: x $PORT", []),
    ],
)
def test_a_taken_port_is_a_note_where_it_will_be_used(
    text: str, expected: list[tuple[int, str, str]]
) -> None:
    facts = Facts(ports={5000: "is held by nginx, pid 7", 5100: "is held by another process"})
    assert found(port_taken, subject(text, facts=facts)) == expected


def test_a_port_that_is_free_is_not_mentioned() -> None:
    assert found(port_taken, subject("web: serve -p $PORT")) == []


@pytest.mark.parametrize(
    ("text", "counts", "expected"),
    [
        (
            "web: serve -p $PORT\nadmin: flask run --port 5000",
            {},
            [(2, "5000", "admin.1 and web.1 get the same port, 5000")],
        ),
        (
            "web: serve -b 0.0.0.0:8000",
            {"web": 2},
            [(1, "0.0.0.0:8000", "web.2 and web.1 get the same port, 8000")],
        ),
        (
            "api: PORT=4000 npm start\nui: PORT=4000 npm run dev",
            {},
            [(2, "PORT=4000", "ui.1 and api.1 get the same port, 4000")],
        ),
        (
            "a: rails s -p 3000\nb: php -S localhost:80\nc: uvicorn x:y --port=3000",
            {},
            [(3, "3000", "c.1 and a.1 get the same port, 3000")],
        ),
        (
            "api: serve $PORT\nnode: node x --listen :5000",
            {},
            [(2, ":5000", "node.1 and api.1 get the same port, 5000")],
        ),
    ],
)
def test_two_processes_with_one_port(
    text: str, counts: dict[str, int], expected: list[tuple[int, str, str]]
) -> None:
    assert found(port_clash, subject(text, counts=counts)) == expected


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("web: serve $PORT\nworker: serve $PORT", {"web": 3, "worker": 3}),
        ("web: serve -p 8000\nadmin: serve -p 8001", {}),
        ("web: serve -p 8000", {"web": 1}),
        ("a: serve -p 8000\nb: serve -p 8000", {"a": 1}),
        ("a: docker run -p 8000:80 x\nb: docker run -p 8001:80 x", {}),
        ("a: huey -p 4\nb: huey -p 4", {}),
        ("a: celery worker -l 5000\nb: celery worker -l 5000", {}),
        ("web: serve $PORT\ndb: psql -p 5000", {}),
        ("web: serve $PORT\nw: wait-for-it.sh localhost:5000 -- node x", {}),
        ("web: PORT=3000 puma\nworker: PORT=3000 bundle exec sidekiq", {}),
        ("web: serve -p ${PORT:-5000}\napi: serve -p ${PORT:-5000}", {}),
    ],
)
def test_these_do_not_clash(text: str, counts: dict[str, int]) -> None:
    assert found(port_clash, subject(text, counts=counts)) == []


def test_a_step_of_nothing_is_said_once() -> None:
    text = "web: serve $PORT\napi: serve $PORT\nadmin: serve $PORT\nworker: work"
    judged = subject(text, settings=Settings(port_step=0))
    assert found(port_clash, judged) == [(2, "$PORT", "api.1 and web.1 get the same port, 5000")]
    (one,) = port_clash.judge(judged)
    assert one.help == "--port-step 100 gives each its own"


def test_a_port_past_the_last_one_is_said_at_its_type() -> None:
    judged = subject("api: serve\nworker: work", counts={"api": 1, "worker": 1}, env="PORT=65500")
    assert found(port_past_last, judged) == [(2, "work", "worker.1 would get port 65600, past 65535")]
    (one,) = port_past_last.judge(judged)
    assert one.help == "lower --port or --port-step, or use --no-port"


@pytest.mark.parametrize("refusal", ["", "nothing to start: every count is 0; the types in Procfile are web"])
def test_another_refusal_is_none_of_the_ports(refusal: str) -> None:
    assert found(port_past_last, subject("web: serve")._replace(refusal=refusal)) == []
