"""``pyforeman export``: what is written and printed, whatever the format. What a file says is in
tests/unit/export; what an engine makes of it, in the tests of its name."""

import os
import pty
import stat
import subprocess
from pathlib import Path

import pytest

from conftest import Project
from harness import PYFOREMAN, Run, clean_environment, shell
from pyforeman.export.formats import FORMATS, NOT_MADE

PROCFILE = "web: ./serve --port $PORT\nworker: ./work\nrelease: ./migrate\n"
SECRET = "correct-horse"
USAGE, FAILED = 2, 1


def export(project: Project, *words: str, code: int = 0, procfile: str = PROCFILE) -> Run:
    """Export, and wait for the end."""
    project.write("Procfile", procfile)
    run = project.run("export", *words)
    assert run.wait() == code, run.err
    return run


def files(folder: Path) -> set[str]:
    """All files below a folder, less the manifests."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not path.is_dir() and not path.name.startswith(".pyforeman-")
    }


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Everything below a folder, as it is, and when it was written."""
    return {
        str(path): (path.read_bytes() if path.is_file() else b"", status.st_mode, status.st_mtime_ns)
        for path in folder.rglob("*")
        for status in [path.lstat()]
    }


def assert_refused(run: Run, *lines: str) -> None:
    """Nothing on stdout, and these parts, one for each line of stderr."""
    assert run.text == ""
    told = run.err.splitlines()
    assert len(told) == len(lines), run.err
    for line, part in zip(told, lines, strict=True):
        assert line.startswith("pyforeman: ")
        assert part in line


# Which format


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "which format? there are systemd, compose, kubernetes, supervisord, runit, nginx, haproxy"),
        (["--dry-run"], "which format? there are systemd, "),
        (["systemdd"], "no format 'systemdd'; there are systemd, compose, "),
        (["web=2"], "no format 'web=2'; there are systemd, "),
        (["Systemd"], "no format 'Systemd'; there are systemd, "),
    ],
)
def test_without_a_format_the_formats_are_named(project: Project, words: list[str], part: str) -> None:
    assert_refused(export(project, *words, code=USAGE), part)


@pytest.mark.parametrize("name", NOT_MADE)
def test_what_nobody_needs_any_more_is_refused_with_the_reason(project: Project, name: str) -> None:
    run = export(project, name, code=USAGE)
    assert_refused(run, f"{name}: not made: ")
    assert run.err.rstrip().endswith("; use systemd")


# Where to


def test_by_default_it_goes_to_a_folder_of_the_format(project: Project) -> None:
    run = export(project, "nginx")
    name = "export/nginx/project.conf"
    assert run.text.splitlines()[0] == f"new      {name}"
    assert all(line.startswith("next: ") for line in run.text.splitlines()[1:])
    assert run.err == ""
    assert files(project.folder / "export") == {"nginx/project.conf"}


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_second_export_has_nothing_to_do_and_touches_nothing(project: Project, format_name: str) -> None:
    project.write(".env", f"TOKEN={SECRET}\n")
    first = export(project, format_name, "there", "web=2", "worker=3")
    made = [line.split(maxsplit=1)[1] for line in first.text.splitlines() if line.startswith("new ")]
    assert {f"there/{name}" for name in files(project.folder / "there")} == set(made)
    assert len(made) == len(set(made))
    before = snapshot(project.folder / "there")
    second = export(project, format_name, "there", "web=2", "worker=3")
    one = f"same     {len(made)} file{'s' if len(made) > 1 else ''}"
    assert [line for line in second.text.splitlines() if not line.startswith("next: ")] == [one]
    assert snapshot(project.folder / "there") == before


