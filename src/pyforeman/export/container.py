"""How a container runs a command: the arguments that it is given.

The engine signals one process, the container's first. That is the program where the command is simple. The
shell of a compound one passes the signal on to all of them, and waits for them: what is left when the first
process has ended is killed.
"""

from pyforeman.plan.command import SHELL, is_simple, shell_line

# Not every image has setsid. Without it they are the group of this shell (0), so a trap is set for its own
# signal, too: one that does nothing, and not "", for a program started afterwards would ignore it. A trapped
# signal ends `wait`, and not the command: that is over when there is no such process any more. Where `sleep`
# is built in, the parentheses make it a process, with whose end the shell sees who else has ended. Some
# shells know no `--` for kill, and others no group after `-s TERM`.
_PASSING_TERM_ON = (
    'command -v setsid >/dev/null && set -- setsid "$@"; '
    "trap 'trap : TERM; { "
    'kill -TERM "-$!" || kill -TERM 0; '
    'while wait "$!"; kill -0 "$!"; do :; done; '
    'while kill -0 "-$!"; do (sleep 0.1); done; '
    "} 2>/dev/null; exit 143' TERM; "
    '"$@" & wait "$!"'
)


def arguments(command: str, first: str = "") -> tuple[str, ...]:
    """The arguments of the container that runs ``command`` of a Procfile, as the program is to get them;
    ``first`` is what its shell does before (``PS=web.1; export PS; ``)."""
    if is_simple(command):
        return SHELL, "-c", first + shell_line(command)
    return SHELL, "-c", first + _PASSING_TERM_ON, "sh", SHELL, "-c", shell_line(command)
