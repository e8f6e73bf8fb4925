"""``export systemd``, run by systemd: it is pid 1 of a machine of its own (nspawn.py)."""

import ast
import json
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from applications import NASTY, NASTY_ARGUMENTS, env_file, nasty_argv
from engines import nspawn
from engines.nspawn import Machine

ARRIVAL = "python3 /opt/children/arrival.py"
ORDERS = Path(__file__).parents[2] / "examples/orders"
ACCOUNTS = {"dev": 1000, "deploy": 1001, "eve": 1002}
"""Who has units of systemctl --user; as whom applications run; who has no business with them."""
PYFOREMAN = ("env", "PYTHONPATH=/opt/pyforeman:/opt/libraries", "python3", "-m", "pyforeman")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    share = tmp_path_factory.mktemp("machine") / "srv"
    share.mkdir(mode=0o755)
    try:
        with nspawn.machine(share) as machine:
            for account, uid in ACCOUNTS.items():
                machine.run("useradd", "-m", "-u", str(uid), account)
            machine.run("systemctl", "start", f"user@{ACCOUNTS['dev']}")
            for program in ("gunicorn", "celery"):
                script = f'#!/bin/sh\nexec python3 -m {program} "$@"\n'
                machine.run(
                    "sh",
                    "-c",
                    f'printf %s "$1" >{program}; chmod +x {program}',
                    "sh",
                    script,
                    folder="/usr/local/bin",
                )
            machine.run("ln", "-s", "/usr/bin/python3", "/usr/local/bin/python")
            yield machine
    except nspawn.Unavailable as error:
        pytest.skip(str(error))


class App:
    """An application on the machine, in a folder that is shared with it. Its units are those of ``user``,
    where there is one."""

    def __init__(self, machine: Machine, folder: str, user: str | None = None) -> None:
        self.machine = machine
        self.name = "app"
        self.user = user
        self.root = f"/srv/{folder}"
        self.folder = machine.share / folder
        self.arrived = self.folder / "arrived"
        self.arrived.mkdir(parents=True)
        self.began = machine.run("date", "+%s.%N").strip()
        self.next: list[str] = []

    def write(self, procfile: str, values: Mapping[str, str] | None = None) -> None:
        (self.folder / "Procfile").write_text(procfile)
        (self.folder / ".env").write_text(env_file(values or {}))
        (self.folder / ".env").chmod(0o600)

    def belongs_to(self, account: str) -> None:
        """All of its folder."""
        self.machine.run("chown", "-R", account, self.root)

    def export(self, *arguments: str) -> str:
        """Export it, on the machine."""
        words = ("export", "systemd", "-a", self.name, *(("--user",) if self.user else ()), *arguments)
        printed = self.machine.run(*PYFOREMAN, *words, user=self.user, folder=self.root)
        self.next = re.findall("^next: (.*)$", printed, re.MULTILINE)
        return printed

    def bring_up(self) -> None:
        """Do what the export has said. Nobody can linger on the machine, which has no logind."""
        for step in self.next:
            if not step.startswith("loginctl"):
                self.machine.run("sh", "-ec", step, user=self.user)

    def systemctl(self, *words: str, ok: tuple[int, ...] = (0,)) -> str:
        command = ("systemctl", "--user") if self.user else ("systemctl",)
        return self.machine.run(*command, *words, user=self.user, ok=ok)

    def property(self, unit: str, name: str) -> str:
        return self.systemctl("show", "-P", name, f"{self.name}-{unit}").strip()

    def state(self, unit: str) -> str:
        return self.property(unit, "ActiveState")

    def until(self, unit: str, name: str, value: str) -> None:
        self.machine.eventually(lambda: self.property(unit, name) == value, f"{name} of {unit} is {value}")

    def journal(self, name: str) -> str:
        """What a process has written: all of its type, or one (``web@2``)."""
        unit = f"{self.name}-{name}" + ("" if "@" in name or name == "release" else "@*")
        # An earlier test has had units of the same names.
        return self.machine.run("journalctl", "--no-pager", "-o", "cat", f"--since=@{self.began}", "-u", unit)

    def said(self, name: str, words: str) -> None:
        self.machine.eventually(lambda: words in self.journal(name), f"{name} says {words!r}")

    def arrival(self, instance: str) -> dict[str, Any]:
        """What has arrived in a process; waits for it."""
        file = self.arrived / f"{instance}.json"
        self.machine.eventually(file.exists, f"{instance} runs")
        found: dict[str, Any] = json.loads(file.read_text())
        return found

    def close(self) -> None:
        """Stop it, and take it out of systemd."""
        self.systemctl("stop", f"{self.name}.target", f"{self.name}-*", ok=(0, 5))
        folder = f"/home/{self.user}/.config/systemd/user" if self.user else "/etc/systemd/system"
        self.machine.run("find", folder, "-name", f"{self.name}*", "-delete")
        self.systemctl("reset-failed")
        self.systemctl("daemon-reload")


