"""Simple or compound? The shell line that runs a command, shared by ``start``, ``run`` and ``export``.

A simple command runs as ``exec CMD``, so that the process which is shown, signalled and waited for
is the program itself (dash does not exec the last command of ``sh -c`` by itself). A compound one
keeps its shell. That shell must outlive what it waits for: a ``sh`` that dies of SIGTERM at once
ends its session while the server behind it is still in its graceful stop. So it gets a trap, which
a shell runs only after the command in the foreground has ended.
"""

import re

SHELL = "/bin/sh"
"""The shell that runs a command; ``check`` asks the same one."""

_OPERATORS = frozenset(";&|<>()`\n")
_MORE_THAN_WORDS = _OPERATORS | frozenset("'\"\\{#")
_PLAIN = r"[A-Za-z0-9_.,:@%+~-]"
# The first word of a simple command: a name, or a path, which may be quoted or begin with a variable.
# Any other word that is quoted, escaped or comes out of a variable may be one of the shell's own.
_PROGRAM = re.compile(
    rf"""(?: (?:\$\w+|\$\{{\w+\}})? (?:{_PLAIN}*/)+ {_PLAIN}+ | {_PLAIN}+
           | '[^']*/[^']*' | "[^"$`\\]*/[^"$`\\]*" ) (?=\s|$)""",
    re.VERBOSE,
)

# Words that mean something to the shell only where they come first: exec would look for a program.
SHELL_WORDS = frozenset(
    """
    ! { } case do done elif else esac fi for function if in select then time until while [[
    . : [ alias bg break builtin cd chdir command continue declare echo eval exit export false fc fg
    getopts hash history jobs kill let local printf pwd read readonly return set shift shopt source test
    times trap true type typeset ulimit umask unalias unset wait
    """.split()
)


def is_simple(command: str) -> bool:
    """Whether ``exec`` may stand before ``command``: one program and its arguments, nothing else.

    The rule errs to the safe side: what it cannot read (an open quote, a substitution inside double
    quotes) is compound, and a compound command runs correctly, only with its shell around it.
    """
    program = _PROGRAM.match(command)
    if program is None or program[0] in SHELL_WORDS:
        return False  # an assignment has a "=" and is no program either
    return not _scan(command)[0]


def _scan(command: str) -> tuple[bool, int]:
    """Whether the shell would see more than words in ``command``, and where its code ends (a comment begins).

    Quotes, expansions, backslashes and comments as in POSIX, 2.2, 2.3 and 2.6.
    """
    if _MORE_THAN_WORDS.isdisjoint(command):  # as most are, and a Procfile may have a thousand
        return False, len(command)
    operator = False
    open_until: list[str] = []  # what ends the quotes and the ${…} that we are in
    escaped = False
    before = " "
    for position, character in enumerate(command):
        inside = open_until[-1] if open_until else ""
        if escaped:
            escaped = False
        elif character == inside:
            open_until.pop()
        elif inside == "'":
            pass
        elif character == "\\":
            escaped = True
        elif character == "{" and before == "$":
            open_until.append("}")
        elif character in "'\"" and inside != '"':
            operator = operator or inside == "}"  # quotes inside ${…} are not for us to read
            open_until.append(character)
        elif character == "`" or (character == "(" and before == "$"):
            operator = True
        elif character == "#" and not inside and before in " \t;&|()":
            return operator, position
        elif character in _OPERATORS and not inside:
            operator = True
        before = character
    return operator or bool(open_until) or escaped, len(command)


def shell_line(command: str) -> str:
    """What ``/bin/sh -c`` is given to run ``command`` as a supervised process."""
    if not is_simple(command):
        return f"trap 'exit 143' TERM; {command}"
    return command if command.split(None, 1)[0] == "exec" else f"exec {command}"


def one_off_line(command: str, *, arguments: bool) -> str:
    """What ``/bin/sh -c`` is given to run ``command`` in the user's terminal, once.

    With ``arguments``, the words that follow on ``sh``'s command line are appended. No trap: the
    terminal signals the whole foreground group, shell and program alike.
    """
    line = command[: _scan(command)[1]].rstrip() + ' "$@"' if arguments else command
    return f"exec {line}" if is_simple(command) and command.split(None, 1)[0] != "exec" else line
