"""Prints its requests: the second one later, so that something moves meanwhile."""

import signal
import time

print("GET /")
time.sleep(0.3)  # nobody asks
print("GET /orders")
signal.pause()
