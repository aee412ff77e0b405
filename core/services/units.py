"""What one call of a write touches: the order lines that belong together under its scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import store
from core.contracts.write import Scope
from core.models import OrderLine
from core.services.line_state import has_open_claim

_LINE: Any = OrderLine.__table__

COLUMNS: Mapping[Scope, tuple[str, ...]] = {
    Scope.LINE: (),
    Scope.LINE_QUANTITY: (),
    Scope.BUNDLE: ("bundle_no",),
    Scope.BUNDLE_PRODUCT: ("bundle_no", "product_no"),
    Scope.ORDER: ("order_no",),
}
"""In what the lines of one unit agree."""


def unit_of(line: OrderLine, scope: Scope) -> str:
    """The name of the line's unit within its channel; "" where it stands for itself."""
    told = [getattr(line, name) for name in COLUMNS[scope]]
    return "\x1f".join(told) if all(told) else ""


def whole_units(session: Session, lines: Sequence[OrderLine], scope: Scope) -> list[OrderLine]:
    """These lines of one channel, and every other line of their units."""
    found = {line.id: line for line in lines}
    units = {unit_of(line, scope) for line in lines} - {""}
    if not units:
        return list(lines)
    first = COLUMNS[scope][0]
    query = select(OrderLine).where(OrderLine.channel_id == lines[0].channel_id)
    told = {getattr(line, first) for line in lines}
    rows = store.rows_among(session, query, _LINE.c[first], told)
    found |= {row.id: row for (row,) in rows if unit_of(row, scope) in units}
    return list(found.values())


def claimed_units(lines: Iterable[OrderLine], scope: Scope) -> set[str]:
    """Units in which a buyer's request is open: a call would touch that line as well."""
    return {unit_of(line, scope) for line in lines if has_open_claim(line)} - {""}
