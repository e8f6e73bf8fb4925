"""Asks the machine, once, what the rules of ``check`` want to know of it."""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence

from pyforeman.check.facts import Executable, Facts, Program, ShellError
from pyforeman.check.lookups import BASH_WORDS
from pyforeman.check.questions import Questions
from pyforeman.plan.command import SHELL
from pyforeman.plan.formation import Instance
from pyforeman.plan.procfile import ProcessType
from pyforeman.runtime.shell_syntax import Syntax

# Where the tools of the languages put programs for one project.
_PROJECT_FOLDERS = (".venv/bin", "venv/bin", "env/bin", "node_modules/.bin", "vendor/bin", "bin")
# What is installed by another name on systems of today.
_OTHER_NAMES = {"python": "python3", "pip": "pip3"}
_LONGEST_FIRST_LINE = 256  # Linux reads no more of it (BINPRM_BUF_SIZE)


def gather(
    questions: Questions,
    root: str,
    environment: Mapping[str, str],
    instances: Iterable[Instance] = (),
) -> Facts:
    """The facts that ``questions`` ask for, but for what the shell says.

    Programs are looked for as the children will: on the PATH of their ``environment``, what is relative from
    ``root`` and the folder that the command goes to. ``instances`` are those whose ports are tried.
    What the system does not tell is left out.
    """
    search = _Search(root, environment.get("PATH"))
    programs: dict[Program, Executable] = {}
    elsewhere: dict[Program, str] = {}
    interpreters: dict[Program, str] = {}
    for program in questions.programs:
        programs[program], path = search.find(program)
        if programs[program] == "missing":
            if other := search.substitute(program):
                elsewhere[program] = other
        elif programs[program] == "found" and path and (interpreter := search.missing_interpreter(path)):
            interpreters[program] = interpreter
    paths, ports = _there(root, questions.paths), _taken(instances)
    return Facts(programs, paths, ports, (), elsewhere, interpreters)


def shell_errors(syntax: Syntax, types: Sequence[ProcessType]) -> tuple[ShellError, ...]:
    """What the shell says of the commands of these process types, which ``syntax`` has asked about."""
    return tuple(ShellError(types[place].name, words) for place, words in syntax.errors().items())


class _Search:
    """Looks for programs: below ``root``, and on ``path`` (None: nobody has set it, and who knows what the
    shell takes instead)."""

    def __init__(self, root: str, path: str | None) -> None:
        self._root = root
        self._path = path
        self._known: dict[tuple[str, str], tuple[Executable, str]] = {}

    def find(self, program: Program) -> tuple[Executable, str]:
        """What is known of a program, and where it is, if it can be run."""
        folder = os.path.join(self._root, program.folder)
        if program.name in BASH_WORDS:
            return ("missing" if _is_dash() else "found"), ""
        if "/" in program.name:
            path = os.path.join(folder, program.name)
            return _executable(path), path
        if self._path is None:
            return "unknown", ""
        return self._on_path(folder, program.name)

    def _on_path(self, folder: str, name: str) -> tuple[Executable, str]:
        assert self._path is not None
        for part in self._path.split(os.pathsep):
            # An empty part is the current folder (POSIX, 8.3), and a relative one begins there.
            path = os.path.join(folder, part, name)
            known = self._known.get((part, name)) if os.path.isabs(part) else None
            known = known or (_executable(path), path)
            self._known[part, name] = known
            if known[0] == "found":
                return known
        return "missing", ""

    def substitute(self, program: Program) -> str:
        """What would do instead: the same program where a project's tools are, from the root, or the name
        that it goes by here; "" if nothing would."""
        name = program.name
        if "/" in name or name in BASH_WORDS:
            return ""
        for folder in dict.fromkeys((program.folder, "")):
            for part in _PROJECT_FOLDERS:
                path = os.path.join(folder, part, name)
                if _executable(os.path.join(self._root, path)) == "found":
                    return path
        other = _OTHER_NAMES.get(name, "")
        return other if other and self.find(Program(program.folder, other))[0] == "found" else ""

    def missing_interpreter(self, path: str) -> str:
        """What the first line of a script names, if that is not there; "" if all is well.

        The kernel's error for it is ENOENT, and the shell says that the *script* was not found.
        """
        try:
            with open(path, "rb") as file:
                line = file.read(_LONGEST_FIRST_LINE)
        except OSError:
            return ""
        if not line.startswith(b"#!") or b"\n" not in line:
            return ""
        words = os.fsdecode(line[2:].partition(b"\n")[0]).strip(" \t").split(" ")
        interpreter = words[0]
        if os.path.isabs(interpreter) and not os.path.exists(interpreter):
            return interpreter
        if interpreter.rpartition("/")[2] == "env" and self._path is not None:
            named = next((word for word in words[1:] if word and word[0] != "-" and "=" not in word), "")
            if named and "/" not in named and self._on_path(self._root, named)[0] == "missing":
                return named
        return ""


def _executable(path: str) -> Executable:
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except (OSError, ValueError):
        return "unknown"  # a folder that we may not look into, a name that is too long
    if stat.S_ISDIR(mode):
        return "a folder"
    return "found" if os.access(path, os.X_OK) else "not executable"


def _is_dash() -> bool:
    return os.path.basename(os.path.realpath(SHELL)) == "dash"


def _there(root: str, paths: Iterable[str]) -> dict[str, bool]:
    found = {}
    for path in paths:
        try:
            os.stat(os.path.join(root, path))
        except (FileNotFoundError, NotADirectoryError):
            found[path] = False
        except (OSError, ValueError):
            continue
        else:
            found[path] = True
    return found


def _taken(instances: Iterable[Instance]) -> dict[int, str]:
    using = [instance for instance in instances if instance.uses_port]
    if not using:
        return {}
    from pyforeman.runtime.ports import taken_ports

    taken = taken_ports(using, min(instance.port or 0 for instance in using))
    return {port.instance.port: str(port) for port in taken if port.instance.port}
