"""Counts the rules of style.css, and again whenever the file changes."""

import signal
import sys
import time
from pathlib import Path

signal.signal(signal.SIGTERM, lambda *_: sys.exit())
style = Path(__file__).parent / "style.css"
built = None
while True:
    changed = style.stat().st_mtime_ns
    if changed != built:
        print(f"{style.name}: built, {style.read_text().count('{')} rules")
        built = changed
    time.sleep(0.2)  # only some systems would tell of the change
