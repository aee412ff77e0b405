"""What can be done with an order line as it stands: asked of a row, and as conditions of SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column

from core.contracts.order import ClaimState, LineState
from core.models import OrderLine

_LINE: Any = OrderLine.__table__

OPEN_CLAIMS = (ClaimState.REQUESTED.value, ClaimState.IN_PROGRESS.value, ClaimState.HELD.value)
TO_SEND = (LineState.NEW.value, LineState.CONFIRMED.value)

CLAIM_OPEN: ColumnElement[bool] = and_(
    _LINE.c.claim_state != literal_column("''"),  # literally: so SQLite takes the partial index
    _LINE.c.claim_state.in_(OPEN_CLAIMS),
)
CONFIRMABLE: ColumnElement[bool] = and_(
    _LINE.c.state == LineState.NEW.value, _LINE.c.claim_state.not_in(OPEN_CLAIMS)
)
DISPATCHABLE: ColumnElement[bool] = and_(
    _LINE.c.state.in_(TO_SEND), _LINE.c.claim_state.not_in(OPEN_CLAIMS)
)


def has_open_claim(line: Any) -> bool:
    """Whether a buyer's request about the line waits for an end."""
    return line.claim_state in OPEN_CLAIMS


def can_be_confirmed(line: Any) -> bool:
    """CONFIRMABLE, asked of a row: new, and no claim open."""
    return line.state == LineState.NEW.value and not has_open_claim(line)
