"""Sets its terminal raw, hides the cursor, leaves a red line open, and dies of SIGKILL."""

import os
import signal
import tty

tty.setraw(0)
os.write(1, b"\x1b[?25l\x1b[?1049h\x1b[1;31;44mraw")
os.kill(os.getpid(), signal.SIGKILL)
