"""What has become of a process of a running formation, in words.

A report is what a formation says of one of its processes: name, type, state, pid, port, uptime, restarts,
exit, command, uses_port, pty.
"""

from collections.abc import Mapping
from typing import Any

Report = Mapping[str, Any]

FINISHED, CRASHED, STOPPED = "finished", "crashed", "stopped"
AT_REST = frozenset((FINISHED, CRASHED, STOPPED))
"""The states of what does not run, and will not by itself."""
FAILING = frozenset((CRASHED, "backoff"))
"""The states of what ended and was not to."""


def fate(row: Report, done: str = "is up") -> str:
    """One line about a process; ``done`` is what is said of one that is up: ``restarted``."""
    match row["state"]:
        case "up":
            port = f", port {row['port']}" if row.get("port") is not None else ""
            said = f"{done}, pid {row['pid']}{port}"
        case "waiting":
            said = "waits for the release"
        case "backoff":
            said = f"does not run{_code(row)}; it is started again soon"
        case "finished":
            said = f"finished{_code(row)}"
        case "crashed":
            said = f"crashed{_code(row)}"
        case "stopped":
            said = f"stopped{_code(row)}"
        case state:
            said = f"is {state}"
    return f"{row['name']} {said}"


def _code(row: Report) -> str:
    return "" if row.get("exit") is None else f" (code {row['exit']})"
