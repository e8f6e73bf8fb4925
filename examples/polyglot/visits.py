"""Counts visits, in memcached if it is there."""

import os
import platform
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(os.environ["PORT"])
MEMCACHED = ("127.0.0.1", int(os.environ["PYFOREMAN_PROCESS_MEMCACHED_PORT"]))


def visit() -> str:
    """Count one more, by the text protocol of memcached."""
    try:
        with socket.create_connection(MEMCACHED, timeout=1) as connection, connection.makefile() as answers:
            connection.sendall(b"add visits 0 0 1\r\n0\r\nincr visits 1\r\nquit\r\n")
            _, number = answers  # STORED or NOT_STORED comes first
            return f"visit {int(number)}, says memcached"
    except (OSError, ValueError):
        return "a visit, and no memcached to count it"


class Visits(BaseHTTPRequestHandler):
    """Takes each request for a visit."""

    def do_GET(self) -> None:
        """Count it, and say so."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{visit()}\n".encode())

    def log_request(self, *_: object) -> None:
        """A short line; the usual one has a time of its own."""
        print(self.requestline)


with ThreadingHTTPServer(("127.0.0.1", PORT), Visits) as server:
    # shutdown() waits for the loop that this thread runs, so another one has to call it.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Python {platform.python_version()} on http://127.0.0.1:{PORT}")
    server.serve_forever()
print("bye from Python")
