"""Makes a daemon of ``sleep SECONDS`` by the book: two forks, a session, no folder, no files. It stays."""

import os
import signal
import sys

if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.closerange(3, 64)
    os.execvp("sleep", ["sleep", sys.argv[1]])
os.wait()
signal.pause()
