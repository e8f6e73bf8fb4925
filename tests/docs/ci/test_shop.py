"""The tests of the shop, for which the formation runs."""

import os
import time
from urllib.error import URLError
from urllib.request import urlopen


def get(path: str) -> bytes:
    """A page, once the server listens: it has just been started."""
    url = f"http://127.0.0.1:{os.environ['PYFOREMAN_PROCESS_WEB_PORT']}{path}"
    while True:
        try:
            with urlopen(url) as answer:
                body: bytes = answer.read()
                return body
        except URLError:
            time.sleep(0.01)  # nobody tells us


assert get("/") == b"welcome\n"
assert get("/orders") == b"welcome\n"
print("2 tests passed")
