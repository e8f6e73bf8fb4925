"""Claims names in the current folder, one for each line of its stdin, and says how that went.

``won PATH`` or ``lost WHY``. Who comes to a name that it has won is greeted. ``withdraw``: it lets go of the
name; ``die``: of the socket alone, as a kill does. Both say ``done``.
"""

import json
import os
import sys
import threading
from contextlib import suppress
from socket import SHUT_RDWR, socket

from pyforeman.control.listener import Listener, claim
from pyforeman.errors import PyforemanError

GREETING = {"protocol": 1, "name": "n", "root": os.getcwd(), "pid": os.getpid(), "stopping": False}


def greet(listening: socket) -> None:
    with listening:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:  # it was shut down
                return
            with connection, suppress(OSError):  # who only looks whether we live has gone by now
                connection.sendall(json.dumps(GREETING).encode() + b"\n")


held: Listener | None = None
door: socket | None = None
for line in sys.stdin:
    word = line.strip()
    if word not in ("withdraw", "die"):
        try:
            held = claim(os.getcwd(), word)
        except PyforemanError as error:
            print("lost", error, flush=True)
            continue
        door = socket(fileno=os.dup(held.fd))
        door.setblocking(True)
        threading.Thread(target=greet, args=(door,), daemon=True).start()
        print("won", held.path, flush=True)
        continue
    if held is not None and door is not None:
        if word == "withdraw":
            held.withdraw()
        else:
            os.close(held.fd)
        door.shutdown(SHUT_RDWR)
        held = door = None
    print("done", flush=True)
