"""Whether a channel holds what it accepted: what it tells later, and what is to be asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy.orm import Session

from core import store
from core.contracts.product import SaleState
from core.models import Listing, ListingPush
from core.services import push_rows
from core.services.push_figures import Wanted, figures
from core.services.push_rows import DUE, FOLLOWS, OF_LISTING

SURE = timedelta(minutes=5)
"""So long after a look at a listing, a collection has read every order placed before the look."""

_LISTING: Any = Listing.__table__
_PUSH: Any = ListingPush.__table__


class Seen(Enum):
    """What follows from what a channel told of a listing since it accepted the newest version."""

    NOTHING = "nothing"
    SAME = "same"
    """It was looked at, and holds what it should."""
    OTHER = "other"
    """It holds something else: the version is sent anew."""
    LESS = "less"
    """It holds less than was pushed: an order that is not collected yet may be the reason."""


def seen(one: Wanted, what: str, row: Any, collected_at: datetime | None) -> tuple[Seen, datetime]:
    """What was told of an aspect of which nothing is due, and when."""
    if what == "stock":
        return _stock(one, row, collected_at)
    at = one.listing.seen_at
    if row.doubt_at is None or not _was_looked_at(one, what, row):
        return Seen.NOTHING, at
    # State and display are a person's as well: only what we doubt ourselves is sent again.
    if what == "status":
        same = one.on_sale != (one.listing.state == SaleState.STOPPED.value)
    else:
        same = one.listing.displayed in (None, one.displayed)
    return (Seen.SAME if same else Seen.OTHER), at


def _stock(one: Wanted, row: Any, collected_at: datetime | None) -> tuple[Seen, datetime]:
    since = row.done_at or row.wanted_at
    later = [
        (option.stock, one.pieces[number], option.stock_at)
        for number, option in one.told.items()
        if option.stock is not None and option.stock_at is not None and option.stock_at > since
    ]
    less = [at for there, wanted, at in later if there < wanted]
    at = max(less, default=since)
    if any(there > wanted for there, wanted, _ in later):
        return Seen.OTHER, at
    if less:
        known = collected_at is not None and collected_at >= at + SURE
        return (Seen.OTHER if known else Seen.LESS), at
    looked = row.doubt_at is not None and _was_looked_at(one, "stock", row)
    return (Seen.SAME if looked else Seen.NOTHING), at


def _was_looked_at(one: Wanted, what: str, row: Any) -> bool:
    """Whether the listing was looked at since a look could tell what came of a doubtful write."""
    since = max(row.doubt_at, row.done_at or row.doubt_at)
    if what != "stock":
        return bool(one.listing.seen_at >= since)
    return all(
        option.stock is None or (option.stock_at is not None and option.stock_at >= since)
        for option in one.told.values()
    )


@dataclass(frozen=True)
class Doubt:
    """A listing that may hold something else than was pushed; `at` is from when on a look can
    tell, `looked` whether there was one since."""

    listing_id: str
    product_no: str
    at: datetime
    looked: bool


def of_channel(session: Session, channel_id: str) -> list[Doubt]:
    """The doubtful listings of a channel for which nothing is due."""
    query = (
        store.select_in(_PUSH, _PUSH.c.listing_id, _LISTING.c.product_no)
        .join(_LISTING, OF_LISTING)
        .where(_PUSH.c.channel_id == channel_id, _PUSH.c.doubt_at.is_not(None), ~DUE, FOLLOWS)
    )
    numbers = {row.listing_id: row.product_no for row in session.execute(query)}
    rows = push_rows.of_listings(session, sorted(numbers))
    found = []
    for one in figures(session, sorted(numbers), hold=False):
        row_id = one.listing.id
        mine = [row for (of, _), row in rows.items() if of == row_id and row.doubt_at is not None]
        looked = all(_was_looked_at(one, row.what, row) for row in mine)
        found.append(Doubt(row_id, numbers[row_id], max(row.doubt_at for row in mine), looked))
    return found
