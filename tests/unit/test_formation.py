"""How many of each type, and which port and environment each instance has."""

import re
from collections.abc import Mapping

import pytest

from pyforeman.errors import UsageError
from pyforeman.plan.formation import (
    Instance,
    Ports,
    base_port,
    expand,
    one_off_environment,
    parse_changes,
    parse_counts,
    port_number,
    port_plan,
    without,
)
from pyforeman.plan.policy import DEFAULT
from pyforeman.plan.procfile import ProcessType, Procfile

NAMES = ("web", "css", "worker", "release")


def procfile(*names: str) -> Procfile:
    types = (ProcessType(name, f"run {name}", line) for line, name in enumerate(names, start=1))
    return Procfile("Procfile", tuple(types))


def started(*words: str, names: tuple[str, ...] = NAMES) -> dict[str, int]:
    """The counts that are not 0."""
    counts = parse_counts(words, procfile(*names))
    assert counts.keys() <= set(names)
    return {name: count for name, count in counts.items() if count}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", {"web": 1, "css": 1, "worker": 1}),
        ("web=2 worker=3", {"web": 2, "worker": 3}),
        ("web", {"web": 1}),
        ("web worker=2", {"web": 1, "worker": 2}),
        ("web=2,worker=3", {"web": 2, "worker": 3}),
        ("web=2, worker=3,", {"web": 2, "worker": 3}),
        ("web,worker css=4", {"web": 1, "worker": 1, "css": 4}),
        ("web=1 web=3", {"web": 3}),
        ("web=03", {"web": 3}),
        ("all", {"web": 1, "css": 1, "worker": 1}),
        ("all=2", {"web": 2, "css": 2, "worker": 2}),
        ("all=2 web=5", {"web": 5, "css": 2, "worker": 2}),
        ("web=5 all=2", {"web": 5, "css": 2, "worker": 2}),
        ("all=1 css=0", {"web": 1, "worker": 1}),
        ("all=0 web=1", {"web": 1}),
        ("all=0", {}),
        ("all=0 web=0", {}),
        ("css=0", {"web": 1, "worker": 1}),
        ("css=0 web=0", {"worker": 1}),
        ("web=0 worker=2", {"worker": 2}),
        ("web=0 css=0 worker=0", {}),
        ("release", {"release": 1}),
        ("release=1 web", {"release": 1, "web": 1}),
        ("release=0", {"web": 1, "css": 1, "worker": 1}),
        ("all=2 release", {"web": 2, "css": 2, "worker": 2, "release": 1}),
    ],
)
def test_what_is_started(words: str, expected: dict[str, int]) -> None:
    assert started(*words.split()) == expected


def test_counts_are_in_the_order_asked() -> None:
    assert list(parse_counts(["worker=101", "web=101"], procfile(*NAMES)))[:2] == ["worker", "web"]


@pytest.mark.parametrize(
    "word", ["clock", "clock=2", "web,clock", "=", "=1", "=-1", "Web", "web.1", "*", "web =1"]
)
def test_an_unknown_name_is_an_error_that_lists_the_names(word: str) -> None:
    with pytest.raises(UsageError, match="web, css, worker") as caught:
        started(word)
    assert "Procfile" in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "word",
    [
        "web=-1",
        "web=many",
        "web=",
        "web=1.5",
        "web=²",
        "web=٣",
        "web==1",
        "web=+1",
        "web= 1",
        "all=x",
        "web=1e3",
    ],
)
def test_what_is_no_count_is_an_error_that_lists_the_names(word: str) -> None:
    with pytest.raises(UsageError, match="web, css, worker") as caught:
        started(word)
    assert repr(word.partition("=")[2]) in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_release_runs_once() -> None:
    with pytest.raises(UsageError, match="release=2"):
        started("release=2")


