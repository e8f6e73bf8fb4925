"""``.foreman``: the options that a project always wants, for every command."""

import pytest

from conftest import Project

DEV = "web: echo web on $PORT with $COLOUR\nworker: echo $PS on $PORT with $COLOUR\nclock: echo $PS\n"


@pytest.fixture
def shop(project: Project) -> Project:
    """A project as Foreman's users have them; its Procfile is not called Procfile."""
    project.write("Procfile.dev", DEV)
    project.write(".env.dev", "COLOUR=green\n")
    project.write(
        ".foreman",
        "# for all of us\nprocfile: Procfile.dev\nenv: .env.dev\nformation: web=1,worker=2\nport: 6000\n"
        "app: shop\nuser: www\n",
    )
    return project


def output(project: Project, *arguments: str, **environment: str) -> set[str]:
    """What the processes write."""
    run = project.run(*arguments, environment=environment)
    assert run.wait() == 0, run.err
    return {line.partition("| ")[2] for line in run.text.splitlines() if " system " not in line}


def test_start_takes_its_options_from_there(shop: Project) -> None:
    expected = {"web on 6000 with green", "worker.1 on 6100 with green", "worker.2 on 6101 with green"}
    assert output(shop, "start") == expected


def test_what_is_asked_for_replaces_the_formation(shop: Project) -> None:
    assert output(shop, "start", "clock") == {"clock.1"}
    assert output(shop, "start", "-m", "clock=1") == {"clock.1"}


def test_the_command_line_wins_and_then_a_variable(shop: Project) -> None:
    web = ("start", "web")
    assert output(shop, *web, "-p", "8000", PYFOREMAN_PORT="7000") == {"web on 8000 with green"}
    assert output(shop, *web, PYFOREMAN_PORT="7000") == {"web on 7000 with green"}
    assert output(shop, *web, PORT="7000") == {"web on 6000 with green"}  # as with -p, which it stands for


def test_a_flag_and_an_option_by_type(shop: Project) -> None:
    shop.write(
        ".foreman", "procfile: Procfile.dev\nno-env: true\nno_port: yes\ntimeout: 3,worker=60\nquiet: w*\n"
    )
    assert output(shop, "start", "all") == {"clock.1"}


def test_run_and_check_read_it_too(shop: Project) -> None:
    run = shop.run("run", "sh", "-c", "echo $COLOUR")
    assert (run.wait(), run.text) == (0, "green\n")
    check = shop.run("check")
    assert (check.wait(), check.text) == (0, "valid procfile detected (web, worker, clock)\n")


def test_options_of_check_are_no_mistake_for_start(shop: Project) -> None:
    with open(shop.folder / ".foreman", "a") as file:
        file.write("strict: true\nselect: PF3\n")
    assert shop.run("start", "clock").wait() == 0
    shop.write("Procfile.dev", "web: gunicorn app:app --bind 0.0.0.0:8000\n")
    assert shop.run("check", "web").wait() == 1


def test_it_is_read_in_the_current_folder_alone(shop: Project) -> None:
    (shop.folder / "below").mkdir()
    (shop.folder / "below/Procfile").write_text("web: echo web on $PORT\n")
    assert output(shop, "start", "-f", "below/Procfile", "--no-env", "web") == {"web on 6000"}
    (shop.folder / ".foreman").rename(shop.folder / "below/.foreman")
    assert output(shop, "start", "-f", "below/Procfile") == {"web on 5000"}


def test_a_folder_of_that_name_is_none(project: Project) -> None:
    (project.folder / ".foreman").mkdir()
    project.write("Procfile", "web: echo hello\n")
    assert output(project, "start") == {"hello"}


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("portt: 6000", 1, ".foreman:1: no option 'portt'; pyforeman start --help lists them"),
        ("web: a", 1, ".foreman:1: no option 'web'; pyforeman start --help lists them"),
        ("{port: 6000}", 1, ".foreman:1: not 'option: value', as in 'port: 6000': '{port: 6000}'"),
        ("no-env: perhaps", 2, "(.foreman:1) (see pyforeman start --help)"),
        ("port: high", 2, "(.foreman:1) (see pyforeman start --help)"),
    ],
)
def test_a_mistake_is_named_with_its_line(shop: Project, line: str, code: int, error: str) -> None:
    shop.write(".foreman", line + "\n")
    run = shop.run("start", "-f", "Procfile.dev")
    assert run.wait() == code
    assert run.err.count("\n") == 1
    assert run.err.rstrip("\n").endswith(error)


@pytest.mark.parametrize(
    ("line", "arguments", "variables", "kind"),
    [
        ("pty: yes", (), {}, "tty"),
        ("pty: web=yes", ("--no-pty",), {}, "pipe"),
        ("no-pty: true", (), {"PYFOREMAN_PTY": "yes"}, "tty"),
        ("no-pty: true", ("--pty=web=yes",), {}, "tty"),
        ("pty: yes", (), {"PYFOREMAN_NO_PTY": "1"}, "pipe"),
    ],
)
def test_the_stronger_source_decides_about_ptys(
    project: Project, line: str, arguments: tuple[str, ...], variables: dict[str, str], kind: str
) -> None:
    project.write(".foreman", line + "\n")
    project.write("Procfile", "web: test -t 1 && echo tty || echo pipe\n")
    assert output(project, "start", *arguments, **variables) == {kind}


def test_what_is_asked_for_replaces_the_formation_of_a_variable(shop: Project) -> None:
    assert output(shop, "start", "clock", PYFOREMAN_FORMATION="web=2") == {"clock.1"}


def test_help_helps_beside_a_broken_file(shop: Project) -> None:
    shop.write(".foreman", "portt: 6000\n")
    run = shop.run("start", "--help")
    assert (run.wait(), run.err) == (0, "")
    assert "--port" in run.text
