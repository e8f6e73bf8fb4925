"""PF101 to PF113: what they find in a Procfile, where, and what mends it."""

import pytest

from pyforeman.check.facts import Facts, ShellError
from pyforeman.check.rule import Rule
from pyforeman.check.rules import procfile, shell_syntax, windows
from pyforeman.plan import procfile as parser
from subjects import found, mended, subject

DJANGO = "release: python manage.py migrate\nweb: gunicorn shop.wsgi --bind 0.0.0.0:$PORT\n"
RAILS = "web: bundle exec puma -C config/puma.rb\nworker: bundle exec sidekiq\ncss: yarn build --watch\n"
CELERY = (
    "worker: celery -A shop worker\ncelery_beat: celery -A shop beat\nworker-primary: celery worker -Q a\n"
)
NODE = "# the shop\n\nweb: npm start\nWorker2: node worker.js\n  # indented\n"
JAVA = "web: java $JAVA_OPTS -jar target/app.jar\n\nclock:\tjava -cp target/* Clock\n"
GO = "web: bin/server -addr :$PORT\nx: bin/x -c 'a: b' # a comment"
PHP = 'web: vendor/bin/heroku-php-apache2 public/\nworker: php artisan queue:work --tries="3"\n'
SOUND = (DJANGO, RAILS, CELERY, NODE, JAVA, GO, PHP)


@pytest.mark.parametrize(
    "rule", [*procfile.RULES, *windows.RULES, *shell_syntax.RULES], ids=lambda rule: rule.id
)
@pytest.mark.parametrize("text", SOUND)
def test_the_files_of_real_projects_are_left_alone(rule: Rule, text: str) -> None:
    assert found(rule, subject(text)) == []


@pytest.mark.parametrize(
    ("rule", "text", "line", "marked"),
    [
        (procfile.not_an_entry, "web: a\nRun the worker", 2, "Run the worker"),
        (procfile.not_an_entry, "web: a\n: npm start", 2, ":"),
        (procfile.not_an_entry, "web: a\n---\n", 2, "---"),
        (procfile.not_an_entry, "web: gunicorn \\\n--bind\n", 2, "--bind"),
        (procfile.not_an_entry, "web: a\n<<<<<<< HEAD\r\n", 2, "<<<<<<< HEAD"),
        (procfile.stray_blank, "web : npm start", 1, " "),
        (procfile.stray_blank, "web \t: npm start", 1, " \t"),
        (procfile.stray_blank, "  web: rails server", 1, "  "),
        (procfile.stray_blank, "\tworker: rake jobs:work", 1, "\t"),
        (procfile.stray_blank, "services:\n  web: php -S", 2, "  "),
        (procfile.invalid_name, "web.1: npm start", 1, "."),
        (procfile.invalid_name, "my web: npm start", 1, " "),
        (procfile.invalid_name, "wéb: npm start", 1, "é"),
        (procfile.invalid_name, "web@prod: bin/web", 1, "@"),
        (procfile.invalid_name, '"web": bin/web', 1, '"'),
        (procfile.yaml_habit, "- web: npm start", 1, "- "),
        (procfile.yaml_habit, "web=npm start", 1, "="),
        (procfile.yaml_habit, "web = npm start", 1, " ="),
        (procfile.yaml_habit, "a: b\n- npm start", 2, "- "),
        (procfile.yaml_habit, "worker=bundle exec sidekiq -C config.yml", 1, "="),
        (procfile.no_command, "web:", 1, ":"),
        (procfile.no_command, "web: \t ", 1, ":"),
        (procfile.no_command, "a: b\nworker:\r\n", 2, ":"),
        (procfile.no_command, "web:\n  npm start", 1, ":"),
        (procfile.no_command, "processes:\n  web: a", 1, ":"),
        (procfile.duplicate_type, "web: npm start\nweb: npm run dev", 2, "web"),
        (procfile.duplicate_type, "web: a\nworker: b\nweb: a", 3, "web"),
        (procfile.duplicate_type, "\ufeffweb: a\nweb: b", 2, "web"),
        (procfile.duplicate_type, "web: puma\r\nweb: unicorn\r\n", 2, "web"),
        (procfile.duplicate_type, "release: a\nrelease: b", 2, "release"),
        (procfile.no_process_type, "", 0, ""),
        (procfile.no_process_type, "\n\n", 0, ""),
        (procfile.no_process_type, "# web: npm start\n", 0, ""),
        (procfile.no_process_type, "\ufeff", 0, ""),
        (procfile.no_process_type, " \t\r\n  # a", 0, ""),
        (procfile.unreadable_text, b"web: caf\xe9", 1, "\ufffd"),
        (procfile.unreadable_text, "web: a\nworker: b\0c", 2, "\0"),
        (procfile.unreadable_text, b"# \xff\nweb: a", 1, "\ufffd"),
        (procfile.unreadable_text, "web: a".encode("utf-16-le"), 1, "\0"),
        (procfile.unreadable_text, "web: a".encode("utf-16"), 1, "\ufffd"),
        (windows.byte_order_mark, "\ufeffweb: a", 1, ""),
        (windows.byte_order_mark, "\ufeff# a\nweb : a", 1, ""),
        (windows.windows_line_ends, "web: a\r\nworker: b\r\n", 1, ""),
        (windows.windows_line_ends, "web: a\nworker: b\r\n", 2, ""),
        (procfile.unportable_name, "web:npm start", 1, ":"),
        (procfile.unportable_name, "\ufeffweb:npm start", 1, ":"),
        (procfile.unportable_name, "web:\xa0npm start", 1, ":"),
        (procfile.unportable_name, "_web: npm start", 1, "_web"),
        (procfile.unportable_name, "web-: npm start", 1, "web-"),
        (procfile.unportable_name, f"{'w' * 64}: a", 1, "w" * 64),
        (procfile.unportable_name, "Web: a\nweb: b", 2, "web"),
        (procfile.unportable_name, "job_a: a\njob-a: b", 2, "job-a"),
    ],
)
def test_what_is_found_and_where(rule: Rule, text: str | bytes, line: int, marked: str) -> None:
    assert [(at, characters) for at, characters, _ in found(rule, subject(text))] == [(line, marked)]


