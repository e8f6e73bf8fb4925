"""Works until it is told to stop."""

import signal
import sys


def stop(*_: object) -> None:
    print("bye")
    sys.exit()


signal.signal(signal.SIGTERM, stop)
print("ready")
while True:
    signal.pause()
