"""``export compose``, run by Docker, in a machine of its own (containers.py)."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from applications import NASTY, NASTY_ARGUMENTS, env_file, nasty_argv
from conftest import Project
from engines import containers
from engines.containers import Machine, Program
from harness import free_base

SERVE = "/bin/serve"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    try:
        with containers.machine(tmp_path_factory.mktemp("machine")) as machine:
            machine.start_docker()
            machine.make_image("docker", "app")
            yield machine
    except containers.Unavailable as error:
        pytest.skip(str(error))


class App:
    """An application in a folder that the machine sees, and its containers."""

    def __init__(self, project: Project, machine: Machine) -> None:
        self.name = project.folder.parent.name.lower()
        self.machine = machine
        self.base = free_base()
        self._project = project
        self._folder = machine.share / self.name
        self._options = ("--app", self.name, "--image", "app", "--port", str(self.base))
        self.next: list[str] = []

    def export(self, procfile: str, *arguments: str, values: Mapping[str, str] | None = None) -> None:
        self._project.write("Procfile", procfile)
        (self._project.folder / ".env").write_text(env_file(values or {}), newline="")
        run = self._project.run("export", "compose", str(self._folder), *self._options, *arguments)
        assert run.wait() == 0, run.err
        self.next = re.findall("^next: (.*)$", run.text, re.MULTILINE)

    def up(self, *words: str, code: int = 0) -> str:
        """Do what the export has said, with more words at its end."""
        (command,) = self.next
        return self.machine.run(*shlex.split(command), *words, ok=(code,))

    def compose(self, *words: str) -> str:
        return self.machine.run("docker", "compose", "-f", str(self._folder / "compose.yaml"), *words)

    def containers(self, service: str) -> dict[str, Any]:
        """What docker says of the containers of a service, running or not, by their ids."""
        names = self.compose("ps", "--all", "--quiet", service).split()
        return {one["Id"]: one for one in json.loads(self.machine.run("docker", "inspect", *names))}

    def states(self, service: str) -> list[str]:
        return [one["State"]["Status"] for one in self.containers(service).values()]

    def programs(self, service: str) -> dict[str, Program]:
        """What runs in each of them, by their ids."""
        return {
            name: self.machine.program(one["State"]["Pid"], SERVE)
            for name, one in self.containers(service).items()
        }

    def said(self, service: str, words: str, times: int = 1) -> None:
        """Wait until so many lines of its containers end in these words."""

        def is_said() -> bool:
            return self.compose("logs", "--no-log-prefix", service).count(f"{words}\n") >= times

        self.machine.eventually(is_said, f"{service} says {words!r} {times} times")


@pytest.fixture
def app(project: Project, machine: Machine) -> Iterator[App]:
    app = App(project, machine)
    yield app
    app.compose("down", "--timeout", "0")


def test_values_and_arguments_arrive(app: App) -> None:
    app.export(
        f"web: serve {NASTY_ARGUMENTS}\n"
        f"worker: cd /tmp && serve {NASTY_ARGUMENTS}\n"
        "release: cat /proc/self/environ\n",
        "web=2",
        "worker=1",
        values=NASTY,
    )
    app.up()
    app.said("web", "serves", 2)
    app.said("worker", "serves")

    for name, port in (("web", app.base), ("worker", app.base + 100)):
        for program in app.programs(name).values():
            host = program.environment["HOSTNAME"]
            own = {"PORT": str(port), "PS": f"{name}.{host}", "PYTHONUNBUFFERED": "1"}
            assert {**NASTY, **own}.items() <= program.environment.items()
            assert program.arguments == ["/bin/sh", SERVE, *nasty_argv(port)]
    (release,) = app.containers("release")
    environment = app.machine.output("docker", "logs", release).decode().split("\0")
    expected = {**NASTY, "PS": "release.1", "PYTHONUNBUFFERED": "1"}
    assert {f"{key}={value}" for key, value in expected.items()} <= set(environment)


def test_each_web_answers_on_a_port_of_its_own(app: App) -> None:
    app.export("web: serve\n", "web=2")
    app.up()
    app.said("web", "serves", 2)
    wanted = {f"web.{name[:12]}" for name in app.containers("web")}
    assert {app.machine.get(app.base + offset) for offset in (0, 1)} == wanted

    app.export("web: serve\n", "web=3")
    app.up()
    app.said("web", "serves", 3)
    wanted = {f"web.{name[:12]}" for name in app.containers("web")}
    assert {app.machine.get(app.base + offset) for offset in (0, 1, 2)} == wanted
    assert len(wanted) == 3


def test_scaling_leaves_alone_what_runs(app: App) -> None:
    app.export("web: serve\nworker: serve\n")
    app.up()
    (first,) = app.containers("worker")
    app.up("--scale", "worker=3")
    assert app.states("worker") == ["running"] * 3
    assert first in app.containers("worker")
    app.up("--scale", "worker=1")
    assert app.states("worker") == ["running"]


def test_nothing_starts_after_a_release_that_fails(app: App) -> None:
    app.export("web: serve\nrelease: echo sorry; exit 3\n", "web=2")
    assert "exit 3" in app.up(code=1)
    assert app.states("web") == ["created"] * 2
    assert [one["State"]["ExitCode"] for one in app.containers("release").values()] == [3]
    app.said("release", "sorry")

    app.export("web: serve\nrelease: cat; echo done\n", "web=2")
    app.up()
    assert app.states("web") == ["running"] * 2
    app.said("release", "done")  # its stdin is at its end


@pytest.mark.parametrize(
    "command", ["serve", "cd /tmp && serve", "serve x & wait", "exec serve", "true | serve 2>&1"]
)
def test_what_is_stopped_may_finish(app: App, command: str) -> None:
    app.export(f"bot: {command}\n", values={"LAST": "0.5"})
    app.up()
    app.said("bot", "serves")
    app.compose("stop")
    assert app.states("bot") == ["exited"]
    app.said("bot", "ended")


def test_what_takes_too_long_is_killed(app: App) -> None:
    app.export("bot: serve\n", "--timeout", "0.3", values={"LAST": "1000"})
    app.up()
    app.said("bot", "serves")
    app.compose("stop")
    assert [one["State"]["ExitCode"] for one in app.containers("bot").values()] == [128 + 9]


@pytest.mark.parametrize(
    ("restart", "command", "is_restarted"),
    [
        ("on-failure", "serve", True),
        ("on-failure", "echo serves; exit 1", True),
        ("on-failure", "echo serves", True),  # docs/export.md says why
        ("always", "echo serves", True),
        ("never", "serve", False),
        ("never", "echo serves; exit 1", False),
    ],
)
def test_restarts(app: App, restart: str, command: str, is_restarted: bool) -> None:
    app.export(f"bot: {command}\n", "--restart", restart)
    app.up()
    app.said("bot", "serves")
    if command == "serve":
        for program in app.programs("bot").values():
            app.machine.run("busybox", "kill", "-KILL", str(program.pid))
    if is_restarted:
        app.said("bot", "serves", 2)
    else:
        app.machine.eventually(lambda: app.states("bot") == ["exited"], "it has ended")
        assert [one["RestartCount"] for one in app.containers("bot").values()] == [0]


def test_what_ran_is_back_after_a_reboot(app: App) -> None:
    app.export("web: serve\nworker: cd /tmp && serve\nbot: serve\nrelease: true\n")
    app.up()
    for service in ("web", "worker", "bot"):
        app.said(service, "serves")
    app.compose("stop", "bot")
    app.machine.stop_docker()
    app.machine.start_docker()
    for service in ("web", "worker"):
        app.said(service, "ended")  # it was told to, and ended well
        app.said(service, "serves", 2)
        assert app.states(service) == ["running"]
    assert app.states("bot") == app.states("release") == ["exited"]


def test_an_image_of_this_machine_is_not_looked_for_elsewhere(app: App, project: Project) -> None:
    project.write("Procfile", "web: serve\n")
    run = project.run("export", "compose", str(app.machine.share / app.name), "--app", "elsewhere")
    assert run.wait() == 0
    up = re.findall("^next: (.*)$", run.text, re.MULTILINE)[-1]
    assert "No such image: elsewhere" in app.machine.run(*shlex.split(up), ok=(1,))
