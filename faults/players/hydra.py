"""Leaves a process that forks a successor in a new session every 3 ms and ends; stays itself."""

import os
import sys
import time

stays = os.fork()
if not stays:
    os.execvp("sleep", ["sleep", sys.argv[1]])
if not os.fork():
    while True:
        os.setsid()
        time.sleep(0.003)  # the life of one head
        if os.fork():
            os._exit(0)
os.waitpid(stays, 0)
