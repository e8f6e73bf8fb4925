"""Prints ``tick N`` lines, RATE of them a second, each in a write of its own, until SIGTERM."""

import os
import signal
import sys
import time

rate = float(sys.argv[1]) if len(sys.argv) > 1 else 1000.0

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
began = time.monotonic()
behind = 0.0
number = 0
while True:
    number += 1
    os.write(1, b"tick %d\n" % number)
    ahead = began + behind + number / rate - time.monotonic()
    if ahead < 0:
        behind -= ahead  # what was missed is not made up for: that would be a flood
    # Not sigtimedwait: Python 3.11 gives a signal that never came when SIGCONT ends the wait too late.
    time.sleep(max(0.0, ahead))
    if signal.SIGTERM in signal.sigpending():
        break
os.write(1, b"ticks: %d\n" % number)
