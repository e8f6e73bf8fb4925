"""Stands in for a web server: its log has one line a request, the status in colour."""

import os
import sys
import time

GREEN, YELLOW, CYAN = 32, 33, 36  # SGR codes

# Seconds since the request before, method, path, status, and milliseconds it took.
REQUESTS = (
    (0.7, "GET", "/", 200, 12),
    (0.6, "GET", "/pears", 200, 31),
    (0.9, "POST", "/cart", 201, 18),
    (1.6, "GET", "/favicon.ico", 404, 2),
    (0.8, "POST", "/orders", 201, 47),
    (0.6, "GET", "/orders/1043", 200, 9),
)


def main() -> None:
    """Log all requests, and then wait to be stopped."""
    sys.stdout.write(f"listening on http://localhost:{os.environ['PORT']}\n")
    for seconds, method, path, status, milliseconds in REQUESTS:
        time.sleep(seconds)
        colour = {2: GREEN, 3: CYAN}.get(status // 100, YELLOW)
        sys.stdout.write(f"{method:<4} {path:<14} \x1b[1;{colour}m{status}\x1b[0m {milliseconds:>3} ms\n")
    time.sleep(3600)


if __name__ == "__main__":
    main()
