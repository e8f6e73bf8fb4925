"""Draws a progress bar until it is stopped."""

import sys
import time

step = 0
while True:
    step = min(99, step + 1)
    sys.stdout.write(f"\r[{'#' * max(1, step // 5):.<20}] {step}/100")
    sys.stdout.flush()
    time.sleep(0.02)  # the work whose progress is shown
