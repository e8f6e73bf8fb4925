r"""Writes its pid, then its first argument, and the next one at each SIGUSR1; SIGTERM ends it.

The arguments may have Python's escapes: ``'name? '``, ``'\x1b[31mred\n'``.
"""

import os
import signal
import sys

wanted = {signal.SIGUSR1, signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
os.write(1, b"pid %d\n" % os.getpid())
for stage in sys.argv[1:]:
    os.write(1, stage.encode().decode("unicode_escape").encode())
    if signal.sigwait(wanted) == signal.SIGTERM:
        sys.exit(0)
signal.sigwait({signal.SIGTERM})
