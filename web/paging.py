"""The pages of a long list: the number of the first row, and where the other pages are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from core.services.keyset import Slice
from web.forms import whole


class Asked(Protocol):
    """What a list was asked for."""

    def address(self, **changed: str) -> str:
        """The list with some arguments changed; it begins at the top."""


def first_of(source: Mapping[str, str], found: Slice, total: int) -> int:
    """The number of the first row that is shown: addresses carry it from page to page."""
    shown = len(found.rows)
    if not shown:
        return 0
    turned = source.get("after") or source.get("before")
    at = whole(source.get("at", ""), 1) if turned else 1
    return max(1, min(at, max(1, total - shown + 1)))


def around(asked: Asked, found: Slice, first: int, size: int) -> dict[str, Any]:
    """What a pager draws: the first and the last row, and the pages before and after ("")."""
    return {
        "first": first,
        "last": first + len(found.rows) - 1 if found.rows else 0,
        "prev": _turned(asked, "before", found.before, max(1, first - size)),
        "next": _turned(asked, "after", found.after, first + size),
    }


def _turned(asked: Asked, side: str, cursor: str, number: int) -> str:
    return asked.address(**{side: cursor, "at": str(number)}) if cursor else ""
