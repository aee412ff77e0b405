"""런플 사용: whether the workspace uses it, and which new orders are of 런플상품 alone.

Only where it is used the flag of a SKU is shown and a channel can have the mode 런플상품발주.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, select
from sqlalchemy.orm import Session

from core import store
from core.contracts.order import LineState
from core.contracts.write import Scope
from core.models import Channel, OrderLine, Setting, Sku, StockHold
from core.services import audit, units
from core.services.audit import Actor
from core.services.joins import SKU_OF_HOLD

MODE = "runple"
"""The confirm mode 런플상품발주."""

_CHANNEL: Any = Channel.__table__
_LINE: Any = OrderLine.__table__
_HOLD: Any = StockHold.__table__
_SKU: Any = Sku.__table__


def _setting() -> str:
    return f"runple:{store.current_workspace()}"


def is_used(session: Session) -> bool:
    """Whether the current workspace uses 런플."""
    row = session.get(Setting, _setting())
    return row is not None and bool(row.value.get("on"))


def use(on: bool, actor: Actor) -> None:
    """Use 런플, or not; flags that were set stay, channels in its mode are confirmed by hand."""
    with store.write() as session:
        session.merge(Setting(key=_setting(), value={"on": on}))
        if not on:
            by_hand = store.update_in(_CHANNEL).where(_CHANNEL.c.confirm_mode == MODE)
            session.execute(by_hand.values(confirm_mode="manual"))
        audit.record(session, "catalogue.runple", actor=actor, detail={"on": on})


def _holds(runple: bool) -> ColumnElement[bool]:
    """That a line waits for a SKU that is 런플상품, or for one that is none."""
    return (
        select(_HOLD.c.line_id)
        .join(_SKU, SKU_OF_HOLD)
        .where(
            _HOLD.c.workspace_id == _LINE.c.workspace_id,
            _HOLD.c.line_id == _LINE.c.id,
            _HOLD.c.reserved > literal_column("0"),
            _SKU.c.runple.is_(runple),
        )
        .exists()
    )


def of_runple() -> ColumnElement[bool]:
    """The condition that a line is matched, and all of its SKUs are 런플상품."""
    return and_(_holds(True), ~_holds(False))


def alone(session: Session, line_ids: Sequence[str], scope: Scope) -> list[str]:
    """Those of these lines of one channel with which a call touches no new line of other goods."""
    asked = select(OrderLine).where(store.among(_LINE.c.id, line_ids))
    picked = session.scalars(asked).all()
    if not picked:
        return []
    whole = units.whole_units(session, picked, scope)
    fresh = [line.id for line in whole if line.state == LineState.NEW.value]
    query = store.select_in(_LINE, _LINE.c.id).where(store.among(_LINE.c.id, fresh), of_runple())
    good = set(session.scalars(query))
    mixed = {
        units.unit_of(line, scope)
        for line in whole
        if line.state == LineState.NEW.value and line.id not in good
    } - {""}
    kept = {line.id for line in picked if units.unit_of(line, scope) not in mixed}
    return [row_id for row_id in line_ids if row_id in kept & good]
