"""Prints the size of its terminal, now and at each SIGWINCH: ``window COLUMNS ROWS``."""

import os
import signal
import sys

wanted = {signal.SIGWINCH, signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
while True:
    size = os.get_terminal_size(1)
    os.write(1, f"window {size.columns} {size.lines}\n".encode())
    if signal.sigwait(wanted) == signal.SIGTERM:
        sys.exit(0)
