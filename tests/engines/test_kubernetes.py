"""``export kubernetes``, played by Podman in a machine of its own (containers.py).

Podman runs pods as Kubernetes does, one of each Deployment. It has no Services, and restarts and replaces
nothing: what Kubernetes does with these, no test here shows.
"""

from collections.abc import Iterator, Mapping

import pytest

from applications import NASTY, NASTY_ARGUMENTS, env_file, nasty_argv
from conftest import Project
from engines import containers
from engines.containers import Machine, Program

SERVE = "/bin/serve"
OTHERS = {"PATH", "HOME", "HOSTNAME", "TERM", "container"} | {"PWD", "OLDPWD", "SHLVL"}
"""What Podman, the image and the shell have in every environment."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    try:
        with containers.machine(tmp_path_factory.mktemp("machine")) as machine:
            machine.make_image("podman", "localhost/app:1")
            yield machine
    except containers.Unavailable as error:
        pytest.skip(str(error))


class App:
    """An application in pods, which all have the network of the machine."""

    def __init__(self, project: Project, machine: Machine) -> None:
        self.machine = machine
        self._project = project
        self._file = machine.share / "all.yaml"

    def play(self, procfile: str, *arguments: str, values: Mapping[str, str] | None = None) -> None:
        """Export to stdout, and hand that to Podman as it is."""
        self._project.write("Procfile", procfile)
        (self._project.folder / ".env").write_text(env_file(values or {}), newline="")
        options = ("--app", "app", "--image", "localhost/app:1")
        run = self._project.run("export", "kubernetes", "-", *options, *arguments)
        assert run.wait() == 0, run.err
        self._file.write_bytes(run.out)
        self.machine.run("podman", "kube", "play", "--network=host", str(self._file))

    def down(self) -> None:
        self.machine.run("podman", "pod", "rm", "--all", "--force", "--time=0")
        self.machine.run("podman", "secret", "rm", "--all")

    def container(self, name: str) -> str:
        """The container of a process type; Job names end in a hash."""
        names = self.machine.run("podman", "ps", "--all", "--format", "{{.Names}}").split()
        (found,) = (one for one in names if one.startswith(f"app-{name}-"))
        return found

    def program(self, name: str) -> Program:
        pid = self._inspected(name, "{{.State.Pid}}")
        return self.machine.program(int(pid), SERVE)

    def logs(self, name: str) -> str:
        return self.machine.run("podman", "logs", self.container(name))

    def said(self, name: str, words: str) -> None:
        """Wait until a line of its log ends in these words."""
        self.machine.eventually(lambda: f"{words}\n" in self.logs(name), f"{name} says {words!r}")

    def stop(self, name: str) -> int:
        """Stop it as Kubernetes would; gives its exit code."""
        self.machine.run("podman", "stop", self.container(name))
        return self.exit_code(name)

    def exit_code(self, name: str) -> int:
        self.machine.run("podman", "wait", self.container(name))
        return int(self._inspected(name, "{{.State.ExitCode}}"))

    def _inspected(self, name: str, what: str) -> str:
        return self.machine.run("podman", "inspect", "--format", what, self.container(name)).strip()


@pytest.fixture
def app(project: Project, machine: Machine) -> Iterator[App]:
    app = App(project, machine)
    yield app
    app.down()


def test_values_and_arguments_arrive_and_nothing_else(app: App) -> None:
    app.play(
        f"web: serve {NASTY_ARGUMENTS}\n"
        f"worker: cd /tmp && serve {NASTY_ARGUMENTS}\n"
        "release: cat /proc/self/environ\n",
        "web=3",
        "worker=1",
        values=NASTY,
    )
    assert len(NASTY) == 38
    for name, port in (("web", 5000), ("worker", 5100)):
        app.said(name, "serves")
        program = app.program(name)
        own = {"PORT": str(port), "PS": f"app-{name}-pod", "PYTHONUNBUFFERED": "1"}
        arrived = {key: value for key, value in program.environment.items() if key not in OTHERS}
        assert arrived == {**NASTY, **own}
        assert program.arguments == ["/bin/sh", SERVE, *nasty_argv(port)]
        assert app.machine.get(port) == f"app-{name}-pod"
    assert app.exit_code("release") == 0
    expected = {f"{key}={value}" for key, value in {**NASTY, "PYTHONUNBUFFERED": "1"}.items()}
    assert expected <= set(app.logs("release").split("\0"))


def test_nothing_in_a_command_is_a_reference_of_kubernetes(app: App) -> None:
    app.play(
        "simple: serve '$$' '$(PORT)' '$$(PORT)' $PORT '$'\n"
        """compound: true && serve '$$' '$(PORT)' "$(echo sub)" $((1 + 1)) "$PORT"\n"""
    )
    for name, arguments in (
        ("simple", ["$$", "$(PORT)", "$$(PORT)", "5000", "$"]),
        ("compound", ["$$", "$(PORT)", "sub", "2", "5100"]),
    ):
        app.said(name, "serves")
        assert app.program(name).arguments == ["/bin/sh", SERVE, *arguments]


@pytest.mark.parametrize(
    "command", ["serve", "cd /tmp && serve", "serve x & wait", "exec serve", "true | serve 2>&1"]
)
def test_what_is_stopped_may_finish(app: App, command: str) -> None:
    app.play(f"bot: {command}\n", values={"LAST": "0.5"})
    app.said("bot", "serves")
    assert app.stop("bot") in (0, 143)
    app.said("bot", "ended")


@pytest.mark.parametrize("command", ["sleep 1000", "cd /tmp && sleep 1000"])
def test_what_has_no_word_to_say_ends_at_once(app: App, command: str) -> None:
    """As number 1 of its container it would not have heard the signal."""
    app.play(f"bot: {command}\n", "--timeout", "1000")
    assert app.stop("bot") == 128 + 15


def test_what_takes_too_long_is_killed(app: App) -> None:
    app.play("bot: serve\n", "--timeout", "0.3", values={"LAST": "1000"})
    app.said("bot", "serves")
    assert app.stop("bot") == 128 + 9


def test_account(app: App) -> None:
    app.play("bot: id -u; id -g; sleep 1000\n", "--user", "1234")
    app.said("bot", "1234\n0")


def test_release_that_fails_is_not_run_again(app: App) -> None:
    app.play("bot: sleep 1000\nrelease: cat; echo sorry; exit 3\n")  # its stdin is at its end
    assert app.exit_code("release") == 3
    assert app.logs("release") == "sorry\n"


def test_same_pods_from_the_folder(app: App, project: Project) -> None:
    """What is printed is what is written."""
    app.play("web: serve\nrelease: true\n")
    folder = app.machine.share / "k8s"
    options = ("--app", "app", "--image", "localhost/app:1")
    run = project.run("export", "kubernetes", str(folder), *options)
    assert run.wait() == 0, run.err
    app.down()
    for name in ("secret", "release", "web"):
        app.machine.run("podman", "kube", "play", "--network=host", str(folder / f"{name}.yaml"))
    app.said("web", "serves")
    assert app.exit_code("release") == 0
