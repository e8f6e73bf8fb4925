"""Listens on PORT without SO_REUSEADDR, and complains when somebody has it.

Until the file ``calm`` is there, the first run fails, and one in two after it.
"""

import os
import random
import signal
import socket
import sys
from pathlib import Path

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
with socket.socket() as server:
    try:
        server.bind(("127.0.0.1", int(os.environ["PORT"])))
    except OSError as error:
        os.write(1, b"TAKEN %s: %s\n" % (os.environb[b"PORT"], str(error).encode()))
        sys.exit(2)
    server.listen()
    began = Path(f"{os.environ['PS']}.began")
    fails = not Path("calm").exists() and (not began.exists() or random.random() < 0.5)
    began.touch()
    if fails:
        sys.exit(1)
    signal.sigwait({signal.SIGTERM})