@pytest.mark.parametrize(
    "text", ["\0", "é: a\n -: b", "a : : b\nweb\n- - a: b", "web.1 : a\n= a\n- a: b\na: c"]
)
def test_each_problem_is_found_by_one_rule(text: str) -> None:
    judged = subject(text)
    lines = sorted(one.place.line for rule in procfile.RULES if rule.always for one in rule.judge(judged))
    assert lines == [problem.line for problem in judged.problems]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("web : npm start\n", "web: npm start\n", id="blank before the colon"),
        pytest.param("  web\t:a", "web: a", id="blank before both"),
        pytest.param("- clock: x\n - web : y", "clock: x\nweb: y", id="a YAML list"),
        pytest.param("\ufeffweb: a\r\n", "web: a\n", id="mark and CRLF"),
        pytest.param("\ufeff web: a\r\nworker : b\r\n", "web: a\nworker: b\n", id="all of it"),
        pytest.param("\ufeff\ufeffweb: a", "\ufeff\ufeffweb: a", id="of two marks one is text"),
        pytest.param("web: a\nweb: a\nworker: b", "web: a\nworker: b", id="the same line twice"),
        pytest.param("web: a\nweb:  a \n", "web: a\n", id="the same entry twice"),
        pytest.param("web: a\nweb: a", "web: a\n", id="the same as the last line"),
        pytest.param("web:npm start\n", "web: npm start\n", id="no blank after the colon"),
        pytest.param("web:\xa0npm start\n", "web: npm start\n", id="another blank after the colon"),
        pytest.param("web: a\nweb: b", "web: a\nweb: b", id="which one is meant needs judgement"),
        pytest.param("web: a\n web: b", "web: a\n web: b", id="it would become a duplicate"),
        pytest.param(" web: a\nweb : b", " web: a\nweb : b", id="both would be one"),
        pytest.param("web: a \\\n  b: c", "web: a \\\n  b: c", id="meant to go on with the line before"),
        pytest.param("jobs:\n  web: c", "jobs:\n  web: c", id="nested"),
        pytest.param("web := a", "web := a", id="make's way to assign"),
        pytest.param(" --bind: a", " --bind: a", id="an option is no name"),
        pytest.param("web=a", "web=a", id="it may be an env file"),
        pytest.param("web.1: a", "web.1: a", id="a name needs judgement"),
        pytest.param(
            b"\xef\xbb\xbfweb: \xff\r\n", "\ufeffweb: \ufffd\r\n", id="what is no text is left alone"
        ),
    ],
)
def test_what_is_mended(before: str | bytes, after: str) -> None:
    assert mended(subject(before), *procfile.RULES, *windows.RULES) == after
    if before != after and isinstance(before, str):
        parser.parse(after.encode(), "Procfile")


