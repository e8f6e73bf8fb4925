"""What ``sh -n`` says about commands: one process for all of them, as long as nothing is wrong.

``sh -n`` reads and runs nothing (POSIX, set -n). All commands are given to it as one script, each within
brackets of its own; only when it refuses the script are its parts asked about, in smaller and smaller groups,
and at last the command alone, for the shell's own words.
"""

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pyforeman.plan.command import SHELL

_MOST_ALONE = 1000
"""How many commands are asked about alone. Each costs a millisecond; who has more broken ones mends these."""
_PARTS = 8  # a broken group becomes so many: 27 processes find one command among a thousand
_AT_ONCE = 8
# Without any of these there is one simple command, and no mistake to make but with its first word.
_SIGNS = frozenset("'\"`\\(){}<>;&|\n")
_RESERVED = frozenset(
    "! [[ case coproc do done elif else end esac fi for foreach function if in namespace nocorrect repeat"
    " select then time until while".split()
)
_PREFIXES = frozenset(("sh", "bash", "dash", "ash", "zsh", "ksh", "stdin", "syntax error"))
# A command in brackets cannot take the next one into its own "if", "(" or "&&"; the ":" is for one that is
# nothing but a comment. The last line is one word too many where a quote or a bracket is still open: within
# either kind of quotes, its ")" stands outside of them.
_BEFORE, _BEHIND = "while :\ndo {\n:\n", "\n}\ndone\n: '' ')' '' \"\" \")\" \"\"\n"


class _Question(NamedTuple):
    """A shell that is reading: which commands it has, and its stderr (-1: nobody reads it)."""

    places: Sequence[int]
    pid: int
    stderr: int


class Syntax:
    """Asks about ``commands``, each of one line, from now on; :meth:`errors` waits for the answers."""

    def __init__(self, commands: Sequence[str], shell: Sequence[str] = (SHELL, "sh")) -> None:
        self._commands = commands
        self._path, self._arguments = shell[0], (*shell[1:], "-n")
        self._open: list[_Question] = []
        suspects = [place for place, command in enumerate(commands) if _may_be_wrong(command)]
        together = [place for place in suspects if not _escapes(commands[place])]
        alone = [[place] for place in suspects if _escapes(commands[place])]
        self._waiting: list[Sequence[int]] = [*alone[::-1], *([together] if together else [])]
        self._alone = 0
        self._go_on()

    def errors(self) -> dict[int, str]:
        """What is wrong, by the place in the sequence: ``Unterminated quoted string``. Empty where there is
        no shell to ask."""
        found: dict[int, str] = {}
        while self._open:
            question = self._open.pop(0)
            said = _read(question.stderr) if question.stderr >= 0 else ""
            refused = os.waitstatus_to_exitcode(os.waitpid(question.pid, 0)[1]) > 0
            if refused and question.stderr >= 0:
                found[question.places[0]] = _words(said)
            elif refused:
                self._waiting += reversed(list(_parts(question.places)))
            self._go_on()
        return dict(sorted(found.items()))

    def _go_on(self) -> None:
        while self._waiting and len(self._open) < _AT_ONCE:
            places = self._waiting.pop()
            is_alone = len(places) == 1
            if is_alone:
                self._alone += 1
                if self._alone > _MOST_ALONE:
                    self._waiting.clear()
                    break
            commands = [self._commands[place] for place in places]
            script = commands[0] if is_alone else "".join(_BEFORE + one + _BEHIND for one in commands)
            try:
                self._open.append(_Question(places, *self._ask(script, listen=is_alone)))
            except OSError:  # no shell, or no room for a process: then nothing is said
                self._waiting.clear()

    def _ask(self, script: str, *, listen: bool) -> tuple[int, int]:
        """A shell that reads the script: its pid, and its stderr (-1 without ``listen``). Raises OSError."""
        opened: list[int] = []
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            opened.append(null)
            stdin, ours = os.pipe()
            opened += (stdin, ours)
            stderr, said = os.pipe() if listen else (-1, null)
            opened += (stderr, said) if listen else ()
            pid = os.posix_spawn(
                self._path,
                self._arguments,
                {"LC_ALL": "C"},  # its words are in English; ENV and BASH_ENV would be read, and run
                file_actions=(
                    (os.POSIX_SPAWN_DUP2, stdin, 0),
                    (os.POSIX_SPAWN_DUP2, null, 1),
                    (os.POSIX_SPAWN_DUP2, said, 2),
                ),
            )
        except OSError:
            for fd in opened:
                os.close(fd)
            raise
        for fd in opened:
            if fd not in (ours, stderr):
                os.close(fd)
        _write(ours, script.encode())
        return pid, stderr


def _may_be_wrong(command: str) -> bool:
    """Whether there is anything in it that the shell could refuse."""
    if not _SIGNS.isdisjoint(command):
        return True
    first = command.split(maxsplit=1)[:1]
    return bool(first) and first[0] in _RESERVED


def _escapes(command: str) -> bool:
    """Whether it may reach beyond its brackets: a here-document or a backslash takes the next line (as does
    bash's ``[[``), ``}`` and ``done`` close what is not its own, and an odd number of quotes is sure to end
    in the next command."""
    return (
        "<<" in command
        or "[[" in command
        or "\n" in command
        or (len(command) - len(command.rstrip("\\"))) % 2 == 1
        or ("done" in command and "}" in command)
        or any(command.count(quote) % 2 for quote in "'\"`")
    )


def _parts(places: Sequence[int]) -> Iterator[Sequence[int]]:
    size = -(-len(places) // _PARTS)
    return (places[begin : begin + size] for begin in range(0, len(places), size))


def _words(said: str) -> str:
    """What is wrong, in the shell's words, of ``sh: 1: Syntax error: Unterminated quoted string``."""
    line = said.strip().partition("\n")[0]
    while ": " in line:
        before, _, behind = line.partition(": ")
        if before.lower() not in _PREFIXES and not before.removeprefix("line ").isdigit():
            break
        line = behind
    return line or "it cannot be read"


def _write(fd: int, data: bytes) -> None:
    """Give all of it to a shell, and close; one that has found a mistake reads no further."""
    try:
        while data:
            data = data[os.write(fd, data) :]
    except BrokenPipeError:
        pass
    finally:
        os.close(fd)


def _read(fd: int) -> str:
    said = b""
    while chunk := os.read(fd, 65536):
        said += chunk
    os.close(fd)
    return said.decode(errors="replace")
