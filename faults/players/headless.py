"""Its main thread ends at once, another one lives on: so it looks like a zombie. Its child tells it apart."""

import ctypes
import subprocess
import sys
import threading
import time


def live() -> None:
    """Have a child that ends with us, or before."""
    subprocess.run(["sleep", sys.argv[1]], check=False)
    time.sleep(1e6)  # for ever


threading.Thread(target=live).start()
ctypes.CDLL(None).pthread_exit(None)
