"""What a write that replaces a whole thing would lose of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NOTHING: tuple[Any, ...] = (None, "", [], {})


def would_vanish(before: Any, after: Any, at: str = "") -> list[str]:
    """Where `before` holds something and `after` nothing: paths such as `a.b[0].c`, in order.

    Both are JSON. Another value in its place is no loss; what is empty (None, "", no rows, no
    fields; not 0 or False) cannot be lost. Rows are compared by their place.
    """
    if before in _NOTHING:
        return []
    if isinstance(before, Mapping):
        if not isinstance(after, Mapping):
            return [at]
        lost: list[str] = []
        for name, value in before.items():
            lost += would_vanish(value, after.get(name), f"{at}.{name}" if at else str(name))
        return lost
    if isinstance(before, list):
        if not isinstance(after, list):
            return [at]
        rows = [*after, *[None] * (len(before) - len(after))]
        lost = []
        for place, value in enumerate(before):
            lost += would_vanish(value, rows[place], f"{at}[{place}]")
        return lost
    return [at] if after in _NOTHING else []
