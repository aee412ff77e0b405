"""What orders hold, seen from either side, and which of them were sold beyond the stock.

Of a SKU with more reserved than on hand the earliest orders get what is there; those that are
left over are oversold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, literal_column, select
from sqlalchemy.orm import Session

from core import store
from core.models import OrderLine, Product, Sku, StockHold

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


def _queued() -> Any:
    """The holds of SKUs that are short, each with all that was promised up to it."""
    until = func.sum(_HOLD.c.reserved).over(
        partition_by=_HOLD.c.sku_id, order_by=(_HOLD.c.ordered_at, _HOLD.c.line_id)
    )
    joined = and_(_SKU.c.workspace_id == _HOLD.c.workspace_id, _SKU.c.id == _HOLD.c.sku_id)
    columns = (_HOLD.c.line_id, _HOLD.c.sku_id, _HOLD.c.reserved, _SKU.c.on_hand)
    short = store.select_in(_SKU, _SKU.c.id).where(_SKU.c.reserved > _SKU.c.on_hand)
    query = store.select_in(_HOLD, *columns, until.label("until")).join(_SKU, joined)
    return query.where(_WAITING, _HOLD.c.sku_id.in_(short)).subquery()


def line_ids() -> Select[Any]:
    """The lines that are oversold, for use in a condition."""
    queued = _queued()
    return select(queued.c.line_id).where(queued.c.until > queued.c.on_hand)


def of(session: Session, among: Iterable[str]) -> set[str]:
    """Which of these lines are oversold."""
    queued = _queued()
    found: set[str] = set()
    for some in store.in_chunks(among):
        query = select(queued.c.line_id).where(
            queued.c.until > queued.c.on_hand, queued.c.line_id.in_(some)
        )
        found |= set(session.scalars(query))
    return found


def _short(session: Session, sku_ids: Iterable[str]) -> dict[tuple[str, str], int]:
    """How many pieces of a hold are not there, by line and SKU."""
    queued = _queued()
    found: dict[tuple[str, str], int] = {}
    for some in store.in_chunks(sku_ids):
        query = select(queued).where(queued.c.until > queued.c.on_hand, queued.c.sku_id.in_(some))
        for row in session.execute(query):
            missing = min(row.reserved, row.until - max(0, row.on_hand))
            found[row.line_id, row.sku_id] = int(missing)
    return found


def of_lines(session: Session, among: Sequence[str]) -> dict[str, list[Held]]:
    """What each of these lines holds, by the names of the SKUs; SKUs with name and option."""
    of_sku = and_(_SKU.c.workspace_id == _HOLD.c.workspace_id, _SKU.c.id == _HOLD.c.sku_id)
    of_product = and_(
        _PRODUCT.c.workspace_id == _SKU.c.workspace_id, _PRODUCT.c.id == _SKU.c.product_id
    )
    columns = (_HOLD.c.line_id, _HOLD.c.reserved, _HOLD.c.taken, *_SKU_SHOWN)
    query = store.select_in(_HOLD, *columns).join(_SKU, of_sku).join(_PRODUCT, of_product)
    rows = [
        row
        for some in store.in_chunks(among)
        for row in session.execute(query.where(_HOLD.c.line_id.in_(some)).order_by(_SKU.c.words))
        if row.reserved or row.taken
    ]
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
    joined = and_(_LINE.c.workspace_id == _HOLD.c.workspace_id, _LINE.c.id == _HOLD.c.line_id)
    shown = [
        _LINE.c[name]
        for name in (
            "id", "channel_id", "order_no", "product_name", "option_text", "quantity",
            "ordered_at", "dated", "state", "claim_kind", "claim_state", "remote_state",
            "confirm_state", "dispatch_due",
        )
    ]  # fmt: skip
    query = store.select_in(_HOLD, _HOLD.c.reserved, *shown).join(_LINE, joined)
    query = query.where(_HOLD.c.sku_id == sku_id, _WAITING)
    newest = query.order_by(_HOLD.c.ordered_at.desc(), _HOLD.c.line_id.desc()).limit(limit)
    short = _short(session, [sku_id])
    return [
        Held(row, sku_id, row.reserved, 0, short.get((row.id, sku_id), 0))
        for row in session.execute(newest)
    ]
