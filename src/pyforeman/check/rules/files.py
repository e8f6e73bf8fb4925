"""Files, folders and modules that a command names, and that are not there."""

from collections.abc import Iterator

from pyforeman.check.finding import Found
from pyforeman.check.namings import Naming
from pyforeman.check.repeats import Repeats
from pyforeman.check.rule import Rule, rule
from pyforeman.check.rules.programs import BACKSLASHES
from pyforeman.check.subject import Subject


@rule("PF204", "warning", bad="web: python sevre.py", good="web: python serve.py")
def missing_file(subject: Subject) -> Iterator[Found]:
    """A file, folder or module that the command names is not there.

    The program starts, does not find it, and ends: a script of Python, Ruby, Node or PHP, a configuration
    file of a server, a jar, where cd goes to, what stands after < and in front of a dot command. It is
    looked for from the root of the project, or from where cd went before. A Python module is judged only
    below a package that is there: any other may be installed.
    Nothing is said where an earlier part of the line may have made the file, where an option moves the
    program to another folder (--chdir, --app-dir), and where the line asks by itself what there is.
    """
    paths = subject.facts.paths
    if all(paths.values()):
        return
    found: Repeats[Naming] = Repeats()
    for entry in subject.entries:
        for naming in entry.namings:
            # What was not asked, or cannot be told, is taken to be there.
            if naming.within and not paths.get(naming.within):
                continue
            if any(paths.get(path, True) for path in naming.paths):
                continue
            found.add(naming.paths, entry, naming)
            if naming.kind == "folder":
                break  # and nothing of what is looked for in it
    for entry, naming, also_on in found.all():
        message = f"there is no {naming.kind} {naming.shown!r}{also_on}"
        yield entry.found(message, naming.word, help=_way_out(naming))


def _way_out(naming: Naming) -> str:
    if "\\" in naming.word.text:
        return BACKSLASHES
    if naming.kind == "module":
        return f"is the name right? The package {naming.shown.partition('.')[0]} has nothing of that name"
    if naming.shown.startswith("/"):
        return "is the name right on this machine?"
    where = naming.folder or "the root of the project"
    return f"is the name right, and is it built? It is looked for from {where}"


RULES: tuple[Rule, ...] = (missing_file,)
