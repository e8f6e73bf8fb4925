"""A process that crashes after three seconds: watch it come back, later each time."""

import sys
import time

print("up again; this one crashes in three seconds")
time.sleep(3)
print("out of cheese", file=sys.stderr)
sys.exit(3)
