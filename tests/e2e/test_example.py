"""The example that a new user starts first runs as it is, and shows every idea once."""

import signal
from pathlib import Path
from urllib.request import urlopen

from conftest import Project
from harness import free_base

ROOT = Path(__file__).parents[2]


def test_the_example_runs_as_it_is(project: Project) -> None:
    base = free_base(0, 1, 100, 200)
    files = ("-f", str(ROOT / "Procfile.example"), "-e", str(ROOT / ".env.example"))
    run = project.run("start", *files, "-p", str(base), "all=1", "web=2")
    run.read_until("release is left out; --release runs it first")
    run.read_until(r"web\.1 +\| listening")
    run.read_until(r"web\.2 +\| listening")
    for name, port in (("web.1", base), ("web.2", base + 1)):
        with urlopen(f"http://127.0.0.1:{port}/") as answer:
            assert answer.read().decode() == f"welcome to Pear Shop, from {name}\n"
    run.read_until(r'web\.1 +\| "GET / HTTP')
    run.read_until(r"assets\.1 +\| \x1b\[32mdone")
    run.read_until(r"assets\.1 finished")
    run.read_until(r"worker\.1 +\| job 1: done")
    crash = run.read_until(r"flaky\.1 crashed \(code 3\).*next try in 0\.5 s")
    run.read_until(r"flaky\.1 started", after=crash.end())
    assert run.stop(signal.SIGINT) == 130
    assert run.lines("worker.1")[-1] == "no job in hand, bye"
    assert run.lines("web.2")[-1] == "all requests answered, bye"


def test_its_release_runs_first(project: Project) -> None:
    files = ("-f", str(ROOT / "Procfile.example"), "-e", str(ROOT / ".env.example"))
    run = project.run("start", *files, "assets", "--release")
    assert run.wait() == 0
    assert run.text.index("migrating the database of Pear Shop") < run.text.index("building for Pear Shop")