@pytest.mark.parametrize("format_name", FORMATS)
def test_no_value_is_in_a_file_that_others_can_read(project: Project, format_name: str) -> None:
    project.write(".env", f"TOKEN={SECRET}\n")
    export(project, format_name, "there")
    for path in (project.folder / "there").rglob("*"):
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            assert SECRET not in path.read_text()
            assert "TOKEN" not in path.read_text()


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_dry_run_names_the_same_files_and_makes_none(project: Project, format_name: str) -> None:
    dry = export(project, format_name, "there", "--dry-run")
    assert not (project.folder / "there").exists()
    assert "next: " not in dry.text
    wet = export(project, format_name, "there")
    assert wet.text.startswith(dry.text)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["web"], "web is a process type; write web=1, or ./web for a folder"),
        ([""], "DEST: an empty name; leave it out for export/nginx"),
        (["web=1", "./there"], "./there: DEST is one folder, and stands before TYPE=N"),
        (["there", "-"], "-: DEST is one folder, and stands before TYPE=N"),
        (["there", "elsewhere"], "no process type 'elsewhere' in Procfile"),
        (["Procfile"], "/Procfile: Not a directory; name another folder"),
        (["Procfile/x"], "/Procfile/x: "),
    ],
)
def test_what_is_no_destination(project: Project, words: list[str], part: str) -> None:
    before = {path.name for path in project.folder.iterdir()}
    run = export(project, "nginx", *words, code=FAILED if words[0].startswith("Procfile") else USAGE)
    assert_refused(run, part)
    added = {path.name for path in project.folder.iterdir()} - before
    assert {name for name in added if not name.startswith(".stderr-")} == {"Procfile"}


def test_a_folder_that_is_called_as_a_type_is_a_destination(project: Project) -> None:
    (project.folder / "web").mkdir()
    export(project, "nginx", "web")
    assert files(project.folder / "web") == {"project.conf"}


# To stdout


def test_through_a_pipe_all_files_come_one_after_the_other(project: Project) -> None:
    project.write(".env", f"TOKEN={SECRET}\n")
    run = export(project, "systemd", "-")
    names = [line for line in run.text.splitlines() if line.startswith("# project")]
    assert names[0] == "# project.target"
    assert "# project.env" in names
    assert SECRET in run.text
    assert (run.err, (project.folder / "export").exists()) == ("", False)


@pytest.mark.parametrize(
    ("bits", "is_shown"), [(0o600, True), (0o640, False), (0o604, False), (0o666, False)]
)
def test_into_a_file_values_are_printed_only_where_nobody_else_reads_it(
    project: Project, bits: int, is_shown: bool
) -> None:
    project.write("Procfile", PROCFILE)
    project.write(".env", f"TOKEN={SECRET}\n")
    there = project.write("there", "")
    there.chmod(bits)
    assert project.run("export", "systemd", "-", wrap=shell(">>there")).wait() == 0
    assert (SECRET in there.read_text()) is is_shown
    withheld = "# project.env: values of the environment; they are printed into a pipe or a file that only"
    assert (withheld in there.read_text()) is not is_shown
    assert "# project.target\n" in there.read_text()


def test_a_terminal_shows_no_value(project: Project) -> None:
    project.write("Procfile", PROCFILE)
    project.write(".env", f"TOKEN={SECRET}\n")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [PYFOREMAN, "export", "systemd", "-"], cwd=project.folder, env=clean_environment(), stdout=slave
    )
    os.close(slave)
    shown = b""
    try:
        while data := os.read(master, 1 << 16):
            shown += data
    except OSError:  # EIO: nobody has the terminal open any more
        pass
    os.close(master)
    assert process.wait() == 0
    assert b"# project.env: values of the environment" in shown
    assert SECRET.encode() not in shown


