"""A machine of its own with Docker and Podman, in namespaces: nothing of the host is changed.

The engines are those of Debian, installed once (debian.py). In a test::

    try:
        with containers.machine(tmp_path) as machine:
            machine.start_docker()                     # podman needs no daemon
            machine.make_image("podman", "shop")       # busybox, and `serve`
            machine.run("podman", "kube", "play", str(tmp_path / "out/all.yaml"))
            program = machine.program(pid_of_a_container, "/bin/serve")
    except containers.Unavailable as error:
        pytest.skip(str(error))

The folder that is shared stands there where it stands outside, so what an export says to do is done as it
stands. There is no network but lo: ports that are published answer to ``machine.get(port)``.
"""

import os
import shlex
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import psutil

from engines.debian import Unavailable, installed

__all__ = ["Machine", "Program", "Unavailable", "machine"]

PATIENCE = 60.0
_RELEASE = "trixie"
_PACKAGES = (
    *("docker.io", "docker-cli", "docker-compose", "podman", "runc", "catatonit", "busybox-static"),
    *("iptables", "iproute2", "ca-certificates"),
)
_PROGRAMS = ("unshare", "nsenter", "setpriv", "pivot_root", "ip")
_SCRIPT = Path(__file__).with_name("containers.sh")
# The machine's control groups are gone when all its processes are, which is a moment after pid 1.
_CLEAN = """
mount -t cgroup2 none /sys/fs/cgroup
cd /sys/fs/cgroup
while test -d $1 && ! find $1 -depth -type d -exec rmdir {} + 2>/dev/null; do sleep 0.05; done
"""
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PODMAN_FILE = "/etc/containers/containers.conf"
_PODMAN = """[containers]
keyring=false
pids_limit=0
[engine]
runtime="runc"
cgroup_manager="cgroupfs"
[network]
firewall_driver="iptables"
"""

_SERVE = """#!/bin/sh
# A server, as busybox can be one: says on $PORT what it is called, and ends at SIGTERM after $LAST seconds.
trap 'sleep "${LAST:-0}"; echo "$PS ended"; exit 0' TERM
mkdir -p /tmp/www
echo "$PS" >/tmp/www/index.html
httpd -p "$PORT" -h /tmp/www
echo "$PS serves"
while :; do
    sleep 1000 &
    wait
done
"""


class Program(NamedTuple):
    """A process as the kernel has it: its arguments, and the environment that it was started with."""

    pid: int
    arguments: list[str]
    environment: dict[str, str]