@pytest.fixture
def app(machine: Machine, request: pytest.FixtureRequest) -> Iterator[App]:
    app = App(machine, re.sub(r"\W", "_", request.node.name))
    yield app
    app.close()


WAYS = {
    "system": (None, (), "we ird%h[x]*?"),
    "account": (None, ("--user", "deploy"), "ends in a backslash\\"),
    "user": ("dev", (), "user units $HOME "),
}
"""Whose units, exported how, from a folder of which name."""


@pytest.mark.parametrize("way", WAYS)
def test_every_value_and_every_argument_arrives_as_it_is(machine: Machine, way: str) -> None:
    user, options, folder = WAYS[way]
    app = App(machine, folder, user)
    app.write(
        f"web: {ARRIVAL} {shlex.quote(f'{app.root}/arrived')} {NASTY_ARGUMENTS}\n"
        f"worker: true && {ARRIVAL} {shlex.quote(f'{app.root}/arrived')} $1 {NASTY_ARGUMENTS}\n"
        f"release: {ARRIVAL} /nowhere || test $? = 1 && ! read line\n",
        NASTY,
    )
    app.belongs_to(user or "deploy")
    try:
        app.export(*options, "web=2", "worker=1")
        app.bring_up()
        for instance, port in {"web.1": 5000, "web.2": 5001, "worker.1": 5100}.items():
            arrived = app.arrival(instance)
            environment = arrived["environment"]
            assert {key: environment.get(key) for key in NASTY} == NASTY
            assert (environment["PORT"], environment["PS"]) == (str(port), instance)
            assert environment["PYTHONUNBUFFERED"] == "1"
            assert arrived["arguments"] == nasty_argv(port)
            assert arrived["folder"] == app.root
            account = user or ("deploy" if options else "root")
            owner = machine.run("stat", "-c", "%U", f"/proc/{arrived['pid']}").strip()
            assert owner == account
    finally:
        app.close()
    assert (app.arrived / "web.2.ended").exists()


def test_no_value_is_for_others_to_read(app: App) -> None:
    app.write(f"web: {ARRIVAL} {app.root}/arrived\n", {"SECRET": "s3cr3t-value", "PLAIN": "0ther-value"})
    app.export()
    app.bring_up()
    app.arrived.chmod(0o700)  # what arrived is ours alone
    app.arrival("web.1")
    seen = app.machine.run(
        "sh",
        "-c",
        "systemctl show 'app*' --all; systemctl cat app.target app-web@1; systemctl status app-web@1;"
        f"cd {app.root} && cat Procfile .env export/systemd/* export/systemd/.*; "
        "cat /proc/$(systemctl show -P MainPID app-web@1)/environ;"
        "cat /proc/$(systemctl show -P MainPID app-web@1)/cmdline; grep -rs value /etc/systemd /run/systemd",
        user="eve",
        ok=range(256),
    )
    assert "arrival.py" in seen
    assert f"{app.root}/export/systemd/app.env" in seen
    assert "s3cr3t-value" not in seen
    assert "0ther-value" not in seen
    assert "app.env: Permission denied" in seen


