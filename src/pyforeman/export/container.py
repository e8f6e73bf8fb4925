"""How a container runs a command: the arguments that it is given.

The engine signals one process, the container's first. That is the program where the command is simple. The
shell of a compound one passes the signal on to its group, and waits for the command to end.
"""

from pyforeman.plan.command import SHELL, is_simple, shell_line

# In a container the shell leads a group of its own: 0 is all of it, itself too, so the second trap. A trap
# that does nothing, and not "": what is ignored stays ignored in a program that is started afterwards. A
# trapped signal ends `wait`, and not the command: it is over when there is no such process any more.
_PASSING_TERM_ON = (
    "trap 'trap : TERM; kill -s TERM 0' TERM; "
    f'{SHELL} -c "$1" & '
    'while wait "$!"; code=$?; kill -s 0 "$!" 2>/dev/null; do :; done; exit "$code"'
)


def arguments(command: str) -> tuple[str, ...]:
    """The arguments of the container that runs ``command`` of a Procfile, as the program is to get them."""
    if is_simple(command):
        return SHELL, "-c", shell_line(command)
    return SHELL, "-c", _PASSING_TERM_ON, "sh", shell_line(command)
