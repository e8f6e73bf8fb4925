"""``examples/orders``, the shop in five process types, as a user runs it: nothing of it is replaced."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

import psutil
import pytest

from conftest import Project
from harness import BIN, Run, can_listen, free_base, kill, marked

EXAMPLE = Path(__file__).parents[2] / "examples/orders"


class Shop:
    """The shop, in a folder of its own, and the port of its first web process."""

    def __init__(self, project: Project, environment: dict[str, str]) -> None:
        shutil.copytree(EXAMPLE, project.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("var"))
        self.base = free_base(0, 1)
        self._project = project
        self._environment = {**environment, "PATH": f"{BIN}:{os.environ['PATH']}"}
        self._database = project.folder / "var/shop.sqlite3"

    def open(self, *arguments: str, **environment: str) -> Run:
        """Start it; ``environment`` is the config of this deploy. Both web processes answer then."""
        words = ("start", "--release", "-p", str(self.base), *arguments)
        run = self._project.run(*words, environment={**self._environment, **environment})
        for name in ("web.1", "web.2"):
            run.read_until(rf"{re.escape(name)} +\| Booting worker")
        return run

    def run(self, *arguments: str) -> Run:
        """Run any command of pyforeman there."""
        return self._project.run(*arguments, environment=self._environment)

    def order(self, instance: int = 1, **wanted: object) -> dict[str, Any]:
        """Order from web.INSTANCE: what it answers to a POST."""
        url = f"http://127.0.0.1:{self.base + instance - 1}/api/orders"
        body = json.dumps(wanted).encode()
        with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=30) as answer:
            assert answer.status == 202
            found: dict[str, Any] = json.load(answer)
        return found

    def get(self, path: str) -> dict[str, Any]:
        with urlopen(f"http://127.0.0.1:{self.base}{path}", timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database itself."""
        connection = sqlite3.connect(self._database, timeout=30)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def shipped_by(self, order: dict[str, Any]) -> str | None:
        """The process that has shipped an order: ``worker.1``."""
        found = self.rows("SELECT shipped_by FROM shipments WHERE order_id = ?", order["id"])
        assert len(found) <= 1, "shipped twice"
        return str(found[0][0]).partition("@")[0] if found else None