def test_one_more_is_started_without_an_export(app: App) -> None:
    app.write(f"web: {ARRIVAL} {app.root}/arrived\nworker: {ARRIVAL} {app.root}/arrived\n")
    app.export("web=2", "worker=1", "--port", "7000")
    app.bring_up()
    app.systemctl("start", "app-web@3")
    assert [app.arrival(f"web.{n}")["environment"]["PORT"] for n in (1, 2, 3)] == ["7000", "7001", "7002"]
    for number in ("101", "0", "01", "foo", "1x"):
        app.systemctl("start", f"app-web@{number}", ok=(0, 1))
        assert app.state(f"web@{number}") == "inactive"
    assert sorted(path.stem for path in app.arrived.glob("*.json")) == ["web.1", "web.2", "web.3", "worker.1"]
    assert "web.101: ports are for 1 to 100" in app.machine.run("journalctl", "-u", "app-web@101")
    app.systemctl("enable", "app-web@3")
    app.systemctl("restart", "app.target")
    app.until("web@3", "ActiveState", "active")
    app.systemctl("stop", "app.target")
    assert app.state("web@3") == "inactive"


def test_more_than_a_hundred_have_ports_of_their_own(app: App) -> None:
    app.write(f"web: {ARRIVAL} {app.root}/arrived\nworker: sleep infinity\n")
    app.export("web=3", "worker=1", "--port-step", "2")
    app.bring_up()
    assert [app.arrival(f"web.{n}")["environment"]["PORT"] for n in (1, 2, 3)] == ["5000", "5001", "5004"]


def exits(code: int) -> str:
    """A program that has an answer to SIGTERM; ready.NAME is there once it has."""
    handler = f"signal.signal(signal.SIGTERM, lambda *_: exit({code}))"
    ready = 'pathlib.Path("ready." + os.environ["PS"]).touch()'
    return f"python3 -c 'import os, pathlib, signal; {handler}; {ready}; signal.pause()'"


ENDS = {
    "killed": ("sleep infinity", "KILL", True),
    "stray": ("sleep infinity", "TERM", True),
    "stray-compound": ("cd / && sleep infinity", "TERM", True),
    "hung-up": ("sleep infinity", "HUP", True),
    "exit-143": (exits(143), "TERM", True),
    "exit-1": (exits(1), "TERM", True),
    "exit-0": (exits(0), "TERM", False),
}
"""Process types: a command, the signal that it is sent, and whether it is started again."""


def all_ends(app: App) -> None:
    """One of each, ready for its signal."""
    app.write("".join(f"{name}: {command}\n" for name, (command, _, _) in ENDS.items()))
    app.export()
    app.bring_up()
    for name, (command, _, _) in ENDS.items():
        if "ready" in command:
            app.machine.eventually((app.folder / f"ready.{name}.1").exists, f"{name} is ready")


def test_what_ends_is_started_again_unless_it_was_done(app: App) -> None:
    all_ends(app)
    for name, (_, signal, _) in ENDS.items():
        app.systemctl("kill", f"--signal={signal}", f"app-{name}@1")
    for name, (_, _, again) in ENDS.items():
        if again:
            app.until(f"{name}@1", "NRestarts", "1")
            app.until(f"{name}@1", "ActiveState", "active")
        else:
            app.until(f"{name}@1", "ActiveState", "inactive")
    assert app.property("exit-0@1", "NRestarts") == "0"


def test_a_stop_is_no_failure(app: App) -> None:
    all_ends(app)
    app.systemctl("stop", "app.target")
    states = {name: app.state(f"{name}@1") for name in ENDS}
    # Who answers a stop with an error has failed, for systemd.
    assert states == {name: "failed" if name == "exit-1" else "inactive" for name in ENDS}


