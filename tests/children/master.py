"""A server that forks workers and ends them itself: a worker that gets SIGTERM from elsewhere says so.

The last words of the master are the exit codes of its workers, as os.waitstatus_to_exitcode tells them.
"""

import os
import signal
import sys

WORKERS = 2


def work(last_words: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # as Celery's pool does
    os.write(1, b"working\n")  # in one piece: print writes the newline by itself, beside its siblings
    os.read(last_words, 1)  # until the master lets go
    sys.exit(0)


def main() -> None:
    reading, writing = os.pipe()
    workers = []
    stopping, stop = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(stop, b"x"))
    for _ in range(WORKERS):
        if not (pid := os.fork()):
            os.close(writing)
            work(reading)
        workers.append(pid)
    os.write(1, b"ready\n")
    while not os.read(stopping, 1):
        pass
    print("closing", flush=True)
    os.close(writing)
    print("workers ended with", *(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in workers))


if __name__ == "__main__":
    main()
