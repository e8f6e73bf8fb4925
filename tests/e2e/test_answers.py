"""What the commands make of answers that a real formation gives only by chance, and what they ask."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Project
from formation import HANG_UP, Formation, Message, row, said


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A folder for sockets; its path is short, as sun_path is."""
    folder = Path(tempfile.mkdtemp(prefix="pf-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


UP = row("web.1", pid=7)
CRASHED = row("web.1", "crashed", exit=3)
BACKOFF = row("web.1", "backoff", exit=1)
OK: Message = {"ok": True}
REFUSED: Message = {"ok": False, "error": "no process 'x'; there are web.1", "exit": 2}

PS: Message = {"command": "ps", "processes": []}
WATCH: Message = {"command": "watch", "processes": []}
ENDED = "pyforeman: the formation ended\n"

CASES: list[tuple[str, Message, list[Any], int, str]] = [
    (
        "restart web",
        {"command": "restart", "processes": ["web"]},
        [OK | {"processes": [CRASHED], "changes": ["web: command is now x"]}],
        1,
        "web: command is now x\nweb.1 crashed (code 3)\n",
    ),
    (
        "restart",
        {"command": "restart", "processes": []},
        [OK | {"processes": [UP, row("job.1", "finished", exit=0)], "changes": []}],
        0,
        "web.1 restarted, pid 7, port 5000\njob.1 finished (code 0)\n",
    ),
    (
        "stop web",
        {"command": "stop", "processes": ["web"]},
        [OK | {"processes": [UP]}],
        1,
        "web.1 runs again, pid 7, port 5000\n",
    ),
    (
        "scale web+1 clock-1",
        {"command": "scale", "words": ["web+1", "clock-1"]},
        [OK | {"formation": "web=2 clock=0", "processes": [UP, BACKOFF], "stopped": ["clock.1"]}],
        1,
        "web=2 clock=0\npyforeman: web.1 does not run (code 1); it is started again soon\n",
    ),
    (
        "reload",
        {"command": "reload"},
        [
            OK
            | {
                "added": ["web.1"],
                "removed": ["clock.1"],
                "restarted": ["job.1"],
                "changes": ["job: restart is now never"],
                "processes": [CRASHED],
            }
        ],
        1,
        "job: restart is now never\nweb.1 added\nclock.1 removed\njob.1 restarted\n"
        "pyforeman: web.1 crashed (code 3)\n",
    ),
    (
        "ps x",
        {"command": "ps", "processes": ["x"]},
        [REFUSED],
        2,
        "pyforeman: no process 'x'; there are web.1\n",
    ),
    ("stop", {"command": "stop"}, [HANG_UP], 1, ENDED),
    (
        "ps",
        PS,
        [b'{"ok": tr', HANG_UP],
        1,
        "pyforeman: the formation ended\n",
    ),
    (
        "signal --group hup web",
        {"command": "signal", "signal": "HUP", "group": True, "processes": ["web"]},
        [OK | {"processes": [UP]}],
        0,
        "web.1, pid 7, was sent SIGHUP\n",
    ),
    ("wait", WATCH, [said(UP)], 0, ""),
    ("wait", WATCH, [said(BACKOFF), said(UP)], 0, ""),
    (
        "wait",
        WATCH,
        [said(CRASHED)],
        1,
        "pyforeman: web.1 crashed (code 3)\n",
    ),
    ("wait", WATCH, [HANG_UP], 1, ENDED),
    ("wait x", {"command": "watch", "processes": ["x"]}, [REFUSED], 2, f"pyforeman: {REFUSED['error']}\n"),
    (
        "wait --for finished",
        WATCH,
        [said(UP), said(row("web.1", "finished", exit=0)), OK | {"exit": 0}],
        0,
        "",
    ),
    ("wait --for stopped", WATCH, [said(UP), OK | {"exit": 0}], 0, ""),
    (
        "wait",
        WATCH,
        [said(BACKOFF, stopping=True)],
        1,
        "pyforeman: the formation is stopping\n",
    ),
    (
        "wait --for listening",
        WATCH,
        [said(row("worker.1", uses_port=False))],
        2,
        "pyforeman: no process uses its PORT; name those that are to listen\n",
    ),
    (
        "wait worker --for listening",
        {"command": "watch", "processes": ["worker"]},
        [said(row("worker.1", port=None))],
        2,
        "pyforeman: worker.1 has no port to listen on\n",
    ),
]


@pytest.mark.parametrize(
    ("line", "request_", "answer", "code", "printed"), CASES, ids=[f"{case[0]} {case[3]}" for case in CASES]
)
def test_answers(
    project: Project, runtime: Path, line: str, request_: Message, answer: list[Any], code: int, printed: str
) -> None:
    with Formation(runtime, project.folder, lambda _: answer) as formation:
        run = project.run(*line.split(), environment={"XDG_RUNTIME_DIR": str(runtime)})
        assert (run.wait(), run.text + run.err) == (code, printed)
        assert formation.requests == [request_]


def test_another_protocol(project: Project, runtime: Path) -> None:
    with Formation(runtime, project.folder, greeting={"protocol": 2}):
        run = project.run("ps", environment={"XDG_RUNTIME_DIR": str(runtime)})
        assert run.wait() == 1
    assert run.err == (
        f"pyforeman: the formation in {project.folder}, pid {os.getpid()}, speaks protocol 2, "
        "this pyforeman 1; use the pyforeman that started it\n"
    )


def test_several_formations(project: Project, runtime: Path) -> None:
    environment = {"XDG_RUNTIME_DIR": str(runtime)}
    answer = OK | said(row("web.1", pid=os.getpid()))
    with (
        Formation(runtime, project.folder, lambda _: [answer], name="blue"),
        Formation(runtime, project.folder, lambda _: [answer], name="green"),
    ):
        run = project.run("ps", environment=environment)
        assert run.wait() == 2
        assert run.err == (
            f"pyforeman: several formations run in {project.folder}: blue, green; choose one with --name\n"
        )
        assert project.run("ps", "--name", "green", environment=environment).wait() == 0
        assert project.run("ps", environment=environment | {"PYFOREMAN_NAME": "blue"}).wait() == 0
