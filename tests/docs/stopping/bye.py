"""A server that takes a second to close."""

import signal
import time

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print("up")
signal.sigwait({signal.SIGTERM})
time.sleep(1)  # what is to be closed
print("closed")
