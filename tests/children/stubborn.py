"""Ignores every signal that can be ignored, and tells of each SIGTERM."""

import os
import signal

for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)
signal.signal(signal.SIGTERM, lambda number, _: os.write(1, b"SIGTERM ignored\n") and None)
os.write(1, b"ready\n")
while True:
    signal.pause()
