"""A web server on PORT of 127.0.0.1 that says who answers: ``web.2``. ``/stream`` never ends, ``/headers``
tells the request's as JSON, ``/up`` is well unless the file ``$PS.ill`` is there; what wants to become
something else gets its own bytes back."""

import json
import os
from base64 import b64encode
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAME = os.environ["PS"]


class Answer(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Whatever is asked."""
        if self.headers["Upgrade"]:
            self._echo()
        elif self.path == "/stream":
            self._stream()
        elif self.path == "/headers":
            self._answer(200, json.dumps({key.lower(): value for key, value in self.headers.items()}))
        elif self.path == "/up":
            print(f"asked {self.path} of {self.headers['Host']}", flush=True)
            self._answer(503 if Path(f"{NAME}.ill").exists() else 200, NAME)
        else:
            self._answer(200, NAME)

    def do_POST(self) -> None:
        """Says how much came."""
        self._answer(200, str(len(self.rfile.read(int(self.headers["Content-Length"])))))

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def _echo(self) -> None:
        """A WebSocket begins like this (RFC 6455, 4.2.2)."""
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Sec-WebSocket-Accept", b64encode(sha1(key.encode()).digest()).decode())
        self.send_header("Upgrade", self.headers["Upgrade"])
        self.send_header("Connection", "Upgrade")
        self.end_headers()
        while data := self.connection.recv(1000):
            self.connection.sendall(data)
        self.close_connection = True

    def _stream(self) -> None:
        """A line, and no end until the client leaves."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        line = f"{NAME}\n"
        self.wfile.write(f"{len(line):x}\r\n{line}\r\n".encode())
        self.connection.recv(1)
        self.close_connection = True


with ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer) as server:
    server.daemon_threads = True
    print("ready", flush=True)
    server.serve_forever()
