"""What a shell offers at <TAB>: commands, options, names from the Procfile."""

import shutil

import pytest

from conftest import Project
from harness import BIN
from pyforeman.cli import COMMANDS

PROCFILE = "web: sleep 1\nworker: sleep 1\nweb-admin: sleep 1\nrelease: true\n"


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("pyforeman ", " ".join(COMMANDS)),
        ("pyforeman st", "start stop"),
        ("pyforeman nonsense ", " ".join(COMMANDS)),
        ("pyforeman start --on", "--only"),
        ("pyforeman start --color ", "auto always never"),
        ("pyforeman start ", "web worker web-admin release all"),
        ("pyforeman start we", "web web-admin"),
        ("pyforeman start web=2 w", "worker web-admin"),
        ("pyforeman start --only ", "web worker web-admin release"),
        ("pyforeman start --only web,wo", "web,worker"),
        ("pyforeman start -x wo", "worker"),
        ("pyforeman start -f other.proc ", "clock all"),
        ("pyforeman start -f missing ", ""),
        ("pyforeman start -f broken ", ""),
        ("pyforeman start -f - ", ""),
        ("pyforeman run wo", "worker"),
        ("pyforeman check --st", "--strict"),
        ("pyforeman check we", "web web-admin"),
        ("pyforeman check --profile ", "development production"),
        ("pyforeman export ", "systemd compose kubernetes supervisord runit nginx haproxy"),
        ("pyforeman export s", "systemd supervisord"),
        ("pyforeman export systemd units w", "web worker web-admin"),
        ("pyforeman export systemd units web=2 w", "worker web-admin"),
        ("pyforeman restart ", ""),
        ("pyforeman scale w", ""),
        ("pyforeman wait --for ", "up listening finished stopped"),
        ("pyforeman signal HU", "HUP"),
        ("pyforeman signal sigus", "SIGUSR1 SIGUSR2"),
    ],
)
def test_what_is_offered(project: Project, line: str, offered: str) -> None:
    project.write("Procfile", PROCFILE)
    project.write("other.proc", "clock: sleep 1\n")
    project.write("broken", "no colon here\n")
    assert [value for _, value in completions(project, line)] == offered.split()


def test_it_finds_the_procfile_that_the_defaults_name(project: Project) -> None:
    project.write("Procfile.dev", "clock: sleep 1\n")
    project.write(".foreman", "procfile: Procfile.dev\n")
    assert [value for _, value in completions(project, "pyforeman start c")] == ["clock"]
    project.write(".foreman", "procfile = Procfile.dev\n")
    assert completions(project, "pyforeman start c") == []


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("pyforeman start -f ", "file"),
        ("pyforeman start -e ", "file"),
        ("pyforeman start -d ", "dir"),
        ("pyforeman start --log-dir ", "dir"),
        ("pyforeman export systemd ", "dir"),
        ("pyforeman export systemd -t ", "dir"),
        ("pyforeman run python ", "file"),
    ],
)
def test_paths_are_left_to_the_shell(project: Project, line: str, kind: str) -> None:
    project.write("Procfile", PROCFILE)
    assert [kind for kind, _ in completions(project, line)] == [kind]


def test_a_shell_offers_what_runs(project: Project) -> None:
    """The processes of a formation that runs."""
    project.start("web: sleep 1000\nworker: sleep 1000\n", "web=2", "worker=1")
    assert project.run("wait").wait() == 0
    for line, offered in {
        "pyforeman ps ": "web worker web.1 web.2 worker.1",
        "pyforeman restart web": "web web.1 web.2",
        "pyforeman stop web.1 we": "web web.2",
        "pyforeman signal HUP wo": "worker worker.1",
        "pyforeman wait --for up wor": "worker worker.1",
        "pyforeman logs -f worker ": "web web.1 web.2 worker.1 system",
        "pyforeman scale w": "web worker",
        "pyforeman scale web=3 w": "worker",
    }.items():
        assert [value for _, value in completions(project, line)] == offered.split(), line


def completions(project: Project, line: str) -> list[tuple[str, str]]:
    """What click answers to bash, as (kind, value)."""
    words = line.split()
    place = len(words) - (not line.endswith(" "))
    variables = {"_PYFOREMAN_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(place)}
    run = project.run(environment=variables)
    assert run.wait() == 0
    assert run.err == ""
    return [(kind, value) for kind, _, value in (answer.partition(",") for answer in run.text.split())]


SHELLS = {
    "bash": (["bash", "--norc", "-i"], 'eval "$(_PYFOREMAN_COMPLETE=bash_source pyforeman)"'),
    "zsh": (
        ["zsh", "-f", "-i"],
        'autoload -U compinit && compinit -u; eval "$(_PYFOREMAN_COMPLETE=zsh_source pyforeman)"',
    ),
    "fish": (["fish", "--no-config", "-i"], "_PYFOREMAN_COMPLETE=fish_source pyforeman | source"),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_completes_a_command_an_option_and_a_process(project: Project, shell: str) -> None:
    command, setup = SHELLS[shell]
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {shell} here")
    terminal = project.terminal(
        PROCFILE,
        command=["env", f"PATH={BIN}:/usr/bin:/bin", f"HOME={project.folder}", *command],
        columns=120,
    )
    terminal.press(f"{setup}; printf '%s %s\\n' set up\r")
    terminal.until("^set up$")
    terminal.press("pyforeman sta\t")
    terminal.until("pyforeman start")
    terminal.press("--no-pt\t")
    terminal.until("pyforeman start --no-pty")
    terminal.press("wor\t")
    terminal.until(r"pyforeman start --no-pty worker")
