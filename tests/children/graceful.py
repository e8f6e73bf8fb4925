"""A server with a graceful stop: on SIGTERM it prints LINES lines within SECONDS, and exits 0."""

import os
import signal
import sys
import time

lines = int(sys.argv[1]) if len(sys.argv) > 1 else 10
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())  # one write: print makes two of an unbuffered line


def stop(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    for line in range(1, lines + 1):
        say(f"stopping {line} of {lines}")
        time.sleep(seconds / lines)  # the work that a graceful stop is for
    say("stopped")
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
say("ready")
while True:
    signal.pause()