@pytest.fixture(params=["files", "redis"])
def shop(project: Project, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """The shop, with each of its brokers."""
    if request.param == "files":
        yield Shop(project, {})
        return
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    port = free_base(0)
    command = f"redis-server --bind 127.0.0.1 --port {port} --save --appendonly no --dir {tmp_path}"
    redis = subprocess.Popen(command.split(), stdout=subprocess.PIPE)
    try:
        assert redis.stdout
        assert any(b"Ready to accept connections" in line for line in redis.stdout)
        yield Shop(project, {"REDIS_URL": f"redis://127.0.0.1:{port}/0"})
    finally:
        kill(redis)
        redis.communicate()


def test_orders_are_taken_at_every_port_and_shipped_by_the_right_worker(shop: Shop) -> None:
    run = shop.open("all=1", "web=2", ENGRAVE_SECONDS="0.5", SWEEP_SECONDS="1")
    first_of_others = min(run.text.index(f"{name}.1 started") for name in ("web", "worker", "scheduler"))
    assert run.text.index("migrated: 0002_sweeps") < first_of_others
    assert run.text.index("release.1 finished") < first_of_others

    tea, coffee = shop.order(1, item="tea"), shop.order(2, item="coffee", express=True)
    ring = shop.order(1, item="ring", engraved=True)
    assert [order["taken_by"] for order in (tea, coffee, ring)] == ["web.1", "web.2", "web.1"]
    assert [order["queue"] for order in (tea, coffee, ring)] == ["default", "high_priority", "slow_jobs"]
    for order, worker in ((tea, "worker.1"), (coffee, "worker.1"), (ring, "worker_slow.1")):
        run.read_until(rf"{re.escape(worker)} +\| order {order['id'][:8]}: shipped")
        assert shop.shipped_by(order) == worker
    assert shop.get(f"/api/orders/{tea['id']}")["state"] == "shipped"

    run.read_until(r"scheduler\.1 +\| Scheduler: Sending due task")
    run.read_until(r"worker\.1 +\| 0 orders wait, 3 were shipped, 0 queued again")

    killed = run.pid_of("worker.1")
    os.kill(killed, signal.SIGKILL)
    crash = run.read_until(r"worker\.1 crashed \(SIGKILL\)")
    late = shop.order(2, item="milk")
    run.read_until(rf"worker\.1 +\| order {late['id'][:8]}: shipped", after=crash.end())
    assert shop.shipped_by(late) == "worker.1"
    assert run.pid_of("worker.1") != killed

    assert run.stop(signal.SIGINT) == 130
    assert_nothing_is_left(shop, run)


def test_a_stop_lets_celery_finish_what_it_has_in_hand(shop: Shop) -> None:
    run = shop.open("all=1", "web=2", "-t", "worker=10,worker_slow=10", PACK_SECONDS="3")
    tea, ring = shop.order(item="tea"), shop.order(item="ring", engraved=True)
    run.read_until("beat: Starting")  # before that, it has no handler, and dies of SIGTERM
    for worker, order in (("worker.1", tea), ("worker_slow.1", ring)):
        run.read_until(rf"{re.escape(worker)} +\| order {order['id'][:8]}: packing")
    assert run.stop(signal.SIGINT) == 130
    assert shop.shipped_by(tea) == "worker.1"
    assert shop.shipped_by(ring) == "worker_slow.1"
    assert shop.rows("SELECT DISTINCT attempts FROM orders") == [(1,)]
    assert "Warm shutdown" in run.text
    for process in ("web.1", "web.2", "worker.1", "worker_slow.1", "scheduler.1"):
        assert f"{process} stopped (code 0)" in run.text
    assert_nothing_is_left(shop, run)


def test_no_order_is_lost_or_shipped_twice_and_the_scheduler_is_alone(shop: Shop) -> None:
    """200 orders, while whatever works on them is killed: workers, processes of their pools, schedulers."""
    deploy = {
        "PACK_SECONDS": "0.1",
        "ENGRAVE_SECONDS": "0.1",
        "SWEEP_SECONDS": "0.5",
        "PATIENCE_SECONDS": "1",
    }
    began = time.monotonic()
    run = shop.open("web=2", "worker=3", "worker_slow=1", "scheduler=1", **deploy)
    for name in ("worker.1", "worker.2", "worker.3", "worker_slow.1"):
        run.read_until(rf"{re.escape(name)} +\| {re.escape(name)}@\S+ ready")
    with SchedulerWatch(run) as watch:
        taken = order_and_kill(shop, run, random.Random(200))
        run.read_until(r"\| 0 orders wait, 200 were shipped")
    assert run.stop() == 143
    seconds = time.monotonic() - began

    ids = {order["id"] for order in taken}
    assert len(ids) == 200
    shipments = [order_id for (order_id,) in shop.rows("SELECT order_id FROM shipments")]
    assert sorted(shipments) == sorted(ids)
    assert shop.rows("SELECT count(*) FROM orders WHERE shipped_at IS NULL") == [(0,)]
    # The kills did hit: some orders were begun more than once, and are there once all the same.
    ((attempts,),) = shop.rows("SELECT sum(attempts) FROM orders")
    assert attempts > 200

    assert run.text.count("scheduler.1 crashed (SIGKILL)") == 3
    assert watch.most == 1
    assert len(watch.seen) >= 3
    # Each one sends a task every half a second from its start on; two at a time would send twice as many.
    ((sweeps,),) = shop.rows("SELECT count(*) FROM sweeps")
    assert 0 < sweeps <= seconds / 0.5 + len(watch.seen)
    assert_nothing_is_left(shop, run)


def order_and_kill(shop: Shop, run: Run, chance: random.Random) -> list[dict[str, Any]]:
    """200 orders; a process of a busy worker is killed after each twenty, now and then the scheduler."""
    taken = []
    for batch in range(10):
        before = len(run.text)
        for number in range(20):
            wanted = {"express": number % 5 == 0, "engraved": number % 10 == 9}
            taken.append(shop.order(1 + number % 2, item=f"item {number} of {batch}", **wanted))
        # Not always the same one: who crashes five times in a row has to wait for eight seconds.
        victims = r"worker_slow\.1" if batch == 4 else r"worker\.\d"
        busy = run.read_until(rf"({victims}) +\| order \w+: packing", after=before)[1]
        kill(*sorted(tree(run.pid_of(busy)), key=lambda _: chance.random())[:1])
        if batch in (2, 5, 8):
            crashed = run.text.rfind("scheduler.1 crashed")
            run.read_until(r"scheduler\.1 +\| .*Sending due task", after=max(crashed, 0))
            kill(psutil.Process(run.pid_of("scheduler.1")))
            run.read_until("scheduler.1 crashed", after=crashed + 1)
    return taken


class SchedulerWatch(threading.Thread):
    """Looks again and again, while it is entered, how many schedulers there are."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run
        self._over = threading.Event()
        self.most = 0
        self.seen: set[int] = set()

    def run(self) -> None:
        while not self._over.wait(0.005):
            pids = {process.pid for process in marked(self._run.mark) if "beat" in cmdline(process)}
            self.most = max(self.most, len(pids))
            self.seen |= pids

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def tree(pid: int) -> list[psutil.Process]:
    """A process and its children; nothing if it has ended."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children()]
    except psutil.NoSuchProcess:
        return []


def cmdline(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def test_without_the_release_web_says_what_to_do(project: Project) -> None:
    shop = Shop(project, {})
    run = shop.run("start", "web", "-p", str(shop.base), "--restart", "never")
    assert run.wait() != 0
    assert "var/shop.sqlite3 is not up to date; run: pyforeman run release" in run.text
    release = shop.run("run", "release")
    assert release.wait() == 0
    assert "migrated: 0001_orders" in release.text
    again = shop.run("run", "release")
    assert again.wait() == 0
    assert "migrated" not in again.text
    run = shop.run("start", "web", "-p", str(shop.base))
    run.read_until("Booting worker")
    assert shop.get("/api/orders") == {"waiting": 0, "shipped": 0}
    assert run.stop() == 143


def assert_nothing_is_left(shop: Shop, run: Run) -> None:
    assert not run.survivors()
    assert can_listen(shop.base)
    assert can_listen(shop.base + 1)
