"""What a program is told on its command line: which subcommand, which options are its own."""

from collections.abc import Iterator, Mapping

from pyforeman.check.invocation import Invocation
from pyforeman.check.shell import Word

Phrases = Mapping[str, frozenset[str]]
"""For each program what it may be told: ``"run build"``; ``""`` is whatever it is told."""
ANYTHING = frozenset(("",))
"""Phrases of a program that does the same whatever it is told."""

_ANY_WORD = frozenset("rake rails mix".split())  # they take several tasks in a row
# The options with a value that people write in front of a subcommand.
_WITH_VALUE: dict[str, frozenset[str]] = {
    "alembic": frozenset("-c --config -n --name -x".split()),
    "bun": frozenset("--cwd --filter".split()),
    "celery": frozenset("-A --app -b --broker --workdir --config --loader --result-backend".split()),
    "clockworkd": frozenset("-c --clock -d --dir --pid-dir --log-dir -i --identifier".split()),
    "concurrently": frozenset(
        "-n --names -c --prefix-colors -p --prefix -s --success -l --prefix-length -m --max-processes "
        "--restart-tries --restart-after --name-separator --kill-signal -t --timestamp-format".split()
    ),
    "delayed_job": frozenset("-n -i -p --prefix --pid-dir --log-dir --queue --queues --pool".split()),
    "docker": frozenset(
        "-H --host --context -c -l --log-level -f --file -p --project-name --profile --env-file "
        "--project-directory --ansi --parallel".split()
    ),
    "docker-compose": frozenset(
        "-H --host --context -f --file -p --project-name --profile --env-file --project-directory "
        "--ansi --parallel".split()
    ),
    "flask": frozenset("-A --app -e --env-file".split()),
    "foreman": frozenset("-f --procfile -e --env -d --root -p --port -m --formation".split()),
    "forever": frozenset(
        "-m -l -o -e -c -p --path --uid --pidFile --sourceDir --workingDir --minUptime "
        "--spinSleepTime".split()
    ),
    "forego": frozenset("-f -e -p -t -m -c -r".split()),
    "goreman": frozenset("-f -p -b -basedir -baseport".split()),
    "honcho": frozenset("-f --procfile -e --env -d --app-root -p --port".split()),
    "knex": frozenset("--knexfile --env --cwd".split()),
    "manage.py": frozenset(("--settings", "--pythonpath")),
    "migrate": frozenset("-path -database -source --path --database --source".split()),
    "nf": frozenset("-j --procfile -e --env -p --port".split()),
    "npm": frozenset("--prefix -w --workspace -C".split()),
    "overmind": frozenset("-s --socket -N".split()),
    "pg_ctl": frozenset("-D --pgdata -l --log -o --options -t --timeout -m --mode -p".split()),
    "pm2": frozenset("-n --name -i --instances".split()),
    "pm2-runtime": frozenset("-n --name -i --instances --env --json".split()),
    "pnpm": frozenset("-C --dir -F --filter --prefix".split()),
    "rake": frozenset("-f --rakefile -C --directory -I -r --require".split()),
    "tmux": frozenset("-f -L -S -c".split()),
    "yarn": frozenset(("--cwd",)),
}
_SAME = {
    "podman": "docker",
    "nerdctl": "docker",
    "podman-compose": "docker-compose",
    "django-admin": "manage.py",
}
# Of a program that runs another one: what stands before its options, and its long options without a value.
_VERBS = frozenset("container compose run exec".split())
_BARE_LONG = frozenset(
    "--detach --init --interactive --tty --rm --privileged --read-only --publish-all --quiet "
    "--no-healthcheck --oom-kill-disable --sig-proxy --disable-content-trust --replace".split()
)


def words(run: Invocation) -> tuple[str, ...]:
    """The arguments that are neither options nor values of those in front of a subcommand, nor assignments
    (``rake RAILS_ENV=production db:migrate``)."""
    with_value = _WITH_VALUE.get(_SAME.get(run.program, run.program), frozenset())
    found: list[str] = []
    skip = False
    for word in run.arguments:
        value = word.value
        if skip:
            skip = False
        elif value in with_value:
            skip = True
        elif not value.startswith("-") and "=" not in value:
            found.append(value)
    return tuple(found)


def told(run: Invocation, phrases: Phrases) -> str:
    """The program with what it is told, if that is one of the phrases: ``"npm run build"``; else ""."""
    known = phrases.get(run.program)
    if known is None:
        return ""
    given = words(run)
    if run.program == "service":
        given = given[::-1]  # service nginx start
    starts = given if run.program in _ANY_WORD else [" ".join(given[:count]) for count in (3, 2, 1)]
    for phrase in starts:
        if phrase and phrase in known:
            return f"{run.program} {phrase}"
    return run.program if "" in known else ""


def option(run: Invocation, names: frozenset[str], bare: str | None = None) -> Word | None:
    """The first of the program's options that has one of these names; none behind ``--``.

    ``bare`` is for programs that run another one, whose options are not meant (``docker run image -d``): the
    letters of those options that take no value. Then ``-itd`` is also ``-d``.
    """
    if bare is None:
        for word in run.arguments:
            if word.value == "--":
                return None
            if word.value.partition("=")[0] in names:
                return word
        return None
    for word in _own_options(run, bare):
        value = word.value
        if value.partition("=")[0] in names:
            return word
        if not value.startswith("--"):
            for letter in value[1:]:
                if f"-{letter}" in names:
                    return word
                if letter not in bare:
                    break
    return None


def _own_options(run: Invocation, bare: str) -> Iterator[Word]:
    """The options of a program that runs another one. ``bare`` are the letters of those that take no value;
    the first word that is neither an option nor a value ends them, but for ``docker compose run``."""
    skip, in_front = False, True
    for word in run.arguments:
        value = word.value
        if skip:
            skip = False
        elif in_front and value in _VERBS:
            continue
        elif value == "--" or not value.startswith("-"):
            return
        else:
            yield word
            skip, in_front = _takes_the_next(value, bare), False


def _takes_the_next(option: str, bare: str) -> bool:
    """Whether the value of an option is the next word: not of ``-it``, ``-p80:80`` and ``--name=db``."""
    if option.startswith("--"):
        return "=" not in option and option not in _BARE_LONG
    letters = option[1:].lstrip(bare)
    return len(letters) == 1
