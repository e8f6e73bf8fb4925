"""Simple or compound? The shell line that runs a command, shared by ``start``, ``run`` and ``export``.

A simple command runs as ``exec CMD``, so that the process which is shown, signalled and waited for
is the program itself (dash does not exec the last command of ``sh -c`` by itself). A compound one
keeps its shell. That shell must outlive what it waits for: a ``sh`` that dies of SIGTERM at once
ends its session while the server behind it is still in its graceful stop. So it gets a trap, which
a shell runs only after the command in the foreground has ended.
"""

import re

_COMPOUND = frozenset(";&|<>()`\n")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")

# Words that mean something to the shell only where they come first: exec would look for a program.
_SHELL_WORDS = frozenset(
    """
    ! { } case do done elif else esac fi for function if in select then time until while [[
    . : [ alias bg break builtin cd command continue declare echo eval exit export false fc fg getopts
    hash history jobs kill let local printf pwd read readonly return set shift shopt source test times
    trap true type typeset ulimit umask unalias unset wait
    """.split()
)


def is_simple(command: str) -> bool:
    """Whether ``exec`` may stand before ``command``: one program and its arguments, nothing else.

    The rule errs to the safe side: what it cannot read (an open quote, a substitution inside double
    quotes) is compound, and a compound command runs correctly, only with its shell around it.
    """
    words = command.split(None, 1)
    if not words or words[0] in _SHELL_WORDS or _ASSIGNMENT.match(words[0]):
        return False
    return not _has_operator(command)


def _has_operator(command: str) -> bool:
    """Whether a character that means something to the shell stands outside quotes (POSIX, 2.2 and 2.4)."""
    quote = ""
    escaped = False
    for position, character in enumerate(command):
        if escaped:
            escaped = False
        elif quote == "'":
            if character == "'":
                quote = ""
        elif character == "\\":
            escaped = True
        elif quote == '"':
            if character == '"':
                quote = ""
            elif character == "`" or command.startswith("$(", position):
                return True
        elif character in "'\"":
            quote = character
        elif character == "#" and (position == 0 or command[position - 1] in " \t"):
            return False  # the rest is a comment
        elif character in _COMPOUND:
            return True
    return bool(quote) or escaped


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
    line = command + ' "$@"' if arguments else command
    return f"exec {line}" if is_simple(command) and command.split(None, 1)[0] != "exec" else line
