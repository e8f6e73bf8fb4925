"""Prints ``NAME K …`` for K below N as fast as it can; with N = 0 until SIGTERM, as servers do.

At the end, the number of lines it has written stands in the file ``NAME.count``.
"""

import os
import signal
import sys
from pathlib import Path

name, count = sys.argv[1], int(sys.argv[2])
told_to_stop = False


def stop(_: int, __: object) -> None:
    global told_to_stop  # noqa: PLW0603  # a handler has nowhere else to put it
    told_to_stop = True


signal.signal(signal.SIGTERM, stop)
os.write(1, b"ready\n")
number = 0
while not told_to_stop and (not count or number < count):
    last = min(number + 100, count or number + 100)
    data = b"".join(b"%s %d %s\n" % (name.encode(), k, b"x" * (k % 97)) for k in range(number, last))
    while data:  # a write that a signal interrupts may be a short one
        data = data[os.write(1, data) :]
    number = last
Path(f"{name}.count").write_text(str(number))
