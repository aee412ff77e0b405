"""What of a SKU may be sold now: asked of figures and of the table, and held while it changes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case
from sqlalchemy.orm import Session

from core import store
from core.models import Sku

_SKU: Any = Sku.__table__


def available(on_hand: int, reserved: int, buffer: int) -> int:
    """Pieces that may be sold now: on hand − reserved − buffer, never below none."""
    return max(0, on_hand - reserved - buffer)


_LEFT: Any = _SKU.c.on_hand - _SKU.c.reserved - _SKU.c.buffer
AVAILABLE: ColumnElement[int] = case((_LEFT > 0, _LEFT), else_=0)
"""`available`, asked of the table."""


def alone(session: Session) -> None:
    """Let nobody else of this workspace change what may be sold, or where, until the session's
    transaction ends; it comes before the transaction holds any of their rows.

    One change of stock, of a match, or of an order touches many SKUs and listings and finds out
    only on the way which: two at once would wait for each other.
    """
    store.alone(session, "stock")
