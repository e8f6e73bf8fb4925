"""Ten thousand files that nobody would write: check has an answer, and start's parser agrees with it."""

from collections.abc import Iterator

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from pyforeman.check.facts import Facts, ShellError
from pyforeman.check.finding import Edit, Finding
from pyforeman.check.fixes import fixed
from pyforeman.check.judge import judge
from pyforeman.check.questions import questions
from pyforeman.check.reading import subject
from pyforeman.check.rules import RULES
from pyforeman.check.selection import Selection
from pyforeman.check.subject import EnvFile, Profile, Subject
from pyforeman.errors import InputError, UsageError
from pyforeman.plan import environment, procfile
from pyforeman.plan.formation import base_port
from pyforeman.plan.settings import Settings
from subjects import marked

NASTY = (*"\0\r\t\f\u2028\xa0\ufeffé ", *("\n",) * 4, "\r\n")
SIGNS = (*"#'\"`\\${}();&|<>!*~ ", "&& ", "|| ", "$(", "${", "${PORT:-", "$((", "<<E", "2>&1 ", ">log ")
COMMANDS = (
    *("nohup ", "exec ", "env A=1 ", "cd x && ", "sh -c '", "python -m ", "bundle exec ", "case x in "),
    *("gunicorn a:b ", "--bind ", "-b ", ":8000 ", "--daemon ", "-D ", "--pid x ", "$PORT ", "--port "),
    *("celery -A a worker -B ", "celery beat ", "manage.py runserver ", "migrate && ", "redis-server "),
    *("# pyforeman: ignore[PF306]", "while do done", "if ", "fi ", "flask run ", "puma ", "SECRET_KEY=abc "),
    *("java -jar a.jar ", "php artisan ", "| tee a.log ", "& wait ", "setsid ", "npm start ", "node a.js "),
)
PROCFILE_PARTS = (
    *NASTY,
    *SIGNS,
    *COMMANDS,
    *(
        ":",
        "=",
        "-",
        "::",
        "web: ",
        "\nworker: ",
        "\nclock: ",
        "\nweb : ",
        "\n- web: ",
        "\n web:",
        "_-a",
        "web.1",
    ),
    *("# pyforeman: ignore[PF306]\n", "# pyforeman: ignore[", "# pyforeman: ignore[PF999]\n"),
)
ENV_PARTS = (
    *NASTY,
    *"AB==='\"\\#$x1 ",
    *("A=1\n", "\nB=${A}", "\nA='x\ny'", "${A}", "${B}", "${A:-x}", "${", "export "),
    *("PORT=", "5000", "65536", "PORT=0\n", "PATH=", "PS=", "PYFOREMAN_PROCESS_A_PORT="),
)
BYTES = st.binary(max_size=60)


