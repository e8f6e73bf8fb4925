"""Packs one order after the other, and finishes the one in hand on SIGTERM."""

import os
import signal
import threading

stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())

is_talkative = os.environ.get("LOG_LEVEL") == "debug"
order = 0
while not stopping.is_set():
    order += 1
    if is_talkative:
        print(f"order {order}: taken from the queue")
    stopping.wait(2)
    print(f"order {order}: packed")
print("no order in hand, bye")
