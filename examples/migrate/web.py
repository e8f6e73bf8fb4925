"""The site: greets whoever asks on $PORT."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

SHOP = os.environ.get("SHOP_NAME", "a shop without a name")
PORT = int(os.environ.get("PORT", "5000"))


class Site(BaseHTTPRequestHandler):
    """One page."""

    def do_GET(self) -> None:
        """Say which shop it is."""
        body = f"Welcome to {SHOP}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


signal.signal(signal.SIGTERM, lambda *_: sys.exit())
with HTTPServer(("127.0.0.1", PORT), Site) as server:
    print(f"{SHOP} is at http://localhost:{PORT}")
    server.serve_forever()
