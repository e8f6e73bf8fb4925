"""``pyforeman export supervisord``, run by a real supervisord: one for all tests, each with an application of
its own."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import psutil
import pytest

from arrivals import Arrivals, assert_environment, assert_no_value_is_readable, written_by_env
from harness import BIN, MARK, PATIENCE, can_listen, clean_environment, eventually, free_base, kill, marked

EXAMPLE = Path(__file__).parents[2] / "examples/orders"
CONFIGURATION = """\
[unix_http_server]
file = {folder}/socket
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl = unix://{folder}/socket
[supervisord]
logfile = {folder}/supervisord.log
pidfile = {folder}/pid
childlogdir = {folder}
[include]
files = {folder}/conf.d/*.conf
"""


class Supervisord:
    """A supervisord in the foreground, with its files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "conf.d").mkdir()
        self._configuration = folder / "supervisord.conf"
        self._configuration.write_text(CONFIGURATION.format(folder=folder))
        self.mark = uuid.uuid4().hex
        self.process = subprocess.Popen(
            [BIN / "supervisord", "-n", "-c", self._configuration],
            cwd="/",
            env={**clean_environment(), MARK: self.mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually((folder / "socket").exists, "supervisord listens")

    def control(self, *words: str) -> str:
        """What supervisorctl says."""
        done = subprocess.run(
            [BIN / "supervisorctl", "-c", self._configuration, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        return done.stdout

    def follow(self, steps: list[str]) -> str:
        """Do what an export says to be next: what the commands say."""
        script = "\n".join(steps).replace("/etc/supervisor/conf.d", f"{self.folder}/conf.d")
        control = f'supervisorctl() {{ {BIN}/supervisorctl -c {self._configuration} "$@"; }}'
        done = subprocess.run(
            ["/bin/sh", "-ec", f"{control}\n{script}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    def drop(self, name: str) -> None:
        """Stop and forget an application."""
        self.control("stop", "all")  # update would wait for one type after the other
        (self.folder / f"conf.d/{name}.conf").unlink()
        self.control("update")

    def log(self, process: str) -> str:
        """What a process has written, all its runs."""
        return "".join(path.read_text() for path in self.folder.glob(f"{process}-stdout*.log"))

    def wait_for(self, process: str, text: str, times: int = 1) -> None:
        """Wait until a process has written it so many times."""
        eventually(lambda: self.log(process).count(text) >= times, f"{process} says: {text}")

    def state(self, process: str) -> str:
        """``RUNNING``, ``BACKOFF`` …"""
        return self.control("status", process).split()[1]

    def is_alone(self) -> bool:
        """Whether none of all that it has started is left."""
        return {process.pid for process in marked(self.mark)} == {self.process.pid}

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)


@pytest.fixture(scope="module")
def supervisord(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisord]:
    if not (BIN / "supervisord").exists():
        pytest.skip("supervisord is not installed (pip: supervisor)")
    engine = Supervisord(tmp_path_factory.mktemp("supervisord"))
    yield engine
    try:
        engine.close()
        left = list(marked(engine.mark))
        names = [repr(process) for process in left]
    finally:
        kill(engine.process, *marked(engine.mark))
    assert not names, "left behind after supervisord had ended"


def test_all_arrives_and_what_crashed_is_restarted(supervisord: Supervisord, tmp_path: Path) -> None:
    shop, base = Arrivals(tmp_path, "shop"), free_base(0)
    shop.export("supervisord", "all=1", "web=2", "-p", str(base))
    supervisord.follow(shop.steps)
    shop.assert_all_arrived(base)
    assert_no_value_is_readable(shop.root / "export")
    assert_no_value_is_readable(supervisord.folder)

    web, worker = shop.of("web.1")["pid"], shop.of("worker.1")["pid"]
    kill(psutil.Process(web), psutil.Process(psutil.Process(worker).ppid()))
    assert shop.of("web.1", after=web)["environment"]["PORT"] == str(base)
    worker, crashed = shop.of("worker.1", after=worker)["pid"], worker
    assert not psutil.pid_exists(crashed)

    # One more of web is no reason to stop a worker.
    shop.export("supervisord", "all=1", "web=3", "-p", str(base))
    *update, again = shop.steps
    assert "shop-web: stopped" in supervisord.follow(update)
    assert shop.of("web.3")["environment"]["PORT"] == str(base + 2)
    shop.assert_stopped("web.1", "web.2")
    assert shop.of("worker.1")["pid"] == worker

    shop.write(".env", "V00=new")
    shop.export("supervisord", "all=1", "web=3", "-p", str(base))
    supervisord.follow([again])
    assert shop.of("worker.1", after=worker)["environment"]["V00"] == "new"
    assert written_by_env(shop.arrived / "release")["V00"] == "new"

    supervisord.drop("shop")
    shop.assert_stopped("web.3", "worker.1", "worker.1.second")
    assert supervisord.is_alone()


def test_nothing_starts_before_the_release_has_succeeded(supervisord: Supervisord, tmp_path: Path) -> None:
    gated = Arrivals(tmp_path, "gated")
    procfile = (gated.root / "Procfile").read_text()
    gated.write("Procfile", procfile.replace("release: ", "release: test -e ok && "))
    gated.export("supervisord")
    supervisord.follow(gated.steps)
    for name in ("web.1", "worker.1"):
        supervisord.wait_for(name, f"{name} waits for the release")
    assert supervisord.state("gated-release:release.1") == "EXITED"
    assert not list(gated.arrived.iterdir())

    gated.write("ok", "")
    assert "started" in supervisord.control("start", "gated-release:release.1")
    web = gated.of("web.1")["pid"]
    gated.of("worker.1.second")
    assert (gated.arrived / "release").exists()
    assert supervisord.state("gated-release:release.1") == "RUNNING"

    # A start after that does not wait; one after the end of the release does.
    supervisord.control("restart", "gated-web:web.1")
    web = gated.of("web.1", after=web)["pid"]
    waits = supervisord.log("web.1").count("waits for the release")
    supervisord.control("stop", "gated-release:*", "gated-web:*")
    supervisord.control("start", "gated-web:*")
    supervisord.wait_for("web.1", "waits for the release", waits + 1)
    supervisord.control("start", "gated-release:*")
    gated.of("web.1", after=web)
    supervisord.drop("gated")


def test_ends_and_stops(supervisord: Supervisord, tmp_path: Path) -> None:
    ends = Arrivals(tmp_path, "ends")
    stubborn = "trap '' TERM; : >%s; while :; do sleep 0.1; done"
    ends.write(
        "Procfile",
        "once: echo once; exit 1\n"
        "again: echo again; exit 1\n"
        f"deaf: ({stubborn % 'one'}) & {stubborn % 'two'}\n",
    )
    ends.export("supervisord", "--restart", "once=never", "--timeout", "0")
    supervisord.follow(ends.steps)
    supervisord.wait_for("again.1", "again", 2)
    assert supervisord.state("ends-again:again.1") in ("BACKOFF", "STARTING")
    assert supervisord.log("once.1").count("once") == 1
    assert supervisord.state("ends-once:once.1") == "EXITED"
    eventually((ends.root / "one").exists, "one of two is there")
    eventually((ends.root / "two").exists, "two of two are there")
    supervisord.drop("ends")
    assert supervisord.is_alone()


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every account may write to: nobody gets through those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="pyforeman-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a process as somebody else")
def test_another_account_reads_its_values_and_nobody_else(supervisord: Supervisord, public: Path) -> None:
    account = pwd.getpwnam("nobody")
    others = Arrivals(public, "others")
    others.arrived.chmod(0o777)
    say = f"id -un >{others.arrived}/$PS.name; env -0 >{others.arrived}/$PS.part; cd {others.arrived}"
    others.write(
        "Procfile",
        f"web: {say}; mv $PS.part $PS; exec sleep 1000\nrelease: {say}; mv $PS.part $PS\n",
    )
    others.export("supervisord", "-u", "nobody")
    supervisord.follow(others.steps)
    for name in ("release.1", "web.1"):
        eventually((others.arrived / name).exists, f"{name} is started")
        values = written_by_env(others.arrived / name)
        assert_environment(values, PS=name, HOME=account.pw_dir, USER="nobody", LOGNAME="nobody")
        assert (others.arrived / f"{name}.name").read_text() == "nobody\n"
    assert (others.root / "export/supervisord/others/env.sh").stat().st_uid == account.pw_uid
    assert_no_value_is_readable(others.root / "export")
    supervisord.drop("others")


def test_the_shop_of_the_examples_serves_orders(supervisord: Supervisord, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "orders", ignore=shutil.ignore_patterns("var"))
    orders = Arrivals(tmp_path / "other", "orders")
    orders.root = tmp_path / "orders"
    base = free_base(0, 1)
    words = ("all=1", "web=2", "-p", str(base), "--timeout", "10")
    orders.export("supervisord", *words, environment={"VIRTUAL_ENV": sys.prefix})
    supervisord.follow(orders.steps)

    def order(index: int, **wanted: object) -> dict[str, object]:
        url = f"http://127.0.0.1:{base + index - 1}/api/orders"
        body = json.dumps(wanted).encode()
        with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=30) as answer:
            found: dict[str, object] = json.load(answer)
        return found

    for index in (1, 2):
        supervisord.wait_for(f"web.{index}", "Booting worker")
        taken = order(index, item="tea", express=True)
        assert taken["taken_by"] == f"web.{index}"
        supervisord.wait_for("worker.1", f"order {str(taken['id'])[:8]}: shipped")
    supervisord.drop("orders")
    assert "Warm shutdown" in supervisord.log("worker.1")
    assert can_listen(base)
    assert supervisord.is_alone()
