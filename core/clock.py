"""The time that Hanpan works by. Leases do not use it: they use the database's clock.

`HANPAN_DATA/clock` may hold an offset in seconds (practice worlds moved with `both`); every
process reads it, at most once a second.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

KST = timezone(timedelta(hours=9), "KST")

FARTHEST = 10 * 365 * 86400.0

_offset: tuple[float, float] = (-10.0, 0.0)


def offset_file() -> Path:
    """Where the offset of a moved clock is kept."""
    return Path(os.environ.get("HANPAN_DATA", "var")) / "clock"


def offset() -> float:
    """Seconds that the day has been moved by; 0 unless a practice clock was moved."""
    global _offset
    read_at, value = _offset
    if time.monotonic() - read_at < 1.0:
        return value
    try:
        value = _within_reach(float(offset_file().read_text()))
    except (FileNotFoundError, ValueError):
        value = 0.0
    _offset = (time.monotonic(), value)
    return value


def _within_reach(seconds: float) -> float:
    if not abs(seconds) <= FARTHEST:
        raise ValueError("the day is moved by ten years at most")
    return seconds


def move(seconds: float) -> None:
    """Set the offset for every process that shares this data folder. Raises ValueError."""
    _within_reach(seconds)
    path = offset_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(repr(float(seconds)))
    fresh.replace(path)
    reread()


def reread() -> None:
    """Read the offset anew at the next use, instead of within a second."""
    global _offset
    _offset = (-10.0, 0.0)


def now() -> datetime:
    """Now, in UTC."""
    return datetime.fromtimestamp(time.time() + offset(), UTC)


def kst(moment: datetime) -> datetime:
    """The same moment as Korea reads it."""
    return moment.astimezone(KST)
