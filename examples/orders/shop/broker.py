"""Queues in files, for a machine without a broker.

kombu's own transport opens a message's file under the name by which workers find it, and writes it
then; and it takes one by moving it to the temporary folder, which may be a copy on another disk. So a
worker can read half a message, which ends it. Here a message comes, and is taken, by a rename.
"""

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """A channel whose messages appear all at once."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        name = f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        unfinished = Path(self.data_folder_out, f"{name}.unfinished")
        unfinished.write_text(dumps(payload))
        unfinished.rename(unfinished.with_suffix(""))

    def _get(self, queue: str) -> Any:
        for message in sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg")):
            taken = message.with_suffix(".taken")
            try:
                message.rename(taken)
            except FileNotFoundError:  # another worker was first
                continue
            payload = loads(taken.read_text())
            taken.unlink()
            return payload
        raise Empty


class Transport(filesystem.Transport):
    """kombu's transport, with channels of ours."""

    Channel = Channel


TRANSPORT_ALIASES["filesystem"] = "shop.broker:Transport"
URL = "filesystem://localhost/"


def options(folder: Path) -> dict[str, Any]:
    """What the transport wants to know: everything is in this folder, looked at ten times a second."""
    return {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.1,
    }
