"""Does not end when it is asked to."""

import signal

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print("ready")
signal.sigwait({signal.SIGTERM})
print("not now")
signal.pause()