@pytest.mark.parametrize("words", [("systemd", "-"), ("systemd", "there"), ("systemd", "--dry-run")])
def test_a_reader_that_leaves_is_no_error_message(project: Project, words: tuple[str, ...]) -> None:
    project.write("Procfile", PROCFILE)
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run(
        [PYFOREMAN, "export", *words],
        cwd=project.folder,
        env=clean_environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (run.returncode, run.stderr) == (141, b"")


@pytest.mark.parametrize(("words", "code"), [("systemd -", 1), ("systemd there", 0)])
def test_with_a_closed_stdout_files_are_written_and_nothing_else(
    project: Project, words: str, code: int
) -> None:
    project.write("Procfile", PROCFILE)
    run = project.run("export", *words.split(), wrap=shell(">&-"))
    assert run.wait() == code
    assert ("stdout is closed" in run.err) == bool(code)
    assert "Traceback" not in run.err
    if not code:
        assert "[Unit]" in (project.folder / "there" / "project.target").read_text()
        assert "next:" not in "".join(
            path.read_text() for path in (project.folder / "there").iterdir() if path.is_file()
        )


def test_the_locale_does_not_matter(project: Project) -> None:
    project.write("Procfile", "web: serve 'Grüße 🎉'\n")
    run = project.run(
        "export",
        "systemd",
        "-",
        environment={"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert run.wait() == 0, run.err
    assert "Grüße 🎉" in run.text


# A second export


def test_what_belongs_to_it_no_longer_is_removed_and_nothing_else(project: Project) -> None:
    there = project.folder / "there"
    export(project, "systemd", "there", "web=1", "worker=1")
    (there / "project-other.target").write_text("theirs")
    run = export(project, "systemd", "there", "web=2", "-x", "release")
    words = [line.split(maxsplit=1) for line in run.text.splitlines() if not line.startswith("next: ")]
    assert sorted(words) == [
        ["changed", "there/project-web.target"],
        ["changed", "there/project-web@.service"],
        ["changed", "there/project.target"],
        ["removed", "there/project-release.service"],
        ["removed", "there/project-worker.target"],
        ["removed", "there/project-worker@.service"],
        ["same", "1 file"],
    ]
    assert (there / "project-other.target").read_text() == "theirs"
    assert not (there / "project-worker@.service").exists()


def test_formats_and_applications_share_a_folder(project: Project) -> None:
    for words in (["nginx"], ["haproxy"], ["nginx", "-a", "other"]):
        export(project, words[0], "there", *words[1:])
    everything = {"project.conf", "project.cfg", "other.conf"}
    assert files(project.folder / "there") == everything
    export(project, "nginx", "there", "web=3")
    assert files(project.folder / "there") == everything


@pytest.mark.parametrize("there", ["changed", "theirs", "a link"])
def test_what_somebody_has_written_is_overwritten_by_force_alone(project: Project, there: str) -> None:
    project.write("Procfile", PROCFILE)
    folder = project.folder / "there"
    path = folder / "project.cfg"
    if there == "changed":
        export(project, "haproxy", "there")
    folder.mkdir(exist_ok=True)
    if there == "a link":
        path.symlink_to(project.folder / "Procfile")
    else:
        path.write_text("theirs\n")
    before = snapshot(folder)
    refused = export(project, "haproxy", "there", "web=2", code=FAILED)
    told = f"{path}: not as an export wrote it; nothing is written; --force overwrites, --dry-run lists"
    assert_refused(refused, told)
    dry = export(project, "haproxy", "there", "web=2", "--dry-run")
    assert dry.text == "changed  there/project.cfg, though somebody else has written it\n"
    assert snapshot(folder) == before
    assert export(project, "haproxy", "there", "web=2", "--force").text.startswith(
        "changed  there/project.cfg"
    )
    assert path.read_text().startswith("# Made by pyforeman")
    assert not path.is_symlink()
    assert (project.folder / "Procfile").read_text() == PROCFILE


def test_one_changed_file_among_many_keeps_all_from_being_written(project: Project) -> None:
    export(project, "systemd", "there")
    for name in ("project-web.target", "project-worker.target"):
        (project.folder / "there" / name).write_text("theirs")
    before = snapshot(project.folder / "there")
    run = export(project, "systemd", "there", "web=3", "-x", "worker", code=FAILED)
    assert_refused(run, "/there/project-web.target and 1 more: not as an export wrote it; ")
    assert snapshot(project.folder / "there") == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_the_account_must_read_belongs_to_it(project: Project) -> None:
    project.write(".env", f"TOKEN={SECRET}\n")
    run = export(project, "supervisord", "there", "-u", "nobody")
    owners = {path.name: path.owner() for path in (project.folder / "there").rglob("*") if path.is_file()}
    assert owners["env.sh"] == "nobody"
    assert owners["project.conf"] == "root"
    assert run.err == ""


def test_an_account_that_is_not_here_is_left_to_the_user(project: Project) -> None:
    run = export(project, "supervisord", "there", "-u", "pyforeman-nobody")
    env = project.folder / "there" / "project" / "env.sh"
    assert f"{env} must belong to pyforeman-nobody: chown pyforeman-nobody {env}" in run.err


# What is exported


def test_the_environment_is_that_of_the_files_and_not_of_the_shell(project: Project) -> None:
    project.write("Procfile", PROCFILE)
    project.write(".env", f"TOKEN={SECRET}\nURL=http://${{HOST}}/\nHOST=db\nPYFOREMAN_X=1\nPORT=7000\n")
    shell_has = {"TOKEN": "of the shell", "HOST": "shell", "PORT": "9000", "ONLY_IN_THE_SHELL": "1"}
    run = project.run("export", "systemd", "-", "--env-override", environment=shell_has)
    assert run.wait() == 0
    assert f'TOKEN="{SECRET}"' in run.text
    assert 'URL="http://db/"' in run.text
    assert 'PYTHONUNBUFFERED="1"' in run.text
    assert "PORT=$$((6999 + $$1))" in run.text
    for absent in ("of the shell", "shell/", "9000", "ONLY_IN_THE_SHELL", "PYFOREMAN_X"):
        assert absent not in run.text


def test_all_problems_of_the_env_files_are_told_with_their_lines(project: Project) -> None:
    project.write(".env", "A=${NOPE}\nB.C=1\n")
    project.write(".env.local", "D=${HOME}\n")
    assert_refused(
        export(project, "nginx", code=FAILED),
        ".env:1: A refers to ${NOPE}, which no env file defines; an export takes nothing from your shell",
        ".env:2: 'B.C' cannot be exported: a key is made of letters, digits and _",
        ".env.local:1: D refers to ${HOME}, which no env file defines; ",
    )
    project.write(".env", "A\n'\n")
    project.write(".env.local", "D\n")
    assert_refused(
        export(project, "nginx", code=FAILED),
        ".env:1: no '='",
        ".env:2: not 'KEY=value'",
        ".env.local:1: no '='",
    )
    assert not (project.folder / "export").exists()


@pytest.mark.parametrize(
    ("words", "types"),
    [
        ([], "web worker release"),
        (["web=2"], "web release"),
        (["release=0"], "web worker"),
        (["release=1", "web=1"], "web release"),
        (["-x", "release"], "web worker"),
        (["-x", "worker,release"], "web"),
        (["-m", "worker=1"], "worker release"),
        (["all=1", "web=0"], "worker release"),
    ],
)
def test_the_counts_are_those_of_start_and_a_release_is_always_there(
    project: Project, words: list[str], types: str
) -> None:
    export(project, "systemd", "there", *words)
    services = {path.name for path in (project.folder / "there").glob("*.service")}
    suffix = {name: "" if name == "release" else "@" for name in types.split()}
    assert services == {f"project-{name}{at}.service" for name, at in suffix.items()}


@pytest.mark.parametrize(
    ("procfile", "words", "part"),
    [
        (
            PROCFILE,
            ["web=0", "worker=0"],
            "nothing to export: every count is 0; the types in Procfile are web, ",
        ),
        (PROCFILE, ["release=1"], "nothing to export: every count is 0"),
        ("release: x\n", [], "nothing to export: Procfile has no process type but release"),
        (PROCFILE, ["clock=1"], "no process type 'clock' in Procfile"),
        (PROCFILE, ["-a", "a b"], "--app: 'a b' is not a name"),
        (PROCFILE, ["-a", ""], "--app: '' is not a name"),
        (PROCFILE, ["-p", "65535"], "would get port 65635"),
        (PROCFILE, ["-t", "nowhere"], "--template: nowhere is not a folder"),
    ],
)
def test_what_cannot_be_exported(project: Project, procfile: str, words: list[str], part: str) -> None:
    run = export(project, "systemd", *words, code=USAGE, procfile=procfile)
    assert_refused(run, part)


@pytest.mark.parametrize(
    ("name", "app"),
    [("my shop", "my-shop"), ("été", "t"), ("...", "app"), ("%n $x", "n-x"), ("Shop.2", "Shop.2")],
)
def test_the_application_is_called_as_its_folder_as_far_as_that_is_a_name(
    project: Project, name: str, app: str
) -> None:
    (project.folder / name).mkdir()
    (project.folder / name / "Procfile").write_text(PROCFILE)
    run = project.run("export", "nginx", "there", "-d", name)
    assert run.wait() == 0
    assert files(project.folder / "there") == {f"{app}.conf"}


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\x1b[31m"])
def test_a_root_that_no_file_can_hold_is_refused(project: Project, name: str) -> None:
    (project.folder / name).mkdir()
    (project.folder / name / "Procfile").write_text(PROCFILE)
    run = project.run("export", "nginx", "there", "-d", name)
    assert run.wait() == USAGE
    assert_refused(run, "is nothing that an engine can hold")


def test_a_root_that_is_not_utf8_is_refused(project: Project) -> None:
    os.mkdir(os.fsencode(project.folder) + b"/\xe9")
    project.write("Procfile", PROCFILE)
    for option in (["-d", "\udce9"], ["\udce9"]):
        run = project.run("export", "nginx", *option, "-f", "Procfile")
        assert run.wait() == USAGE
        assert_refused(run, "is nothing that an engine can hold")


def test_the_procfile_may_come_from_stdin(project: Project) -> None:
    run = project.run("export", "nginx", "-", "-f", "-", "web=2", stdin=b"worker: x\nweb: y\n")
    assert run.wait() == 0
    assert "server 127.0.0.1:5001 " in run.text


def test_what_only_start_can_do_is_remarked_on(project: Project) -> None:
    procfile = "web: ./serve $PYFOREMAN_PROCESS_API_PORT\napi: bin/x\nbeat: bin/celery -A shop beat\n"
    run = export(project, "systemd", "there", "web=1", "api=1", "beat=2", procfile=procfile)
    assert run.err.splitlines() == [
        "pyforeman: web: its command uses a PYFOREMAN_ variable, which only start sets",
        "pyforeman: beat: 2 of a scheduler do everything 2 times",
    ]


def test_a_program_that_is_not_on_the_path_of_the_export_is_remarked_on(project: Project) -> None:
    """The developer's shell has it, by rbenv or nvm; the engine starts it in vain, once each second."""
    tools = project.folder / "tools"
    tools.mkdir()
    (tools / "serve").write_text("#!/bin/sh\n")
    (tools / "serve").chmod(0o755)
    procfile = "web: serve -p $PORT\nworker: sleep 9\ncss: cd there && serve\n"
    run = export(project, "systemd", "there", procfile=procfile)
    assert run.err == "pyforeman: web: serve is not on its PATH; write PATH=… into an env file\n"
    project.write(".env", f"PATH={tools}:/usr/bin:/bin\n")
    assert export(project, "systemd", "there", procfile=procfile).err == ""
    assert export(project, "compose", "elsewhere", "--no-env", procfile=procfile).err == ""


def test_a_scheduler_is_one_pod_whatever_its_count(project: Project) -> None:
    procfile = "web: x\nbeat: celery -A shop beat\n"
    run = export(project, "kubernetes", "there", "web=1", "beat=2", procfile=procfile)
    assert run.err == "pyforeman: beat: a scheduler, so it is 1 pod, and not 2\n"


@pytest.mark.parametrize("format_name", ["compose", "kubernetes", "systemd"])
def test_a_server_that_hears_nobody_outside_its_container_is_remarked_on(
    project: Project, format_name: str
) -> None:
    procfile = "web: ./serve -b 127.0.0.1:$PORT\napi: ./serve -b 0.0.0.0:$PORT\nworker: ./work -b localhost\n"
    run = export(project, format_name, "there", procfile=procfile)
    remark = "pyforeman: web: nobody reaches 127.0.0.1 in a container from outside; bind to 0.0.0.0\n"
    assert run.err == (remark if format_name != "systemd" else "")


def test_a_value_that_linux_starts_no_process_with_is_remarked_on(project: Project) -> None:
    fits = "x" * (128 * 1024 - len("SMALL=") - 1)
    project.write(".env", f"SMALL={fits}\nLARGE={fits}x\n")
    run = export(project, "systemd", "there")
    limit = "Linux starts nothing with a variable of more than 131072"
    assert run.err == f"pyforeman: LARGE: 131073 bytes; {limit}\n"


# Options


@pytest.mark.parametrize(
    ("format_name", "words", "part"),
    [
        ("nginx", ["--health", "/up"], "--health: nginx has no use for it"),
        ("haproxy", ["-l", "logs"], "--log: haproxy has no use for it"),
        ("haproxy", ["--user"], "--user without a name: haproxy has no use for it"),
        ("haproxy", ["-u", "x", "--image", "y"], "--image: haproxy has no use for it"),
        ("systemd", ["--listen", "80"], "--listen: systemd has no use for it"),
        ("haproxy", ["--listen", "x"], "--listen: 'x' is neither a port nor ADDRESS:PORT"),
        ("haproxy", ["--health", "up"], "--health: 'up' is no path of a URL, such as /up"),
        ("haproxy", ["--health", "/a b"], "--health: '/a b' is no path of a URL"),
        ("haproxy", ["--health", "/a#b"], "--health: '/a#b' is no path of a URL"),
        ("systemd", ["-u", ""], "--user: an empty value; say which, or leave it out"),
        ("systemd", ["--user", ""], "--user: an empty value"),
        ("systemd", ["--user=", "there"], "--user: an empty value"),
        ("runit", ["--log", ""], "--log: an empty value"),
        ("compose", ["--image", ""], "--image: an empty value"),
        ("compose", ["--image", "a b"], "--image: 'a b' is no name of an image, such as shop:1.4"),
        ("kubernetes", ["--health", "/up", "web=0", "worker=1"], "--health: there is no web with a port"),
        ("nginx", ["--listen", ""], "--listen: an empty value"),
    ],
)
def test_an_option_that_is_of_no_use_is_refused(
    project: Project, format_name: str, words: list[str], part: str
) -> None:
    assert_refused(export(project, format_name, *words, code=USAGE), part)


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_defaults_of_a_project_are_for_all_formats(project: Project, format_name: str) -> None:
    user = "1000" if format_name == "kubernetes" else "nobody"
    project.write(
        ".foreman",
        f"app: shop\nuser: {user}\nlog: logs\nimage: shop:1\nhealth: /up\nlisten: 8080\n"
        "timeout: 7,worker=9\nrestart: always\nformation: web=2,worker=1\nport: 6000\ntemplate: templates\n",
    )
    (project.folder / "templates").mkdir()
    run = export(project, format_name, "-")
    assert "shop" in run.text
    assert run.err == ""


def test_variables_are_defaults_too(project: Project) -> None:
    project.write("Procfile", PROCFILE)
    variables = {"PYFOREMAN_IMAGE": "shop:1", "PYFOREMAN_APP": "shop", "PYFOREMAN_LISTEN": "8080"}
    run = project.run("export", "nginx", "there", environment=variables)
    assert run.wait() == 0
    assert "listen 8080;" in (project.folder / "there" / "shop.conf").read_text()


@pytest.mark.parametrize(
    ("words", "user", "folder"),
    [
        (["--user"], None, "export/systemd"),
        (["--user", "web=2"], None, "export/systemd"),
        (["--user", "./units"], None, "./units"),
        (["--user", "."], None, "."),
        (["--user", "units/x"], None, "units/x"),
        (["./units", "--user"], None, "./units"),
        (["--user", "--force"], None, "export/systemd"),
        (["--user", "units"], "units", "export/systemd"),  # a folder would be ./units
        (["--user", "shop", "./units"], "shop", "./units"),
        (["--user=shop", "./units"], "shop", "./units"),
        (["-u", "shop", "./units", "web=1"], "shop", "./units"),
        ([], "default", "export/systemd"),
    ],
)
def test_user_without_a_name_means_units_of_a_user(
    project: Project, words: list[str], user: str | None, folder: str
) -> None:
    project.write(".foreman", "user: default\n")
    run = export(project, "systemd", *words, "--dry-run")
    assert run.text.splitlines()[0] == f"new      {Path(folder) if folder == '.' else folder}/project.target"
    printed = [word for word in words if word != folder and "/" not in word]
    place = next((at for at, word in enumerate(printed) if word.startswith(("--user", "-u"))), 0)
    run = export(project, "systemd", "-", *printed[place:])
    assert ("WantedBy=default.target" in run.text) is (user is None)
    assert f"User={user}\n" in run.text if user else "User=" not in run.text


def test_what_stands_behind_two_dashes_is_no_option(project: Project) -> None:
    run = export(project, "systemd", "--dry-run", "--", "there", "--user", code=USAGE)
    assert_refused(run, "no process type '--user'")


def test_own_templates_win_over_ours_one_by_one(project: Project) -> None:
    own = project.folder / "own"
    own.mkdir()
    (own / "server.conf").write_bytes(b"server {{ address }} weight=2;\r\n")
    export(project, "nginx", "there", "web=2", "-t", "own")
    made = (project.folder / "there" / "project.conf").read_text()
    assert "    server 127.0.0.1:5000 weight=2;\n    server 127.0.0.1:5001 weight=2;\n}" in made
    assert "least_conn;" in made


@pytest.mark.parametrize(
    ("name", "data", "code", "part"),
    [
        ("app.conf", b"{{ nope }}\n", USAGE, "own/app.conf: {{ nope }} is no value; there are app, "),
        ("app.cfg", b"x\n", USAGE, "--template: own has no template of nginx: app.conf, server.conf"),
        ("app.conf", b"a\nb\xff\n", FAILED, "own/app.conf:2: not UTF-8; save the file as UTF-8"),
        ("app.conf/x", b"", FAILED, "own/app.conf: Is a directory; make it readable"),
    ],
)
def test_what_is_wrong_with_own_templates(
    project: Project, name: str, data: bytes, code: int, part: str
) -> None:
    path = project.folder / "own" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert_refused(export(project, "nginx", "-t", "own", code=code), part)
    assert not (project.folder / "export").exists()
