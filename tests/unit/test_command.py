"""Simple or compound, and that the shell line does what the command would do without it."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyforeman.plan.command import is_simple, one_off_line, shell_line

SIMPLE = """
    python app.py
    ./manage.py runserver 0.0.0.0:$PORT
    gunicorn app:app -b :${PORT:-5000}
    $JAVA_HOME/bin/java -jar app.jar
    ~/bin/serve
    "/opt/my app/serve" --fast
    exec python app.py
    env FOO=1 python app.py
    prog "a && b; c | d > e"
    prog "it's" 'a "b'
    prog a\\;b \\& \\| \\( \\`
    prog "a\\"b;c"
    prog 'a\\' b
    prog # a && b
    prog a#b
    prog --flag=a,b {x,y} *.py [a-z] !
    prog -- -x
    prog "${A} $B"
    prog if then cd exit
    cdx /tmp
    exit.sh
""".strip().splitlines()

COMPOUND = """
    a && b
    a || b
    a; b
    a &
    a | b
    a|b
    a > log
    a >log 2>&1
    a < in
    2>/dev/null a
    (a)
    { a; }
    ! a
    FOO=1 a
    FOO=1
    _x9=1 a
    FOO+=1 a
    FOO="a b" c
    cd x
    export A=1
    . ./env.sh
    : nothing
    [ -f x ]
    exit 3
    eval "$CMD"
    echo hi
    echo 'a && b'
    set -e
    wait
    ulimit -n 1000
    umask 077
    if true
    while :
    for x in 1 2
    case x in x) a
    time a
    a $(b)
    a `b`
    a "$(b)"
    a "`b`"
    a $((1 + 2))
    a 'open
    a "open
    a "open\\"
    a \\
    a 'x' "y" 'z
    'exit' 3
    "cd" /
    \\exit 3
    e"x"it 3
""".strip().splitlines()


@pytest.mark.parametrize("command", [line.strip() for line in SIMPLE])
def test_one_program_and_its_arguments_is_simple(command: str) -> None:
    assert is_simple(command)


@pytest.mark.parametrize("command", [line.strip() for line in COMPOUND])
def test_what_needs_the_shell_is_compound(command: str) -> None:
    assert not is_simple(command)


@pytest.mark.parametrize("command", ["", " ", "a\nb"], ids=repr)
def test_nothing_and_several_lines_are_not_simple(command: str) -> None:
    assert not is_simple(command)


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("python app.py", "exec python app.py"),
        ("exec python app.py", "exec python app.py"),
        ("a && b", "trap 'exit 143' TERM; a && b"),
        ("FOO=1 a", "trap 'exit 143' TERM; FOO=1 a"),
    ],
)
def test_a_simple_command_is_executed_and_a_compound_one_keeps_its_shell(command: str, line: str) -> None:
    assert shell_line(command) == line


@pytest.mark.parametrize(
    ("command", "arguments", "line"),
    [
        ("python app.py", False, "exec python app.py"),
        ("python app.py", True, 'exec python app.py "$@"'),
        ("exec python app.py", True, 'exec python app.py "$@"'),
        ("cd x && a", False, "cd x && a"),
        ("cd x && a", True, 'cd x && a "$@"'),
    ],
)
def test_a_one_off_has_no_trap(command: str, arguments: bool, line: str) -> None:
    assert one_off_line(command, arguments=arguments) == line


ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "WORDS": "a  b *",
    "PRINTF": "/usr/bin/printf",
    "EXIT": "exit",
    "EMPTY": "",
}


def shell(line: str, folder: Path, *arguments: str) -> tuple[int, bytes]:
    done = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=20,
        check=False,
    )
    code = done.returncode  # negative for a signal; a shell that waited for the program says 128+N
    return (code if code >= 0 else 128 - code), done.stdout


@pytest.mark.parametrize(
    "command",
    [
        "printf %s hello",
        "/usr/bin/printf '<%s>' $WORDS",
        "/usr/bin/printf '<%s>' \"$WORDS\" '$WORDS' \"a;b\" a\\;b 'it''s'",
        "/usr/bin/printf '<%s>' a # b; exit 3",
        "/usr/bin/printf '<%s>' a#b",
        "/usr/bin/printf '<%s>' {a,b} [x] ! -- '#'",
        "/usr/bin/printf '<%s>' ${NONE:-d} ${#EXIT}",
        '/usr/bin/printf "<%s>" "a\\"; exit 3"',
        "$PRINTF %s x",
        "$EMPTY printf %s x",
        "'/usr/bin/printf' %s x",
        "/usr/bin/env FOO=1 sh -c 'echo $FOO'",
        "sh -c 'exit 7'",
        "exec sh -c 'exit 7'",
        "exec",
        "# nothing",
        "sh -c 'kill -KILL $$'",
        "no-such-program",
        "FOO=1 sh -c 'echo $FOO'",
        "echo a && echo b",
        "echo a; echo b # c",
        "echo a | tr a b",
        "echo a > file; cat file",
        "cd / && pwd",
        "(exit 4)",
        "! true",
        "{ echo a; }",
        "if true; then echo a; fi",
        "for x in 1 2; do echo $x; done",
        "echo $(echo a) `echo b`",
        '/usr/bin/printf %s "$(echo a)"',
        "exit 3",
        "true",
        "false",
        ":",
        ". /dev/null",
        "test a = b",
        "eval 'exit 3'",
        "command -v sh",
        "type no-such-program",
        "ulimit -c 0",
        "umask",
        "set -e; false; echo not here",
        "wait",
        "'exit' 3",
        "'exec' sh -c 'exit 7'",
        "\\exit 3",
        '"cd" / && pwd',
        '"cd" /',
        "$EXIT 3",
        "chdir /",
        "/usr/bin/printf ${NONE:- #}; echo b",
        "echo 'open",
        'echo "open',
    ],
)
def test_the_shell_line_does_what_the_command_does(command: str, tmp_path: Path) -> None:
    assert shell(shell_line(command), tmp_path) == shell(command, tmp_path)
    assert shell(one_off_line(command, arguments=False), tmp_path) == shell(command, tmp_path)


PIECES = st.sampled_from([*"'\"\\#;&|<>()`{}!*", " ", " ", " ", "$", "${A:-", "$WORDS", "a", "b=c", "exit"])
COMMANDS = st.lists(PIECES, min_size=1, max_size=8).map(
    lambda pieces: "/usr/bin/printf '<%s>' " + "".join(pieces)
)


@settings(max_examples=100, deadline=None)
@given(COMMANDS.filter(lambda command: is_simple(command) and "$$" not in command))
def test_any_simple_command_does_under_exec_what_it_does_without(command: str) -> None:
    # A simple command redirects nothing: none of these can write a file. $$ is a pid.
    assert shell(shell_line(command), Path("/usr")) == shell(command, Path("/usr"))


@pytest.mark.parametrize(
    ("command", "is_the_program"),
    [("sh -c 'echo $$'", True), ("exec sh -c 'echo $$'", True), ("sh -c 'echo $$'; true", False)],
)
def test_a_simple_command_is_the_process_that_was_started(command: str, is_the_program: bool) -> None:
    with subprocess.Popen(["/bin/sh", "-c", shell_line(command)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert (int(process.stdout.readline()) == process.pid) == is_the_program


@pytest.mark.parametrize(
    "command",
    [
        "/usr/bin/printf '<%s>' one",
        "exec /usr/bin/printf '<%s>' one",
        "true && printf '<%s>' one",
        "cd / ; printf '<%s>' one",
        "FOO=1 printf '<%s>' one",
        "printf '<%s>' one # a comment",
        "printf '<%s>' one # it's a comment",
        "true && printf '<%s>' one # a comment",
    ],
)
def test_arguments_of_a_one_off_arrive_as_they_are(command: str, tmp_path: Path) -> None:
    line = one_off_line(command, arguments=True)
    assert shell(line, tmp_path, "a b", "*", "$HOME", "it's") == (0, b"<one><a b><*><$HOME><it's>")
