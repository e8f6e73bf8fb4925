"""A worker: it says when it is ready, also by the file ``$PS.ready``, and goodbye at SIGTERM."""

import os
import signal
import sys
from pathlib import Path

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
Path(f"{os.environ['PS']}.ready").touch()
os.write(1, b"worker ready\n")
signal.sigwait({signal.SIGTERM})
os.write(1, b"worker done\n")  # one write: print makes two of an unbuffered line
sys.exit(0)
