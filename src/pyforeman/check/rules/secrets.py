"""PF307: a secret that is written into a command."""

from collections.abc import Iterator

from pyforeman.check.finding import Found
from pyforeman.check.rule import Rule, rule
from pyforeman.check.subject import Subject
from pyforeman.plan.secrets import may_have_secrets, secrets_in


@rule(
    "PF307",
    "warning",
    bad="web: SECRET_KEY=q8v2m5x0z7 gunicorn app:app",
    good="web: gunicorn app:app",
)
def hard_coded_secret(subject: Subject) -> Iterator[Found]:
    """A secret is written into a command.

    The Procfile is committed: who can read the repository, now or later, can read the secret, and a change of
    it is a deploy. Besides, every user of the machine sees the command in ps.
    Give it to the process by its environment (12factor.net, "Config"): put it into .env, which is not
    committed, or where your platform keeps such values, and write $NAME in the command.
    A secret that has been in a repository is known: make a new one.
    Placeholders (changeme, dummy, test) and the passwords of a local database are not found.
    """
    if not may_have_secrets(subject.procfile.text):
        return
    for entry in subject.entries:
        for start, end, what in secrets_in(entry.command):
            name = what.lstrip("-")
            variable = name if name.isidentifier() and name.isupper() else "a variable"
            yield entry.found(
                f"{what} is written into the command",
                (start, end),
                help=f"put it into the environment (.env), and read {variable} there; then make a new one",
                secret=True,
            )


RULES: tuple[Rule, ...] = (hard_coded_secret,)
