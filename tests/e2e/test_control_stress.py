"""Many clients at once, and processes that fail by themselves: in the end there is what was wanted last."""

import os
import random
import re
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from conftest import Project
from dial import Dial
from harness import Run, child, free_base, wait_until_gone

CLIENTS, REQUESTS = 8, 30
TYPES = ("web", "api", "worker")
STEP = 10
_SCALED_AWAY = re.compile(r"no process '\w+\.1'; the formation is |\w+ is scaled to 0; ")


def ask_for_things(root: Path, seed: int) -> list[str]:
    """One client's requests, one after the other; gives what went wrong."""
    source = random.Random(seed)
    problems = []
    for _ in range(REQUESTS):
        dial = Dial(root)
        dial.next()
        kind = source.choice(TYPES)
        match source.randrange(5):
            case 0 | 1:
                request = {"command": "scale", "words": [f"{kind}={source.randint(0, 2)}"]}
            case 2:
                request = {"command": "scale", "words": [kind + source.choice(("+1", "-1"))]}
            case 3:
                request = {"command": "restart", "processes": [kind]}
            case _:
                request = {"command": "stop", "processes": [f"{kind}.1"]}
        dial.send(request)
        reply = dial.next()
        dial.close()
        # What was scaled away cannot be restarted, nor stopped by its number: the only errors there may be.
        if reply is None or not (reply["ok"] or _SCALED_AWAY.match(reply["error"])):
            problems.append(f"{request}: {reply}")
    return problems


def below(run: Run) -> list[psutil.Process]:
    return [
        process
        for process in run.manager.children(recursive=True)
        if process.status() != psutil.STATUS_ZOMBIE
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_in_the_end_there_is_what_was_asked_for_last(project: Project, seed: int) -> None:
    base = free_base(*range(STEP * len(TYPES)))
    procfile = "".join(f"{name}: {child('port_holder')}\n" for name in TYPES)
    run = project.start(procfile, "--port", str(base), "--port-step", str(STEP))
    for name in TYPES:
        run.read_until(rf"{name}\.1 crashed \(code 1\)")
    with ThreadPoolExecutor(CLIENTS) as pool:
        doing = [
            pool.submit(ask_for_things, project.folder, 100 * seed + number) for number in range(CLIENTS)
        ]
        by_command = [project.run("scale", "web=1", "api+1"), project.run("restart"), project.run("scale")]
        problems = [problem for done in doing for problem in done.result()]
    assert not problems
    for command in by_command:
        assert command.wait() in (0, 1)  # 1: what it has started had failed by itself by then
        assert "Traceback" not in command.err

    project.write("calm", "")
    last = project.run("scale", "web=2", "api=0", "worker=3")
    last.wait()
    assert last.text == "web=2 api=0 worker=3\n"
    assert project.run("restart").wait() == 0  # what waits to be started again after a failure
    dial = Dial(project.folder)
    dial.next()
    reply = dial.ask("ps")
    dial.close()
    assert reply is not None
    rows = {row["name"]: row for row in reply["processes"]}
    assert list(rows) == ["web.1", "web.2", "worker.1", "worker.2", "worker.3"]
    assert {row["state"] for row in rows.values()} == {"up"}
    ports = [base, base + 1, base + 2 * STEP, base + 2 * STEP + 1, base + 2 * STEP + 2]
    assert [row["port"] for row in rows.values()] == ports
    found = {process.pid for process in below(run)}
    assert found == {row["pid"] for row in rows.values()}, run.text[-2000:]
    zombies = [one for one in run.manager.children() if one.status() == psutil.STATUS_ZOMBIE]
    assert not zombies

    run.read_until(rf"pid {rows['worker.3']['pid']}\b")
    one_at_a_time(run)
    assert project.run("stop").wait() == 0
    assert run.wait() == 0
    assert "TAKEN" not in run.text
    assert "Traceback" not in run.err
    for row in rows.values():
        wait_until_gone(row["pid"])
    assert not os.path.exists(f"/proc/{rows['web.1']['pid']}")


def one_at_a_time(run: Run) -> None:
    """In what was said of each process, an end stands between two starts."""
    turns = re.findall(
        r"system +\| ([a-z]+\.\d+) (started|stopped|crashed|finished|could not start)", run.text
    )
    assert Counter(turn for _, turn in turns)["started"] > CLIENTS
    running: set[str] = set()
    for name, turn in turns:
        if turn == "started":
            assert name not in running, f"{name} was started beside itself"
            running.add(name)
        else:
            running.discard(name)


def test_many_stop_it_at_once_and_all_are_told(project: Project) -> None:
    run = project.start(f"web: {child('worker')}\n", "web=3")
    for index in (1, 2, 3):
        run.read_until(rf"web\.{index} +\| worker ready")
    dials = [Dial(project.folder) for _ in range(20)]
    for dial in dials:
        assert dial.next() is not None
    for dial in dials:
        dial.send({"command": "stop"})
    assert [dial.next() for dial in dials] == [{"ok": True, "exit": 0}] * 20
    for dial in dials:
        assert dial.next() is None
        dial.close()
    assert run.wait() == 0
    assert run.text.count("stop requested, stopping") == 1
    assert run.text.count("worker done") == 3


def test_a_signal_among_commands_ends_it_and_everybody_hears(project: Project) -> None:
    run = project.start(f"web: {child('worker')}\nlate: {child('worker')}\n")
    for name in ("web", "late"):
        run.read_until(rf"{name}\.1 +\| worker ready")
    dials = [Dial(project.folder) for _ in range(10)]
    for number, dial in enumerate(dials):
        assert dial.next() is not None
        dial.send({"command": "restart", "processes": ["web", "late"][: number % 2 + 1]})
    run.signal(signal.SIGTERM)
    for dial in dials:
        reply = dial.next()
        assert reply is not None
        assert reply["ok"] or reply["error"] == "the formation is stopping"
        dial.close()
    assert run.wait() == 143