@pytest.mark.parametrize(
    ("counts", "excluded", "expected"),
    [
        ({"web": 2, "css": 1}, (), {"web": 2, "css": 1}),
        ({"web": 2, "css": 1}, ("css",), {"web": 2, "css": 0}),
        ({"web": 2, "css": 1}, ("css", "css", "web"), {"web": 0, "css": 0}),
        ({"web": 2}, ("worker",), {"web": 2}),
    ],
)
def test_excluded_types_do_not_run(
    counts: dict[str, int], excluded: tuple[str, ...], expected: dict[str, int]
) -> None:
    assert without(counts, excluded, NAMES) == expected


def test_excluding_an_unknown_name_is_an_error_that_lists_the_names() -> None:
    with pytest.raises(UsageError, match=r"--exclude.*'clock'.*web, css, worker"):
        without({}, ["clock"], NAMES)


def plan(*names: str, base: int = 5000, step: int = 100) -> Ports:
    return port_plan(procfile(*names), base, step)


@pytest.mark.parametrize(
    ("names", "name", "index", "port"),
    [
        ("web worker", "web", 1, 5000),
        ("web worker", "web", 2, 5001),
        ("web worker", "worker", 1, 5100),
        ("web worker", "worker", 3, 5102),
        ("worker web", "web", 1, 5000),
        ("worker web", "worker", 1, 5100),
        ("a b web c", "web", 1, 5000),
        ("a b web c", "a", 1, 5100),
        ("a b web c", "b", 1, 5200),
        ("a b web c", "c", 1, 5300),
        ("a b", "a", 1, 5000),
        ("a b", "b", 1, 5100),
        ("release web worker", "worker", 1, 5200),
        ("web", "web", 100, 5099),
    ],
)
def test_a_port_follows_from_the_place_in_the_procfile(names: str, name: str, index: int, port: int) -> None:
    assert plan(*names.split()).of(name, index) == port


@pytest.mark.parametrize(
    ("step", "worker", "third"),
    [(100, 5100, 5002), (10, 5010, 5002), (1000, 6000, 5002), (3, 5003, 5002), (0, 5000, 5002)],
)
def test_the_step_is_the_distance_between_types(step: int, worker: int, third: int) -> None:
    ports = plan("web", "worker", step=step).reserve({"web": 3})
    assert ports.of("worker", 1) == worker
    assert ports.of("web", 3) == third


@pytest.mark.parametrize(
    ("counts", "name", "index", "port"),
    [
        ({"web": 101}, "web", 100, 5099),
        ({"web": 101}, "web", 101, 5300),
        ({"web": 200}, "web", 200, 5399),
        ({"web": 201}, "web", 201, 5400),
        ({"worker": 101}, "worker", 101, 5300),
        ({"web": 101, "worker": 101}, "worker", 101, 5400),
        ({"worker": 101, "web": 101}, "worker", 101, 5300),
        ({"worker": 101, "web": 101}, "web", 101, 5400),
        ({"worker": 201, "web": 101}, "web", 101, 5500),
        ({"worker": 101, "web": 101}, "clock", 1, 5200),
    ],
)
def test_instances_beyond_the_step_take_whole_blocks_after_the_last_type(
    counts: dict[str, int], name: str, index: int, port: int
) -> None:
    assert plan("web", "worker", "clock").reserve(counts).of(name, index) == port


def test_blocks_are_kept_when_more_is_reserved() -> None:
    once = plan("web", "worker").reserve({"web": 101})
    again = once.reserve({"worker": 101, "web": 201})
    less = again.reserve({"web": 1}).reserve({"web": 201})
    assert [ports.of("web", 101) for ports in (once, again, less)] == [5200] * 3
    assert [ports.of("worker", 101) for ports in (again, less)] == [5300] * 2
    assert [ports.of("web", 201) for ports in (again, less)] == [5400] * 2
    assert again.reserve({"worker": 101, "web": 201}) == again


@pytest.mark.parametrize("step", [1, 7, 100, 1000])
def test_no_two_instances_share_a_port(step: int) -> None:
    counts = {"worker": 250, "web": 130, "clock": 1}
    ports = plan(*counts, step=step).reserve(counts)
    numbers = [ports.of(name, index + 1) for name, count in counts.items() for index in range(count)]
    assert len(set(numbers)) == 381


