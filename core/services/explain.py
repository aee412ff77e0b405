"""Why a listing shows the number it shows: each option's SKUs, what they allow, and its push."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from core import store
from core.models import Listing, ListingOption, ListingPush, Match, MatchPart, Product, Sku
from core.services.joins import PARTS_OF_OPTION, PRODUCT_OF_SKU, SKU_OF_PART
from core.services.sellable import AVAILABLE

_LISTING: Any = Listing.__table__
_OPTION: Any = ListingOption.__table__
_PUSH: Any = ListingPush.__table__
_MATCH: Any = Match.__table__
_PART: Any = MatchPart.__table__
_SKU: Any = Sku.__table__
_PRODUCT: Any = Product.__table__


@dataclass(frozen=True)
class Made:
    """One SKU of an option: `quantity` of it go into one piece, so `pieces` can be sold."""

    sku: Any
    quantity: int
    pieces: int


@dataclass
class Explained:
    """An option with what it is made of and how many pieces follow from that.

    `option` and `listing` are rows, `match` the version that stands, `push` what is wanted of
    the listing's stock (None where it never followed the SKUs).
    """

    option: Any
    listing: Any
    match: Any = None
    made: list[Made] = field(default_factory=list)
    push: Any = None

    @property
    def pieces(self) -> int | None:
        """What can be sold of it: the least that one of its SKUs allows; None without a match."""
        return min((one.pieces for one in self.made), default=None)

    @property
    def wanted(self) -> int | None:
        """The pieces that the channel is to show, by the newest version."""
        if self.push is None:
            return None
        found = self.push.values.get("options", {}).get(self.option.option_no)
        return None if found is None else int(found)


def of_sku(session: Session, sku_id: str, limit: int = 100) -> list[Explained]:
    """The options that a SKU is part of now, those of listings that are there."""
    query = (
        store.select_in(_PART, _OPTION.c.id)
        .join(_OPTION, PARTS_OF_OPTION)
        .where(_PART.c.sku_id == sku_id, _OPTION.c.gone_at.is_(None))
    )
    return of_options(session, list(session.scalars(query.order_by(_OPTION.c.id).limit(limit))))


def of_listing(session: Session, listing_id: str) -> list[Explained]:
    """The options of a listing in their order, but those that are gone."""
    query = store.select_in(_OPTION, _OPTION.c.id).where(
        _OPTION.c.listing_id == listing_id, _OPTION.c.gone_at.is_(None)
    )
    return of_options(session, list(session.scalars(query)))


def of_options(session: Session, option_ids: Sequence[str]) -> list[Explained]:
    """These options, by the listing and their place in it."""
    options = store.rows_among(session, store.select_in(_OPTION), _OPTION.c.id, option_ids)
    listings = _listings(session, {option.listing_id for option in options})
    found = {one.id: Explained(one, listings[one.listing_id]) for one in options}
    _add_parts(session, found)
    pushes = _pushes(session, listings)
    for one in found.values():
        one.push = pushes.get(one.listing.id)
    return sorted(
        found.values(), key=lambda one: (one.listing.name, one.listing.id, one.option.place)
    )


def _listings(session: Session, ids: Iterable[str]) -> dict[str, Any]:
    columns = [column for column in _LISTING.c if column.name not in ("raw", "fingerprint")]
    query = store.select_in(_LISTING, *columns)
    return {row.id: row for row in store.rows_among(session, query, _LISTING.c.id, ids)}


def _add_parts(session: Session, found: dict[str, Explained]) -> None:
    by_match = {one.option.match_id: one for one in found.values() if one.option.match_id}
    columns = (_PART.c.match_id, _PART.c.quantity, *_SKU.c, _PRODUCT.c.name)
    query = store.select_in(_PART, *columns, AVAILABLE.label("available"))
    query = (
        query.join(_SKU, SKU_OF_PART)
        .join(_PRODUCT, PRODUCT_OF_SKU)
        .order_by(_SKU.c.words, _SKU.c.id)
    )
    for row in store.rows_among(session, store.select_in(_MATCH), _MATCH.c.id, by_match):
        by_match[row.id].match = row
    for row in store.rows_among(session, query, _PART.c.match_id, by_match):
        sold = row.on_sale and row.archived_at is None
        pieces = row.available // row.quantity if sold else 0
        by_match[row.match_id].made.append(Made(row, row.quantity, pieces))


def _pushes(session: Session, listing_ids: Iterable[str]) -> dict[str, Any]:
    query = store.select_in(_PUSH).where(_PUSH.c.what == "stock")
    return {
        row.listing_id: row
        for row in store.rows_among(session, query, _PUSH.c.listing_id, listing_ids)
    }
