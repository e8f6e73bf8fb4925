"""``pyforeman export runit``, run by a real runsvdir: one for all tests, since it looks for new services only
every five seconds."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from arrivals import ARRIVAL, Arrivals, assert_environment, assert_no_value_is_readable, written_by_env
from harness import MARK, PATIENCE, clean_environment, eventually, free_base, kill, marked


class Runit:
    """The services of four applications, and a runsvdir that starts all of them at once."""

    def __init__(self, folder: Path, public: Path) -> None:
        self.services = folder / "services"
        self.services.mkdir()
        self.mark = uuid.uuid4().hex
        self.base = free_base(0)
        self._export_shop(folder)
        self._export_gated(folder)
        self._export_ends(folder)
        if os.geteuid() == 0:
            self._export_others(public)
        self.process = subprocess.Popen(
            ["runsvdir", self.services],
            env={**clean_environment(), MARK: self.mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _export_shop(self, folder: Path) -> None:
        self.shop = Arrivals(folder, "shop")
        self.procfile = (self.shop.root / "Procfile").read_text()
        self.shop.write("Procfile", f"{self.procfile}gone: {ARRIVAL} {self.shop.arrived}\n")
        self.shop.export("runit", "all=1", "web=2", "-p", str(self.base))
        self.follow(self.shop.steps)

    def _export_gated(self, folder: Path) -> None:
        self.gated = Arrivals(folder, "gated")
        self.gated.write(
            "Procfile",
            f"web: {ARRIVAL} {self.gated.arrived}\n"
            f"worker: cd jobs && {ARRIVAL} {self.gated.arrived}\n"
            f"release: test -e ok\n",
        )
        self.gated.export("runit")
        self.follow(self.gated.steps)

    def _export_ends(self, folder: Path) -> None:
        self.ends = Arrivals(folder, "ends")
        deaf = "trap '' TERM; : >{}; while :; do sleep 0.1; done"
        self.ends.write(
            "Procfile",
            "well: echo well\n"
            "once: echo once; exit 1\n"
            "again: echo again; exit 1\n"
            f"deaf: ({deaf.format('one')}) & {deaf.format('two')}\n",
        )
        self.ends.export("runit", "--restart", "once=never", "--timeout", "0")
        self.follow(self.ends.steps)

    def _export_others(self, public: Path) -> None:
        self.others = Arrivals(public, "others")
        self.others.arrived.chmod(0o777)
        say = f"cd {self.others.arrived}; id -un >$PS.name; env -0 >$PS.part; mv $PS.part $PS"
        self.others.write("Procfile", f"web: {say}; exec sleep 1000\nrelease: {say}\n")
        self.others.export("runit", "-u", "nobody")
        self.follow(self.others.steps)

    def follow(self, steps: list[str]) -> None:
        """Do what an export says to be next."""
        script = "\n".join(steps).replace("/etc/service", str(self.services))
        subprocess.run(["/bin/sh", "-ec", script], stdout=subprocess.DEVNULL, check=True, timeout=60)

    def sv(self, command: str, *services: str) -> str:
        """What ``sv`` says."""
        done = subprocess.run(
            ["sv", "-w", "30", command, *(str(self.services / service) for service in services)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
        return done.stdout

    def log(self, service: str) -> str:
        """What a service has written."""
        current = self.services / service / "log/main/current"
        return current.read_text() if current.exists() else ""

    def wait_for(self, service: str, text: str, times: int = 1) -> None:
        """Wait until a service has written it so many times."""
        eventually(lambda: self.log(service).count(text) >= times, f"{service} says: {text}")

    def is_down(self, service: str) -> bool:
        """Whether it is neither running nor to be started."""
        return self.sv("status", service).startswith("down:") and "want up" not in self.sv("status", service)

    def processes(self) -> list[str]:
        """The names of all processes that it has started."""
        return [process.name() for process in marked(self.mark)]

    def close(self) -> None:
        self.process.send_signal(signal.SIGHUP)  # it ends its services; after TERM they would live on
        self.process.wait(timeout=PATIENCE)
        eventually(lambda: not self.processes(), "all services have ended")


@pytest.fixture(scope="module")
def runit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runit]:
    if not shutil.which("runsvdir"):
        pytest.skip("runsvdir is not installed (apt: runit)")
    public = Path(tempfile.mkdtemp(prefix="pyforeman-"))
    public.chmod(0o777)  # nobody gets through the folders of pytest
    engine = Runit(tmp_path_factory.mktemp("runit"), public)
    yield engine
    try:
        engine.close()
    finally:
        kill(engine.process, *marked(engine.mark))
        shutil.rmtree(public)


def test_all_arrives_and_what_crashed_is_restarted(runit: Runit) -> None:
    shop, base = runit.shop, runit.base
    shop.assert_all_arrived(base)
    assert_no_value_is_readable(shop.root / "export")

    web, worker, gone = (shop.of(name)["pid"] for name in ("web.1", "worker.1", "gone.1"))
    kill(psutil.Process(web), psutil.Process(psutil.Process(worker).ppid()))
    web = shop.of("web.1", after=web)["pid"]
    worker, crashed = shop.of("worker.1", after=worker)["pid"], worker
    assert not psutil.pid_exists(crashed)

    # One more of web, and a type less: nothing else is touched.
    shop.write("Procfile", runit.procfile)
    shop.export("runit", "all=1", "web=3", "-p", str(base))
    *first, again = shop.steps
    runit.follow(first)
    assert shop.of("web.3")["environment"]["PORT"] == str(base + 2)
    shop.assert_stopped("gone.1")
    assert not (runit.services / "shop-gone-1").is_symlink()
    assert (shop.of("web.1")["pid"], shop.of("worker.1")["pid"]) == (web, worker)
    assert not psutil.pid_exists(gone)

    shop.write(".env", "V00=new")
    shop.export("runit", "all=1", "web=3", "-p", str(base))
    runit.follow([again])
    assert shop.of("web.1", after=web)["environment"]["V00"] == "new"
    assert shop.of("worker.1", after=worker)["environment"]["V00"] == "new"
    assert written_by_env(shop.arrived / "release")["V00"] == "new"
    shop.assert_stopped("web.1", "worker.1", "worker.1.second")


def test_nothing_starts_before_the_release_has_succeeded(runit: Runit) -> None:
    gated = runit.gated
    for name in ("web", "worker"):
        runit.wait_for(f"gated-{name}-1", f"{name}.1 waits for the release")
    eventually(lambda: runit.is_down("gated-release-1"), "the release has failed")
    assert not list(gated.arrived.iterdir())

    gated.write("ok", "")
    runit.sv("up", "gated-release-1")
    web = gated.of("web.1")["pid"]
    gated.of("worker.1")
    assert runit.sv("status", "gated-release-1").startswith("run:")

    # A start after that does not wait; one after the end of the release does.
    runit.sv("restart", "gated-web-1")
    web = gated.of("web.1", after=web)["pid"]
    waits = runit.log("gated-web-1").count("waits for the release")
    runit.sv("down", "gated-release-1", "gated-web-1")
    runit.sv("up", "gated-web-1")
    runit.wait_for("gated-web-1", "waits for the release", waits + 1)
    runit.sv("up", "gated-release-1")
    gated.of("web.1", after=web)


def test_ends_and_stops(runit: Runit) -> None:
    for name in ("well", "once"):
        runit.wait_for(f"ends-{name}-1", f" {name}\n")
    eventually(lambda: runit.is_down("ends-well-1") and runit.is_down("ends-once-1"), "they are down")
    runit.wait_for("ends-again-1", " again\n", 2)
    for name in ("well", "once"):
        assert runit.log(f"ends-{name}-1").count(f" {name}\n") == 1
    for name in ("one", "two"):
        eventually((runit.ends.root / name).exists, f"process {name} is there")
    assert runit.sv("down", "ends-deaf-1").startswith("ok: down")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a process as somebody else")
def test_another_account_reads_its_values_and_nobody_else(runit: Runit) -> None:
    account, others = pwd.getpwnam("nobody"), runit.others
    for name in ("release.1", "web.1"):
        eventually((others.arrived / name).exists, f"{name} is started")
        values = written_by_env(others.arrived / name)
        assert_environment(values, PS=name, HOME=account.pw_dir, USER="nobody", LOGNAME="nobody")
        assert (others.arrived / f"{name}.name").read_text() == "nobody\n"
    assert (others.root / "export/runit/.others/env.sh").stat().st_uid == account.pw_uid
    assert_no_value_is_readable(others.root / "export")