@pytest.mark.parametrize("restart", ["always", "never"])
def test_the_other_policies(app: App, restart: str) -> None:
    app.write(f"stray: sleep infinity\ndone: {exits(0)}\n")
    app.export("--restart", restart)
    app.bring_up()
    app.machine.eventually((app.folder / "ready.done.1").exists, "it is ready")
    for name in ("stray", "done"):
        app.systemctl("kill", f"app-{name}@1")
        app.until(
            f"{name}@1",
            "NRestarts" if restart == "always" else "SubState",
            "1" if restart == "always" else "dead",
        )
    app.systemctl("start", "app-stray@101", ok=(0, 1))
    assert app.state("stray@101") == "inactive"
    app.systemctl("stop", "app.target")
    assert {app.state(f"{name}@1") for name in ("stray", "done")} == {"inactive"}


def test_without_grace_a_stop_kills_and_is_no_failure(app: App) -> None:
    app.write("web: python3 /opt/children/stubborn.py\nworker: cd / && python3 /opt/children/stubborn.py\n")
    app.export("--timeout", "0")
    app.bring_up()
    for name in ("web", "worker"):
        app.said(name, "ready")
    app.systemctl("stop", "app.target")
    assert (app.state("web@1"), app.state("worker@1")) == ("inactive", "inactive")
    assert "SIGTERM ignored" not in app.journal("web") + app.journal("worker")


def test_only_the_program_is_asked_to_stop_or_the_group_of_a_compound_command(app: App) -> None:
    app.write(
        "web: python3 /opt/children/master.py\nworker: cd / && python3 /opt/children/graceful.py 3 0.1\n"
    )
    app.export()
    app.bring_up()
    app.machine.eventually(lambda: app.journal("web").count("working") == 2, "its workers work")
    app.said("web", "ready")
    app.said("worker", "ready")
    app.systemctl("stop", "app.target")
    app.said("web", "workers ended with 0 0")
    app.said("worker", "stopped")


def test_a_release_that_fails_keeps_the_others_from_starting(app: App) -> None:
    app.write(
        f"web: {ARRIVAL} {app.root}/arrived\nworker: true && {ARRIVAL} {app.root}/arrived\n"
        "release: echo releasing; test -e mended\n"
    )
    app.export("web=2", "worker=1")
    *steps, start = app.next
    app.next = steps
    app.bring_up()
    app.machine.run("sh", "-c", start, ok=(1,))
    assert app.state("release.service") == "failed"
    units = ("web@1", "web@2", "worker@1", "web.target")
    assert {app.state(unit) for unit in units} == {"inactive"}
    assert app.systemctl("is-active", "app.target", ok=(3,)).strip() == "inactive"
    assert not list(app.arrived.iterdir())

    (app.folder / "mended").touch()
    app.next.append(start)
    app.bring_up()
    for instance in ("web.1", "web.2", "worker.1"):
        app.arrival(instance)
    assert app.state("release.service") == "active"
    app.bring_up()  # a deploy releases again
    assert app.journal("release").count("releasing") == 3

    before = app.property("web@1", "MainPID")
    app.systemctl("restart", "app.target")
    assert app.journal("release").count("releasing") == 4
    app.until("web@1", "ActiveState", "active")
    assert app.property("web@1", "MainPID") not in ("0", before)
    (app.folder / "mended").unlink()
    app.systemctl("restart", "app.target", ok=(1,))
    assert {app.state(unit) for unit in units} == {"inactive"}


