"""Writes half a line, and the other half at SIGUSR1; then the next half line, and so on."""

import os
import signal

told: set[signal.Signals] = {signal.SIGUSR1}
signal.pthread_sigmask(signal.SIG_BLOCK, told)
os.write(1, b"ready\nleft half,")
while True:
    signal.sigwait(told)
    os.write(1, b" right half\nleft half,")
