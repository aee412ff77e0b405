"""The stock of a SKU: every change is a movement, and what may be published follows from it."""

from __future__ import annotations

from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from core import clock, store
from core.models import Sku, StockMove, new_id

MOST = 99_999_999
"""Pieces that one SKU can have on hand."""

_SKU: Any = Sku.__table__
_MOVE: Any = StockMove.__table__


class Why(Enum):
    """What moved the stock."""

    ORDER = "order"
    CANCEL = "cancel"
    RETURN = "return"
    MANUAL = "manual"
    IMPORT = "import"
    CORRECTION = "correction"


def available(on_hand: int, reserved: int, buffer: int) -> int:
    """Pieces that may be sold now: on hand − reserved − buffer, never below none."""
    return max(0, on_hand - reserved - buffer)


_LEFT: Any = _SKU.c.on_hand - _SKU.c.reserved - _SKU.c.buffer
AVAILABLE: ColumnElement[int] = case((_LEFT > 0, _LEFT), else_=0)
"""`available`, asked of the table."""


def move(
    session: Session,
    sku_id: str,
    why: Why,
    *,
    key: str,
    who: str,
    on_hand: int = 0,
    reserved: int = 0,
    detail: dict[str, Any] | None = None,
) -> bool:
    """Change a SKU's stock by so many pieces, once per `key`; returns whether it did.

    Within the caller's transaction, which holds the SKU's row from here on. A SKU that is not
    there is not moved.
    """
    row = _held(session, sku_id)
    told = select(_MOVE.c.id).where(store.mine(_MOVE), _MOVE.c.sku_id == sku_id, _MOVE.c.key == key)
    if row is None or not (on_hand or reserved) or session.scalar(told) is not None:
        return False
    now = clock.now()
    after = {"on_hand": row.on_hand + on_hand, "reserved": row.reserved + reserved}
    session.execute(
        store.update_in(_SKU).where(_SKU.c.id == sku_id).values(**after, changed_at=now)
    )
    entry = {
        "id": new_id(),
        "sku_id": sku_id,
        "key": key,
        "at": now,
        "kind": why.value,
        "on_hand": on_hand,
        "reserved": reserved,
        "left_on_hand": after["on_hand"],
        "left_reserved": after["reserved"],
        "who": who[:80],
        "detail": detail or {},
    }
    store.insert_rows(session, _MOVE, [entry])
    return True


def count(
    session: Session,
    sku_id: str,
    pieces: int,
    why: Why,
    *,
    who: str,
    key: str,
    detail: dict[str, Any] | None = None,
) -> bool:
    """Somebody counted: so many pieces are on hand; returns whether that was news.

    Within the caller's transaction, once per `key` as in `move`.
    """
    row = _held(session, sku_id)
    if row is None:
        return False
    by = pieces - row.on_hand
    return move(session, sku_id, why, key=key, who=who, on_hand=by, detail=detail)


def _held(session: Session, sku_id: str) -> Any:
    """The figures of a SKU, whose row is the caller's until its transaction ends."""
    query = store.select_in(_SKU, _SKU.c.on_hand, _SKU.c.reserved).where(_SKU.c.id == sku_id)
    return session.execute(query.with_for_update()).one_or_none()


def moves(session: Session, sku_id: str, limit: int = 100) -> list[Any]:
    """What moved the stock of a SKU, the newest first."""
    query = store.select_in(_MOVE).where(_MOVE.c.sku_id == sku_id)
    return list(session.execute(query.order_by(_MOVE.c.at.desc(), _MOVE.c.id).limit(limit)))
