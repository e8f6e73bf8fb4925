"""The comments that silence rules: whether there are such rules."""

from collections.abc import Iterator

from pyforeman.check.finding import Found
from pyforeman.check.rule import Rule, rule
from pyforeman.check.selection import near, unknown
from pyforeman.check.subject import Subject
from pyforeman.check.suppression import misread, suppressions


@rule(
    "PF100",
    "warning",
    bad="web: gunicorn app:app -b 0.0.0.0:8000  # pyforeman: ignore[PF999]",
    good="web: gunicorn app:app -b 0.0.0.0:8000  # pyforeman: ignore[PF306]",
)
def unknown_ignore(subject: Subject) -> Iterator[Found]:
    """A comment ignores a rule that does not exist, or is not written as such a comment is.

    "# pyforeman: ignore[PF306]" silences one rule, for the next entry or at the end of a command. An id that
    is misspelt silences nothing, and looks as if it did.

    Write ids (PF306), the beginning of ids (PF3) or names (hard-coded-port), with commas between them. What
    start refuses cannot be ignored.
    """
    # The list of all rules has this one in it.
    from pyforeman.check.rules import RULES

    for comment in suppressions(subject):
        places = dict(comment.words or ())
        for word in unknown(places, RULES):
            nearest = near(word, RULES)
            yield Found(
                f"there is no rule {word}",
                places[word],
                help=f"write {nearest}" if nearest else "mend the id, or remove it",
            )
    for place in misread(subject):
        yield Found("this comment ignores nothing", place, help="write # pyforeman: ignore[PF306]")


RULES: tuple[Rule, ...] = (unknown_ignore,)
