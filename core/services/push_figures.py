"""What the options of linked listings may sell, as it follows from their SKUs now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from core import store
from core.contracts.product import SaleState
from core.models import Listing, ListingOption, MatchPart, Sku
from core.services.sellable import available

_LISTING: Any = Listing.__table__
_OPTION: Any = ListingOption.__table__
_PART: Any = MatchPart.__table__
_SKU: Any = Sku.__table__


@dataclass
class Wanted:
    """A listing, what its matched options may sell, and what the channel last told of them."""

    listing: Any
    pieces: dict[str, int] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    on_sale: bool = False
    displayed: bool = False

    def add(self, sku: Any, quantity: int, option: Any) -> None:
        """Count in a SKU of which so many pieces go into one of an option."""
        number = option.option_no
        sold = sku.on_sale and sku.archived_at is None
        left = available(sku.on_hand, sku.reserved, sku.buffer) // quantity if sold else 0
        self.pieces[number] = min(left, self.pieces.get(number, left))
        self.told[number] = option
        self.on_sale = self.on_sale or sold
        self.displayed = self.displayed or sku.displayed

    def values(self, what: str) -> dict[str, Any]:
        """What is wanted, as the plugin's write takes it."""
        if what == "stock":
            return {"options": dict(sorted(self.pieces.items()))}
        if what == "status":
            return {"on_sale": self.on_sale}
        return {"displayed": self.displayed}

    def stands(self, what: str) -> bool:
        """Whether linking has nothing to change: what the seller stopped or hid stays so."""
        if what == "status":
            return self.on_sale or self.listing.state in _NOT_SOLD
        return what == "display" and (self.displayed or self.listing.displayed is not True)


_NOT_SOLD = tuple(
    state.value
    for state in (SaleState.STOPPED, SaleState.WAITING, SaleState.ENDED, SaleState.FORBIDDEN)
)


def figures(
    session: Session,
    ids: Sequence[str],
    *,
    hold: bool = True,
    given: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Wanted]:
    """The listings; if `hold`, their rows are the caller's from here on: what is read of their
    SKUs is the newest then, as whoever changes another one of them waits here. SKUs count as if
    they had the values that are `given` (by id and column)."""
    columns = ("id", "channel_id", "state", "displayed", "seen_at")
    listed = store.select_in(_LISTING, *(_LISTING.c[name] for name in columns))
    listed = listed.order_by(_LISTING.c.id)
    listed = listed.with_for_update() if hold else listed
    rows = store.rows_among(session, listed, _LISTING.c.id, ids)
    found = {row.id: Wanted(row) for row in rows}
    for sku, quantity, option in _parts(session, matched_options(session, ids)):
        if given and sku.id in given:
            sku = SimpleNamespace(**(dict(sku._mapping) | dict(given[sku.id])))
        found[option.listing_id].add(sku, quantity, option)
    return list(found.values())


def matched_options(session: Session, ids: Sequence[str]) -> list[Any]:
    """The options of these listings that are made of SKUs."""
    columns = ("listing_id", "option_no", "stock", "stock_at", "match_id")
    query = store.select_in(_OPTION, *(_OPTION.c[name] for name in columns))
    query = query.where(_OPTION.c.gone_at.is_(None))
    return [
        row
        for row in store.rows_among(session, query, _OPTION.c.listing_id, ids)
        if row.match_id is not None  # asked here, lest SQLite takes the index of matches for it
    ]


def _parts(session: Session, options: Sequence[Any]) -> Iterator[tuple[Any, int, Any]]:
    """Each SKU that goes into one of these options, how many pieces of it, and the option."""
    made = {option.match_id: option for option in options}
    query = store.select_in(_PART, _PART.c.match_id, _PART.c.sku_id, _PART.c.quantity)
    parts = store.rows_among(session, query, _PART.c.match_id, made)
    columns = ("id", "on_hand", "reserved", "buffer", "on_sale", "displayed", "archived_at")
    asked = store.select_in(_SKU, *(_SKU.c[name] for name in columns))
    skus = {
        row.id: row
        for row in store.rows_among(session, asked, _SKU.c.id, {part.sku_id for part in parts})
    }
    for part in parts:
        yield skus[part.sku_id], part.quantity, made[part.match_id]
