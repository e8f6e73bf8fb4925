"""Stands in for a process with a bug: it crashes three seconds after each start."""

import sys
import time


def main() -> int:
    """Connect, send something, then fail; gives the exit code."""
    time.sleep(0.3)
    sys.stdout.write("connected to mail.example.com\n")
    time.sleep(2.0)
    sys.stdout.write("2 letters sent\n")
    time.sleep(0.7)
    sys.stderr.write("BrokenPipeError: mail.example.com hung up\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
