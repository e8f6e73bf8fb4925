"""A test of the shop, run while its formation does."""

import os
from urllib.request import urlopen

with urlopen(f"http://127.0.0.1:{os.environ['PYFOREMAN_PROCESS_WEB_PORT']}/") as answer:
    assert answer.status == 200
print("1 test passed")
