"""Its main thread ends while another one goes on: the kernel shows it as Z, and it lives."""

import ctypes
import threading
import time

print("ready", flush=True)
threading.Thread(target=time.sleep, args=(1000,)).start()
ctypes.CDLL(None).pthread_exit(None)
