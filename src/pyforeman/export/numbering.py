"""How an instance learns its name and its port from its number, in words of a shell: ``$1`` is the number.

So a template unit or a launcher serves every instance, and one more is started without a new export.
"""

from pyforeman.export.application import Process

NOT_AN_INSTANCE = 78
"""The exit code for a number that has no port (sysexits.h: EX_CONFIG)."""


def numbered(process: Process) -> str:
    """Sets PORT and PS: ``PORT=$((4999 + $1)) PS=web.$1; export PORT PS``."""
    if not process.ranges:
        return f"PS={process.name}.$1; export PS"
    return f"PORT=$(({_port(process)})) PS={process.name}.$1; export PORT PS"


def number_check(process: Process) -> str:
    """Ends the shell with NOT_AN_INSTANCE where ``$1`` has no port: the next one is another type's.

    Empty where no PORT is set. A zero in front would make an octal number of it.
    """
    if not process.ranges:
        return ""
    return (
        f'case $1 in ""|0*|*[!0-9]*) false ;; *) [ "$1" -le {process.most} ] ;; esac || '
        f'{{ echo "{process.name}.$1: ports are for 1 to {process.most}" >&2; exit {NOT_AN_INSTANCE}; }}'
    )


def _port(process: Process) -> str:
    """The port as arithmetic of a shell (POSIX, 2.6.4)."""
    expression = ""
    before = 0
    for ports in process.ranges:
        offset = ports.start - before - 1
        before += len(ports)
        more = f"$1 <= {before} ? " if ports is not process.ranges[-1] else ""
        expression += f"{more}{offset} + $1{' : ' if more else ''}"
    return expression
