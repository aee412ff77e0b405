"""What open orders hold of the stock: reserved while they wait, taken once they have left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core import store
from core.contracts.order import LineState
from core.models import ListingOption, OrderLine, StockHold
from core.services import listing_rows, match_versions, sellable, stock
from core.services.match_versions import Version
from core.services.stock import Move, Why

WHO = "hanpan"
WAITS = (LineState.WAITING_PAYMENT.value, LineState.NEW.value, LineState.CONFIRMED.value)
LEFT = (
    LineState.SHIPPING.value,
    LineState.DELIVERED.value,
    LineState.DECIDED.value,
    LineState.RETURNED.value,
    LineState.EXCHANGED.value,
)
"""States of lines whose pieces are no longer in the warehouse; what comes back is counted in by
hand, as nobody but the seller knows whether it can be sold again."""

_LINE: Any = OrderLine.__table__
_HOLD: Any = StockHold.__table__
_OPTION: Any = ListingOption.__table__
_ASKED = tuple(
    _LINE.c[name]
    for name in (
        "id", "account", "order_no", "product_no", "option_no", "ordered_at", "dispatched_at",
        "state", "quantity", "cancelled",
    )
)  # fmt: skip

"""Hex ids written into the statement: hundreds of parameters cost more than the question."""

Held = tuple[int, int]
"""Pieces reserved and taken."""


def option_of(line: Any) -> str:
    """The id that the option has of which a line is, whether or not that listing is here."""
    workspace_id = store.current_workspace()
    return _option(workspace_id, line.account, line.product_no, line.option_no)


@lru_cache(maxsize=10_000)
def _option(workspace_id: str, account: str, product_no: str, option_no: str | None) -> str:
    listing = listing_rows.listing_id(workspace_id, account, product_no)
    return listing_rows.option_id(listing, option_no or "")


def concerned(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Which of these lines (rows about to be stored) are of options that are, or were, matched.

    From here on nobody else changes matches or stock until the transaction ends.
    """
    sellable.alone(session)
    workspace_id = store.current_workspace()
    lines: dict[str, list[str]] = {}
    for row in rows:
        if row["product_no"]:
            told = (row["account"], row["product_no"], row["option_no"])
            lines.setdefault(_option(workspace_id, *told), []).append(row["id"])
    query = store.select_in(_OPTION, _OPTION.c.id).where(store.among(_OPTION.c.id, lines))
    here = session.scalars(query).all()
    matched = match_versions.of(session, here) if here else {}
    return [line for option in matched for line in lines[option]]


def settle(
    session: Session, line_ids: Sequence[str], *, who: str = WHO, less: Why = Why.CANCEL
) -> int:
    """Make these lines hold what they should, as they and the matches stand; returns the moves.

    `less` is why a line comes to hold less than before.

    Within the caller's transaction; settling once more changes nothing. What a line holds follows
    from the match that stood when it was ordered: quantity − cancelled of each part, reserved
    while it waits, taken once it has left. A line that had left before its option was first
    matched takes nothing: nobody counted then what it took.
    """
    if not line_ids:
        return 0
    sellable.alone(session)
    lines = _lines(session, line_ids)
    options = {line.id: option_of(line) for line in lines}
    versions = match_versions.of(session, options.values())
    held = _held(session, [line.id for line in lines])
    moves: list[Move] = []
    changed: list[dict[str, Any]] = []
    for line in lines:
        now = held.get(line.id, {})
        standing = versions.get(options[line.id], [])
        if line.state == LineState.UNKNOWN.value or (not standing and not now):
            continue
        wanted = shall(line, standing, bool(now))
        for sku_id in sorted({*wanted, *now}):
            row = _row(line, sku_id, wanted.get(sku_id, (0, 0)), now.get(sku_id))
            if row is None:
                continue
            changed.append(row)
            move = _move(line, row, now.get(sku_id), who, less)
            if move is not None:
                moves.append(move)
    _keep(session, changed)
    stock.move_all(session, moves)
    return len(moves)


def _lines(session: Session, line_ids: Sequence[str]) -> list[Any]:
    query = store.select_in(_LINE, *_ASKED).where(store.among(_LINE.c.id, set(line_ids)))
    return sorted(session.execute(query), key=lambda line: (line.ordered_at, line.id))


def _held(session: Session, line_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    query = store.select_in(_HOLD).where(store.among(_HOLD.c.line_id, line_ids))
    for row in session.execute(query):
        found.setdefault(row.line_id, {})[row.sku_id] = row
    return found


def of_lines(session: Session, line_ids: Sequence[str]) -> dict[str, dict[str, Held]]:
    """What each of these lines holds, by SKU; those that hold nothing are left out."""
    found: dict[str, dict[str, Held]] = {}
    for line_id, rows in _held(session, line_ids).items():
        told = {sku: (row.reserved, row.taken) for sku, row in rows.items()}
        found[line_id] = {sku: pieces for sku, pieces in told.items() if any(pieces)}
    return found


def shall(line: Any, standing: Sequence[Version], has_held: bool) -> dict[str, Held]:
    """What a line should hold by SKU, where these versions stand; `has_held`: it ever did."""
    if not standing:
        return {}
    left = line.state in LEFT
    if not left and line.state not in WAITS:
        return {}
    if left and not has_held and (line.dispatched_at or line.ordered_at) < standing[0].from_at:
        return {}
    demand = max(0, line.quantity - line.cancelled)
    version = match_versions.stood_at(standing, line.ordered_at)
    pieces = {part.sku_id: part.quantity * demand for part in version.parts}
    return {sku_id: (0, many) if left else (many, 0) for sku_id, many in pieces.items()}


def _row(line: Any, sku_id: str, shall: Held, was: Any) -> dict[str, Any] | None:
    """The row of what a line shall hold of one SKU, or None where it stands so already."""
    had = (was.reserved, was.taken) if was is not None else (0, 0)
    if shall == had and (was is None or was.ordered_at == line.ordered_at):
        return None
    return {
        "line_id": line.id,
        "sku_id": sku_id,
        "ordered_at": line.ordered_at,
        "reserved": shall[0],
        "taken": shall[1],
        "turn": (was.turn if was is not None else 0) + (shall != had),
    }


def _move(line: Any, row: Mapping[str, Any], was: Any, who: str, less: Why) -> Move | None:
    """The movement that goes with a changed row; None where only its time changed."""
    reserved = row["reserved"] - (was.reserved if was is not None else 0)
    taken = row["taken"] - (was.taken if was is not None else 0)
    if not (reserved or taken):
        return None
    return Move(
        sku_id=row["sku_id"],
        why=Why.ORDER if reserved + taken >= 0 else less,
        key=f"line:{line.id}:{row['turn']}",
        who=who,
        on_hand=-taken,
        reserved=reserved,
        detail={"line": line.id, "order": line.order_no},
    )


def _keep(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    kind = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = kind(_HOLD)
    fresh = statement.excluded
    told = {name: fresh[name] for name in ("ordered_at", "reserved", "taken", "turn")}
    statement = statement.on_conflict_do_update(index_elements=["line_id", "sku_id"], set_=told)
    mine = store.current_workspace()
    session.execute(statement, [{**row, "workspace_id": mine} for row in rows])
