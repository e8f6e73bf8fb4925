"""A command as the shell reads it: words, assignments, redirections, operators, each in its place."""

import itertools
import subprocess

import pytest

from pyforeman.check.shell import Script, read


def shown(script: Script) -> list[str]:
    """Each simple command in one line: ``A=1 program word >file &&``, words in angle brackets."""
    return [
        " ".join(
            [
                *(f"{word.value}" for word in command.assignments),
                *(f"<{word.value}>" for word in command.words),
                *(
                    f"{redirection.operator}{redirection.target.value}"
                    for redirection in command.redirections
                ),
                *([command.operator] if command.operator else []),
            ]
        )
        for command in script.commands
    ]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("gunicorn app:app --bind 0.0.0.0:$PORT", ["<gunicorn> <app:app> <--bind> <0.0.0.0:$PORT>"]),
        ("bundle exec puma -C config/puma.rb", ["<bundle> <exec> <puma> <-C> <config/puma.rb>"]),
        ("RAILS_ENV=production bin/rails s", ["RAILS_ENV=production <bin/rails> <s>"]),
        ("A=1 B='2 3' x C=4", ["A=1 B=2 3 <x> <C=4>"]),
        ("A=1", ["A=1"]),
        ("cd web && npm start", ["<cd> <web> &&", "<npm> <start>"]),
        ("a || b | c; d & e", ["<a> ||", "<b> |", "<c> ;", "<d> &", "<e>"]),
        ("a &", ["<a> &"]),
        ("a\nb", ["<a> ;", "<b>"]),
        ("(a; b) & c", ["<a> ;", "<b> &", "<c>"]),
        ("(a)", ["<a>"]),
        ("{ a; b; } && c", ["<a> ;", "<b> &&", "<c>"]),
        ("! a", ["<a>"]),
        ("if a; then b; else c; fi", ["<a> ;", "<b> ;", "<c> ;"]),
        ("while true; do a; sleep 1; done", ["<true> ;", "<a> ;", "<sleep> <1> ;"]),
        ("for x in a b; do run $x & done; wait", ["<run> <$x> &", "<wait>"]),
        ("for x in a; do run; done &", ["<run> &"]),
        ("a > log/x.log 2>&1", ["<a> >log/x.log 2>&1"]),
        ("a >>x", ["<a> >>x"]),
        ("a &> x", ["<a> &>x"]),
        (">x a", ["<a> >x"]),
        ("a2>x", ["<a2> >x"]),
        ("a 2>x", ["<a> 2>x"]),
        ("a < in", ["<a> <in"]),
        ("a # the rest", ["<a>"]),
        ("a#b", ["<a#b>"]),
        ("'a b' \"c d\" e\\ f", ["<a b> <c d> <e f>"]),
        ("a'b'\"c\"d", ["<abcd>"]),
        ("'' \"\"", ["<> <>"]),
        (r'"\$x \" \n"', [r'<$x " \n>']),
        (r"'\n'", [r"<\n>"]),
        ('"${PORT:-5000}" ${X:=y}', ["<${PORT:-5000}> <${X:=y}>"]),
        ("echo $(date +'%H)') `ls | wc`", ["<echo> <$(date +%H))> <`ls | wc`>"]),
        ("echo $((1 + 2)) end", ["<echo> <$((1 + 2))> <end>"]),
        ('echo "$(ls "a b")" ${X:-$(y)}', ['<echo> <$(ls a b)> <${X:-$(y)}>']),
        ("sh -c 'a && b' &", ["<sh> <-c> <a && b> &"]),
        ("echo $ $$ $1", ["<echo> <$> <$$> <$1>"]),
        ("", []),
        ("   ", []),
    ],
)  # fmt: skip
def test_what_is_read(command: str, expected: list[str]) -> None:
    script = read(command)
    assert shown(script) == expected
    assert script.is_clear


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("a; case $x in b) c;; esac", ["<a> ;"]),
        ("f() { a; }; f", ["<f>"]),
        ("function f { a; }", []),
        ("cat <<EOF", ["<cat>"]),
        ("cat <<< word", ["<cat>"]),
        ("a; echo 'open", ["<a> ;", "<echo>"]),
        ('echo "open', ["<echo>"]),
        ("echo $(open", ["<echo>"]),
        ("echo `open", ["<echo>"]),
        ("echo ${open", ["<echo>"]),
        ("a \\", ["<a>"]),
    ],
)
def test_what_cannot_be_read_ends_it_and_is_told(command: str, expected: list[str]) -> None:
    script = read(command)
    assert shown(script) == expected
    assert not script.is_clear


@pytest.mark.parametrize(("command", "groups"), [("(a)", True), ("{ a; }", True), ("a; b", False)])
def test_brackets_are_told(command: str, groups: bool) -> None:
    assert read(command).groups is groups


@pytest.mark.parametrize(
    "command", ["  exec  A=1 'b c'\t--x=\"$Y\" >> z &&  d; (e $(f g)) &", "a\\ b 2> c", "{ x; } | tee  y"]
)
def test_every_word_knows_its_place(command: str) -> None:
    for simple in read(command).commands:
        for word in (*simple.assignments, *simple.words, *(r.target for r in simple.redirections)):
            assert command[word.start : word.end] == word.text
        for redirection in simple.redirections:
            assert command[redirection.start :].startswith(redirection.operator)
            assert command[redirection.end - 1] == redirection.target.text[-1]
        if simple.operator:
            assert command[simple.operator_start :].startswith(simple.operator)


def test_words_are_those_that_the_shell_makes() -> None:
    """Every string of six of these characters that is clear, against /bin/sh itself."""
    alphabet = ("a", " ", "'", '"', "\\", "#")
    lines = ["".join(letters) for letters in itertools.product(alphabet, repeat=6)]
    ours = {line: read(f"x {line}") for line in lines}
    clear = [line for line in lines if ours[line].is_clear]
    assert len(clear) > 20_000
    script = "x() { printf '<%s>' \"$@\"; echo; }\n" + "".join(f"x {line}\n" for line in clear)
    theirs = subprocess.run(["/bin/sh"], input=script, capture_output=True, text=True, check=True).stdout
    for line, shell in zip(clear, theirs.splitlines(), strict=True):
        words = [word.value for command in ours[line].commands for word in command.words[1:]]
        assert "".join(f"<{word}>" for word in words or [""]) == shell, line


def test_a_long_word_that_does_not_end_is_read_once() -> None:
    """Tried in every division into parts, this word takes longer than there is time."""
    assert not read("python /" + 500 * "app/" + "ma`in.py").is_clear
