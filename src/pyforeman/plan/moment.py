"""``--since``: so long ago, or a time of the day, or a date and a time."""

import re
import time

from pyforeman.errors import UsageError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGO = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+", re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])", re.ASCII)
_CLOCK = re.compile(r"(\d\d?):(\d\d)(?::(\d\d))?", re.ASCII)


def moment(text: str, now: float) -> float:
    """When that was, in seconds since the epoch, as ``now`` is. Raises UsageError.

    ``30s``, ``5m``, ``2h``, ``1d``, ``1h30m`` ago; ``14:30`` or ``14:30:05``, local time, today or, if that
    is still to come, yesterday; ``2026-11-22T14:30`` and what else ISO 8601 has, local time unless it says.
    """
    if _AGO.fullmatch(text):
        return now - sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    if clock := _CLOCK.fullmatch(text):
        hour, minute, second = (int(part or 0) for part in clock.groups())
        if hour < 24 and minute < 60 and second < 60:
            return _last(hour, minute, second, now)
    from datetime import datetime

    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        pass
    raise UsageError(f"--since: {text!r} is no time; write 30s, 5m, 2h, 1d, 14:30 or 2026-11-22T14:30")


def _last(hour: int, minute: int, second: int, now: float) -> float:
    """When the clock last showed that."""
    year, month, day, *_ = time.localtime(now)
    today = time.mktime((year, month, day, hour, minute, second, 0, 0, -1))
    if today <= now:
        return today
    return time.mktime((year, month, day - 1, hour, minute, second, 0, 0, -1))
