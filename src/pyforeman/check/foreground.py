"""How a command runs its programs: which of them it ends with, which it leaves behind in the background."""

from pyforeman.check.invocation import Invocation
from pyforeman.check.subject import Entry

AT_ONCE = frozenset("echo printf true exit disown cd : date sync".split())
"""Programs that are over before one could look; a command that ends with them has ended before."""
_WAITING = frozenset("wait trap fg".split())
_BRACKETS = " \t;'\")"
_BEGINS = {"done": "do", "fi": "then", "}": "{"}
_PIPES = frozenset(("|", "|&"))


def is_read(entry: Entry) -> bool:
    """Whether all of the command could be read, also what stands in the quotes of ``sh -c``."""
    if not entry.script.is_clear:
        return False
    if any(run.nested for run in entry.runs):
        return not any(word in entry.command for word in ("case ", "<<", "function ", "select "))
    return True


def last(entry: Entry) -> tuple[Invocation, ...]:
    """The programs that the command ends with, several only in a pipe; none where that is not certain: one
    of two branches, a loop."""
    if not entry.runs or not is_read(entry):
        return ()
    words = entry.command.rstrip(_BRACKETS).replace(";", " ").split()
    if words[-1:] and _BEGINS.get(words[-1]) in words:
        return ()
    runs = entry.runs
    end = len(runs)
    while end > 1 and runs[end - 1].program in AT_ONCE:
        end -= 1
    start = end - 1
    while start and runs[start - 1].command.operator in _PIPES:
        start -= 1
    if any(run.command.operator == "||" for run in runs[:start]):
        return ()
    return runs[start:end]


def has_sign(command: str) -> bool:
    """Whether there is a ``&`` that is neither ``&&`` nor in ``2>&1``: a quick look, quotes and all."""
    return "&" in command and "&" in command.replace("&&", "").replace(">&", "")


def sign(run: Invocation) -> tuple[int, int]:
    """The place of the ``&`` behind a program."""
    return run.command.operator_start, run.command.operator_start + 1


def background(entry: Entry) -> tuple[Invocation, ...]:
    """The programs in front of a ``&``, where the shell neither waits for them nor has a trap.

    A bare ``wait`` behind several is none: it waits for the last of them to end, and sees no crash before.
    """
    if not has_sign(entry.command):
        return ()
    behind = tuple(run for run in entry.runs if run.command.operator == "&")
    if not behind or not is_read(entry):
        return ()
    waiting = [run for run in entry.runs if run.program in _WAITING]
    if waiting and (len(behind) == 1 or not all(map(_waits_for_all, waiting))):
        return ()
    return behind


def beside(entry: Entry) -> tuple[Invocation, ...]:
    """What runs at the same time: the programs in the background, and the one that the command ends with."""
    ends = (run for run in last(entry)[:1] if not _waits_for_all(run))
    return (*behind, *ends) if (behind := background(entry)) else ()


def _waits_for_all(run: Invocation) -> bool:
    return run.program == "wait" and not run.arguments


def leaves(entry: Entry) -> Invocation | None:
    """The program that a command leaves in the background when it ends at once itself; else None."""
    behind = background(entry)
    if not behind or "while " in entry.command or "until " in entry.command:
        return None
    rest = entry.runs[entry.runs.index(behind[-1]) + 1 :]
    return behind[-1] if all(run.program in AT_ONCE for run in rest) else None
