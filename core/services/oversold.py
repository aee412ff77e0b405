"""What orders hold, seen from either side, and which of them were sold beyond the stock.

Of a SKU with more reserved than on hand the earliest orders get what is there; those that are
left over are oversold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.orm import Session

from core import store
from core.models import OrderLine, Product, Sku, StockHold
from core.services.joins import LINE_OF_HOLD, PRODUCT_OF_SKU, SKU_OF_HOLD

_LINE: Any = OrderLine.__table__
_HOLD: Any = StockHold.__table__
_SKU: Any = Sku.__table__
_PRODUCT: Any = Product.__table__

_WAITING = _HOLD.c.reserved > literal_column("0")  # literally: so SQLite takes the partial index


@dataclass(frozen=True)
class Held:
    """What one line holds of one SKU; `short` pieces of it are not there."""

    line: Any
    sku: Any
    reserved: int
    taken: int
    short: int = 0


def _queued(*of_sku: ColumnElement[bool]) -> Any:
    """The holds of SKUs that are short, each with all that was promised up to it."""
    until = func.sum(_HOLD.c.reserved).over(
        partition_by=_HOLD.c.sku_id, order_by=(_HOLD.c.ordered_at, _HOLD.c.line_id)
    )
    columns = (_HOLD.c.line_id, _HOLD.c.sku_id, _HOLD.c.reserved, _SKU.c.on_hand)
    short = store.select_in(_SKU, _SKU.c.id).where(_SKU.c.reserved > _SKU.c.on_hand)
    query = store.select_in(_HOLD, *columns, until.label("until")).join(_SKU, SKU_OF_HOLD)
    return query.where(_WAITING, _HOLD.c.sku_id.in_(short), *of_sku).subquery()


def line_ids() -> Select[Any]:
    """The lines that are oversold, for use in a condition."""
    queued = _queued()
    return select(queued.c.line_id).where(queued.c.until > queued.c.on_hand)


def of(session: Session, among: Iterable[str]) -> set[str]:
    """Which of these lines are oversold."""
    queued = _queued()
    query = select(queued.c.line_id).where(queued.c.until > queued.c.on_hand)
    return {row.line_id for row in store.rows_among(session, query, queued.c.line_id, among)}


def _short(session: Session, sku_ids: Collection[str]) -> dict[tuple[str, str], int]:
    """How many pieces of a hold are not there, by line and SKU."""
    if not sku_ids:
        return {}
    queued = _queued(store.among(_HOLD.c.sku_id, sku_ids))
    return {
        (row.line_id, row.sku_id): int(min(row.reserved, row.until - max(0, row.on_hand)))
        for row in session.execute(select(queued).where(queued.c.until > queued.c.on_hand))
    }


@dataclass(frozen=True)
class Short:
    """A SKU with `pieces` more reserved than on hand, and the channel of its newest order."""

    sku: Any
    pieces: int
    channel_id: str


def skus(session: Session, limit: int) -> list[Short]:
    """The SKUs that are oversold, so many at most: a look at an index while there is none."""
    query = store.select_in(_SKU, *_SKU_SHOWN, (_SKU.c.reserved - _SKU.c.on_hand).label("pieces"))
    short = query.join(_PRODUCT, PRODUCT_OF_SKU).where(_SKU.c.reserved > _SKU.c.on_hand)
    rows = session.execute(short.order_by(_SKU.c.id).limit(limit)).all()
    if not rows:
        return []
    newest = func.row_number().over(
        partition_by=_HOLD.c.sku_id, order_by=(_HOLD.c.ordered_at.desc(), _HOLD.c.line_id.desc())
    )
    holds = (
        store.select_in(_HOLD, _HOLD.c.sku_id, _LINE.c.channel_id, newest.label("place"))
        .join(_LINE, LINE_OF_HOLD)
        .where(_WAITING, _HOLD.c.sku_id.in_([row.id for row in rows]))
        .subquery()
    )
    last = select(holds.c.sku_id, holds.c.channel_id).where(holds.c.place == 1)
    channel_of = {sku_id: channel_id for sku_id, channel_id in session.execute(last)}
    return [Short(row, int(row.pieces), channel_of[row.id]) for row in rows if row.id in channel_of]


def of_lines(session: Session, among: Sequence[str]) -> dict[str, list[Held]]:
    """What each of these lines holds, by the names of the SKUs; SKUs with name and option."""
    columns = (_HOLD.c.line_id, _HOLD.c.reserved, _HOLD.c.taken, *_SKU_SHOWN)
    query = store.select_in(_HOLD, *columns).join(_SKU, SKU_OF_HOLD).join(_PRODUCT, PRODUCT_OF_SKU)
    asked = store.rows_among(session, query.order_by(_SKU.c.words), _HOLD.c.line_id, among)
    rows = [row for row in asked if row.reserved or row.taken]
    short = _short(session, {row.id for row in rows if row.reserved})
    found: dict[str, list[Held]] = {}
    for row in rows:
        missing = short.get((row.line_id, row.id), 0)
        held = Held(row.line_id, row, row.reserved, row.taken, missing)
        found.setdefault(row.line_id, []).append(held)
    return found


_SKU_SHOWN = (
    _SKU.c.id,
    _SKU.c.option_name,
    _SKU.c.own_code,
    _SKU.c.our_code,
    _PRODUCT.c.name,
)


def waiting_for(session: Session, sku_id: str, limit: int = 50) -> list[Held]:
    """The lines that wait for a SKU, the newest first: those that are short come before."""
    shown = [
        _LINE.c[name]
        for name in (
            "id", "channel_id", "order_no", "product_name", "option_text", "quantity",
            "ordered_at", "dated", "state", "claim_kind", "claim_state", "remote_state",
            "confirm_state", "dispatch_due",
        )
    ]  # fmt: skip
    query = store.select_in(_HOLD, _HOLD.c.reserved, *shown).join(_LINE, LINE_OF_HOLD)
    query = query.where(_HOLD.c.sku_id == sku_id, _WAITING)
    newest = query.order_by(_HOLD.c.ordered_at.desc(), _HOLD.c.line_id.desc()).limit(limit)
    short = _short(session, [sku_id])
    return [
        Held(row, sku_id, row.reserved, 0, short.get((row.id, sku_id), 0))
        for row in session.execute(newest)
    ]