def files(parts: tuple[str, ...], likely: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Those that are likely, those of parts that mean something, any bytes, and parts before any bytes."""
    ours = st.lists(st.sampled_from(parts), max_size=25).map(lambda chosen: "".join(chosen).encode())
    return st.one_of(likely, likely, ours, BYTES, st.tuples(ours, BYTES).map(b"".join))


def entries(parts: list[str]) -> bytes:
    """Lines that parse, for the most part: each "\\n" begins another process type."""
    named = (f"\njob{number}: " if part == "\n" else part for number, part in enumerate(parts))
    return ("web: true " + "".join(named)).encode()


def assignments(parts: list[tuple[str, str, str]]) -> bytes:
    return "".join(f"{key}={value}{end}" for key, value, end in parts).encode()


ENTRIES = st.lists(st.sampled_from((*COMMANDS, *SIGNS, *("\n",) * 12)), max_size=20).map(entries)
KEYS = ("A", "B", "A", "PORT", "PATH", "PS", "export A", "'A B'", "PYFOREMAN_PROCESS_A_PORT")
VALUES = (*"1 1 5000 65536 ${A} ${B} ${A:-x} '${A}' $A".split(), "'x\ny'", '"x # y"', "x # y", "")
LINES = st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES), st.sampled_from(("\n", "\n", "\r\n")))
ASSIGNMENTS = st.lists(LINES, max_size=8).map(assignments)
REAL = st.sampled_from([{}, {"PATH": "/bin", "A": "1", "PORT": "x"}])


def many(examples: int) -> settings:
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@many(7000)
@given(files(PROCFILE_PARTS, ENTRIES), st.sampled_from(["development", "production"]))
@example(b"", "development")
@example(b"\xef\xbb\xbf web : a\r\n- clock: b\r\nweb: a", "production")
def test_any_procfile_is_judged(data: bytes, profile: Profile) -> None:
    judged = with_facts(
        subject(procfile.read(data, "Procfile"), (), {}, Settings())._replace(profile=profile)
    )
    findings = judge(judged, RULES, Selection())
    check_places(judged, findings)
    assert any(is_always(finding) for finding in findings) == refuses_procfile(data)
    check_fixes(judged, findings)


@many(3000)
@given(
    files(ENV_PARTS, ASSIGNMENTS),
    st.sampled_from([{}, {"PATH": "/bin", "A": "1", "PORT": "x"}]),
    st.booleans(),
)
@example(b"\n".join(b"A%d=${A%d}" % (n, n + 1) for n in range(120)), {}, False)
def test_any_env_file_is_judged(data: bytes, real: dict[str, str], override: bool) -> None:
    judged = subject(
        procfile.read(b"web: a", "Procfile"), [(".env", data)], real, Settings(), override=override
    )
    findings = judge(judged, RULES, Selection())
    check_places(judged, findings)
    assert any(is_always(finding) for finding in findings) == refuses_environment(data, real, override)
    check_fixes(judged, findings)


def with_facts(judged: Subject) -> Subject:
    """The same with the worst news of the machine."""
    asked = questions(judged.entries)
    return judged._replace(
        facts=Facts(
            programs=dict.fromkeys(asked.programs, "missing"),
            paths=dict.fromkeys(asked.paths, False),
            ports={instance.port: "somebody" for instance in judged.instances if instance.port},
            shell_errors=tuple(
                ShellError(entry.name, message)
                for entry, message in zip(judged.entries, said(), strict=False)
            ),
        )
    )


def said() -> Iterator[str]:
    while True:
        yield "Unterminated quoted string"
        yield '")" unexpected'
        yield "syntax error near unexpected token `;'"


def is_always(finding: Finding) -> bool:
    return ALWAYS[finding.id]


ALWAYS = {rule.id: rule.always for rule in RULES}


def refuses_procfile(data: bytes) -> bool:
    try:
        procfile.parse(data, "Procfile")
    except InputError:
        return True
    return False


def refuses_environment(data: bytes, real: dict[str, str], override: bool) -> bool:
    try:
        base_port(None, environment.resolve(real, environment.parse(data, ".env"), override=override))
    except (InputError, UsageError):
        return True
    return False


def check_places(judged: Subject, findings: tuple[Finding, ...]) -> None:
    """Every place is in its file, every message one line that can be printed in one."""
    for finding in findings:
        marked(judged, finding.found)
        assert "\n" not in finding.found.message + finding.found.help


def check_fixes(judged: Subject, findings: tuple[Finding, ...]) -> None:
    """All edits can be carried out, and what results has no problem that was not there."""
    edits = [edit for finding in findings for edit in finding.found.edits]
    if not edits:
        return
    sources = {source.path: source for source in judged.sources}
    for edit in edits:
        check_edit(edit, sources[edit.path].text)
    after = subject(
        procfile.read(fixed(judged.procfile, findings).encode(), "Procfile"),
        [(file.source.path, fixed(file.source, findings).encode()) for file in judged.env_files],
        judged.real,
        Settings(),
    )
    assert {entry.name: entry.command for entry in judged.entries}.items() <= {
        entry.name: entry.command for entry in after.entries
    }.items()
    assert kinds(after) <= kinds(judged)
    assert len(after.problems) <= len(judged.problems)
    assert [len(f.problems) for f in after.env_files] == [len(f.problems) for f in judged.env_files]
    for before, now in zip(judged.env_files, after.env_files, strict=True):
        assert values(before) == values(now)


def check_edit(edit: Edit, text: str) -> None:
    assert 0 <= edit.start <= edit.end <= len(text)
    assert text[edit.start : edit.end] != edit.text, "an edit that changes nothing"


def kinds(judged: Subject) -> set[str]:
    return {problem.kind for problem in judged.problems}


def values(file: EnvFile) -> dict[str, str]:
    return {one.key: one.value for one in file.assignments}
