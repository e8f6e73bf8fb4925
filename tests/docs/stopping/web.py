"""Takes a second to finish its request when it is stopped."""

import signal
import time

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print("ready")
signal.sigwait({signal.SIGTERM})
print("finishing the request")
time.sleep(1)  # the request
print("bye")
