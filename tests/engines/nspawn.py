"""A machine with systemd as pid 1: Debian in systemd-nspawn, with a mount, pid and network namespace of its
own. Nothing of the host is changed, and the system on disk stays as it was installed.

The system is installed once (debian.py); DEBIAN=bookworm names another release.
"""

import os
import shlex
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

import pyforeman
from engines.debian import Unavailable, installed
from harness import CHILDREN, kill

__all__ = ["Machine", "Unavailable", "machine"]

RELEASE = os.environ.get("DEBIAN", "trixie")
PACKAGES = "systemd systemd-sysv dbus dbus-user-session libpam-systemd python3 procps iproute2".split()
PATIENCE = 60.0
SOURCES = Path(pyforeman.__file__).parent.parent
LIBRARIES = sysconfig.get_path("purelib")

_PROGRAMS = ("systemd-nspawn", "unshare", "nsenter", "setpriv", "ip")
# nspawn takes a /run with files for that of a running systemd, and systemd boots with a pure cgroup v2 only.
_START = """
set -e
mount -t tmpfs tmpfs /run
umount -l /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mkdir /sys/fs/cgroup/$1
echo $$ >/sys/fs/cgroup/$1/cgroup.procs
ip link set lo up
shift
exec "$@"
"""
_CLEAN = """
mount -t cgroup2 none /sys/fs/cgroup
cd /sys/fs/cgroup
while test -d $1 && ! find $1 -depth -type d -exec rmdir {} + 2>/dev/null; do sleep 0.05; done
"""


class Machine:
    """A machine that has booted; the folder ``share`` is its /srv."""

    def __init__(self, leader: int, share: Path) -> None:
        self.share = share
        self._enter = ("nsenter", "-t", str(leader), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w")

    def run(self, *command: str, user: str | None = None, folder: str = "/", ok: Sequence[int] = (0,)) -> str:
        """What a command prints there, stderr included; as an account, in a session of systemd's own. Its
        exit code must be one of ``ok``."""
        before = [
            "env",
            "-i",
            "-C",
            folder,
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        if user is not None:
            uid = self.run("id", "-u", user).strip()
            before += [f"HOME=/home/{user}", f"USER={user}", f"XDG_RUNTIME_DIR=/run/user/{uid}"]
            before += ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        done = subprocess.run(
            [*self._enter, *before, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE * 2,
            check=False,
        )
        assert done.returncode in ok, f"{shlex.join(command)}: exit code {done.returncode}\n{done.stdout}"
        return done.stdout

    def eventually(self, fact: Callable[[], object], what: str) -> None:
        """Wait until a fact holds that nobody tells us of."""
        deadline = time.monotonic() + PATIENCE
        while not fact():
            if time.monotonic() > deadline:
                journal = self.run("journalctl", "--no-pager", "-n", "60")
                raise AssertionError(f"not within {PATIENCE} s: {what}\n{journal}")
            time.sleep(0.05)  # nothing to wait on: see above


@contextmanager
def machine(share: Path) -> Iterator[Machine]:
    """A machine that runs while this is entered. Raises Unavailable."""
    system = installed("systemd", RELEASE, PACKAGES, _PROGRAMS)
    cgroup = f"pyforeman-engines-{os.getpid()}"
    seen = {SOURCES: "/opt/pyforeman", LIBRARIES: "/opt/libraries", CHILDREN: "/opt/children"}
    nspawn = [
        *("systemd-nspawn", "--register=no", "--keep-unit", "--console=pipe", "--machine=engines", "-b"),
        *("-D", str(system), "--volatile=overlay", f"--bind={share}:/srv"),
        *(f"--bind-ro={path}:{there}" for path, there in seen.items()),
    ]
    # The machine ends with the tests, however they end.
    isolated = shlex.split("setpriv --pdeathsig=KILL unshare -m -n -p -f --kill-child --mount-proc")
    console = share.with_name(f"{share.name}.console")
    with open(console, "wb") as log:
        process = subprocess.Popen(
            [*isolated, "sh", "-c", _START, "sh", cgroup, *nspawn],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        found = Machine(_leader(process, console), share)
        found.run("systemctl", "is-system-running", "--wait", ok=(0, 1))
        yield found
    finally:
        if process.poll() is None:  # unshare, which waits for pid 1 of all that runs
            kill(*psutil.Process(process.pid).children())
        process.wait(timeout=PATIENCE)
        subprocess.run(["unshare", "-m", "sh", "-c", _CLEAN, "sh", cgroup], timeout=PATIENCE, check=False)


def _leader(process: subprocess.Popen[bytes], console: Path) -> int:
    """The pid of its systemd, which is there once it can be talked to."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            for child in psutil.Process(process.pid).children(recursive=True):
                socket = Path(f"/proc/{child.pid}/root/run/systemd/private")
                if child.name() == "systemd" and socket.is_socket():
                    return child.pid
        except (OSError, psutil.Error):
            continue  # it has ended since
        time.sleep(0.05)  # nobody tells us when its socket is there
    raise Unavailable(f"systemd-nspawn does not boot here: {console.read_text(errors='replace')[-2000:]}")
