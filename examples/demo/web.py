"""A web server on $PORT that stops gracefully: what it has in hand is finished first."""

import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Greeter(BaseHTTPRequestHandler):
    """Says hello."""

    def do_GET(self) -> None:
        """Answer every request with the greeting and the name of this process."""
        body = f"{os.environ.get('GREETING', 'hello')}, from {os.environ.get('PS', '?')}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """One line a request, on stdout."""
        print(format % args)


def main() -> None:
    """Serve until SIGTERM."""
    port = int(os.environ.get("PORT", "5000"))
    server = ThreadingHTTPServer(("127.0.0.1", port), Greeter)
    server.daemon_threads = False  # else the end does not wait for the requests in hand
    # shutdown() waits for the loop that this thread runs, so another one has to call it.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"listening on http://localhost:{port}")
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    print("all requests answered, bye")


if __name__ == "__main__":
    main()