@pytest.mark.parametrize(
    ("base", "name", "index"), [(65535, "web", 1), (65434, "web", 100), (65435, "worker", 1)]
)
def test_65535_is_a_port(base: int, name: str, index: int) -> None:
    assert plan("web", "worker", base=base).of(name, index) <= 65535


@pytest.mark.parametrize(
    ("base", "name", "index"), [(65535, "web", 2), (65535, "worker", 1), (65436, "worker", 1)]
)
def test_past_65535_is_an_error_that_names_the_instance(base: int, name: str, index: int) -> None:
    with pytest.raises(UsageError, match=rf"^{name}\.{index} would get port \d+, past 65535.*--no-port"):
        plan("web", "worker", base=base).of(name, index)


@pytest.mark.parametrize(
    ("option", "environment", "expected"),
    [
        (None, {}, 5000),
        (None, {"PORT": "1234"}, 1234),
        (6000, {"PORT": "1234"}, 6000),
        (6000, {"PORT": "nonsense"}, 6000),
        (None, {"PORT": ""}, 5000),
        (None, {"PORT": "1"}, 1),
        (None, {"PORT": "65535"}, 65535),
    ],
)
def test_the_base_is_the_option_then_port_then_5000(
    option: int | None, environment: dict[str, str], expected: int
) -> None:
    assert base_port(option, environment) == expected


@pytest.mark.parametrize(
    "text",
    ["abc", "0", "65536", "-1", "+1", "1.5", "80 ", "²", "٣", "0x50", "", "9" * 5000],
    ids=lambda text: text[:9],
)
def test_an_unreadable_port_is_an_error_that_names_its_source(text: str) -> None:
    with pytest.raises(UsageError, match=r"^PORT: .*1 to 65535") as caught:
        port_number(text, "PORT")
    assert caught.value.exit_code == 2


def run(
    counts: Mapping[str, int],
    environment: Mapping[str, str],
    *,
    names: tuple[str, ...] = ("worker", "my-web", "web"),
    base: int | None = 5000,
) -> dict[str, Instance]:
    """The instances by name."""
    known = procfile(*names)
    ports = None if base is None else port_plan(known, base)
    policies = dict.fromkeys(names, DEFAULT)
    return {found.name: found for found in expand(known, counts, ports, environment, policies)}


def test_instances_are_in_the_order_of_the_procfile() -> None:
    assert list(run({"web": 2, "worker": 1}, {})) == ["worker.1", "web.1", "web.2"]


def test_an_instance_is_all_that_a_spawner_needs() -> None:
    found = run({"worker": 2}, {"A": "1"})["worker.2"]
    assert (found.type, found.index, found.command, found.port) == ("worker", 2, "run worker", 5101)
    assert found.policy == DEFAULT
    assert dict(found.environment) == {
        "A": "1",
        "PORT": "5101",
        "PS": "worker.2",
        "PYTHONUNBUFFERED": "1",
        "PYFOREMAN_PROCESS_WEB_PORT": "5000",
        "PYFOREMAN_PROCESS_WORKER_PORT": "5100",
        "PYFOREMAN_PROCESS_MY_WEB_PORT": "5200",
    }


@pytest.mark.parametrize(
    "counts", [{"worker": 1}, {"web": 3, "worker": 1}, {"worker": 1, "my-web": 2, "web": 1}]
)
def test_a_port_does_not_depend_on_what_else_runs(counts: dict[str, int]) -> None:
    assert run(counts, {})["worker.1"].port == 5100


@pytest.mark.parametrize(
    ("given", "expected"), [({}, "1"), ({"PYTHONUNBUFFERED": ""}, ""), ({"PYTHONUNBUFFERED": "x"}, "x")]
)
def test_python_is_unbuffered_unless_set(given: dict[str, str], expected: str) -> None:
    assert run({"web": 1}, given)["web.1"].environment["PYTHONUNBUFFERED"] == expected