def test_a_deploy_with_fewer_processes_leaves_none_of_the_others(app: App) -> None:
    command = f"{ARRIVAL} {app.root}/arrived"
    app.write(f"web: {command}\nworker: {command}\n")
    app.export("web=3", "worker=1")
    app.bring_up()
    app.systemctl("start", "app-web@4")
    before = {name: app.arrival(name)["pid"] for name in ("web.1", "web.2", "web.3", "web.4", "worker.1")}
    for file in app.arrived.glob("*.json"):
        file.unlink()
    app.write(f"web: {command}\n", {"NEW": "value"})
    printed = app.export("web=1")
    assert "removed  export/systemd/app-worker@.service" in printed
    app.bring_up()
    arrived = app.arrival("web.1")
    assert arrived["environment"]["NEW"] == "value"
    assert arrived["pid"] != before["web.1"]
    for name, pid in before.items():
        assert (app.arrived / f"{name}.ended").exists(), name
        assert app.machine.run("ls", f"/proc/{pid}", ok=(0, 2)).endswith("No such file or directory\n")
    running = app.systemctl("list-units", "app*", "--plain", "--no-legend")
    assert [line.split()[0] for line in running.splitlines()] == [
        "app-web@1.service",
        "app-web.target",
        "app.target",
    ]


def has(file: Path, text: str) -> bool:
    return file.exists() and file.read_text() == text


def test_log_files(app: App) -> None:
    app.write("web: echo out of $PS; echo and err >&2\nrelease: echo released\n")
    app.export("--log", f"{app.root}/log 100%s", "web=2")
    app.bring_up()
    folder = app.folder / "log 100%s"
    for n in (1, 2):
        whole = f"out of web.{n}\nand err\n"
        file = folder / f"web.{n}.log"
        app.machine.eventually(partial(has, file, whole), f"{file} is whole")
    assert (folder / "release.1.log").read_text() == "released\n"


def test_units_that_stand_where_systemd_looks_for_them_start_with_the_machine(app: App) -> None:
    app.write(f"web: {ARRIVAL} {app.root}/arrived\n", {"KEY": "value"})
    app.export("/etc/systemd/system")
    assert [step for step in app.next if "link" in step] == []
    app.bring_up()
    assert app.arrival("web.1")["environment"]["KEY"] == "value"
    assert app.systemctl("is-enabled", "app.target").strip() == "enabled"
    assert "app.target" in app.systemctl("list-dependencies", "multi-user.target")


ASK = """
import json, sys
from urllib.request import Request, urlopen
url, *body = sys.argv[1:]
request = Request(url, *(one.encode() for one in body), headers={"Content-Type": "application/json"})
print(json.load(urlopen(request, timeout=30)))
"""


def ask(app: App, path: str, port: int = 5000, **body: object) -> dict[str, Any]:
    """Ask web: GET, or POST with a body."""
    words = [json.dumps(body)] if body else []
    answer = app.machine.run("python3", "-c", ASK, f"http://127.0.0.1:{port}{path}", *words)
    found: dict[str, Any] = ast.literal_eval(answer)
    return found


def is_shipped(app: App, order: dict[str, Any]) -> bool:
    return bool(ask(app, f"/api/orders/{order['id']}")["state"] == "shipped")


def test_orders_are_served(app: App) -> None:
    shutil.copytree(ORDERS, app.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("var"))
    (app.folder / ".env").write_text(
        "PYTHONPATH=/opt/libraries\nPACK_SECONDS=0.2\nSWEEP_SECONDS=1\nPATIENCE_SECONDS=1\n"
    )
    app.belongs_to("deploy")
    app.export("--user", "deploy", "all=1", "web=2", "--timeout", "worker=10,worker_slow=10")
    app.bring_up()
    for n in (1, 2):
        app.said(f"web@{n}", "Booting worker")
    tea = ask(app, "/api/orders", item="tea")
    ring = ask(app, "/api/orders", port=5001, item="ring", engraved=True)
    assert (tea["taken_by"], ring["taken_by"]) == ("web.1", "web.2")
    for order in (tea, ring):
        app.machine.eventually(partial(is_shipped, app, order), "it is shipped")
    app.systemctl("kill", "--signal=KILL", "app-worker@1")
    late = ask(app, "/api/orders", item="milk")
    app.machine.eventually(partial(is_shipped, app, late), "it is shipped after a crash")
    app.systemctl("stop", "app.target")
    assert "Warm shutdown" in app.journal("worker")
    assert {app.state(f"{name}@1") for name in ("web", "worker", "worker_slow", "scheduler")} == {"inactive"}
