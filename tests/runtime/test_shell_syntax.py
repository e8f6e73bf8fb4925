"""sh -n, asked about many commands at once: it says what it says about each alone, and runs none."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyforeman.runtime import shell_syntax
from pyforeman.runtime.shell_syntax import Syntax

SHELLS = {
    "sh": ("/bin/sh", "sh"),
    **{name: (path, name) for name in ("dash", "bash") if (path := shutil.which(name))},
    **({"bash as sh": (path, "sh")} if (path := shutil.which("bash")) else {}),
    **({"busybox": (path, "sh")} if (path := shutil.which("busybox")) else {}),
}
BROKEN = """
    a 'b
    a "b
    it's
    a "'"'
    a )
    a ) b
    (a
    }
    } )
    {
    a; } ) ; ( { b
    } done; while :; do { b
    }; done; while :; do { b
    if x
    if x; then y
    while true; do x
    a &&
    && a
    a |
    a $(b
    $(a 'b
    a `b
    a ${b
    a "${b
    fi
    done
    ;;
    a ;; b
    case a in
    case a in b) c
    f() {
    for in in in; x
""".strip().splitlines()
SOUND = """
    gunicorn app:app --bind 0.0.0.0:${PORT:-5000} --workers "$WORKERS"
    bundle exec puma -C config/puma.rb
    cd src && exec python -m app 2>&1 | tee log
    java $JAVA_OPTS -Dserver.port=$PORT -jar target/*.jar
    trap '' SIGINT; celery -A app worker & wait
    sh -c 'while true; do x; sleep 1; done'
    while true; do x; sleep 1; done
    while true; do x "${a}"; done
    for i in 1 2; do { x; }; done
    if [ -f x ]; then a; else b; fi
    case "$A" in a) b;; esac
    a # it's a comment
    # only a comment
    a \\
    a \\\\
    a <<E
    cat <<'E' && b
    a "$(b "c")" `d` $((1 + 2))
    (cd a; b) && { c; }
    echo don\\'t
    'a b' "c d" e\\ f
    a "it's"
    a "$b" ')' "(" '}'
    ! a
    if
""".strip("\n").splitlines()[:-1]
COMMANDS = [line.strip() for line in (*BROKEN, *SOUND)]


@pytest.mark.parametrize("shell", SHELLS.values(), ids=SHELLS)
def test_it_says_what_the_shell_says_of_each_alone(shell: tuple[str, str]) -> None:
    """The brackets around each change nothing, and no command hides another one."""
    refused = {place for place, command in enumerate(COMMANDS) if refuses(shell, command)}
    assert set(range(len(BROKEN))) <= refused, "a broken command of the table is none"
    assert not refused & set(range(len(BROKEN), len(COMMANDS))), "a sound command of the table is none"
    assert set(Syntax(COMMANDS, shell).errors()) == refused


@pytest.mark.parametrize("command", BROKEN)
def test_one_that_is_broken_is_found_among_sound_ones(command: str) -> None:
    sound = [line.strip() for line in SOUND]
    commands = [*sound * 5, command.strip(), *sound * 3, command.strip(), *sound]
    assert set(Syntax(commands).errors()) == {5 * len(sound), 8 * len(sound) + 1}


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.lists(st.sampled_from("a b' \" ` ( ) { } ; ;; & && | \\ $( ${ # done do if then fi '' x".split()))
    )
)
def test_any_commands_are_judged_as_if_each_stood_alone(commands: list[list[str]]) -> None:
    lines = [" ".join(words) for words in commands]
    refused = {place for place, line in enumerate(lines) if refuses(SHELLS["sh"], line)}
    assert set(Syntax(lines).errors()) == refused


def test_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = tmp_path / "trap"
    profile = tmp_path / "profile"
    profile.write_text(f"touch {trap}\n")
    for variable in ("ENV", "BASH_ENV"):
        monkeypatch.setenv(variable, str(profile))
    touch = f"touch {trap}"
    commands = [
        touch,
        f"$({touch})",
        f"`{touch}`",
        f"a; }}; {touch}; {{",
        f"}}; {touch}; {{",
        f"); {touch}; (",
        f"}}\ndone\n{touch}\nwhile :; do {{",
        f"}}; done; {touch}; while :; do {{",
        f"set +n; {touch}",
        f"a 'b'; set +n; {touch}; 'c",
        f"cat <<E; {touch}",
        f"cat <<E\n$({touch})\nE\n{touch}",
        f"${{A:=$({touch})}}",
        f"trap '{touch}' EXIT; '",
        f"f() {{ {touch}; }}; f",
        f"eval '{touch}'",
        f"a \\\n{touch}",
        f"$(({touch}",
    ]
    for shell in SHELLS.values():
        for asked in (commands, *([command] for command in commands)):
            Syntax(asked, shell).errors()
            assert not trap.exists()
    subprocess.run(["sh", "-c", touch], check=True)
    assert trap.exists(), "the trap itself is broken"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("sh: 1: Syntax error: Unterminated quoted string\n", "Unterminated quoted string"),
        ('sh: 7: Syntax error: ")" unexpected\n', '")" unexpected'),
        ("sh: line 1: syntax error near unexpected token `)'\nsh: line 1: `a )'\n",
         "syntax error near unexpected token `)'"),
        ("bash: line 1: unexpected EOF while looking for matching `''\n",
         "unexpected EOF while looking for matching `''"),
        ("sh: syntax error: unterminated quoted string\n", "unterminated quoted string"),
        ("sh: line 2: syntax error: unexpected end of file\n", "unexpected end of file"),
        ("", "it cannot be read"),
    ],
)  # fmt: skip
def test_the_words_are_those_of_the_shell(said: str, expected: str) -> None:
    assert shell_syntax._words(said) == expected


def test_sound_commands_take_one_process_and_plain_ones_none() -> None:
    assert pids(["a && b"] * 1000) == 1
    assert pids(["gunicorn app:app --bind 0.0.0.0:$PORT"] * 1000) == 0


def test_a_thousand_broken_commands_come_to_an_end() -> None:
    errors = Syntax(["a )"] * 1100).errors()
    assert len(errors) == shell_syntax._MOST_ALONE


def test_without_a_shell_nothing_is_said() -> None:
    fds = os.listdir("/dev/fd")
    assert Syntax(["a )", "b 'c"], ("/nowhere/sh", "sh")).errors() == {}
    assert os.listdir("/dev/fd") == fds


def refuses(shell: tuple[str, str], command: str) -> bool:
    path, name = shell
    asked = subprocess.run([name, "-n", "-c", command], check=False, executable=path, capture_output=True)
    return asked.returncode != 0


def pids(commands: list[str]) -> int:
    """How many processes there are for these commands, of which nothing is wrong."""
    syntax = Syntax(commands)
    asked = len(syntax._open)
    assert syntax.errors() == {}
    return asked