def test_own_port_and_name_win_over_the_environment() -> None:
    found = run({"worker": 1}, {"PORT": "5000", "PS": "old"})["worker.1"].environment
    assert (found["PORT"], found["PS"]) == ("5100", "worker.1")


def test_without_ports_none_is_set() -> None:
    found = run({"web": 1}, {"A": "1"}, base=None)["web.1"]
    assert found.port is None
    assert dict(found.environment) == {"A": "1", "PS": "web.1", "PYTHONUNBUFFERED": "1"}


def test_types_past_the_last_port_keep_nobody_else_from_running() -> None:
    found = run({"web": 1}, {}, base=65535)["web.1"]
    assert found.environment["PORT"] == "65535"
    assert "PYFOREMAN_PROCESS_WORKER_PORT" not in found.environment
    with pytest.raises(UsageError, match=r"worker\.1"):
        run({"worker": 1}, {}, base=65535)


def test_what_is_given_is_not_changed() -> None:
    environment = {"PORT": "1"}
    run({"web": 2}, environment)
    assert environment == {"PORT": "1"}


@pytest.mark.parametrize(
    ("name", "command", "port", "expected"),
    [
        ("web", "serve", 5000, True),
        ("api", "serve -p $PORT", 5100, True),
        ("api", "serve -p ${PORT:-1}", 5100, True),
        ("worker", "work", 5100, False),
        ("web", "serve -p $PORT", None, False),
    ],
)
def test_who_will_listen_on_a_port(name: str, command: str, port: int | None, expected: bool) -> None:
    assert Instance(name, 1, command, port, {}, DEFAULT).uses_port == expected


@pytest.mark.parametrize(
    ("name", "port"),
    [("web", "5000"), ("worker", "5100"), ("python", None)],
    ids=["web", "worker", "no type"],
)
def test_a_one_off_has_the_port_of_its_type_only(name: str, port: str | None) -> None:
    found = one_off_environment({"A": "1"}, plan("worker", "web"), name)
    assert found.get("PORT") == port
    assert found["A"] == "1"
    assert found["PYFOREMAN_PROCESS_WORKER_PORT"] == "5100"
    assert found["PS"] == "run.1"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), {}),
        (("",), {}),
        (("web=3",), {"web": 3}),
        (("web+1",), {"web": 3}),
        (("web-1",), {"web": 1}),
        (("web-5",), {"web": 0}),
        (("web+0",), {"web": 2}),
        (("web+1", "web+1"), {"web": 4}),
        (("web=5,web-1",), {"web": 4}),
        (("web=1", " worker+2 "), {"web": 1, "worker": 2}),
        (("all=2",), {"web": 2, "worker": 2}),
        (("all+1",), {"web": 3, "worker": 1}),
        (("all=0", "web=1"), {"web": 1, "worker": 0}),
        (("web=1", "all-1"), {"web": 0, "worker": 0}),
        (("web=9999",), {"web": 9999}),
    ],
)
def test_changes_of_counts(words: tuple[str, ...], expected: dict[str, int]) -> None:
    assert parse_changes(words, {"web": 2, "release": 0, "worker": 0}) == expected


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("web", "'web' is not a change (0 to 9999); write web=3, web+1 or web-1"),
        ("web=", "not a change"),
        ("web=-1", "not a change"),
        ("web=+1", "not a change"),
        ("web=1.5", "not a change"),
        ("web=10000", "not a change"),
        ("web+9998", "9999 of a type are the most"),
        ("web=٣", "not a change"),
        ("+1", "not a change"),
        ("w*=1", "not a change"),
        ("web=1 worker=1", "not a change"),
        ("mail=1", "no process type 'mail'; there are web, worker"),
        ("release=1", "a release runs once, and is not scaled"),
        ("release+1", "a release runs once, and is not scaled"),
    ],
)
def test_what_is_no_change_is_an_error_that_says_why(word: str, parts: str) -> None:
    with pytest.raises(UsageError, match=re.escape(parts)):
        parse_changes((word,), {"web": 2, "release": 0, "worker": 0})
