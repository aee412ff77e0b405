"""The stock of a SKU: every change is a movement, and what is published follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm import Session

from core import clock, row_writes, store
from core.models import Sku, StockMove, new_id
from core.services import publishing, sellable

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
    LISTING = "listing"


@dataclass(frozen=True, kw_only=True)
class Move:
    """A change of a SKU's stock by so many pieces (signed), made once per SKU and `key`."""

    sku_id: str
    why: Why
    key: str
    who: str
    on_hand: int = 0
    reserved: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)


def move_all(session: Session, moves: Sequence[Move]) -> int:
    """Make these movements in their order; returns how many of them were news.

    Within the caller's transaction, which holds the SKUs' rows from here on. A SKU that is not
    there is not moved, and a movement of nothing is none. What is published follows.
    """
    wanted = [move for move in moves if move.on_hand or move.reserved]
    if not wanted:
        return 0
    sellable.alone(session)
    figures = _held(session, {move.sku_id for move in wanted})
    told = _told(session, wanted)
    now = clock.now()
    entries: list[dict[str, Any]] = []
    for move in wanted:
        if move.sku_id not in figures or (move.sku_id, move.key) in told:
            continue
        told.add((move.sku_id, move.key))
        on_hand, reserved = figures[move.sku_id]
        left = (on_hand + move.on_hand, reserved + move.reserved)
        figures[move.sku_id] = left
        entries.append(
            {
                "id": new_id(),
                "sku_id": move.sku_id,
                "key": move.key,
                "at": now + timedelta(microseconds=len(entries)),  # their order stays readable
                "kind": move.why.value,
                "on_hand": move.on_hand,
                "reserved": move.reserved,
                "left_on_hand": left[0],
                "left_reserved": left[1],
                "who": move.who[:80],
                "detail": dict(move.detail),
            }
        )
    if not entries:
        return 0
    row_writes.insert_rows(session, _MOVE, entries)
    _keep(session, {entry["sku_id"]: figures[entry["sku_id"]] for entry in entries}, now)
    publishing.refresh(session, sku_ids=list(dict.fromkeys(one["sku_id"] for one in entries)))
    return len(entries)


def _held(session: Session, sku_ids: set[str]) -> dict[str, tuple[int, int]]:
    """The figures of SKUs, whose rows are the caller's until its transaction ends."""
    query = store.select_in(_SKU, _SKU.c.id, _SKU.c.on_hand, _SKU.c.reserved)
    query = query.order_by(_SKU.c.id)  # always in one order: two cannot lock crosswise
    query = query.with_for_update(key_share=True)
    rows = store.rows_among(session, query, _SKU.c.id, sku_ids)
    return {row.id: (row.on_hand, row.reserved) for row in rows}


def _told(session: Session, moves: Sequence[Move]) -> set[tuple[str, str]]:
    """Which of these movements were made already."""
    found: set[tuple[str, str]] = set()
    for some in store.in_chunks(moves):
        query = store.select_in(_MOVE, _MOVE.c.sku_id, _MOVE.c.key).where(
            _MOVE.c.sku_id.in_({move.sku_id for move in some}),
            _MOVE.c.key.in_({move.key for move in some}),
        )
        found |= {(row.sku_id, row.key) for row in session.execute(query)}
    return found


def _keep(session: Session, figures: Mapping[str, tuple[int, int]], now: Any) -> None:
    statement = (
        store.update_in(_SKU)
        .where(_SKU.c.id == bindparam("of"))
        .values(on_hand=bindparam("left"), reserved=bindparam("held"), changed_at=now)
    )
    session.connection().execute(
        statement,
        [
            {"of": sku_id, "left": on_hand, "held": reserved}
            for sku_id, (on_hand, reserved) in figures.items()
        ],
    )


def move(
    session: Session,
    sku_id: str,
    why: Why,
    *,
    key: str,
    who: str,
    on_hand: int = 0,
    reserved: int = 0,
) -> bool:
    """Change one SKU's stock as `move_all` does; returns whether that was news."""
    one = Move(sku_id=sku_id, why=why, key=key, who=who, on_hand=on_hand, reserved=reserved)
    return bool(move_all(session, [one]))


def count(session: Session, sku_id: str, pieces: int, why: Why, *, who: str, key: str) -> bool:
    """Somebody counted: so many pieces are on hand; returns whether that was news.

    Within the caller's transaction, once per `key` as in `move_all`.
    """
    sellable.alone(session)
    figures = _held(session, {sku_id})
    if sku_id not in figures:
        return False
    by = pieces - figures[sku_id][0]
    return move(session, sku_id, why, key=key, who=who, on_hand=by)


def is_told(session: Session, sku_id: str, key: str) -> bool:
    """Whether this movement of a SKU was made already."""
    query = store.select_in(_MOVE, _MOVE.c.id).where(_MOVE.c.sku_id == sku_id, _MOVE.c.key == key)
    return session.scalar(query) is not None


def moves(session: Session, sku_id: str, limit: int = 100) -> list[Any]:
    """What moved the stock of a SKU, the newest first."""
    query = store.select_in(_MOVE).where(_MOVE.c.sku_id == sku_id)
    return list(session.execute(query.order_by(_MOVE.c.at.desc(), _MOVE.c.id).limit(limit)))
