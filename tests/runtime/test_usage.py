"""What processes use, seen from outside."""

import os
import resource
import subprocess
import sys

import psutil
import pytest

from pyforeman.runtime.posix import this_platform
from pyforeman.runtime.usage import usages

HOARD = "x = b'x' * 50_000_000; print('ready', flush=True); import sys; sys.stdin.read()"


def test_our_own_usage_is_what_psutil_says() -> None:
    used = this_platform("PYFOREMAN_NO_MARK").usage(os.getpid())
    assert used
    seconds, memory = used
    own = resource.getrusage(resource.RUSAGE_SELF)
    assert seconds >= own.ru_utime + own.ru_stime - 0.1
    size = psutil.Process().memory_info().rss
    assert size / 1.5 < memory < size * 1.5


@pytest.mark.skipif(sys.platform != "linux", reason="proc(5)")
def test_the_time_of_children_that_were_waited_for_counts() -> None:
    platform = this_platform("PYFOREMAN_NO_MARK")
    before = platform.usage(os.getpid())
    subprocess.run([sys.executable, "-c", "import os\nwhile sum(os.times()[:2]) < 0.3: pass"], check=True)
    after = platform.usage(os.getpid())
    assert before
    assert after
    assert after[0] - before[0] >= 0.25


def test_what_is_gone_uses_nothing() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert this_platform("PYFOREMAN_NO_MARK").usage(ended.pid) is None
    assert usages("PYFOREMAN_NO_MARK", ended.pid, {"web.1": 4711}) == {}
    assert usages("PYFOREMAN_NO_MARK", os.getpid(), {}) == {}


def test_a_run_is_seen_with_what_it_has_started() -> None:
    """We are the manager; the leader sleeps, what it has started has the memory."""
    line = f'{sys.executable} -c "{HOARD}" & wait'
    with subprocess.Popen(
        ["sh", "-c", f"exec 3<&0; {line.replace('&', '<&3 &')}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as leader:
        assert leader.stdout
        assert leader.stdout.readline() == b"ready\n"
        (name, used), *others = usages("PYFOREMAN_NO_MARK", os.getpid(), {"web.1": leader.pid}).items()
        assert (name, others) == ("web.1", [])
        assert used.memory > 50_000_000
        leader.communicate()
