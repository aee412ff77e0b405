"""A seller's goods for tests: channels, SKUs, listings of theirs, and orders of those."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from core import clock, store
from core.contracts.order import Line, LineState
from core.contracts.product import Listing, ListingOption, SaleState
from core.models import Channel, StockHold
from core.services import catalogue, catalogue_list, lines, listings, matching, stock
from core.services.audit import Actor
from core.services.matching import Part
from core.services.stock import Why

BY = Actor(None, "시험")


def channel(name: str = "본점", **changed: Any) -> Channel:
    """A connected channel without a marketplace behind it."""
    made = Channel(
        marketplace="smartstore",
        practice=True,
        store=name,
        seller_id=f"id-{name}",
        account=f"practice:{name}",
        state="active",
        created_at=clock.now(),
    )
    for column, value in changed.items():
        setattr(made, column, value)
    with store.write() as session:
        session.add(made)
    return made


def sku(code: str = "", pieces: int = 10, *, by: Actor = BY, **changed: str) -> str:
    """A SKU with so many pieces; its id."""
    told = {"name": f"상품 {code}", "own_code": code, "on_hand": str(pieces), "price": "1000"}
    return catalogue.create(told | {"buffer": "0", "on_sale": "1", "displayed": "1"} | changed, by)


def archive(sku_id: str) -> None:
    """Put a SKU away."""
    catalogue.archive([sku_id], BY)


def listing(
    of: Channel,
    number: str,
    options: Sequence[str] = ("",),
    *,
    codes: Sequence[str] = (),
    **changed: Any,
) -> list[str]:
    """A listing of a channel with these option numbers and codes; the ids of its options."""
    told = [
        ListingOption(option_no=one, name=one, code=code, stock=5, state=SaleState.ON_SALE)
        for one, code in zip_longest(options, codes, fillvalue="")
    ]
    found = Listing(
        **{
            "product_no": number,
            "name": f"판매 {number}",
            "code": "",
            "state": SaleState.ON_SALE,
            "price": 1000,
            "options": told,
            **changed,
        }
    )
    with store.write() as session:
        listings.keep(session, of, [found], clock.now())
    named = listings.listing_id(store.current_workspace(), str(of.account), number)
    return [listings.option_id(named, one) for one in options]


def match(option_id: str, *parts: tuple[str, int]) -> int:
    """Match an option by hand."""
    wanted = {option_id: [Part(sku_id, quantity) for sku_id, quantity in parts]}
    with store.write() as session:
        return matching.match(session, wanted, how=matching.BY_HAND, who="시험")


def undo(option_id: str) -> bool:
    """Undo the newest match of an option."""
    with store.write() as session:
        return matching.undo(session, option_id, "시험")


def order(
    of: Channel,
    number: str,
    product_no: str,
    option_no: str | None = None,
    *,
    state: LineState = LineState.NEW,
    quantity: int = 1,
    ordered: datetime | None = None,
    seen: datetime | None = None,
    **changed: Any,
) -> str:
    """Collect an order line as it stands now; its id."""
    now = clock.now()
    told: dict[str, Any] = {
        "order_no": number,
        "line_no": "1",
        "line_key": number,
        "state": state,
        "ordered_at": ordered or now,
        "product_no": product_no,
        "option_no": option_no,
        "product_name": "판매",
        "quantity": quantity,
        "unit_price": 1000,
        "amount": 1000 * quantity,
    }
    line = Line(**told | changed)
    with store.write() as session:
        lines.keep(session, of, [line], seen or now)
    return lines.line_id(store.current_workspace(), str(of.account), number, "1")


def figures(sku_id: str) -> tuple[int, int]:
    """Pieces on hand and reserved."""
    with store.read() as session:
        found = catalogue_list.get(session, sku_id)
    return found.on_hand, found.reserved


def holds(line_id: str) -> dict[str, tuple[int, int]]:
    """What a line holds, reserved and taken by SKU; what it held once and no more is left out."""
    table: Any = StockHold.__table__
    with store.read() as session:
        rows = session.execute(store.select_in(table).where(table.c.line_id == line_id))
        return {row.sku_id: (row.reserved, row.taken) for row in rows if row.reserved or row.taken}


def moves(sku_id: str) -> list[tuple[str, int, int]]:
    """Kind, on hand and reserved of the movements of a SKU, the oldest first."""
    with store.read() as session:
        found = reversed(stock.moves(session, sku_id))
    return [(one.kind, one.on_hand, one.reserved) for one in found]


def count(sku_id: str, pieces: int, key: str) -> None:
    """Count a SKU."""
    with store.write() as session:
        stock.count(session, sku_id, pieces, Why.MANUAL, who="시험", key=key)


def later(seconds: float) -> datetime:
    """So many seconds from now."""
    return clock.now() + timedelta(seconds=seconds)