@pytest.mark.parametrize(
    ("command", "message", "marked"),
    [
        ("echo 'hello", "Unterminated quoted string", "'hello"),
        ('npm run "a b" "c', "Unterminated quoted string", '"c'),
        ("echo don't", "unexpected EOF while looking for matching `''", "'t"),
        ("echo \"it's", "unterminated quoted string", "\"it's"),
        ("echo \"$(a 'b)", "Unterminated quoted string", "echo \"$(a 'b)"),
        ("npm start )", '")" unexpected', ")"),
        ("gunicorn app:app &&& a", '"&" unexpected', "gunicorn app:app &&& a"),
        ("a ;; b", "syntax error near unexpected token `;;'", ";;"),
        ("if true", 'end of file unexpected (expecting "then")', "if true"),
        ("a ) # it's", '")" unexpected', ")"),
    ],
)
def test_a_syntax_error_is_marked_where_it_is(command: str, message: str, marked: str) -> None:
    judged = subject(
        f"web: true\nworker: {command}", facts=Facts(shell_errors=(ShellError("worker", message),))
    )
    ((line, characters, said),) = found(shell_syntax.shell_syntax, judged)
    assert (line, characters) == (2, marked)
    assert said.casefold() == f"sh cannot read it: {message}".casefold()


@pytest.mark.parametrize("rule", [*procfile.RULES, *windows.RULES], ids=lambda rule: rule.id)
def test_the_examples_of_a_rule_are_true(rule: Rule) -> None:
    assert found(rule, subject(rule.bad))
    assert not found(rule, subject(rule.good))


def test_a_name_is_suggested() -> None:
    judged = subject("web.1: a\né: b\n" + "x." * 70 + ": c")
    advice = [one.help for one in procfile.invalid_name.judge(judged)]
    assert advice == ["write web-1: …", "write another name", "write another name"]


@pytest.mark.parametrize("line", ["// web: a", "; web: a", "/* web: a */", "-- web: a", "<!-- web: a -->"])
def test_a_comment_of_another_language(line: str) -> None:
    (found_,) = procfile.invalid_name.judge(subject(f"{line}\nweb: b"))
    assert found_.help == "start a comment with #"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("  web: a", "remove the blank"),
        ("web : a", "remove the blank"),
        ("web: gunicorn\n  --bind :80", "write each command on one line, after its name"),
        ("web: a\n  php artisan cache:clear", "write each command on one line, after its name"),
    ],
)
def test_what_to_do_about_a_blank(text: str, advice: str) -> None:
    assert [one.help for one in procfile.stray_blank.judge(subject(text))] == [advice]


@pytest.mark.parametrize(
    ("command", "is_for_bash"),
    [("diff <(a) <(b)", True), ("a=(1 2)", True), ("a |& b", True), ("echo 'x", False), ("(a", False)],
)
def test_what_bash_alone_can_read(command: str, is_for_bash: bool) -> None:
    facts = Facts(shell_errors=(ShellError("web", "x"),))
    (one,) = shell_syntax.shell_syntax.judge(subject(f"web: {command}", facts=facts))
    assert ("bash -c" in one.help) == is_for_bash
