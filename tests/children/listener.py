"""Listens on PORT of loopback until SIGTERM; exits 1 when the port is taken, as servers do."""

import os
import signal
import socket
import sys

with socket.socket() as server:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind(("127.0.0.1", int(os.environ["PORT"])))
    except OSError as error:
        sys.exit(f"cannot listen: {error.strerror}")
    server.listen()
    print("ready", flush=True)
    signal.pause()
