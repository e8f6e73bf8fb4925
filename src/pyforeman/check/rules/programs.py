"""Programs that are not there, or that nobody may run."""

from collections.abc import Iterator

from pyforeman.check.finding import Found
from pyforeman.check.lookups import BASH_WORDS, Lookup
from pyforeman.check.repeats import Repeats
from pyforeman.check.rule import Rule, rule
from pyforeman.check.subject import Subject

# Folders of tools that have a script to activate them.
_ACTIVATED = ("venv/bin/", "env/bin/")

BACKSLASHES = "the shell takes \\ for a quote: write /"


@rule("PF201", "warning", bad="web: gunicron shop.wsgi", good="web: gunicorn shop.wsgi")
def missing_program(subject: Subject) -> Iterator[Found]:
    """A program is not on PATH, or not in the folder that the command names.

    The shell ends with 127 ("not found"), and the process is restarted in vain. It is looked for as the
    process will do it: on the PATH of its environment, from the folder that cd goes to, after exec, env
    and assignments. A script whose first line names an interpreter that is not there is no better: the
    kernel cannot run it, and the shell says that the script was not found.
    Nothing is said where an earlier part of the line may have built the program, sets PATH or reads a file,
    and nothing where the line asks by itself (test, command -v) what there is.
    In a lint job without the tools of the application: --ignore PF201.
    """
    facts = subject.facts
    missing = {program for program, state in facts.programs.items() if state == "missing"}
    missing |= facts.interpreters.keys()
    if not missing:
        return
    found: Repeats[Lookup] = Repeats()
    for entry in subject.entries:
        for lookup in entry.lookups:
            program = lookup.program
            # Where the folder is not there, either, that is for missing-file to say.
            if program not in missing or facts.paths.get(program.folder) is False:
                continue
            key = f"{program.folder}:{program.name}" if "/" in program.name else program.name
            found.add(key, entry, lookup)
    for entry, lookup, also_on in found.all():
        message, way_out = _missing(subject, lookup)
        yield entry.found(message + also_on, lookup.word, help=way_out)


def _missing(subject: Subject, lookup: Lookup) -> tuple[str, str]:
    """What is wrong with a program that cannot start, and what to do."""
    program, facts = lookup.program, subject.facts
    name = program.name
    if interpreter := facts.interpreters.get(program):
        if interpreter.endswith("\r"):
            return f"the first line of {name!r} ends in CR and LF", f"save {name} with LF alone"
        return (
            f"{name!r} needs {interpreter}, which is not there",
            f"install it, or mend the first line of {name}",
        )
    if "\\" in lookup.word.text:
        return f"{lookup.word.text} is {name!r} to the shell, which is not there", BACKSLASHES
    if name in BASH_WORDS:
        # Without a "/", the dot command looks on PATH.
        instead = "write . ./FILE" if name == "source" else f"write bash -c '{name} …'"
        return f"{name!r} is a word of bash, and sh is none here", instead
    where = f" in {program.folder}" if program.folder else ""
    if "/" in name:
        return f"{name!r} is not there{where}", "is the path right, and is it built or installed?"
    message = f"{name!r} is not on PATH"
    found = facts.elsewhere.get(program)
    if not found:
        return message, "install it, or activate the environment that has it"
    if "/" not in found:
        return message, f"write {found}, which is there"
    folder = found.rpartition("/")[0]
    activate = "activate it, or " if f"{folder}/".endswith(_ACTIVATED) else ""
    written = found.removeprefix(f"{program.folder}/") if program.folder else found
    return message, f"it is in {folder}: {activate}write {written}"


@rule("PF202", "warning", bad="web: ./web.sh", good="web: sh web.sh")
def not_executable(subject: Subject) -> Iterator[Found]:
    """A file is named as a program, and may not be run.

    The kernel refuses it with EACCES, and the shell ends with 126. A file that was made on Windows, or
    unpacked from an archive without modes, has lost its x. What git should keep of it:
    git update-index --chmod=+x FILE
    """
    states = {
        program: state
        for program, state in subject.facts.programs.items()
        if state in ("not executable", "a folder")
    }
    for entry in subject.entries if states else ():
        for lookup in entry.lookups:
            program = lookup.program
            state = states.pop(program, None)  # each is said once
            if state is None:
                continue
            name = program.name
            if state == "a folder":
                yield entry.found(f"{name!r} is a folder", lookup.word, help="name a program in it")
            else:
                way_out = f"chmod +x {name}, or name its interpreter in front"
                yield entry.found(f"{name!r} is not executable", lookup.word, help=way_out)


RULES: tuple[Rule, ...] = (missing_program, not_executable)
