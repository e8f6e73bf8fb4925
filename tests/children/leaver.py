"""Leaves a process behind in its session, with its output, and exits with CODE.

The one left behind says so at SIGTERM, and ends then unless the second argument is ``stubborn``.
"""

import os
import signal
import sys

code, stubborn = int(sys.argv[1]), sys.argv[2:] == ["stubborn"]


def stop(_: int, __: object) -> None:
    os.write(1, b"left behind: SIGTERM\n")
    if not stubborn:
        os._exit(0)


reader, writer = os.pipe()
pid = os.fork()
if not pid:
    signal.signal(signal.SIGTERM, stop)
    os.write(writer, b"!")
    while True:
        signal.pause()
os.read(reader, 1)
os.write(1, b"ready, leaving %d\n" % pid)
sys.exit(code)
