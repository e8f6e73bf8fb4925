"""Says what arrived: ``arrival.py FOLDER ARGUMENTS`` writes its arguments, environment, folder and pid as
JSON to FOLDER/$PS.json, and runs until SIGTERM or SIGINT, after which FOLDER/$PS.ended is there."""

import json
import os
import signal
import sys
from pathlib import Path

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
folder, *arguments = sys.argv[1:]
name = os.environ["PS"]
arrived = {
    "arguments": arguments,
    "environment": dict(os.environ),
    "folder": str(Path.cwd()),
    "pid": os.getpid(),
}
unfinished = Path(folder, f".{name}.json")
unfinished.write_text(json.dumps(arrived))
unfinished.rename(Path(folder, f"{name}.json"))  # whoever waits for it finds all of it
signal.sigwait({signal.SIGTERM, signal.SIGINT})
Path(folder, f"{name}.ended").touch()
