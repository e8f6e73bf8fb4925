"""The config, read from the environment once: a deploy differs from another one by nothing else."""

import os
from pathlib import Path

DATABASE = Path(os.environ.get("DATABASE", "var/shop.sqlite3"))
QUEUE_FOLDER = Path(os.environ.get("QUEUE_FOLDER", "var/queues"))
REDIS_URL = os.environ.get("REDIS_URL", "")
PACK_SECONDS = float(os.environ.get("PACK_SECONDS", "0.5"))
ENGRAVE_SECONDS = float(os.environ.get("ENGRAVE_SECONDS", "3"))
SWEEP_SECONDS = float(os.environ.get("SWEEP_SECONDS", "5"))
PATIENCE_SECONDS = float(os.environ.get("PATIENCE_SECONDS", "15"))