class Machine:
    """A machine that runs. ``share`` is the same folder inside and outside."""

    def __init__(self, leader: int, share: Path) -> None:
        self.share = share
        self._enter = ("nsenter", "-t", str(leader), "-m", "-u", "-i", "-n", "-p", "-C")
        self._daemons: list[subprocess.Popen[bytes]] = []

    def run(self, *command: str, ok: Sequence[int] = (0,)) -> str:
        """What a command prints there, stderr included. Its exit code must be one of ``ok``."""
        done = self._run(command, subprocess.STDOUT)
        output = done.stdout.decode(errors="replace")
        assert done.returncode in ok, f"{shlex.join(command)}: exit code {done.returncode}\n{output}"
        return output

    def output(self, *command: str) -> bytes:
        """The bytes that a command there writes to its stdout."""
        done = self._run(command, subprocess.PIPE)
        assert not done.returncode, done.stderr
        return done.stdout

    def read(self, path: str) -> bytes:
        """The bytes of a file there."""
        return self.output("cat", path)

    def program(self, pid: int, word: str) -> Program:
        """The program that has been given ``word`` as an argument: process ``pid`` of the machine, as which
        an engine knows a container, or what that has started, an init or a shell."""
        found: list[Program] = []
        pids = [pid]
        while pids:
            pid, *pids = pids
            arguments = self.read(f"/proc/{pid}/cmdline").decode().split("\0")[:-1]
            environment = self.read(f"/proc/{pid}/environ").decode().split("\0")[:-1]
            found.append(Program(pid, arguments, dict(line.split("=", 1) for line in environment)))
            if word in arguments:
                return found[-1]
            pids += map(int, self.read(f"/proc/{pid}/task/{pid}/children").split())
        raise AssertionError(f"{word!r} is in none of {[program.arguments for program in found]}")

    def get(self, port: int) -> str:
        """What a server there answers on a port of 127.0.0.1; empty if there is none."""
        return self.run("busybox", "wget", "-qO-", f"http://127.0.0.1:{port}/", ok=(0, 1)).strip()

    def start_docker(self) -> None:
        """Start its daemon, and wait until it answers."""
        with open(self.share / "dockerd.log", "ab") as log:
            daemon = subprocess.Popen(
                [*self._enter, "dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._daemons.append(daemon)
        self.eventually(lambda: self._answers(daemon), "docker answers")

    def stop_docker(self) -> None:
        """End it as a shutdown does: it stops all containers."""
        self.run("busybox", "kill", self.read("/run/docker.pid").decode())
        self._daemons.pop().wait(timeout=PATIENCE)

    def make_image(self, engine: str, name: str) -> None:
        """Make an image of busybox and a server called ``serve``, with docker or with podman."""
        image = self.share / f"{engine}.tar"
        with tarfile.open(image, "w") as tar:
            _add(tar, "bin/busybox", self.read("/bin/busybox"))
            _add(tar, "bin/serve", _SERVE.encode())
            folder = tarfile.TarInfo("tmp")
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(folder)
            link = tarfile.TarInfo("bin/sh")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        # Its shell finds what busybox can do without a file for each.
        self.run(engine, "import", "--change", "ENV PATH=/bin", str(image), name)

    def eventually(self, fact: Callable[[], object], what: str) -> None:
        """Wait until a fact holds that nobody tells us of."""
        deadline = time.monotonic() + PATIENCE
        while not fact():
            assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
            time.sleep(0.05)  # nothing to wait on: see above

    def close(self) -> None:
        """Wait for what runs there, after the machine has ended."""
        for daemon in self._daemons:
            daemon.wait(timeout=PATIENCE)

    def _answers(self, daemon: subprocess.Popen[bytes]) -> bool:
        log = self.share / "dockerd.log"
        assert daemon.poll() is None, f"dockerd has ended: {log.read_text(errors='replace')[-2000:]}"
        return not self._run(("docker", "version"), subprocess.PIPE).returncode

    def _run(self, command: Sequence[str], stderr: int) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*self._enter, "env", "-i", f"HOME={self.share}", f"PATH={_PATH}", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            timeout=PATIENCE * 2,
            check=False,
        )


@contextmanager
def machine(share: Path) -> Iterator[Machine]:
    """A machine that runs while this is entered. Raises Unavailable."""
    root = installed("containers", _RELEASE, _PACKAGES, _PROGRAMS)
    group = f"pyforeman-containers-{os.getpid()}"
    process = subprocess.Popen(
        # It ends with the tests, however they end.
        ["setpriv", "--pdeathsig=KILL", "unshare", "-m", "-n", "sh", _SCRIPT, root, share, group],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    found = None
    try:
        said = process.stdout.readline()
        if said != b"ready\n":
            raise Unavailable(f"no sandbox for containers here: {(said + process.stdout.read()).decode()}")
        (leader,) = psutil.Process(process.pid).children()
        found = Machine(leader.pid, share)
        found.run("sh", "-c", 'mkdir -p /etc/containers; printf %s "$1" >$0', _PODMAN_FILE, _PODMAN)
        yield found
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        if found is not None:
            found.close()
        subprocess.run(["unshare", "-m", "sh", "-c", _CLEAN, "sh", group], timeout=PATIENCE, check=True)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o755
    tar.addfile(entry, BytesIO(data))
