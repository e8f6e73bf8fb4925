"""Prints the variables named, and whether stdin is at EOF, now and when told to end by SIGTERM."""

import os
import select
import signal
import sys


def stdin() -> str:
    """A pipe that nobody writes to is not readable; at its EOF (and at that of a file) it is."""
    readable, _, _ = select.select([0], [], [], 0)
    if not readable:
        return "open"
    return "input" if os.read(0, 1) else "EOF"


for name in sys.argv[1:]:
    print(f"{name}={os.environ.get(name)}")
print("stdin:", stdin())
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print("ready", flush=True)
signal.sigwait({signal.SIGTERM})
print("stdin at the end:", stdin())
