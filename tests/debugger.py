"""What the tests of ``attach`` and ``start --foreground`` share: a request to a server that is debugged."""

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from harness import PATIENCE

SHELL = r"shell> ?"
"""A prompt."""

SLEEPER = """
import time
while True:
    try:
        print("sleeps")
        time.sleep(99)
    except KeyboardInterrupt:
        print("woken")
"""
"""A program that ^C wakes."""


@contextmanager
def request(port: int) -> Iterator[list[str]]:
    """A GET that is answered when the debugger lets it; gives what has come so far."""
    answers: list[str] = []

    def get() -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
            answers.append(answer.read().decode())

    thread = threading.Thread(target=get)
    thread.start()
    yield answers
    thread.join()
