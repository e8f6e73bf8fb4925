"""A worker that does one job after the other, and finishes the one in hand when it is stopped."""

import os
import signal
import threading

stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())

seconds = float(os.environ.get("WORK_SECONDS", "2"))
job = 0
while not stopping.is_set():
    job += 1
    print(f"job {job}: started")
    stopping.wait(seconds)
    print(f"job {job}: done")
print("no job in hand, bye")
