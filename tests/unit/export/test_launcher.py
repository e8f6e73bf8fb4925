"""The scripts that supervisord and runit start: what is in them, and what shells read in ``env.sh``."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications import NASTY, SHELLS, TARGET, shop, templates, web_alone
from pyforeman.errors import UsageError
from pyforeman.export import launcher
from pyforeman.export.application import Application, Process, Target
from pyforeman.export.env_sh import env_sh, quoted
from pyforeman.export.file import File
from pyforeman.plan.settings import Settings

TEMPLATES = templates("runit")
SHOW = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"


def launchers(application: Application, target: Target = TARGET) -> dict[str, File]:
    made = launcher.files(application, target, TEMPLATES, "runit", ".shop")
    return {file.path: file for file in made}


def web(command: str, **policy: Any) -> Process:
    return web_alone(command, **policy).processes[0]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_a_quoted_word_is_read_as_it_was(text: str) -> None:
    assert shlex.split(quoted(text)) == [text]


def read(shell: list[str], text: str, folder: Path) -> dict[str, str]:
    """The environment of a program that a shell starts which has read this file."""
    (folder / "env.sh").write_bytes(text.encode())
    words = [*shell, "-c", f". ./env.sh; exec {SHOW}"]
    found = subprocess.run(words, cwd=folder, env={}, stdout=subprocess.PIPE, check=True, timeout=30)
    environment: dict[str, str] = json.loads(found.stdout)
    return environment


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: Path(shell[0]).name)
def test_shells_read_every_value_as_it_was(shell: list[str], tmp_path: Path) -> None:
    found = read(shell, env_sh(NASTY), tmp_path)
    assert {key: found[key] for key in NASTY} == NASTY


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: Path(shell[0]).name)
def test_no_variable_of_a_shell_keeps_the_others_away(shell: list[str], tmp_path: Path) -> None:
    # What one of the shells sets, has read-only, checks, or splits and finds words by.
    of_shells = """
        BASHOPTS BASH_ENV BASH_VERSINFO CDPATH ENV EUID GROUPS HISTSIZE HOME IFS LANG LC_ALL LINENO MAILCHECK
        OLDPWD OPTARG OPTERR OPTIND PATH PPID PS1 PS2 PS4 PWD RANDOM SECONDS SHELLOPTS SHLVL TMOUT UID
    """.split()
    found = read(shell, env_sh({**dict.fromkeys(of_shells, "e x"), "AFTER": "there"}), tmp_path)
    assert found["AFTER"] == "there"
    assert {found[key] for key in ("IFS", "HOME", "PATH", "ENV", "PS4", "CDPATH")} == {"e x"}


def test_a_value_is_in_env_sh_alone_which_is_for_the_account() -> None:
    for path, file in launchers(shop(environment={"SECRET": "s3cr3t"})).items():
        assert ("s3cr3t" in file.text) == (path == ".shop/env.sh")
        assert (file.mode == 0o600 and file.owned) == (path in (".shop/env.sh", ".shop/release.lock"))


@pytest.mark.parametrize("target", [TARGET, TARGET._replace(user="deploy", folder="/etc/it's; (a) $(shop)")])
def test_every_script_is_one_for_every_shell(target: Target) -> None:
    scripts = [*launchers(shop(root="/srv/it's $a shop"), target).values()]
    assert len(scripts) == 8
    for file in scripts:
        for shell in SHELLS:
            subprocess.run([*shell, "-n"], input=file.text.encode(), check=True, timeout=30)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("web: gunicorn app", {"env.sh", "web"}),
        ("web: cd a && gunicorn app", {"env.sh", "web", "group.sh"}),
        (
            "web: gunicorn app\nrelease: true",
            {"env.sh", "web", "group.sh", "gate.sh", "release.lock", "release"},
        ),
    ],
)
def test_what_nobody_needs_is_not_made(text: str, paths: set[str]) -> None:
    made = launchers(shop(text, counts="", settings=Settings()))
    assert {path.removeprefix(".shop/") for path in made} == paths
    assert ("pass_gate" in made[".shop/web"].text) == ("gate.sh" in paths)


@pytest.mark.parametrize(
    ("process", "words"),
    [
        (web("gunicorn app"), "/l/web"),
        (web("gunicorn app", stop_signal=SIGINT), "/l/web"),
        (web("cd app; gunicorn app"), "/l/group.sh TERM 5 /l/web"),
        (web("cd app; gunicorn app", grace=0.25), "/l/group.sh TERM 1 /l/web"),
        (web("cd app; gunicorn app", grace=0, stop_signal=SIGINT), "/l/group.sh INT 0 /l/web"),
        (web("cd app; gunicorn app", stop_signal=40), "/l/group.sh 40 5 /l/web"),
        (
            web("python migrate.py", stop_signal=SIGTERM)._replace(name="release"),
            "/l/group.sh TERM 5 /l/release",
        ),
    ],
)
def test_who_has_several_processes_is_run_as_a_group(process: Process, words: str) -> None:
    assert " ".join(launcher.command(process, "/l")) == words


def test_a_command_is_given_to_a_shell_of_its_own() -> None:
    made = launchers(shop("""web: gunicorn 'a' "$PS" """, counts="", settings=Settings()))
    assert made[".shop/web"].text.endswith(
        """\nexec /bin/sh -c 'exec gunicorn '\\''a'\\'' "$PS"' </dev/null\n"""
    )


def test_an_account_has_its_own_home() -> None:
    target = TARGET._replace(user="deploy")
    line = "HOME=~deploy USER=deploy LOGNAME=deploy; export HOME USER LOGNAME"
    made = launchers(shop(), target)
    assert line in made[".shop/web"].text
    assert line in made[".shop/release"].text
    assert "HOME" not in launchers(shop())[".shop/web"].text


@pytest.mark.parametrize("user", ["1000", "de ploy", "deploy:www", "-x", "$(id)", "a;b"])
def test_an_account_is_a_name(user: str) -> None:
    with pytest.raises(UsageError, match=r"--user: .* is not the name of an account"):
        launchers(shop(), TARGET._replace(user=user))
