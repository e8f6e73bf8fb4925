"""Writes ``NAME K xxx…`` for K = 0, 1, … as fast as it can until SIGTERM, or LAST of them.

After SIGTERM it writes so many MORE. At the end, the file ``NAME.count`` tells how many they were.
"""

import os
import signal
import sys
from pathlib import Path

name = sys.argv[1]
last, more = (int(sys.argv[place]) if len(sys.argv) > place else 0 for place in (2, 3))
told: list[int] = []
signal.signal(signal.SIGTERM, lambda signum, _: told.append(signum))
number = 0
while not told and (not last or number < last):
    block = range(number, min(number + 100, last or number + 100))
    data = b"".join(b"%s %d %s\n" % (name.encode(), k, b"x" * (k % 97)) for k in block)
    while data:  # a write that a signal interrupts may be a short one
        data = data[os.write(1, data) :]
    number = block.stop
    if told and more:
        last, more = number + more, 0
        told.clear()
Path(f"{name}.count").write_text(str(number))
