"""A neighbour: writes the name of every signal it gets to a file. It is nobody's but the harness's."""

import os
import signal
import sys

book = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def note(number: int, _: object) -> None:
    """What must never happen."""
    os.write(book, f"{signal.Signals(number).name}\n".encode())


for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
    signal.signal(number, note)
os.write(1, b"ready\n")
while True:
    signal.pause()
